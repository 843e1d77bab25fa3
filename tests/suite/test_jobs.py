"""`greycard verify -j N`: several vendors at a time, on the mock in processes and live in threads; the same report."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.loader import CONTRACTS, Vendor, load_contracts
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.runner.processes import ProcessBrokeDownError, Processes
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.mock import MockTargets
from greycard_suite.targets.target import Target
from greycard_suite.targets.wire import UnreachableError

VENDORS = ("enhancor", "picwish")
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def verify(folder: Path, *arguments: str, name: str, **environ: str) -> tuple[int, str, dict[str, Any], str]:
    """Exit status, output, verdicts and JUnit of the command."""
    files = [folder / f"{name}.json", folder / f"{name}.xml"]
    done = subprocess.run(
        [sys.executable, "-m", "greycard_suite.cli", "verify", *arguments, "--json", files[0], "--junit", files[1]],
        capture_output=True, text=True, timeout=300, check=False, cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100", **environ},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    told = json.loads(files[0].read_text(encoding="utf-8")) if files[0].exists() else {}
    told.pop("started", None)
    xml = files[1].read_text(encoding="utf-8") if files[1].exists() else ""
    return done.returncode, done.stdout, told, re.sub(r" (time|timestamp)=\"[^\"]*\"", "", xml)


@pytest.mark.slow
@pytest.mark.parametrize("changed", [False, True])
def test_several_processes_say_what_one_says(tmp_path: Path, *, changed: bool) -> None:
    """Output, verdicts, scripts, JUnit and exit status are the same, where all holds and where something does not."""
    arguments = [word for name in VENDORS for word in ("--vendor", name)]
    if changed:
        data = tmp_path / "data"
        for name in VENDORS:
            shutil.copytree(CONTRACTS / name, data / name)
            file = data / name / "vendor.json"
            contract = json.loads(file.read_text(encoding="utf-8"))
            error = contract["errors"]["unauthorized" if name == "picwish" else next(iter(contract["errors"]))]
            error["http"] = 418
            file.write_text(json.dumps(contract), encoding="utf-8")
        arguments += ["--mock-contracts", str(data)]
    one = verify(tmp_path, *arguments, name="one")
    several = verify(tmp_path, *arguments, "-j", "2", name="several")
    assert several == one
    assert one[0] == (1 if changed else 0)
    assert [entry["vendor"] for entry in several[2]["claims"]] == sorted(one["vendor"] for one in several[2]["claims"])
    assert any(entry["reproduce"] for entry in several[2]["claims"]) is changed


@pytest.mark.slow
def test_no_key_of_the_environment_is_shown_by_any_process(tmp_path: Path) -> None:
    """What the processes found is written as in one: without the keys that the environment names."""
    secret = "6f2d1c9a7b3e48d5"
    arguments = [word for name in VENDORS for word in ("--vendor", name)]
    status, output, told, xml = verify(
        tmp_path, *arguments, "-j", "0", "--all", name="keys", GREYCARD_PICWISH_API_KEY=secret
    )
    assert status == 0
    assert secret not in output + json.dumps(told) + xml


def opened(name: str, vendors: tuple[str, ...] = VENDORS) -> tuple[MockTargets, dict[str, Vendor]]:
    """A mock, and what judges one of its vendors."""
    judged = load_contracts(vendors)
    return MockTargets(judged, {name: judged[name]}), {name: judged[name]}


def disturbed(name: str) -> tuple[MockTargets, dict[str, Vendor]]:
    """As `opened`; Ctrl-C reaches this process as well."""
    os.kill(os.getpid(), signal.SIGINT)
    return opened(name)


def dying(name: str) -> tuple[MockTargets, dict[str, Vendor]]:
    """A process that ends without a word, as one that is killed."""
    os._exit(9 if name == "picwish" else 0)


def wrong(name: str) -> tuple[MockTargets, dict[str, Vendor]]:
    """A fault of greycard's own."""
    raise LookupError(name)


def test_a_process_leaves_ctrl_c_to_the_first_one() -> None:
    """Ctrl-C reaches all processes of a terminal: only the first one decides what becomes of the run."""
    with Processes(disturbed, VENDORS, started=0.0) as processes:
        report, done = processes.run(2, progress=lambda _: None, interruption=Interruption())
    assert report is not None
    assert report.status == 0
    assert done == report.ran > 0


