"""The only place of the client that touches time; everything else is handed a `Clock`.

May not know of vendors or of HTTP.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, and the way to let some of them pass; a test passes one that does not wait."""

    def now(self) -> float:
        """The current time in seconds since the epoch; it never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when ``seconds`` have passed."""
        ...


class SystemClock:
    """Real time: starts at the wall clock, then follows the monotonic one, so that it never goes back."""

    __slots__ = ("_offset",)

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``; zero and less return at once."""
        if seconds > 0:
            time.sleep(seconds)
