"""The pytest plugin that runs the suite: collects cases from the contract data, gives each test its target.

Used by `run`; it is no plugin for users' own tests (that is `greycard_mocks.plugin`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from greycard_suite.calls import BudgetSpentError, UnreachableError
from greycard_suite.marks import STANDINGS, Declaration
from greycard_suite.recording import EvidenceLacksError, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.marks import Case
    from greycard_suite.target import Target
    from greycard_suite.verdicts import Verdicts


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
    def target(self, suite_case: tuple[Vendor, Case], request: pytest.FixtureRequest) -> Target:
        """The target of this test."""
        vendor, _ = suite_case
        verdicts = self.verdicts[vendor.name]
        verdicts.begin(request.node.name)
        found: Target = self.targets.target(vendor.name, verdicts)
        self.recorder.begin(request.node.name, found)
        return found

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
            self.planned.append(
                Planned(item.name.partition("[")[0], vendor.name, case.id, cost, price, reason)
            )
            if reason:
                for pattern in (*declaration.claims, *case.claims):
                    self.verdicts[vendor.name].excuse(pattern, reason)
            else:
                item.user_properties.append(("price", price))
                kept.append(item)
        kept.sort(key=lambda item: dict(item.user_properties)["price"] > 0)
        items[:] = [] if self.dry_run else self._within_budget(kept)

    def _within_budget(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests that the budget of requests and credits allows, in their order; the others say why not."""
        budget = getattr(self.targets, "budget", None)
        if budget is None:
            return items
        allowed, requests, credits = [], 0, 0
        plans = {(one.test, one.vendor, one.case): one for one in self.planned}
        for item in items:
            vendor, case = item.callspec.params["suite_case"]  # type: ignore[attr-defined]
            plan = plans[item.name.partition("[")[0], vendor.name, case.id]
            over = budget.requests is not None and requests + plan.requests > budget.requests
            unpaid = (
                budget.credits is not None and plan.credits > 0 and credits + plan.credits > budget.credits
            )
            if over or unpaid:
                limit = (
                    f"{budget.requests} requests (--budget)"
                    if over
                    else f"{budget.credits} credits (--credits)"
                )
                reason = f"the budget of {limit} does not reach for it"
                for pattern in (*declaration_of(item).claims, *case.claims):
                    self.verdicts[vendor.name].excuse(pattern, reason)
                self.left_out += 1
                continue
            requests, credits = requests + plan.requests, credits + plan.credits
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
                return self.targets.why_missing(need)
        return ""

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Run a test; confirm what it saw violated before it is kept; fail it when a claim is violated."""
        vendor, _ = pyfuncitem.callspec.params["suite_case"]
        verdicts = self.verdicts[vendor.name]
        if self.stopped:
            pytest.skip(self.stopped)
        self.ran += 1
        self.progress(pyfuncitem.name)
        try:
            result = yield
            seen = {one.claim: one for one in verdicts.violations()}
            confirmed: set[str] | None = None
            if seen and self.confirm:
                first = verdicts.pending
                verdicts.begin(pyfuncitem.name)
                arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}  # noqa: SLF001 - what pytest itself passes
                arguments["target"] = self.targets.target(vendor.name, verdicts)
                self.recorder.begin(pyfuncitem.name, arguments["target"])
                pyfuncitem.obj(**arguments)
                confirmed = set(seen) & {one.claim for one in verdicts.violations()}
                verdicts.pending = [*first, *verdicts.pending]
            verdicts.keep(confirmed)
            if hasattr(self.targets, "clean_up"):
                self.targets.clean_up(pyfuncitem.funcargs["target"])
        except (BudgetSpentError, UnreachableError) as error:
            verdicts.keep(set() if self.confirm else None)
            self._stop(verdicts, error)
            pytest.skip(str(error))
        except EvidenceLacksError as error:
            verdicts.keep(set() if self.confirm else None)
            _, case = pyfuncitem.callspec.params["suite_case"]
            for pattern in (*declaration_of(pyfuncitem).claims, *case.claims):
                verdicts.excuse(pattern, str(error))
            pytest.skip(str(error))
        except Exception:
            verdicts.keep()
            self.crashed.append(pyfuncitem.name)
            raise
        finally:
            self.recorder.end()
        broken = [one for name, one in seen.items() if confirmed is None or name in confirmed]
        if broken:
            words = "; ".join(
                f"{one.claim}: expected {one.expected!r}, seen {one.seen!r}" for one in broken[:5]
            )
            raise ContractViolatedError(words)
        return result

    def _stop(self, verdicts: Verdicts, error: Exception) -> None:
        if isinstance(error, BudgetSpentError):
            verdicts.notice(str(error))
        else:
            self.problems.append(str(error))
        if isinstance(error, BudgetSpentError) or self.targets.kind != "mock":
            self.stopped = str(error)
        verdicts.excuse("*", str(error))


def declaration_of(node: Any) -> Declaration:
    """What a suite test declares; raises UsageError at collection when it declares nothing valid."""
    mark = node.get_closest_marker("suite")
    if mark is None or mark.args[0].standing not in STANDINGS:
        msg = f"{node.name}: a suite test needs @suite_test with a standing of {', '.join(STANDINGS)}"
        raise pytest.UsageError(msg)
    found: Declaration = mark.args[0]
    return found


def uncovered(plugin: SuitePlugin, declared: Iterable[str]) -> list[str]:
    """Documented claims that no test names; used by our own tests."""
    from fnmatch import fnmatchcase

    patterns = list(declared)
    return [
        claim.id
        for verdicts in plugin.verdicts.values()
        for claim in verdicts.claims.values()
        if claim.is_claim
        and not any(fnmatchcase(claim.id[len(claim.vendor) :], pattern) for pattern in patterns)
    ]
