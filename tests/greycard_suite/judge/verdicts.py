"""Collects what was seen of each statement and turns it into verdicts.

Of a claim: holds, violated, not exercised (with the reason). Of an assumption: confirmed, refuted, not exercised.
One violation outweighs any number of times that the claim held. What was only ever used, so that nothing could have
contradicted it there, holds by use and says so. Nothing here sends or asserts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.variants import Observer
    from greycard_suite.call import Call


BY_USE = "by use: nothing contradicted it while it was used"
"""The reason of a statement that holds without a look that could have gone the other way."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one statement; `steps` are the fewest calls that show it, where it did not hold.

    `by_use` marks a look that can only say yes.
    """

    claim: str
    holds: bool
    expected: Any
    seen: Any
    call: Call | None
    test: str = ""
    steps: tuple[Call, ...] = ()
    by_use: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run says of one statement; `finding` is the first that violated it, or the first that held.

    `reason` says why it was not exercised, or that it holds by use alone.
    """

    claim: Claim
    verdict: str
    reason: str
    finding: Look | None
    looks: int

    @property
    def by_use(self) -> bool:
        """Whether the statement holds only because it was used and nothing contradicted it."""
        return self.reason == BY_USE


@dataclass
class Verdicts:
    """The verdicts of one vendor in one run."""

    claims: Mapping[str, Claim]
    observer: Observer
    findings: dict[str, list[Look]] = field(default_factory=dict)
    notices: dict[str, None] = field(default_factory=dict)
    options: dict[str, set[str]] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)
    pending: list[Look] = field(default_factory=list)
    test: str = ""
    preconditions: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """What a plain request of an operation needs besides the documented; None: it is refused whatever it holds."""
    waiting: dict[str, list[Callable[[Any], None]]] = field(default_factory=dict)
    """What judges refusals that say "no such address" (given a judge), until the operation is found there."""

    def judge(self, claim: str, holds: bool, *, expected: Any, seen: Any, call: Call | None = None) -> bool:  # noqa: FBT001 - the point of the call
        """Note one look at a statement; returns `holds`. Raises KeyError for a statement that does not exist."""
        if claim not in self.claims:
            raise KeyError(claim)
        self.pending.append(Look(claim, bool(holds), expected, seen, call, self.test))
        return bool(holds)

    def used(self, claim: str, *, expected: Any, seen: Any, call: Call | None = None) -> None:
        """Note that a statement was used and the vendor went along, a look that can only say yes.

        Raises KeyError for a statement that does not exist.
        """
        if claim not in self.claims:
            raise KeyError(claim)
        self.pending.append(Look(claim, True, expected, seen, call, self.test, by_use=True))

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
        """Why the statements that match were not exercised, should nothing else exercise them."""
        self.excused.setdefault(pattern, reason)

    def child(self, test: str) -> Verdicts:
        """A collector for one test: keeps what it sees apart until `keep` adds it to these verdicts."""
        return Verdicts(
            self.claims, self.observer, self.findings, self.notices, self.options, self.excused,
            test=test, preconditions=self.preconditions, waiting=self.waiting,
        )  # fmt: skip

    def violations(self) -> list[Look]:
        """The claims that the current test has seen violated."""
        return [one for one in self.pending if not one.holds and self.claims[one.claim].is_claim]

    def keep(self, confirmed: set[str] | None = None) -> None:
        """Take over what the current test saw; of violations only the `confirmed` ones, when given."""
        for finding in self.pending:
            if not finding.holds and confirmed is not None and finding.claim not in confirmed:
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
        return Verdict(claim, "not exercised", self.reason(claim.id), None, 0)

    def reason(self, claim: str) -> str:
        """Why a statement was not exercised; empty when nobody says."""
        local = claim[len(self.claims[claim].vendor) :]
        for pattern, reason in self.excused.items():
            if fnmatchcase(claim, pattern) or fnmatchcase(local, pattern):
                return reason
        return ""
