"""A line for each request that `greycard serve` answers, written by a thread of its own.

Whoever answers never waits: lines wait in a bounded queue, and what finds no room there is counted and said. When
nobody reads any more, nothing is written, and the server goes on.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

from greycard_mocks.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.journal import Entry

MAX_WAITING = 10_000
"""Lines that wait to be written."""

AT_ONCE = 20
"""Lines that are made and written together; more would keep whoever answers from the interpreter too long."""

END_SECONDS = 1.0
"""How long the end waits for lines to be written."""


class Form(Protocol):
    """How the log says things: `forms.TextForm` or `forms.JsonForm`."""

    def request(self, entry: Entry, seconds: float, at: float) -> str:
        """A request that was answered `at`, in seconds since 1970, within so many seconds."""
        ...

    def dropped(self, count: int) -> str:
        """So many lines found no room."""
        ...


class RequestLog:
    """Takes requests by `note`, from any thread, and writes lines from `start` to `close`."""

    def __init__(self, form: Form, write: Callable[[str], None], *, most: int = MAX_WAITING) -> None:
        """`write` may wait, and raises OSError when nobody reads any more."""
        self._form, self._write, self._most = form, write, most
        self._waiting: deque[tuple[Entry, float, float] | str] = deque()
        self._dropped = 0
        self._news, self._ended = threading.Event(), False
        self._clock = SystemClock()
        self._thread = threading.Thread(target=self._run, name="greycard-lines", daemon=True)

    def note(self, entry: Entry, seconds: float) -> None:
        """A request has been answered; returns at once."""
        if len(self._waiting) >= self._most:
            self._dropped += 1
            return
        self._waiting.append((entry, seconds, self._clock.now()))
        if not self._news.is_set():
            self._news.set()

    def start(self) -> None:
        """Write from now on, what has waited first."""
        self._thread.start()

    def close(self, last: str = "") -> None:
        """Write what waits, then the line `last`; waits END_SECONDS at most."""
        if last:
            self._waiting.append(last)
        self._ended = True
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join(END_SECONDS)

    def _run(self) -> None:
        try:
            while not self._ended or self._waiting:
                self._news.wait()
                self._news.clear()
                self._write_all()
        except OSError:
            self._most = 0  # nobody reads any more: take nothing
            self._waiting.clear()

    def _write_all(self) -> None:
        while self._waiting or self._dropped:
            lines = [self._line(self._waiting.popleft()) for _ in range(min(AT_ONCE, len(self._waiting)))]
            if self._dropped:
                lines.append(self._form.dropped(self._dropped))
                self._dropped = 0
            self._write("".join(f"{line}\n" for line in lines))

    def _line(self, one: tuple[Entry, float, float] | str) -> str:
        return one if isinstance(one, str) else self._form.request(*one)


def writer_to_output() -> Callable[[str], None]:
    """What writes to standard output itself, past its buffer: a thread that is held up there holds nobody else up."""
    stream = sys.stdout
    stream.flush()
    encoding = stream.encoding or "utf-8"
    try:
        number = stream.fileno()
    except (OSError, ValueError):

        def through_stream(text: str) -> None:
            stream.write(text)
            stream.flush()

        return through_stream

    def to_file(text: str) -> None:
        left = memoryview(text.encode(encoding, "backslashreplace"))
        while left:
            try:
                left = left[os.write(number, left) :]
            except BlockingIOError:  # whoever gave us the pipe does not want writers to wait
                select.select([], [number], [])

    return to_file
