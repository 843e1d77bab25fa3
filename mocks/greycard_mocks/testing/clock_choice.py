"""What there is to choose from for the clock of a world, and a choice read: `virtual`, `auto`, `real`, `real*20`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.clock import SystemClock, VirtualClock, checked_speed

if TYPE_CHECKING:
    from greycard_mocks.clock import Clock

CLOCKS = {
    "auto": "time stands still, and a poll that is repeated moves it to the next event before it is answered",
    "virtual": "time stands still until the test moves it",
    "real": "time passes as on this machine, and deliveries come by themselves",
    "real*20": "as `real`, so many times as fast; any factor from over 0 to 1000000",
}
"""Every choice, with what it does."""

DEFAULT = "auto"
"""Of the fixtures and of `Mock`.

An application that sleeps by itself works with it at once, and a test that moves the clock itself sees nothing of it:
only a poll that would have got the very same answer moves anything. With `virtual` the first would wait for ever.
"""


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """A choice that was read. `speed` is None where none was named."""

    real: bool
    auto: bool
    speed: float | None

    def base(self) -> Clock:
        """A new clock for worlds to stand on."""
        return SystemClock() if self.real else VirtualClock()


def read_clock(text: object) -> ClockChoice:
    """A choice such as ``auto`` or ``real*20``; raises ValueError, which names what there is."""
    if text in ("virtual", "auto"):
        return ClockChoice(real=False, auto=text == "auto", speed=None)
    if isinstance(text, str):
        kind, times, factor = (part.strip() for part in text.partition("*"))
        if kind == "real" and not times:
            return ClockChoice(real=True, auto=False, speed=None)
        if kind == "real":
            try:
                return ClockChoice(real=True, auto=False, speed=checked_speed(float(factor)))
            except ValueError:
                pass
    msg = (
        "the clock must be 'auto', 'virtual', 'real', or 'real*20' with any factor from over 0 to 1000000, "
        f"not {text!r:.100}"
    )
    raise ValueError(msg)
