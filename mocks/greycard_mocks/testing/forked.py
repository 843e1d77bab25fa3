"""Runs single tests again, each in a process of its own: forked before the first test ran, so nothing is set up.

The process that runs the tests asks a helper, forked from it once tests are collected and before any ran. The helper
forks a child for each run (`children`), which has the imports and the collected tests, and no server or fixture.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from typing import TYPE_CHECKING, Any

from greycard_mocks.testing.children import TOO_LONG, Children, Job, forked

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from greycard_mocks.testing.children import Errand, Work
    from greycard_mocks.testing.spawned import SpawnedChildren

    Run = Callable[[str, tuple[str, ...]], str]
    """Runs the test with this id under these freedoms; returns the phase in which it fails, empty when it passes."""

MOST_SECONDS = 60.0
"""Of real time for one run; a test that takes longer has failed as one that never ends."""

NEVER_ENDS = "never ends"
BROKEN = "broken"


class Helper:
    """The helper process, as the process sees it that runs the tests. Only where there is `os.fork`."""

    def __init__(self, run: Run, prepare: Callable[[], None]) -> None:
        """`prepare` is called once, in the helper, before the first run: for what every run needs in memory."""
        asked, self._ask = os.pipe()
        self._told, tell = os.pipe()
        lifeline, self._alive = os.pipe()
        self.pid = forked()
        if self.pid == 0:
            for end in (self._ask, self._told, self._alive):
                os.close(end)
            _serve(asked, tell, run, prepare, lifeline)
        for end in (asked, tell, lifeline):
            os.close(end)
        self._rest = b""

    def fails(self, test: str, freedoms: tuple[str, ...]) -> str:
        """The phase in which a test fails under these freedoms (setup, call, teardown), empty when it passes."""
        try:
            os.write(self._ask, json.dumps([test, freedoms]).encode() + b"\n")
        except OSError:
            return BROKEN
        while b"\n" not in self._rest:
            piece = os.read(self._told, 4096)
            if not piece:
                return BROKEN
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def close(self) -> None:
        """End the helper and wait for it."""
        for end in (self._ask, self._told, self._alive):
            os.close(end)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(self.pid, 0)


def _serve(asked: int, tell: int, run: Run, prepare: Callable[[], None], lifeline: int) -> None:
    """The helper: a child for each line that is asked, until nobody can ask any more."""
    status = 1
    try:
        children = Children(1, lifeline)
        with os.fdopen(asked, "rb") as lines:
            for number, line in enumerate(lines):
                if number == 0:
                    prepare()
                test, freedoms = json.loads(line)
                os.write(tell, _in_child(children, run, test, tuple(freedoms)).encode() + b"\n")
        status = 0
    finally:
        os._exit(status)  # nothing of the run of which this is a copy may happen twice


def _in_child(children: Children, run: Run, test: str, freedoms: tuple[str, ...]) -> str:
    return outcome(children, lambda tell: tell(run(test, freedoms)))


def outcome(children: Children | SpawnedChildren, work: Work, errand: Errand | None = None) -> str:
    """What one run in a child ends with: the phase in which it fails, which it tells, `BROKEN` or `NEVER_ENDS`."""
    found = [BROKEN]

    def hear(phase: str | None) -> None:
        if phase is not None:  # None: it has begun
            found[0] = phase

    def end(why: str | None) -> None:
        if why == TOO_LONG:
            found[0] = NEVER_ENDS

    children.add(Job(work, hear, end, MOST_SECONDS, extensions=0, errand=errand))
    children.run()
    return found[0]


def quieten(config: pytest.Config) -> None:
    """Let a forked process write to nobody: neither to the terminal, nor where the run keeps what tests print."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    plugins: Any = config.pluginmanager
    for name in ("terminalreporter", "workerinteractor", "junitxml"):
        if (one := plugins.get_plugin(name)) is not None:
            plugins.unregister(one)
    capture = plugins.get_plugin("capturemanager")
    if capture is not None:  # its files are those of the run, and reading them moves the place for both
        plugins.unregister(capture)
        fresh = type(capture)(config.getoption("capture"))
        plugins.register(fresh, "capturemanager")
        fresh.start_global_capturing()
