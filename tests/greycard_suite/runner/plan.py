"""What a run would send and cost, test by test, and why a test is left out; decided before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from greycard_suite.contract.declare import STANDINGS, Case, Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.protocol import Targets


@dataclass(frozen=True, slots=True)
class Planned:
    """One test with one case: what it would cost and why it will not run, if it will not.

    `name` is the item's, `claims` are patterns of the statements that it looks at.
    """

    name: str
    vendor: str
    case: str
    requests: int
    credits: int
    claims: tuple[str, ...]
    skip: str = ""

    @property
    def test(self) -> str:
        """The name of the test's function."""
        return self.name.partition("[")[0]


def declaration_of(node: Any) -> Declaration:
    """What a suite test declares; raises UsageError at collection when it declares nothing valid."""
    mark = node.get_closest_marker("suite")
    if mark is None or mark.args[0].standing not in STANDINGS:
        msg = f"{node.name}: a suite test needs @suite_test with a standing of {', '.join(STANDINGS)}"
        raise pytest.UsageError(msg)
    found: Declaration = mark.args[0]
    return found


def planned(name: str, vendor: Vendor, declaration: Declaration, case: Case, targets: Targets) -> Planned:
    """The plan of one test, before the budget is looked at."""
    return Planned(
        name, vendor.name, case.id,
        declaration.requests if case.requests is None else case.requests,
        declaration.credits if case.credits is None else case.credits,
        (*declaration.claims, *case.claims), _why_not(vendor.name, declaration, case, targets),
    )  # fmt: skip


def _why_not(vendor: str, declaration: Declaration, case: Case, targets: Targets) -> str:
    if declaration.standing == "mock_only" and targets.recorded_kind != "mock":
        return "only the mock can be told to bring this about"
    if declaration.standing == "live_only" and targets.recorded_kind == "mock":
        return "only of interest at a live target"
    capabilities = targets.capabilities(vendor)
    missing = (need for need in (*declaration.needs, *case.needs) if need not in capabilities)
    return next((targets.why_missing(need) for need in missing), "")


def over_budget(plans: Mapping[str, Planned], targets: Targets) -> Iterator[tuple[str, str]]:
    """The tests, by their ids, for which the budget does not reach when they run in this order, with the reason."""
    budget = targets.budget
    requests = paid = 0
    for nodeid, plan in plans.items():
        if targets.is_recorded(plan.vendor, plan.name):
            continue
        over = budget.requests is not None and requests + plan.requests > budget.requests
        unpaid = budget.credits is not None and plan.credits > 0 and paid + plan.credits > budget.credits
        if over or unpaid:
            limit = f"{budget.requests} requests (--budget)" if over else f"{budget.credits} credits (--credits)"
            yield nodeid, f"the budget of {limit} does not reach for it"
            continue
        requests, paid = requests + plan.requests, paid + plan.credits
