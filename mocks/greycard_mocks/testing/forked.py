"""Runs single tests again, each in a process of its own: forked before the first test ran, so nothing is set up.

The process that runs the tests asks a helper, forked from it once tests are collected and before any ran. The helper
forks a child for each run, which has the imports and the collected tests, and no thread, server or fixture.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import warnings
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

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
        self.pid = _fork()
        if self.pid == 0:
            os.close(self._ask)
            os.close(self._told)
            _serve(asked, tell, run, prepare)
        os.close(asked)
        os.close(tell)
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
        os.close(self._ask)
        os.close(self._told)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(self.pid, 0)


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads are none of the child's, which needs none
        return os.fork()


def _serve(asked: int, tell: int, run: Run, prepare: Callable[[], None]) -> None:
    """The helper: a child for each line that is asked, until nobody can ask any more."""
    status = 1
    try:
        with os.fdopen(asked, "rb") as lines:
            for number, line in enumerate(lines):
                if number == 0:
                    prepare()
                test, freedoms = json.loads(line)
                os.write(tell, _in_child(run, test, tuple(freedoms)).encode() + b"\n")
        status = 0
    finally:
        os._exit(status)  # nothing of the run of which this is a copy may happen twice


def _in_child(run: Run, test: str, freedoms: tuple[str, ...]) -> str:
    """What one run ends with."""
    read, write = os.pipe()
    pid = _fork()
    if pid == 0:
        try:
            os.close(read)
            os.setpgid(0, 0)  # what the test starts ends with it
            os.write(write, (run(test, freedoms) or "passes").encode())
        finally:
            os._exit(0)
    os.close(write)
    found, end = b"", monotonic() + MOST_SECONDS  # real time: what is watched is a process
    while not found and (left := end - monotonic()) > 0 and select.select([read], [], [], left)[0]:
        found = os.read(read, 64)
        if not found:
            break
    timed_out = not found and monotonic() >= end
    os.close(read)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if timed_out:
        return NEVER_ENDS
    return found.decode().replace("passes", "") if found else BROKEN


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
