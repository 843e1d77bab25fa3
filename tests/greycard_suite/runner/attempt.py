"""One test on its way to a verdict: what its tries saw, what stopped it, and what is taken over of that.

Knows no pytest item and sends nothing: the plugin tells it what happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.journal import EvidenceUnwritableError
from greycard_suite.evidence.recording import EvidenceLacksError
from greycard_suite.judge.minimal_calls import traced
from greycard_suite.runner.recorder import Recorder
from greycard_suite.targets.interruption import RunInterruptedError
from greycard_suite.targets.journaled import CUT_OFF, CutOffError
from greycard_suite.targets.wire import BudgetSpentError, UnansweredError, UnreachableError

if TYPE_CHECKING:
    from greycard_suite.judge.verdicts import Look, Verdicts
    from greycard_suite.targets.target import Target

INTERRUPTIONS = (
    BudgetSpentError,
    UnansweredError,
    UnreachableError,
    EvidenceLacksError,
    EvidenceUnwritableError,
    RunInterruptedError,
    CutOffError,
)
"""What ends a test without saying anything of the vendor."""


class ClaimsViolatedError(AssertionError):
    """A suite test saw documented claims violated; the message names each, with its lines and what was seen."""

    def __init__(self, broken: tuple[Look, ...], verdicts: Verdicts) -> None:
        """`broken` are the findings to report, one a claim."""
        claims = [verdicts.claims[one.claim] for one in broken]
        super().__init__(
            "\n".join(
                f"{claim.id} ({claim.source}) is violated: {claim.statement}\n"
                f"  expected  {one.expected!r}\n  seen      {one.seen!r}"
                for claim, one in zip(claims, broken, strict=True)
            )
        )


@dataclass(repr=False)  # pytest shows it where a test fails, and it holds all that was seen
class Attempt:
    """One test: `verdicts` takes what the current try sees, `first` holds what a try saw that is being confirmed.

    `interruption` is what ended a try, `failures` are the texts of what broke down.
    """

    verdicts: Verdicts
    recorder: Recorder = field(default_factory=Recorder)
    target: Target | None = None
    first: list[Look] | None = None
    interruption: Exception | None = None
    failures: list[str] = field(default_factory=list)

    def begin(self, target: Target) -> None:
        """A try begins to use this target."""
        self.target = target
        self.recorder.begin(self.verdicts.test, target)

    def end(self) -> None:
        """The test's body is through: find the steps to what it saw; raises ClaimsViolatedError when claims broke."""
        if self.target is not None:
            calls = self.target.wire.calls
            self.verdicts.pending = traced(self.verdicts.pending, self.target.vendor, calls)
        broken = self.broken()
        if broken:
            raise ClaimsViolatedError(broken, self.verdicts)

    def broken(self) -> tuple[Look, ...]:
        """One finding per claim that the current try saw violated, and that the first try saw violated too."""
        seen = {one.claim: one for one in self.verdicts.violations()}
        if self.first is None:
            return tuple(seen.values())
        before = {one.claim: one for one in self.first if not one.holds}
        return tuple(one for claim, one in before.items() if claim in seen)

    @property
    def lacks_evidence(self) -> bool:
        """Whether the test sent a request that the recording has no answer to."""
        return isinstance(self.interruption, EvidenceLacksError)

    def is_unconfirmed(self) -> bool:
        """Whether this was the first try, and saw a violation that another try may confirm."""
        return (
            not self.recorder.goes_on
            and self.first is None
            and not self.interruption
            and not self.failures
            and bool(self.broken())
        )

    def again(self) -> None:
        """The next try is to confirm what this one saw."""
        self.first, self.verdicts.pending = self.verdicts.pending, []

    def doubt(self) -> list[str]:
        """Where this goes on with a try that was cut off: leave aside what did not hold; returns those statements.

        Deliveries came when nobody listened, links ran out: that says nothing of the vendor.
        """
        if not self.recorder.goes_on or self.interruption is not None:
            return []
        doubtful = [one.claim for one in (*(self.first or ()), *self.verdicts.pending) if not one.holds]
        if self.failures:
            self.failures.clear()
            self.interruption = CutOffError(CUT_OFF)
        self.first = None
        self.verdicts.pending = [one for one in self.verdicts.pending if one.holds]
        return list(dict.fromkeys(doubtful))

    def found(self, *, confirm: bool) -> list[dict[str, Any]]:
        """What `keep` would take over, one entry per statement; what was seen where it did not hold."""
        violated = {one.claim: one for one in self.broken()} if self.first is not None or not confirm else {}
        refuted = {one.claim: one for one in self.verdicts.pending if not one.holds}
        claims = self.verdicts.claims
        refuted = {
            claim: one
            for claim, one in refuted.items()
            if claim in violated or not (confirm and claims[claim].is_claim)
        }
        held = dict.fromkeys(one.claim for one in self.verdicts.pending if one.holds and one.claim not in refuted)
        return [{"claim": claim, "holds": True} for claim in held] + [
            {"claim": claim, "holds": False, "expected": str(one.expected), "seen": str(one.seen)}
            for claim, one in refuted.items()
        ]

    def keep(self, *, confirm: bool) -> None:
        """Take over what was seen; of violations, where they are to be confirmed, only those that two tries saw."""
        if self.interruption or self.failures:
            self.verdicts.keep(set() if confirm else None)
            return
        confirmed = {one.claim for one in self.broken()} if self.first is not None else None
        self.verdicts.pending = [*(self.first or ()), *self.verdicts.pending]
        self.verdicts.keep(confirmed)
