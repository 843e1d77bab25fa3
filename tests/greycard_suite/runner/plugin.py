"""The pytest plugin of the contract suite: cases from the contract data, a target for each try, verdicts from reports.

pytest collects the tests, sets up their fixtures and calls them; this plugin only says with what, notes what came of
it, and has a test run once more when a violation is to be confirmed. For users' own tests see `greycard_mocks.plugin`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from greycard_suite.contract.delivered_meanwhile import judge_deliveries
from greycard_suite.credentials import secrets_of
from greycard_suite.redact.secrets import Secrets
from greycard_suite.runner.attempt import INTERRUPTIONS, Attempt, ClaimsViolatedError
from greycard_suite.runner.plan import Planned, declaration_of, planned
from greycard_suite.runner.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from greycard_schemas.loader import Vendor
    from greycard_suite.contract.declare import Case
    from greycard_suite.runner.state import RunState
    from greycard_suite.targets.target import Target

CONTRACT = Path(__file__).parent.parent / "contract"
LONGEST_FAILURE = 4000
REPORTING = threading.Lock()
"""A failure is shown with its source, and Python's parser cannot be asked for that by several threads at once."""

ATTEMPT: pytest.StashKey[Attempt] = pytest.StashKey()
"""Where a test keeps what its tries saw."""


@dataclass(eq=False)
class SuitePlugin:
    """What one pytest session does for a run; not `alone`: other sessions take tests of the same run meanwhile."""

    run: RunState
    alone: bool = True
    _secrets: Secrets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._secrets = Secrets(secrets_of(self.run.targets.credentials, self.run.judged))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the mark known."""
        config.addinivalue_line("markers", "suite: declares a test of the contract suite")
        if not self.alone:
            config.option.tbstyle = "native"  # parsing sources for a traceback breaks down in threads (Python 3.11)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each vendor and case."""
        if metafunc.definition.path.parent != CONTRACT:
            return  # collected beside the suite
        declaration = declaration_of(metafunc.definition)
        cases = [(vendor, case) for vendor in self.run.judged.values() for case in declaration.cases(vendor)]
        ids = [f"{vendor.name}-{case.id}" for vendor, case in cases]
        metafunc.parametrize("suite_case", cases, ids=ids, scope="function")

    @pytest.fixture
    def target(self, request: pytest.FixtureRequest, suite_case: tuple[Vendor, Case]) -> Iterator[Target]:
        """The target of one try; what the test created there is taken away after it."""
        attempt = request.node.stash[ATTEMPT]
        target = self.run.targets.target(suite_case[0].name, attempt.verdicts)
        attempt.begin(target)
        yield target
        if attempt.interruption is None:
            self.run.targets.clean_up(target)

    @pytest.fixture
    def case(self, suite_case: tuple[Vendor, Case]) -> Case:
        """The case of this test."""
        return suite_case[1]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Plan the run; a test that the target cannot do, or the budget does not reach for, is skipped and says so."""
        run = self.run
        own = {item.nodeid: item for item in items if _chosen(item) is not None}
        if not run.plans:
            run.plan({nodeid: self._planned(item) for nodeid, item in own.items()})
        if run.dry_run:
            items.clear()
            return
        for nodeid, item in own.items():
            if nodeid in run.skips:
                item.add_marker(pytest.mark.skip(reason=run.skips[nodeid]))
        places = {nodeid: place for place, nodeid in enumerate(run.order)}
        items.sort(key=lambda item: places.get(item.nodeid, -1))

    def _planned(self, item: pytest.Item) -> Planned:
        vendor, case = _chosen(item) or (None, None)
        if vendor is None or case is None:
            raise AssertionError(item.nodeid)
        return planned(item.name, vendor, declaration_of(item), case, self.run.targets)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Have pytest run a test of the suite, and once more where that is to confirm what was seen."""
        run = self.run
        if item.nodeid not in run.plans or item.nodeid in run.skips:
            return None
        if not run.claim(item.nodeid):
            return True
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._tried(item, nextitem if self.alone else None):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _tried(self, item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
        """The reports of the last try of a test; fixtures are set up anew for each try."""
        run, plan = self.run, self.run.plans[item.nodeid]
        while True:
            attempt = item.stash[ATTEMPT] = Attempt(run.verdicts[plan.vendor].child(plan.name), Recorder(run.pen))
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            if run.targets.confirms and attempt.is_unconfirmed():
                attempt.again()
                reports = runtestprotocol(item, log=False, nextitem=nextitem)
            if not (attempt.lacks_evidence and run.targets.drop_record(plan.vendor, plan.name)):
                run.seconds[plan.name] = sum(report.duration for report in reports)
                run.conclude(item.nodeid, attempt)
                return reports

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        """Nothing is set up once the run is stopped."""
        if self.run.stopped and ATTEMPT in item.stash:
            pytest.skip(self.run.stopped)
        with _interruptible(item):
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """When the test's body is through, a claim that it saw violated fails it."""
        attempt = item.stash.get(ATTEMPT, None)
        with _interruptible(item):
            yield
            if attempt is not None and attempt.target is not None:
                judge_deliveries(attempt.target)
        if attempt is not None:
            attempt.end()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None]:
        """What interrupts the cleaning up is kept as well."""
        with _interruptible(item):
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell a violated claim, which is shown without our own lines, from a test that broke down; show no key."""
        with REPORTING:
            report = yield
        if ATTEMPT in item.stash and call.excinfo is not None and report.failed:
            if isinstance(call.excinfo.value, ClaimsViolatedError):
                report.longrepr = call.excinfo.getrepr(style="value")
            else:
                item.stash[ATTEMPT].failures.append(str(report.longrepr)[-LONGEST_FAILURE:])
        self._hide_keys(report)
        return report

    def _hide_keys(self, report: pytest.TestReport) -> None:
        """Take the keys out of what the session will show of a test, its captured output included."""
        shown = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr or "")
        kept = self._secrets.text(shown)
        if kept != shown:
            report.longrepr = (*report.longrepr[:2], kept) if isinstance(report.longrepr, tuple) else kept
        report.sections = [(name, self._secrets.text(text)) for name, text in report.sections]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be collected is a failure of the run."""
        if report.failed:
            self.run.failures[report.nodeid or "collection"] = str(report.longrepr)[-LONGEST_FAILURE:]


def _chosen(item: pytest.Item) -> tuple[Vendor, Case] | None:
    """The vendor and case of a suite test; None for other tests, and where no vendor has a case for it."""
    if not isinstance(item, pytest.Function) or item.get_closest_marker("suite") is None:
        return None
    found: Any = item.callspec.params["suite_case"]
    return found if isinstance(found, tuple) else None


@contextmanager
def _interruptible(item: pytest.Item) -> Generator[None]:
    """What interrupts a test skips it, and is kept: it says nothing of the vendor."""
    try:
        yield
    except INTERRUPTIONS as error:
        if ATTEMPT not in item.stash:
            raise
        item.stash[ATTEMPT].interruption = error
        pytest.skip(str(error))