def test_an_interrupted_run_ends_its_processes() -> None:
    """Asked to end, all processes stop after the test that they are at; how many were done is told, no report."""
    interruption = Interruption()
    seen: list[str] = []

    def progress(name: str) -> None:
        seen.append(name)
        interruption.ask(signal.SIGTERM)

    with Processes(opened, VENDORS, started=0.0) as processes:
        children = [child.process for child in processes.children]
        report, done = processes.run(2, progress=progress, interruption=interruption)
    assert report is None
    assert len(seen) <= done + 2 * 2
    assert not any(child.is_alive() for child in children)


@pytest.mark.parametrize(
    ("opening", "error", "words"),
    [(dying, RuntimeError, "ended by itself"), (wrong, ProcessBrokeDownError, "LookupError: (enhancor|picwish)")],
)
def test_a_process_that_breaks_down_is_no_verdict(opening: Any, error: type[Exception], words: str) -> None:
    """The run says which process ended, or shows the fault of greycard's own; it does not wait for ever."""
    with (
        Processes(opening, VENDORS, started=0.0) as processes,
        pytest.raises(error, match=words),
    ):
        processes.run(2, progress=lambda _: None, interruption=Interruption())


class Meeting(MockTargets):
    """Two vendors that are asked one thing at a time, each of which waits once until the other is asked too."""

    def __init__(self, contracts: dict[str, Vendor], parties: int) -> None:
        super().__init__(contracts, contracts)
        self.met = threading.Barrier(parties)
        self.tests: dict[str, list[tuple[str, str]]] = {name: [] for name in contracts}
        self.busy: set[str] = set()

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The target of the next try; the third of a vendor waits for the others."""
        assert vendor not in self.busy, "one thing at a time"
        self.busy.add(vendor)
        self.tests[vendor].append((threading.current_thread().name, verdicts.test))
        if len(self.tests[vendor]) == 3:
            self.met.wait(timeout=60)
        return super().target(vendor, verdicts)

    def clean_up(self, target: Target) -> None:
        """The vendor may be asked again."""
        self.busy.discard(target.vendor.name)


ALIKE = "without_a_valid_key or is_not_found or plain_request or breaks_one_rule"


def judged(targets: MockTargets, jobs: int) -> Report:
    """A run of some tests."""
    try:
        return run_suite(targets, load_contracts(VENDORS), started=0.0, select=ALIKE, jobs=jobs)[0]
    finally:
        targets.close()


def test_a_live_run_asks_several_vendors_at_a_time_and_each_one_thing_at_a_time() -> None:
    """With two jobs the vendors are asked beside each other, in the order of one job, with the same verdicts."""
    contracts = load_contracts(VENDORS)
    one, several = Meeting(contracts, 1), Meeting(contracts, 2)
    alone, beside = judged(one, 1), judged(several, 2)
    assert beside.failures == {}
    assert {name: [test for _, test in seen] for name, seen in several.tests.items()} == {
        name: [test for _, test in seen] for name, seen in one.tests.items()
    }
    threads = {name: {thread for thread, _ in seen} for name, seen in several.tests.items()}
    assert all(len(found) == 1 for found in threads.values()), "a vendor is asked by one session"
    assert len(set.union(*threads.values())) == 2
    assert [(found.claim.id, found.verdict, found.looks) for found in beside.all_verdicts] == [
        (found.claim.id, found.verdict, found.looks) for found in alone.all_verdicts
    ]
    assert beside.ran == alone.ran


def test_nothing_more_is_sent_when_the_first_vendor_is_out_of_reach() -> None:
    """The other vendors are begun with when the very first test has shown that the target answers."""

    class Gone(Meeting):
        kind = "live"

        def target(self, vendor: str, verdicts: Verdicts) -> Target:
            self.tests[vendor].append(("", verdicts.test))
            raise UnreachableError("nobody there")

    targets = Gone(load_contracts(VENDORS), 1)
    report = judged(targets, 2)
    assert report.problems == ("nobody there",)
    assert sum(map(len, targets.tests.values())) == 1
