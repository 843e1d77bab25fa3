"""What tells the time and waits, for the suite and whatever it runs against; and a rate kept by waiting on it.

No other module defines a clock's form, or counts what was sent in a window.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol


class Clock(Protocol):
    """What tells the time (seconds since 1970) and waits."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        ...


class Pace:
    """Keeps requests within a rate: at most `limit` (None: any number) in any `window` seconds, `margin` added.

    Shared by the threads of a run; two requests need not take the same time to arrive, hence the margin.
    """

    def __init__(self, limit: int | None, window: float = 1.0, margin: float = 0.0) -> None:
        self._limit, self._window = limit, window + margin
        self._sent: deque[float] = deque(maxlen=limit)
        self._lock = threading.Lock()
        self._even = self._window / limit if limit else 0.25
        self._gap = self._last = self._pause = 0.0

    def wait(self, clock: Clock) -> None:
        """Return when one more request may be sent."""
        if self._limit is None and not self._gap:
            return
        with self._lock:  # held while waiting: whoever comes later has to wait longer anyway
            moment = max(self._last + self._gap, self._pause)
            if self._limit is not None and len(self._sent) == self._limit:
                moment = max(moment, self._sent[0] + self._window)
            clock.sleep(max(0.0, moment - clock.now()))
            self._last = clock.now()
            if self._limit is not None:
                self._sent.append(self._last)

    def slow_down(self, clock: Clock, pause: float) -> float:
        """A request was too many: none for `pause` seconds, and from now on one at a time; returns the seconds between.

        First evenly at the rate, then at half of it, and never slower: what is refused at random would stop the run.
        """
        with self._lock:
            self._gap = min(2 * self._even, 2 * self._gap) if self._gap else self._even
            self._pause = clock.now() + pause
            return self._gap

    def forget(self) -> None:
        """Begin anew: what was sent before does not count."""
        with self._lock:
            self._sent.clear()
