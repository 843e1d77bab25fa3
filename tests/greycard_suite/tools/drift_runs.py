"""Runs the suite over a mock that has drifted, and says what the run found and what it named wrongly.

Every drift is tried twice in this process: judged as a mock (scenarios, virtual time, exact readings), and judged as
a vendor is (documented statements only, nothing but calls). No socket is opened and nobody waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_schemas.drifts.catalogue import names_only_the_broken
from greycard_schemas.loader import load_contracts
from greycard_suite.runner.run import run_suite
from greycard_suite.targets.mock import MockTargets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.drifts.catalogue import Drift
    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.runner.run import Report
    from greycard_suite.targets.target import Target

JUDGED_AS = ("live", "mock")

WITHOUT_HISTORIES = "not test_no_history_breaks_an_invariant"
"""Histories of many calls name no claim that other tests do not name, and take their time to shrink."""

AS_LIVE = frozenset({"links", "bad_links", "redirects", "receiver"})
"""What the suite can do at a vendor that reaches the suite's pictures and its receiver."""


class LiveLike(MockTargets):
    """The mock in this process, judged as a vendor is: nothing can be forced, no figure is exact."""

    kind = "live"
    recorded_kind = "live"

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """A fresh world, without what only a mock can do."""
        found = super().target(vendor, verdicts)
        found.kind, found.control = "live", None
        return found

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What tests may ask for."""
        del vendor
        return AS_LIVE

    def why_missing(self, need: str) -> str:
        """Why a test that needs this does not run."""
        return f"this target has no {need}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found of one drift: `named` are its own claims, `wrongly` claims that still hold."""

    drift: str
    judged_as: str
    status: int
    named: tuple[str, ...]
    with_it: tuple[str, ...]
    wrongly: tuple[str, ...]
    broken_tests: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether the run ended with status 1 and named at least one claim of the drift."""
        return self.status == 1 and bool(self.named)


def judged(
    patches: Mapping[str, Sequence[Mapping[str, object]]], vendor: str, judged_as: str, *, select: str = ""
) -> Report:
    """One run of the suite over a mock of `vendor` with these patches; `judged_as` is mock or live."""
    contracts: dict[str, Vendor] = load_contracts([vendor])
    drifted = load_contracts([vendor], patches=patches)
    targets = (MockTargets if judged_as == "mock" else LiveLike)(drifted, contracts)
    try:
        report, _ = run_suite(targets, contracts, started=0, select=select)
    finally:
        targets.close()
    return report


def tried(drift: Drift, judged_as: str, *, select: str = WITHOUT_HISTORIES) -> Outcome:
    """Run the suite over one drift."""
    report = judged({drift.vendor: drift.patches}, drift.vendor, judged_as, select=select)
    violated = [one.claim.id for one in report.all_verdicts if one.verdict == "violated"]
    wrongly = named_wrongly(drift, report)
    named = tuple(one for one in violated if one in drift.claims)
    with_it = tuple(one for one in violated if one not in named and one not in wrongly)
    broken_tests = tuple(sorted(report.failures))
    return Outcome(drift.id, judged_as, report.status, named, with_it, tuple(wrongly), broken_tests)


def named_wrongly(drift: Drift, report: Report) -> list[str]:
    """The claims that a run called violated although they hold; one of a group is right when any of the group is."""
    groups = {
        one.claim.id: (one.finding.one_of if one.finding else ()) or (one.claim.id,)
        for one in report.all_verdicts
        if one.verdict == "violated"
    }
    holding = set(names_only_the_broken(drift, {claim for group in groups.values() for claim in group}))
    return [claim for claim, group in groups.items() if holding.issuperset(group)]
