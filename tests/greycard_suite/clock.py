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

    def wait(self, clock: Clock) -> None:
        """Return when one more request may be sent."""
        if self._limit is None:
            return
        with self._lock:  # held while waiting: whoever comes later has to wait longer anyway
            if len(self._sent) == self._limit:
                clock.sleep(max(0.0, self._sent[0] + self._window - clock.now()))
            self._sent.append(clock.now())

    def forget(self) -> None:
        """Begin anew: what was sent before does not count."""
        with self._lock:
            self._sent.clear()
