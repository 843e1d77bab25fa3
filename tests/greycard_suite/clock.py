"""What tells the time and waits, for the suite and whatever it runs against. No other module defines a clock's form."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """What tells the time (seconds since 1970) and waits."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        ...
