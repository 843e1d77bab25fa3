"""The time of one world as a test sees it; moving it makes everything that falls due."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.time import Time


class VendorClock:
    """The time of one world; a `clock` for greycard_client, so that its waiting costs no time."""

    def __init__(self, time: Time, world: World) -> None:
        self._time, self._world = time, world

    def now(self) -> float:
        """Seconds since 1970 in this world."""
        return self._world.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass: at once, with all that falls due, when it is virtual or frozen; otherwise by waiting."""
        if self._world.clock.virtual or self._world.clock.frozen:
            self.advance(max(0.0, seconds))
        else:
            self._world.clock.sleep(seconds)

    def advance(self, seconds: float) -> int:
        """Move forward at once, and make everything that falls due; returns the number of delivery attempts.

        Receivers outside this process are waited for 15 s at most; `under_way` tells what is left then. Raises
        ValueError on a negative, infinite or absurd step.
        """
        return self._time.advance(self._world, seconds)

    @property
    def under_way(self) -> int:
        """Delivery attempts that are being made, or are due and have not been made; `advance(0)` goes on with these."""
        return self._time.under_way(self._world)

    def freeze(self) -> None:
        """Stop real time in this world."""
        self._time.freeze(self._world)

    def resume(self) -> None:
        """Let real time pass again."""
        self._time.resume(self._world)

    def set_speed(self, speed: float) -> None:
        """Let real time pass `speed` times as fast; raises ValueError unless 0 < speed <= 1,000,000."""
        self._time.set_speed(self._world, speed)
