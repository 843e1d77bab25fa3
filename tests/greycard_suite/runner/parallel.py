"""Several pytest sessions for one run, because tests of a target that nothing paces spend their time waiting.

Each session is a whole one with its own fixtures, in a thread of its own; what they share is the state of the run,
from which each takes the next test that no other has taken. The first session leads: it plans, runs alone the tests
that the others rest on, starts the helpers, and goes on with the targets that are asked one thing at a time: alone, or
with several jobs beside sessions that each have some of these vendors for themselves.
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
    _lanes: list[list[str]] = field(default_factory=list)
    """The tests of vendors that are asked one thing at a time, of which each session but this one has some."""
    _helpers: list[threading.Thread] = field(default_factory=list)
    _is_helped: bool = False
    _lanes_open: bool = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """First what the others rest on, then what may run at the same time, then the rest.

        The very first test goes alone: when the target is out of reach or the key refused, nothing else is sent.
        """
        run = self.run
        waiting = [nodeid for nodeid in run.order if run.targets.threads(run.plans[nodeid].vendor) > 1]
        ahead = [nodeid for place, nodeid in enumerate(waiting) if not place or run.plans[nodeid].test == PLAIN]
        self._shared = [nodeid for nodeid in waiting if nodeid not in ahead]
        self._lanes = self._drawn_lanes([nodeid for nodeid in run.order if nodeid not in waiting])
        others = {nodeid for lane in self._lanes for nodeid in lane}
        items[:] = [item for item in items if item.nodeid not in others]
        ranks = {**dict.fromkeys(self._shared, 1), **dict.fromkeys(ahead, 0)}
        items.sort(key=lambda item: ranks.get(item.nodeid, 2))

    def _drawn_lanes(self, alone: list[str]) -> list[list[str]]:
        """The tests for the sessions beside this one, which keeps the first lane; a vendor is in one lane whole."""
        run = self.run
        vendors = list(dict.fromkeys(run.plans[nodeid].vendor for nodeid in alone))
        lanes = [vendors[first :: run.jobs] for first in range(1, min(run.jobs, len(vendors)))]
        return [[nodeid for nodeid in alone if run.plans[nodeid].vendor in lane] for lane in lanes]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Start the helpers with the first test that they share; wait for them before one that they do not."""
        if item.nodeid in self._shared:
            self._help()
        elif not self._lanes:
            self._join()
        found = yield
        if item.nodeid in self.run.order:
            self._open_lanes()
        return found

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
        if self._is_helped:
            return
        self._is_helped = True
        most = max(self.run.targets.threads(self.run.plans[nodeid].vendor) for nodeid in self._shared)
        for _ in range(1, min(most, len(self._shared))):
            self._start(self._shared)

    def _open_lanes(self) -> None:
        """Start the sessions for the other vendors, once the very first test has shown that the target answers."""
        lanes, self._lanes_open = ([] if self._lanes_open else self._lanes), True
        for lane in lanes:
            self._start(lane)

    def _start(self, tests: list[str]) -> None:
        plugins: list[object] = [SuitePlugin(self.run, alone=False), Helper(tests)]
        name = f"greycard-suite-{len(self._helpers) + 1}"
        self._helpers.append(threading.Thread(target=self.start, args=(plugins,), name=name, daemon=True))
        self._helpers[-1].start()

    def _join(self) -> None:
        while self._helpers and not self.run.interruption.gave_up:
            self._helpers[-1].join(WAKE_SECONDS)
            if not self._helpers[-1].is_alive():
                self._helpers.pop()
