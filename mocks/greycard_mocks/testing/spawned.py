"""The jobs of `children` in fresh interpreters, for where a process cannot be forked.

Slower: each imports what there is to import and collects the tests anew (`spawned_child`).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.testing import spawned_child
from greycard_mocks.testing.children import TOO_LONG, Patience

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from greycard_mocks.testing.children import Job

MOST_SECONDS_TO_END = 10.0
"""For a child that has closed its pipe."""

_SCRIPT = str(spawned_child.__file__)


@dataclass(frozen=True, slots=True)
class Fresh:
    """How a run of pytest was started, as far as a fresh interpreter has to know it to collect the same tests.

    `base` is the folder in which the children have their temporary files.
    """

    arguments: tuple[str, ...]
    folder: Path
    base: Path

    @staticmethod
    def of(config: pytest.Config, base: Path) -> Fresh:
        """As this run was started."""
        given = config.invocation_params
        return Fresh(tuple(str(one) for one in given.args), given.dir, base)


@dataclass(slots=True)
class _Child:
    job: Job
    process: subprocess.Popen[bytes]
    patience: Patience
    is_killed: bool = False


class SpawnedChildren:
    """As `Children`, with an interpreter for each job: jobs need an `errand`."""

    def __init__(self, count: int, fresh: Fresh) -> None:
        self._count, self._fresh = max(1, count), fresh
        self._waiting: deque[Job] = deque()
        self._running: list[_Child] = []
        self._told: queue.SimpleQueue[tuple[_Child, bytes | None]] = queue.SimpleQueue()
        self._number = 0

    def add(self, job: Job) -> None:
        """Have a job done when it is its turn."""
        self._waiting.append(job)

    def run(self) -> None:
        """Do all jobs that were added; ends every child when it is interrupted."""
        try:
            while self._waiting or self._running:
                while self._waiting and len(self._running) < self._count:
                    self._start(self._waiting.popleft())
                self._listen()
        finally:
            for child in self._running:
                _end(child.process)
            self._running.clear()

    def close(self) -> None:
        """Nothing is kept between two runs."""

    def _start(self, job: Job) -> None:
        self._number += 1
        start = {
            "path": list(sys.path),
            "arguments": self._fresh.arguments,
            "base": str(self._fresh.base / f"interpreter-{self._number:05d}"),
            "errand": pickle.dumps(job.errand),
        }
        process = subprocess.Popen(  # noqa: S603 - this interpreter and a file of greycard
            [sys.executable, "-P", _SCRIPT], cwd=self._fresh.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=hasattr(os, "killpg"),
        )  # fmt: skip
        child = _Child(job, process, Patience(job, process.pid))
        self._running.append(child)
        threading.Thread(target=self._read, args=(child,), daemon=True).start()
        assert process.stdin is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(OSError):  # one that has ended already is told by its status
            process.stdin.write(pickle.dumps(start))
            process.stdin.flush()

    def _read(self, child: _Child) -> None:
        """Pass on what a child tells, and that it has ended."""
        pipe, head = child.process.stdout, spawned_child.HEAD
        assert pipe is not None  # noqa: S101 - it was asked for
        while len(begun := pipe.read(head.size)) == head.size:
            (length,) = head.unpack(begun)
            message = pipe.read(length)
            if len(message) < length:
                break
            self._told.put((child, message))
        self._told.put((child, None))

    def _listen(self) -> None:
        with contextlib.suppress(queue.Empty):
            child, data = self._told.get(timeout=min(one.patience.left for one in self._running))
            if data is None:
                self._ended(child)
            else:
                message = pickle.loads(data)  # noqa: S301 - from a child of this very process
                child.patience.heard(child.job.on_message(message))
        for child in self._running:
            if child.patience.is_over and not child.is_killed:
                child.is_killed = True
                _end(child.process)  # that it has ended is told by its pipe

    def _ended(self, child: _Child) -> None:
        if child not in self._running:
            return
        self._running.remove(child)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(MOST_SECONDS_TO_END)
        _end(child.process)
        code, why = child.process.returncode, TOO_LONG if child.is_killed else None
        child.job.on_end(why or (f"it ended with status {code}" if code else None))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child with whatever it has started, and wait for it."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
