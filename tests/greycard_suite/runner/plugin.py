"""The pytest plugin that runs the suite: collects cases from the contract data, gives each test its target.

Used by `run`; it is no plugin for users' own tests (that is `greycard_mocks.plugin`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from greycard_suite.contract.declare import STANDINGS, Declaration
from greycard_suite.evidence.recording import Recorder
from greycard_suite.runner.try_test import Outcome, try_test

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.contract.declare import Case
    from greycard_suite.judge.verdicts import Verdicts

PLAIN = "test_a_plain_request_is_accepted"
"""The test that must have run before refusals are judged."""
PRICE: pytest.StashKey[int] = pytest.StashKey()
"""Where a test keeps its price in credits, so that the free ones go first."""


class ContractViolatedError(AssertionError):
    """A suite test saw a documented claim violated."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One test with one case: what it would cost and why it will not run, if it will not."""

    test: str
    vendor: str
    case: str
    requests: int
    credits: int
    skip: str = ""


@dataclass
class SuitePlugin:
    """One run: `targets` makes a target for each test, `verdicts` collects by vendor."""

    targets: Any
    vendors: Mapping[str, Vendor]
    verdicts: Mapping[str, Verdicts]
    progress: Callable[[str], None] = lambda _: None
    confirm: bool = False
    dry_run: bool = False
    planned: list[Planned] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)
    stopped: str = ""
    left_out: int = 0
    ran: int = 0
    recorder: Recorder = field(default_factory=Recorder)
    _tried: dict[str, Outcome] = field(default_factory=dict)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the mark known."""
        config.addinivalue_line("markers", "suite: declares a test of the contract suite")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each vendor and case."""
        declaration = declaration_of(metafunc.definition)
        cases = [(vendor, case) for vendor in self.vendors.values() for case in declaration.cases(vendor)]
        ids = [f"{vendor.name}-{case.id}" for vendor, case in cases]
        metafunc.parametrize("suite_case", cases, ids=ids, scope="function")

    @pytest.fixture
    def target(self, suite_case: tuple[Vendor, Case]) -> None:
        """Given by `attempts.try_test`: a test that is tried again gets another target."""

    @pytest.fixture
    def case(self, suite_case: tuple[Vendor, Case]) -> Case:
        """The case of this test."""
        return suite_case[1]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Plan the run: free tests first, leave out what the target cannot do, and say why."""
        kept: list[pytest.Item] = []
        for item in items:
            declaration = declaration_of(item)
            chosen = item.callspec.params["suite_case"]  # type: ignore[attr-defined]
            if not isinstance(chosen, tuple):
                continue  # no vendor has a case for it: pytest's mark of an empty list
            vendor, case = chosen
            cost = declaration.requests if case.requests is None else case.requests
            price = declaration.credits if case.credits is None else case.credits
            reason = self._why_not(vendor.name, declaration, case)
            self.planned.append(Planned(item.name.partition("[")[0], vendor.name, case.id, cost, price, reason))
            if reason:
                for pattern in (*declaration.claims, *case.claims):
                    self.verdicts[vendor.name].excuse(pattern, reason)
            else:
                item.stash[PRICE] = price
                kept.append(item)
        kept.sort(key=lambda item: item.stash[PRICE] > 0)
        items[:] = [] if self.dry_run else self._within_budget(kept)

    def _within_budget(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests that the budget of requests and credits allows, in their order; the others say why not."""
        budget = getattr(self.targets, "budget", None)
        if budget is None:
            return items
        allowed, requests, paid = [], 0, 0
        plans = {(one.test, one.vendor, one.case): one for one in self.planned}
        for item in items:
            vendor, case = item.callspec.params["suite_case"]  # type: ignore[attr-defined]
            plan = plans[item.name.partition("[")[0], vendor.name, case.id]
            if hasattr(self.targets, "is_recorded") and self.targets.is_recorded(vendor.name, item.name):
                allowed.append(item)
                continue
            over = budget.requests is not None and requests + plan.requests > budget.requests
            unpaid = budget.credits is not None and plan.credits > 0 and paid + plan.credits > budget.credits
            if over or unpaid:
                limit = f"{budget.requests} requests (--budget)" if over else f"{budget.credits} credits (--credits)"
                reason = f"the budget of {limit} does not reach for it"
                for pattern in (*declaration_of(item).claims, *case.claims):
                    self.verdicts[vendor.name].excuse(pattern, reason)
                self.left_out += 1
                continue
            requests, paid = requests + plan.requests, paid + plan.credits
            allowed.append(item)
        return allowed

    def _why_not(self, vendor: str, declaration: Declaration, case: Case) -> str:
        kind = getattr(self.targets, "recorded_kind", self.targets.kind)
        if declaration.standing == "mock_only" and kind != "mock":
            return "cannot be brought about at a vendor; seen on the mock only"
        if declaration.standing == "live_only" and kind == "mock":
            return "only of interest at a live target"
        capabilities = self.targets.capabilities(vendor) if hasattr(self.targets, "capabilities") else None
        for need in (*declaration.needs, *case.needs):
            if capabilities is not None and need not in capabilities:
                return str(self.targets.why_missing(need))
        return ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Try tests of targets that may be asked several things at once ahead of pytest's own loop, in threads.

        The first test goes alone: when the target is out of reach or the key refused, nothing else is sent.
        """
        items = [item for item in session.items if self._threads(item) > 1]
        if items:
            # a plain request tells what the refusals of all other tests are worth
            ahead = [item for number, item in enumerate(items) if number == 0 or item.name.startswith(PLAIN)]
            for item in ahead:
                self._tried[item.nodeid] = self._try(item)
            others = [item for item in items if item not in ahead]
            with ThreadPoolExecutor(self._threads(items[0])) as pool:
                for item, outcome in zip(others, pool.map(self._try, others), strict=True):
                    self._tried[item.nodeid] = outcome
        return (yield)

    def _threads(self, item: pytest.Item) -> int:
        vendor, _ = item.callspec.params["suite_case"]  # type: ignore[attr-defined]
        return int(self.targets.threads(vendor.name)) if hasattr(self.targets, "threads") else 1

    def _try(self, item: pytest.Item) -> Outcome:
        vendor, case = item.callspec.params["suite_case"]  # type: ignore[attr-defined]
        if self.stopped:
            return Outcome(skipped=self.stopped)
        self.ran += 1
        self.progress(item.name)
        function = cast("pytest.Function", item).obj
        verdicts = self.verdicts[vendor.name]
        outcome = try_test(item.name, function, case, vendor.name, self.targets, verdicts, confirm=self.confirm)
        if outcome.excuse:
            patterns = (*declaration_of(item).claims, *case.claims) if outcome.excuse_own else ("*",)
            for pattern in patterns:
                verdicts.excuse(pattern, outcome.excuse)
        if outcome.problem:
            self.problems.append(outcome.problem)
        if outcome.stops:
            self.stopped = outcome.excuse
        return outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Try a test, unless that was done ahead; fail it when a claim is violated."""
        outcome = self._tried.pop(pyfuncitem.nodeid, None) or self._try(pyfuncitem)
        self.recorder.records.extend(outcome.records)
        if outcome.skipped:
            pytest.skip(outcome.skipped)
        if outcome.error is not None:
            self.crashed.append(pyfuncitem.name)
            raise outcome.error
        if outcome.broken:
            words = "; ".join(
                f"{one.claim}: expected {one.expected!r}, seen {one.seen!r}" for one in outcome.broken[:5]
            )
            raise ContractViolatedError(words)
        return True


def declaration_of(node: Any) -> Declaration:
    """What a suite test declares; raises UsageError at collection when it declares nothing valid."""
    mark = node.get_closest_marker("suite")
    if mark is None or mark.args[0].standing not in STANDINGS:
        msg = f"{node.name}: a suite test needs @suite_test with a standing of {', '.join(STANDINGS)}"
        raise pytest.UsageError(msg)
    found: Declaration = mark.args[0]
    return found
