"""Several pytest sessions for one run, because tests of a target that nothing paces spend their time waiting.

Each session is a whole one with its own fixtures, in a thread of its own; what they share is the state of the run,
from which each takes the next test that no other has taken. The first session leads: it plans, runs alone the tests
that the others rest on, starts the helpers, and goes on alone with the targets that are asked one thing at a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from greycard_suite.runner.plugin import SuitePlugin
from greycard_suite.runner.state import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from greycard_suite.runner.state import RunState

ENVIRONMENT = threading.Lock()
"""pytest names the current test in the environment of the process and, at its end, takes the name away."""

WAKE_SECONDS = 0.5
"""How often whoever waits for the helpers looks whether that has become pointless."""


@dataclass(eq=False)
class Helper:
    """Beside `SuitePlugin` in a session that helps: keeps the tests that may run at the same time."""

    shared: list[str]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the tests that the first session runs alone to it."""
        shared = set(self.shared)
        items[:] = [item for item in items if item.nodeid in shared]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """One session at a time touches the environment's name of the current test to remove it."""
        with ENVIRONMENT:
            yield


@dataclass(eq=False)
class Leader:
    """Beside `SuitePlugin` in the first session; `start` runs a whole session with the given plugins."""

    run: RunState
    start: Callable[[list[object]], None]
    _shared: list[str] = field(default_factory=list)
    _helpers: list[threading.Thread] = field(default_factory=list)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """First what the others rest on, then what may run at the same time, then the rest.

        The very first test goes alone: when the target is out of reach or the key refused, nothing else is sent.
        """
        run = self.run
        waiting = [nodeid for nodeid in run.order if run.targets.threads(run.plans[nodeid].vendor) > 1]
        ahead = [nodeid for place, nodeid in enumerate(waiting) if not place or run.plans[nodeid].test == PLAIN]
        self._shared = [nodeid for nodeid in waiting if nodeid not in ahead]
        ranks = {**dict.fromkeys(self._shared, 1), **dict.fromkeys(ahead, 0)}
        items.sort(key=lambda item: ranks.get(item.nodeid, 2))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Start the helpers with the first test that they share; wait for them before one that they do not."""
        if item.nodeid in self._shared:
            self._help()
        else:
            self._join()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """The run is over when the helpers are done; when it is broken off, they begin no further test."""
        try:
            return (yield)
        except BaseException:
            self.run.stopped = self.run.stopped or "the run was broken off"
            raise
        finally:
            self._join()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """As `Helper`'s."""
        with ENVIRONMENT:
            yield

    def _help(self) -> None:
        if self._helpers:
            return
        most = max(self.run.targets.threads(self.run.plans[nodeid].vendor) for nodeid in self._shared)
        for number in range(1, min(most, len(self._shared))):
            plugins: list[object] = [SuitePlugin(self.run, alone=False), Helper(self._shared)]
            thread = threading.Thread(target=self.start, args=(plugins,), name=f"greycard-suite-{number}", daemon=True)
            self._helpers.append(thread)
            thread.start()

    def _join(self) -> None:
        while self._helpers and not self.run.interruption.gave_up:
            self._helpers[-1].join(WAKE_SECONDS)
            if not self._helpers[-1].is_alive():
                self._helpers.pop()
