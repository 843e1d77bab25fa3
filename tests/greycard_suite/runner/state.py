"""What a run knows while it goes on, shared by the pytest sessions that run it. Runs nothing itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.journal import EvidenceUnwritableError
from greycard_suite.evidence.recording import EvidenceLacksError
from greycard_suite.evidence.secret_gate import SecretLeakError
from greycard_suite.runner.plan import over_budget
from greycard_suite.targets.interruption import INTERRUPTED, Interruption, RunInterruptedError
from greycard_suite.targets.journaled import CUT_OFF, CutOffError
from greycard_suite.targets.wire import BudgetSpentError, UnansweredError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.runner.attempt import Attempt
    from greycard_suite.runner.plan import Planned
    from greycard_suite.runner.recorder import Pen
    from greycard_suite.targets.protocol import Targets

PLAIN = "test_a_plain_request_is_accepted"
"""The test that must have run before refusals are judged."""


@dataclass(eq=False)
class RunState:
    """One run: `targets` makes a target for each try, `verdicts` collects by vendor.

    `plans` are all tests by their node id, `order` those that run, `left_out` how many the budget does not reach for;
    `failures` is what broke down, `problems` what the user has to mend, `stopped` why nothing more is sent.
    """

    targets: Targets
    judged: Mapping[str, Vendor]
    verdicts: Mapping[str, Verdicts]
    progress: Callable[[str], None] = lambda _: None
    dry_run: bool = False
    plans: dict[str, Planned] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    skips: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    """What the last try of each test that ran took, in seconds of this machine."""
    conditions: dict[str, None] = field(default_factory=dict)
    """What conditions of the account kept back that the documents grant."""
    records: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    interruption: Interruption = field(default_factory=Interruption)
    jobs: int = 1
    """How many vendors may be asked at a time, of those that are asked one thing at a time."""
    pen: Pen | None = None
    """What writes down what is sent, while it is; None where nothing is kept."""
    cut_off: dict[str, None] = field(default_factory=dict)
    """The tests that were under way when an earlier run was cut off, and may have cost something that is lost."""
    stopped: str = ""
    left_out: int = 0
    ran: int = 0
    _claimed: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, plans: Mapping[str, Planned]) -> None:
        """Decide what runs, in which order, and nothing that the target or the budget forbids.

        First what the others rest on, then the tests that cost nothing.
        """
        self.plans = dict(plans)
        self.skips = {nodeid: one.skip for nodeid, one in plans.items() if one.skip}
        for nodeid, reason in self.skips.items():
            self._leave_out(plans[nodeid], reason)
        if self.dry_run:
            return
        free_first = sorted((one for one in plans if one not in self.skips), key=lambda one: _rank(plans[one]))
        for nodeid, reason in over_budget({nodeid: plans[nodeid] for nodeid in free_first}, self.targets):
            self.skips[nodeid] = reason
            self._leave_out(plans[nodeid], reason)
            self.left_out += 1
        self.order = [nodeid for nodeid in free_first if nodeid not in self.skips]

    def _leave_out(self, plan: Planned, reason: str) -> None:
        """A test cannot be judged: its statements say why they were not exercised."""
        for pattern in plan.claims:
            self.verdicts[plan.vendor].excuse(pattern, reason)

    def claim(self, nodeid: str) -> bool:
        """Take a test to run it; False when another session has taken it."""
        with self._lock:
            if nodeid in self._claimed:
                return False
            self._claimed.add(nodeid)
            if self.interruption.asked:
                self.stopped = self.stopped or INTERRUPTED
            if not self.stopped:
                self.ran += 1
                self.progress(self.plans[nodeid].name)
            return True

    def conclude(self, nodeid: str, attempt: Attempt) -> None:
        """A test is over: take over what it saw, and what follows from that for the run."""
        if self.interruption.gave_up:
            return  # the report is being made
        plan = self.plans[nodeid]
        doubtful = attempt.doubt()
        try:
            attempt.recorder.end(broken_off=bool(attempt.interruption or doubtful))
        except (EvidenceUnwritableError, SecretLeakError) as error:
            attempt.interruption = attempt.interruption or EvidenceUnwritableError(str(error))
        with self._lock:
            self.records[nodeid] = tuple(attempt.recorder.records)
            for hurdle in attempt.verdicts.hurdles:
                self.verdicts[plan.vendor].block(plan.claims, by=hurdle.by, operations=hurdle.operations)
                if hurdle.due:
                    self.conditions[f"{plan.vendor}, {hurdle.by}"] = None
            found = attempt.found(confirm=self.targets.confirms)
            attempt.keep(confirm=self.targets.confirms)
            if attempt.failures:
                self.failures[plan.name] = attempt.failures[-1]
            for claim in doubtful:
                self.verdicts[plan.vendor].excuse(claim, CUT_OFF)
            if doubtful or isinstance(attempt.interruption, CutOffError):
                self.cut_off[plan.name] = None
            if attempt.interruption is not None:
                self._interrupted(plan, attempt.interruption)
            elif self.pen is not None and not doubtful:
                self._write_down(plan, found)
        attempt.target = None  # it holds all that was answered

    def _write_down(self, plan: Planned, found: Sequence[Mapping[str, Any]]) -> None:
        """Say in the journal that a test is done, and what it found."""
        assert self.pen is not None
        try:
            self.pen.journal.decided(plan.vendor, plan.name, found)
        except (EvidenceUnwritableError, SecretLeakError) as error:
            self._interrupted(plan, EvidenceUnwritableError(str(error)))

    def _interrupted(self, plan: Planned, error: Exception) -> None:
        text = str(error)
        if isinstance(error, EvidenceLacksError | CutOffError):
            self._leave_out(plan, text)
            return
        if isinstance(error, UnansweredError):
            self._leave_out(plan, text)
            self.problems.append(text)
            return
        if isinstance(error, BudgetSpentError | RunInterruptedError):
            self.verdicts[plan.vendor].excuse("*", text)
        else:
            self.verdicts[plan.vendor].block(["*"], by=text)
        if isinstance(error, UnreachableError):
            self.problems.append(text)
            if self.targets.kind != "mock":
                self.stopped = text
        elif isinstance(error, RunInterruptedError):
            self.stopped = text
        elif isinstance(error, EvidenceUnwritableError):
            self.problems.append(text)
            self.stopped = text
        elif isinstance(error, BudgetSpentError):
            self.verdicts[plan.vendor].notice(text)
            self.stopped = text

    def records_of(self, vendors: Sequence[str]) -> dict[str, tuple[Record, ...]]:
        """The records of each vendor, in the order of the tests."""
        kept = [one for nodeid in self.order for one in self.records.get(nodeid, ())]
        return {name: tuple(one for one in kept if one.vendor == name) for name in vendors}


def _rank(plan: Planned) -> int:
    """The place of a test among the others."""
    return 0 if plan.test == PLAIN else 2 if plan.credits else 1
