"""Runs the suite in this process with pytest, quietly, and gives back a report."""

from __future__ import annotations

import contextlib
import gc
import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.variants import Observer
from greycard_suite.judge.reasons import never, reason_for
from greycard_suite.judge.seen import Seen, seen_in, unreached
from greycard_suite.judge.unobservable import not_exercised_on_mock
from greycard_suite.judge.verdicts import Verdict, Verdicts
from greycard_suite.runner.parallel import Leader
from greycard_suite.runner.plugin import CONTRACT, SuitePlugin
from greycard_suite.runner.state import RunState
from greycard_suite.targets.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record
    from greycard_suite.runner.recorder import Pen
    from greycard_suite.targets.protocol import Targets

ARGUMENTS = (
    str(CONTRACT), "--noconftest", "-c", os.devnull, f"--rootdir={CONTRACT}", "--import-mode=importlib", "--capture=no",
    "--assert=plain",
    *(word for name in (
        "cacheprovider", "terminal", "logging", "warnings", "faulthandler", "threadexception", "unraisableexception",
        "xdist", "cov", "hypothesispytest", "anyio", "playwright", "timeout", "randomly",
    ) for word in ("-p", f"no:{name}")),
)  # fmt: skip
"""A session without a terminal, without the user's settings, and without what only one session at a time can have."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found. `status` is the exit status of the command: 0, 1 or 3."""

    target: str
    started: float
    vendors: tuple[str, ...]
    verdicts: Mapping[str, tuple[Verdict, ...]]
    variants: Mapping[str, Mapping[str, tuple[str, ...]]]
    notices: tuple[str, ...]
    problems: tuple[str, ...]
    failures: Mapping[str, str]
    judged: Mapping[str, Vendor] = field(default_factory=dict, repr=False)
    calls: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    """What each test took, in seconds of this machine."""
    ran: int = 0
    unreached: tuple[str, ...] = ()
    """The documented operations that were not carried to their documented success, each with the reason."""
    conditions: tuple[str, ...] = ()
    """Conditions of the account that kept back what the documents grant."""
    complete: bool = True
    """Whether the run was not broken off."""

    @property
    def all_verdicts(self) -> list[Verdict]:
        """Every verdict of every vendor."""
        return [one for found in self.verdicts.values() for one in found]

    @property
    def status(self) -> int:
        """The exit status of the command.

        1 when a claim is violated; 3 when an operation was not carried to its documented success, something was
        blocked, a test broke down, or nothing could be checked; otherwise 0.
        """
        found = self.all_verdicts
        if any(one.verdict == "violated" for one in found):
            return 1
        checked = {one.claim.vendor for one in found if one.verdict == "holds"}
        stating = {one.claim.vendor for one in found if one.claim.is_claim}
        checked |= {one.claim.vendor for one in found if one.verdict == "confirmed"} - stating  # no document read yet
        blocked = any(one.verdict == "blocked" and one.claim.is_claim for one in found)
        unwell = blocked or self.conditions or self.problems or self.failures or self.unreached
        return 3 if unwell or checked != set(self.vendors) else 0

    @property
    def exercised(self) -> tuple[int, int]:
        """How many documented statements were exercised, of how many that a run of this kind can look at."""
        found = [one for one in self.all_verdicts if one.claim.is_claim and one.observable]
        return sum(one.verdict in ("holds", "violated") for one in found), len(found)

    @property
    def base_urls(self) -> dict[str, str]:
        """Where each vendor was asked."""
        first = {name: next(iter(records), None) for name, records in self.calls.items()}
        return {name: str(one.setting["base_url"]) for name, one in first.items() if one is not None}


