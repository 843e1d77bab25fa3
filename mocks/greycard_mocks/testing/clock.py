"""The time of one world as a test sees it; moving it makes everything that falls due."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from greycard_mocks.testing.sleeping import event_loop, in_thread, really_sleep, sleeping_moves

if TYPE_CHECKING:
    from collections.abc import Generator

    from greycard_mocks.core.world import World
    from greycard_mocks.engine.time import Time


class FrozenClockWarning(UserWarning):
    """The same was asked again and again while time stood still; the message says what to do."""


class VendorClock:
    """The time of one world; a `clock` for greycard_client, so that its waiting costs no time."""

    def __init__(self, time: Time, world: World) -> None:
        self._time, self._world = time, world

    def __repr__(self) -> str:
        return f"<clock {self.kind!r} of {self._world.runtime.name} at {self.now():.3f}>"

    @property
    def kind(self) -> str:
        """``auto``, ``virtual``, ``frozen``, ``real``, or such as ``real*20``."""
        return self._world.clock.kind

    def now(self) -> float:
        """Seconds since 1970 in this world."""
        return self._world.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass: at once, with all that falls due, when it is virtual or frozen; otherwise by waiting."""
        if self._world.clock.stands:
            self.advance(max(0.0, seconds))
        else:
            self._world.clock.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """As `sleep`, for asyncio and trio: other tasks of the event loop go on meanwhile.

        Receivers are called in another thread, so that they may use this event loop. Raises ValueError on an infinite
        or absurd step where time stands still.
        """
        from greycard_mocks.clock import checked_step

        library = event_loop()
        clock = self._world.clock
        if not clock.stands:
            await really_sleep(library, max(0.0, clock.real_seconds(seconds)))
            return
        moment = self.now() + checked_step(max(0.0, seconds))
        await really_sleep(library, 0)
        await in_thread(library, self, moment)

    def advance(self, seconds: float) -> int:
        """Move forward at once, and make everything that falls due; returns the number of delivery attempts.

        Receivers outside this process are waited for 15 s at most; `under_way` tells what is left then. Raises
        ValueError on a negative, infinite or absurd step.
        """
        return self._time.advance(self._world, seconds)

    def reach(self, moment: float) -> None:
        """Move forward to `moment`, in seconds since 1970, with all that falls due; nothing where it is in the past."""
        self._time.reach(self._world, moment)

    def is_due(self, moment: float) -> bool:
        """Whether a delivery falls due up to `moment`, in seconds since 1970."""
        return self._time.is_due(self._world, moment)

    @contextmanager
    def patch_sleep(self) -> Generator[None]:
        """While this context is open, the application's own sleeping moves this clock in place of waiting.

        That is `time.sleep`, and `sleep` of asyncio, anyio and trio where they have been imported, by whatever name.
        Sleeps in parallel overlap; each waits for a two-hundredth of its time and 0.2 s at most, a sleep of 0 as usual.
        Everything is as before at the end. Holds for all threads of this process but those of servers and test runners.
        """
        clocks = (self,)
        with sleeping_moves(lambda: clocks):
            yield

    @property
    def under_way(self) -> int:
        """Delivery attempts that are being made, or are due and have not been made; `advance(0)` goes on with these."""
        return self._time.under_way(self._world)

    def freeze(self) -> None:
        """Stop this world's time: neither the machine's clock nor polls move it, only the test does."""
        self._time.freeze(self._world)

    def use_auto(self) -> None:
        """Stop this world's time, and let a poll that is repeated move it to the next event."""
        self._time.use_auto(self._world)

    def resume(self) -> None:
        """Undo `freeze`: real time passes again, or polls move an `auto` clock again.

        Raises ClockError, a ValueError, for a virtual clock that is not frozen: there is no real time to resume.
        """
        self._time.resume(self._world)

    def set_speed(self, speed: float) -> None:
        """Let real time pass `speed` times as fast.

        Raises ValueError unless 0 < speed <= 1,000,000, and ClockError, a ValueError, for a virtual clock.
        """
        self._time.set_speed(self._world, speed)
