"""Processes forked from this one, a few at a time; each does one piece of work and tells of it through a pipe.

A child ends with its parent, with all that it has started: it is the leader of a process group, and a thread of it
waits for the end of a pipe that only the parent holds. What it may take is limited by its parent.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import signal
import struct
import threading
import warnings
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from greycard_mocks.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[Any], None]
    """Sends one message to the parent."""

    Work = Callable[[Tell], None]
    """What a child does."""

    Errand = tuple[Callable[..., None], tuple[Any, ...]]
    """A function of a module and its arguments, both to be pickled; it gets the child's session and `Tell` first."""

CAN_FORK = hasattr(os, "fork") and os.environ.get("GREYCARD_FORK") != "off"
"""Whether this process may be forked; `spawned` does the same work where it may not."""

BUSY_TICKS = 10
"""Of processor time: who takes less within the time that a test may take waits for what does not come."""

MOST_EXTENSIONS = 11
TOO_LONG = "it took too long"
"""Why a job was ended of which nothing more was heard in time."""

_HEAD = struct.Struct("!I")


@dataclass(slots=True)
class Job:
    """One piece of work. `on_message` gets what the child tells and says how long the next message may take (seconds).

    `on_end` is called when the child has ended: with None, or with why it was ended or broke down. A child that still
    computes when its time is over gets more, `extensions` times at most. `errand` is the same work for a child that is
    not forked, as plain data.
    """

    work: Work
    on_message: Callable[[Any], float | None]
    on_end: Callable[[str | None], None]
    patience: float = 120.0
    extensions: int = MOST_EXTENSIONS
    errand: Errand | None = None


class Patience:
    """How long a child may go on before it tells something more."""

    def __init__(self, job: Job, pid: int) -> None:
        self._job, self._pid = job, pid
        self._seconds, self._until = 0.0, monotonic() + job.patience
        self._extensions = self._ticks = 0

    @property
    def left(self) -> float:
        """Real seconds, 0 when the time is over."""
        return max(0.0, self._until - monotonic())

    def heard(self, seconds: float | None) -> None:
        """It has told something, and has these seconds for the next; None: those of its job."""
        self._seconds = self._job.patience if seconds is None else seconds
        self._until, self._extensions, self._ticks = monotonic() + self._seconds, 0, _ticks(self._pid)

    @property
    def is_over(self) -> bool:
        """Whether the time is over; a child that still computes is given more, as its job has it."""
        now = monotonic()
        if now < self._until:
            return False
        ticks = _ticks(self._pid)
        if ticks - self._ticks < BUSY_TICKS or self._extensions >= self._job.extensions:
            return True
        # on a machine with much to do a test is slow for no fault of its own
        self._until, self._extensions, self._ticks = now + self._seconds, self._extensions + 1, ticks
        return False


@dataclass(slots=True)
class _Child:
    job: Job
    pid: int
    pipe: int
    patience: Patience
    data: bytearray = field(default_factory=bytearray)


class Children:
    """Runs jobs in at most `count` forked children at a time. Jobs may add further jobs by `add`.

    `lifeline` is the end to read of a pipe: nobody lives longer than whoever holds the other end, by default this
    process.
    """

    def __init__(self, count: int, lifeline: int | None = None) -> None:
        self._count = max(1, count)
        self._waiting: deque[Job] = deque()
        self._running: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._held: int | None = None
        """The other end of the lifeline, where it is this process's own."""

        if lifeline is None:
            lifeline, self._held = os.pipe()
        self._lifeline = lifeline

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
            for child in list(self._running.values()):
                self._end(child, None, kill=True, tell=False)

    def close(self) -> None:
        """Give the pipes back."""
        self._selector.close()
        if self._held is not None:
            os.close(self._held)
            os.close(self._lifeline)

    def _start(self, job: Job) -> None:
        reading, writing = os.pipe()
        pid = forked()
        if pid == 0:
            os.close(reading)
            for child in self._running.values():
                os.close(child.pipe)
            if self._held is not None:
                os.close(self._held)
            _be_child(job.work, writing, self._lifeline)
        os.close(writing)
        os.set_blocking(reading, False)
        child = self._running[reading] = _Child(job, pid, reading, Patience(job, pid))
        self._selector.register(reading, selectors.EVENT_READ, child)

    def _listen(self) -> None:
        for key, _ in self._selector.select(min(child.patience.left for child in self._running.values())):
            child: _Child = key.data
            try:
                block = os.read(child.pipe, 1 << 20)
            except BlockingIOError:
                continue
            child.data += block
            for message in _messages(child.data):
                child.patience.heard(child.job.on_message(message))
            if not block:
                self._end(child, None)
        for child in [one for one in self._running.values() if one.patience.is_over]:
            self._end(child, TOO_LONG, kill=True)

    def _end(self, child: _Child, why: str | None, *, kill: bool = False, tell: bool = True) -> None:
        self._running.pop(child.pipe, None)
        self._selector.unregister(child.pipe)
        os.close(child.pipe)
        with contextlib.suppress(OSError):  # whatever it has started ends with it
            os.killpg(child.pid, signal.SIGKILL)
        if kill:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
        _, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if tell:
            child.job.on_end(why or (None if code in (0, -signal.SIGKILL) else f"it ended with status {code}"))


def forked() -> int:
    """Fork, without the warning about other threads, of which the child has none and none holds a lock."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _ticks(pid: int) -> int:
    """The processor time that a process has taken, in the system's clock ticks; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return 0
    return int(fields[11]) + int(fields[12])


def _messages(data: bytearray) -> Iterator[Any]:
    while len(data) >= _HEAD.size:
        (length,) = _HEAD.unpack_from(data)
        if len(data) < _HEAD.size + length:
            return
        message = bytes(data[_HEAD.size : _HEAD.size + length])
        del data[: _HEAD.size + length]
        yield pickle.loads(message)  # noqa: S301 - from a child of this very process


def _be_child(work: Work, writing: int, lifeline: int) -> NoReturn:
    """Do the work and end, whatever happens; nothing of the parent's own is finished here."""
    status = 1
    try:
        os.setpgid(0, 0)
        threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
        lock = threading.Lock()

        def tell(message: Any) -> None:
            data = pickle.dumps(message)
            data = _HEAD.pack(len(data)) + data
            with lock:
                while data:
                    data = data[os.write(writing, data) :]

        work(tell)
        status = 0
    except BaseException:  # noqa: BLE001 - the parent is told by the status
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _end_with_parent(pipe: int) -> None:
    with contextlib.suppress(OSError):
        os.read(pipe, 1)  # returns when nobody holds the other end any more
    os.killpg(0, signal.SIGKILL)