def run_suite(  # noqa: PLR0913 - all but two by name, most with a default
    targets: Targets,
    judged: Mapping[str, Vendor],
    *,
    started: float,
    progress: Callable[[str], None] = lambda _: None,
    dry_run: bool = False,
    select: str = "",
    interruption: Interruption | None = None,
    pen: Pen | None = None,
    jobs: int = 1,
) -> tuple[Report, RunState]:
    """Run every suite test that the target allows; `pen` writes down what is sent, while it is.

    `jobs` is how many vendors are asked at a time, each at its own pace, where most of a test is waiting for answers.

    A run that is interrupted ends early, with a report of what it has found until then.

    Raises RuntimeError when pytest itself cannot run it.
    """
    verdicts = {name: Verdicts(claims_of(vendor), Observer(vendor)) for name, vendor in judged.items()}
    run = RunState(
        targets, judged, verdicts, progress, dry_run, interruption=interruption or Interruption(), pen=pen, jobs=jobs
    )
    _sessions(run, select)
    records = run.records_of(tuple(judged))
    seen = {name: _seen(vendor, records[name]) for name, vendor in judged.items()}
    for name, one in verdicts.items():
        _give_reasons(run, one, seen[name])
    report = Report(
        target=targets.kind,
        started=started,
        vendors=tuple(judged),
        verdicts={name: tuple(one.results()) for name, one in verdicts.items()},
        variants={
            name: {variant: tuple(sorted(seen)) for variant, seen in one.options.items()}
            for name, one in verdicts.items()
        },
        notices=tuple(f"{name}: {text}" for name, one in verdicts.items() for text in one.notices),
        problems=tuple(run.problems),
        failures=_by_vendor(run),
        judged=judged,
        calls=records,
        seconds=dict(run.seconds),
        ran=run.ran,
        unreached=() if select or dry_run else _unreached(run, seen),
        conditions=tuple(one for name in judged for one in run.conditions if one.startswith(f"{name}, ")),
        complete=not run.stopped and not run.problems,
    )
    return report, run


def _by_vendor(run: RunState) -> dict[str, str]:
    """What broke down, vendor by vendor, however many of them were asked at a time."""
    owner = {plan.name: plan.vendor for plan in run.plans.values()}
    places = {name: place for place, name in enumerate(run.judged)}
    return dict(sorted(run.failures.items(), key=lambda one: places.get(owner.get(one[0], ""), -1)))


def _seen(vendor: Vendor, records: Sequence[Record]) -> Seen:
    calls = (call for record in records for call in record.calls)
    return seen_in(vendor, calls, (one for record in records for one in record.deliveries))


def _give_reasons(run: RunState, verdicts: Verdicts, seen: Seen) -> None:
    """Say of each statement that was not exercised why that is so in this run."""
    name = seen.vendor.name
    exact = not_exercised_on_mock(seen.vendor) if run.targets.recorded_kind == "mock" else {}
    missing = _missing(run, name, seen)
    for claim in verdicts.claims.values():
        if claim.id in verdicts.findings:
            continue
        if why := exact.get(claim.id, "") or never(claim):
            verdicts.excuse(claim.id, why)
        elif run.targets.recorded_kind != "mock":
            verdicts.reasons[claim.id] = reason_for(claim, seen, verdicts.reason(claim.id), missing)


def _missing(run: RunState, vendor: str, seen: Seen) -> dict[str, str]:
    """By operation why nothing of it was seen: the tests that would have asked were left out."""
    why = next((run.skips[one] for one in run.skips if run.plans[one].vendor == vendor and run.plans[one].credits), "")
    unsent = [one for one in seen.vendor.operations.values() if one.kind != "delivery" and not seen.sent[one.name]]
    return {one.name: run.stopped or why for one in unsent if run.stopped or why}


def _unreached(run: RunState, seen: Mapping[str, Seen]) -> tuple[str, ...]:
    """What was not carried to its end, vendor by vendor."""
    found: list[str] = []
    for name, vendor in run.judged.items():
        blocks = {operation: by for (_, many), by in run.verdicts[name].blocked.items() for operation in many}
        because = {**_missing(run, name, seen[name]), **blocks}
        found += [f"{vendor.title}, {sentence}" for sentence in unreached(seen[name], because)]
    return tuple(found)


def _sessions(run: RunState, select: str) -> None:
    """Let pytest run the contract tests, in one session or several; raises RuntimeError when it cannot."""
    arguments = [*ARGUMENTS, *(("-k", select) if select else ())]
    codes: list[int] = []

    def session(plugins: list[object]) -> None:
        codes.append(pytest.main(arguments, plugins=plugins))

    plugins: list[object] = [SuitePlugin(run)]
    if run.jobs > 1 or any(run.targets.threads(vendor) > 1 for vendor in run.judged):
        plugins = [SuitePlugin(run, alone=False), Leader(run, session)]
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), _undisturbed(), _seldom_collected():
        session(plugins)
    fine = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
    if run.interruption.asked:
        fine.add(pytest.ExitCode.INTERRUPTED)
    if not set(codes) <= fine:
        msg = f"the suite could not run: {output.getvalue()[-2000:]}{'; '.join(run.failures.values())[-2000:]}"
        raise RuntimeError(msg)


@contextlib.contextmanager
def _seldom_collected() -> Generator[None]:
    """Let Python look less often for garbage in circles: a run keeps what it sees, so that there is little to find."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextlib.contextmanager
def _undisturbed() -> Generator[None]:
    """Keep the user's own pytest settings and plugins out of the run, and give them back afterwards."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(before)
