"""Collects what was seen of each statement and turns it into verdicts.

Of a claim: holds, violated, blocked (by which violation or condition of the account), not exercised (with the reason).
Of an assumption: confirmed, refuted, blocked, not exercised. One violation outweighs any number of times that the claim
held. What was only ever used, so that nothing could have contradicted it there, holds by use and says so. Nothing here
sends or asserts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from greycard_suite.call import in_brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.variants import Observer
    from greycard_suite.call import Call
    from greycard_suite.judge.accepted_form import Form


BY_USE = "by use: nothing contradicted it while it was used"
"""The reason of a statement that holds without a look that could have gone the other way."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one statement; `steps` are the fewest calls that show it, where it did not hold.

    `by_use` marks a look that can only say yes. `one_of` are the statements of a group, this one among them: one of
    them does not hold, and what was seen cannot tell which.
    """

    claim: str
    holds: bool
    expected: Any
    seen: Any
    call: Call | None
    test: str = ""
    steps: tuple[Call, ...] = ()
    by_use: bool = False
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What kept a test from looking: `by` says which violation or condition, `operations` (none: all) where it lies.

    `due`: it is a condition that kept back what the document grants.
    """

    by: str
    operations: tuple[str, ...] = ()
    due: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run says of one statement; `finding` is the first that violated it, or the first that held.

    `reason` says why it was not exercised, what blocked it, or that it holds by use alone. `observable` is false for a
    statement that no run of this kind can look at.
    """

    claim: Claim
    verdict: str
    reason: str
    finding: Look | None
    looks: int
    observable: bool = True

    @property
    def by_use(self) -> bool:
        """Whether the statement holds only because it was used and nothing contradicted it."""
        return self.reason == BY_USE


@dataclass(repr=False)  # it holds every look of a run
class Verdicts:
    """The verdicts of one vendor in one run."""

    claims: Mapping[str, Claim]
    observer: Observer
    findings: dict[str, list[Look]] = field(default_factory=dict)
    notices: dict[str, None] = field(default_factory=dict)
    options: dict[str, set[str]] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why statements were not exercised, by id, once the run is over and it is known what it saw."""
    pending: list[Look] = field(default_factory=list)
    test: str = ""
    forms: dict[str, Form] = field(default_factory=dict)
    """How a plain request of a create operation has to be made to be accepted, once that is known."""
    key_gets_in: dict[str, bool] = field(default_factory=dict)
    """Under `in`, once it is known: whether the user's key gets in anywhere."""
    blocked: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    """By (pattern of statements, operations) what kept a test from looking at them; no operations are all."""
    hurdles: list[Hurdle] = field(default_factory=list)
    """What kept the current test from looking."""
    learned: dict[str, str] = field(default_factory=dict)
    """The phase of each state that no document knows, as the run has learned it."""
    found: set[str] = field(default_factory=set)
    """The operations that have answered at their documented address."""
    succeeded: set[str] = field(default_factory=set)
    """The operations a task of which has succeeded."""
    waiting: dict[str, list[Callable[[Any], None]]] = field(default_factory=dict)
    """What judges refusals that say "no such address" (given a judge), until the operation is found there."""

    def judge(
        self,
        claim: str,
        holds: bool,  # noqa: FBT001 - the point of the call
        *,
        expected: Any,
        seen: Any,
        call: Call | None = None,
        one_of: tuple[str, ...] = (),
    ) -> bool:
        """Note one look at a statement; returns `holds`. Raises KeyError for a statement that does not exist."""
        if claim not in self.claims:
            raise KeyError(claim)
        self.pending.append(Look(claim, bool(holds), expected, in_brief(seen), call, self.test, one_of=one_of))
        return bool(holds)

    def used(self, claim: str, *, expected: Any, seen: Any, call: Call | None = None) -> None:
        """Note that a statement was used and the vendor went along, a look that can only say yes.

        Raises KeyError for a statement that does not exist.
        """
        if claim not in self.claims:
            raise KeyError(claim)
        self.pending.append(Look(claim, True, expected, in_brief(seen), call, self.test, by_use=True))

    def has(self, claim: str) -> bool:
        """Whether the vendor's data make this statement."""
        return claim in self.claims

    def notice(self, text: str) -> None:
        """Something worth telling that no document speaks of."""
        self.notices.setdefault(text, None)

    def option(self, variant: str, option: str) -> None:
        """The form that was seen at a point where two readings are plausible."""
        self.options.setdefault(variant, set()).add(option)

    def excuse(self, pattern: str, reason: str) -> None:
        """Why the statements that match were not exercised, should nothing else exercise them.

        A statement that is named by its whole id cannot be looked at in any run of this kind, whatever happens.
        """
        self.excused.setdefault(pattern, reason)

    def hinder(self, by: str, *operations: str, due: bool = False) -> None:
        """The current test cannot look at what it was to look at, because of a violation or a condition.

        `due` marks a condition that kept back what the document grants.
        """
        hurdle = Hurdle(by, operations, due)
        if hurdle not in self.hurdles:
            self.hurdles.append(hurdle)

    def block(self, patterns: Iterable[str], *, by: str, operations: tuple[str, ...] = ()) -> None:
        """The statements that match could not be looked at, because of what `by` says, should nothing show them.

        With `operations` only the statements that belong to one of them, or to none at all.
        """
        for pattern in patterns:
            self.blocked.setdefault((pattern, operations), by)

    def child(self, test: str) -> Verdicts:
        """A collector for one test: keeps what it sees apart until `keep` adds it to these verdicts."""
        return Verdicts(
            self.claims, self.observer, self.findings, self.notices, self.options, self.excused,
            test=test, forms=self.forms, key_gets_in=self.key_gets_in, blocked=self.blocked, waiting=self.waiting,
            learned=self.learned, found=self.found, succeeded=self.succeeded,
        )  # fmt: skip

    def violations(self) -> list[Look]:
        """The claims that the current test has seen violated."""
        return [one for one in self.pending if not one.holds and self.claims[one.claim].is_claim]

    def keep(self, confirmed: set[str] | None = None) -> None:
        """Take over what the current test saw; of violations only the `confirmed` ones, when given."""
        for finding in self.pending:
            broken = not finding.holds and self.claims[finding.claim].is_claim
            if broken and confirmed is not None and finding.claim not in confirmed:
                self.notice(f"{finding.claim} failed once and held when it was tried again; not reported")
                continue
            self.findings.setdefault(finding.claim, []).append(finding)
        self.pending = []

    def results(self) -> list[Verdict]:
        """One verdict per statement, in the order of the contract data."""
        return [self._verdict(claim) for claim in self.claims.values()]

    def _verdict(self, claim: Claim) -> Verdict:
        found = self.findings.get(claim.id, [])
        bad = next((one for one in found if not one.holds), None)
        good = next((one for one in found if one.holds and not one.by_use), None)
        used = next((one for one in found if one.holds), None)
        if bad is not None:
            return Verdict(claim, "violated" if claim.is_claim else "refuted", "", bad, len(found))
        if used is not None:
            word, reason = "holds" if claim.is_claim else "confirmed", "" if good else BY_USE
            return Verdict(claim, word, reason, good or used, len(found))
        if claim.id in self.excused:
            return Verdict(claim, "not exercised", self.excused[claim.id], None, 0, observable=False)
        if by := self._blocked_by(claim):
            return Verdict(claim, "blocked", by, None, 0)
        return Verdict(claim, "not exercised", self.reasons.get(claim.id) or self.reason(claim.id), None, 0)

    def _blocked_by(self, claim: Claim) -> str:
        for (pattern, operations), by in self.blocked.items():
            near = not operations or not claim.operation or claim.operation in operations
            if near and _fits(claim, pattern):
                return by
        return ""

    def reason(self, claim: str) -> str:
        """Why a statement was not exercised; empty when nobody says."""
        found = self.claims[claim]
        return next((reason for pattern, reason in self.excused.items() if _fits(found, pattern)), "")


def _fits(claim: Claim, pattern: str) -> bool:
    """Whether a pattern names this statement, with its vendor or without."""
    return fnmatchcase(claim.id, pattern) or fnmatchcase(claim.id[len(claim.vendor) :], pattern)
