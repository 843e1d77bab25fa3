"""pytest runs the contract tests: each once, violations twice where they are to be confirmed, several at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import run
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts
from greycard_schemas.variants import Observer
from greycard_suite.call import weight
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.runner.parallel import Leader
from greycard_suite.runner.plan import Planned
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.runner.state import RunState
from greycard_suite.targets.mock import MockTargets
from greycard_suite.targets.target import Target
from greycard_suite.targets.wire import UnreachableError

DRIFT = {"op": "replace", "file": "vendor", "path": "/errors/unauthorized/code", "value": 419}
CLAIM = "picwish#errors/unauthorized/code"
KEY = "without_a_valid_key"


def words(report: Report) -> dict[str, str]:
    """Verdict by statement."""
    return {one.claim.id: one.verdict for one in report.all_verdicts}


def tries(report: Report) -> Counter[str]:
    """How often each test was tried."""
    return Counter(record.test for records in report.calls.values() for record in records)


class Flaky(MockTargets):
    """Mocks of PicWish that confirm, and depart from the document the first `times` times that a test is tried."""

    confirms = True

    def __init__(self, times: int) -> None:
        sound = load_contracts(["picwish"])
        super().__init__(sound, sound)
        self.drifted = MockTargets(load_contracts(["picwish"], patches={"picwish": [DRIFT]}), sound)
        self.times = times
        self.tried = Counter[str]()

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """A drifted target as long as a test has not been tried often enough."""
        self.tried[verdicts.test] += 1
        if self.tried[verdicts.test] <= self.times:
            return self.drifted.target(vendor, verdicts)
        return super().target(vendor, verdicts)

    def close(self) -> None:
        """Both."""
        super().close()
        self.drifted.close()


def judged(targets: MockTargets, *vendors: str, select: str = KEY) -> Report:
    """One run of some tests."""
    try:
        return run_suite(targets, load_contracts(vendors), started=0.0, select=select)[0]
    finally:
        targets.close()


def test_a_violation_that_does_not_come_again_is_not_reported() -> None:
    """What failed once and held with a fresh target is a notice, no violation."""
    report = judged(Flaky(1), "picwish")
    assert (report.status, words(report)[CLAIM]) == (0, "holds")
    assert f"picwish: {CLAIM} failed once and held when it was tried again; not reported" in report.notices
    assert set(tries(report).values()) == {2}


def test_a_violation_that_comes_again_is_reported() -> None:
    """A test that saw a claim violated is tried twice, each time with fixtures of its own, and no more."""
    report = judged(Flaky(9), "picwish")
    assert (report.status, words(report)[CLAIM]) == (1, "violated")
    assert set(tries(report).values()) == {2}
    assert report.failures == {}, "a violated claim is no test that broke down"


def test_what_refutes_an_assumption_is_kept_when_a_violation_is_confirmed() -> None:
    """Only violations are tried again to be believed: an assumption that is refuted beside one needs no second look."""
    vendor = load_contracts(["picwish"])["picwish"]
    claims = claims_of(vendor)
    verdicts = Verdicts(claims, Observer(vendor))
    assumed = next(name for name, claim in claims.items() if claim.origin == "assumed")
    for claim in (CLAIM, assumed):
        verdicts.judge(claim, False, expected="this", seen="that")
    verdicts.keep(set())
    assert [one.claim for looks in verdicts.findings.values() for one in looks] == [assumed]
    assert list(verdicts.notices) == [f"{CLAIM} failed once and held when it was tried again; not reported"]


def test_what_was_seen_is_held_in_brief() -> None:
    """A look outlives its test, and may not hold a whole answer."""
    vendor = load_contracts(["picwish"])["picwish"]
    verdicts = Verdicts(claims_of(vendor), Observer(vendor))
    seen = {"junk": ["x" * 100] * 10_000, "status": 1}
    verdicts.judge(CLAIM, True, expected="object", seen=seen)
    verdicts.used(CLAIM, expected="object", seen=seen)
    for look in verdicts.pending:
        assert look.seen["status"] == 1
        assert weight(look.seen, 1 << 20) < 10_000


class Wide(MockTargets):
    """A mock of which one vendor may be asked several things at once."""

    def threads(self, vendor: str) -> int:
        """As many as a live target of this machine."""
        return 8 if vendor == "enhancor" else 1


def test_sessions_side_by_side_say_what_one_says() -> None:
    """Several sessions run each test once, and together come to the verdicts and records of one alone."""
    vendors = ("enhancor", "picwish")
    alike = "not history and not deliver"  # the mock's targets share one receiver
    contracts = load_contracts(vendors)
    one = judged(MockTargets(contracts, contracts), *vendors, select=alike)
    several = judged(Wide(contracts, contracts), *vendors, select=alike)
    assert words(several) == words(one)
    assert (several.ran, several.failures, several.problems) == (one.ran, {}, ())
    assert tries(several) == tries(one)
    assert [record.test for record in several.calls["enhancor"]] == [record.test for record in one.calls["enhancor"]]


def test_a_vendor_that_is_asked_one_thing_at_a_time_is_asked_alone() -> None:
    """The helpers begin with the first test that they share, after the one that goes ahead, and end before the rest."""
    contracts = load_contracts(["enhancor", "picwish"])
    targets = Wide(contracts, contracts)
    state = RunState(targets, contracts, {})
    state.plans = {
        name: Planned(f"test_{name}", vendor, "all", 1, 0, ())
        for name, vendor in (("paced", "picwish"), ("ahead", "enhancor"), ("one", "enhancor"), ("two", "enhancor"))
    }
    state.order = list(state.plans)
    told: list[str] = []

    def helper(_: list[object]) -> None:
        told.append("begins")
        threading.Event().wait(0.05)  # another session's work, which is not waited for by chance
        told.append("ends")

    leader = Leader(state, helper)
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in state.order]
    leader.pytest_collection_modifyitems(items)
    for item in items:
        next(leader.pytest_runtest_protocol(item))
        told.append(item.nodeid)
    targets.close()
    assert [one for one in told if one not in ("begins", "ends")] == ["ahead", "one", "two", "paced"]
    assert told.index("begins") > told.index("ahead")
    assert told.index("ends") < told.index("paced")


class Gone(MockTargets):
    """A live target that nobody answers for, from the third test on."""

    kind = "live"

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """Raises UnreachableError after two."""
        found = super().target(vendor, verdicts)
        if int(found.credentials["api_key"].rpartition("-")[2]) > 2:
            msg = "nobody there"
            raise UnreachableError(msg)
        return found


def test_a_target_that_is_gone_is_asked_nothing_more() -> None:
    """What was seen until then is kept, the run says what is wrong, and no further test begins."""
    contracts = load_contracts(["picwish"])
    report = judged(Gone(contracts, contracts), "picwish", select=f"{KEY} or is_not_found")
    assert (report.status, report.problems, report.failures) == (3, ("nobody there",), {})
    assert report.ran == 3
    assert words(report)[CLAIM] == "holds"


def test_a_test_that_breaks_down_fails_the_run() -> None:
    """An error in a test's own code is a failure of the run with its text, and says nothing of a claim."""
    contracts = load_contracts(["picwish"])

    class Broken(MockTargets):
        def target(self, vendor: str, verdicts: Verdicts) -> Target:
            found = super().target(vendor, verdicts)
            found.base_url = None  # type: ignore[assignment]
            return found

    report = judged(Broken(contracts, contracts), "picwish")
    assert report.status == 3
    assert {name.partition("[")[0] for name in report.failures} == {"test_a_request_without_a_valid_key_is_refused"}
    assert all("TypeError" in text for text in report.failures.values())
    assert "violated" not in words(report).values()


def by_hand(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command of a user, outside of any project."""
    command = [sys.executable, "-m", "pytest", "-p", "greycard_suite.runner.options", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "--pyargs", "greycard_suite.contract", *arguments],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_ADDOPTS": ""},
    )  # fmt: skip


@pytest.mark.slow
def test_one_test_is_run_by_hand(tmp_path: Path) -> None:
    """The suite's tests are selected and reported as any others."""
    done = by_hand(tmp_path, "-k", KEY, "--greycard-vendor", "enhancor", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_a_request_without_a_valid_key_is_refused[enhancor-queue] PASSED" in done.stdout
    wrong = by_hand(tmp_path, "--greycard-vendor", "nobody")
    assert wrong.returncode == 2, wrong.stdout
    assert "no vendor 'nobody'; known are" in wrong.stdout
    assert "Traceback" not in wrong.stdout
    assert "by_hand.py" not in wrong.stdout


@pytest.mark.slow
@pytest.mark.wire
def test_a_violation_at_a_live_target_is_a_readable_failure(tmp_path: Path) -> None:
    """The failure is the claim with its lines, what it says, what was expected and what was seen; no line of ours."""
    with run(Engine(load_contracts(["picwish"], patches={"picwish": [DRIFT]}))) as server:
        options = ["--greycard-target", "live", "--greycard-vendor", "picwish", "--greycard-base-url", server.url]
        done = by_hand(tmp_path, "-k", f"{KEY} and scale", *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{CLAIM} (S2:61) is violated: PicWish: the refusal 'unauthorized' carries the code 401" in done.stdout
    assert "seen      419" in done.stdout
    assert "Traceback" not in done.stdout
    assert "plugin.py" not in done.stdout
