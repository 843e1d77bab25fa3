"""Moves the time of worlds, and makes what falls due on the way, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.clock import GRAIN, Clock, VirtualClock, WorldClock, checked_speed, checked_step, monotonic
from greycard_mocks.core.halt import BLOCKS, Pause
from greycard_mocks.delivery.together import send_together, take_together

if TYPE_CHECKING:
    from collections.abc import Generator

    from greycard_mocks.core.halt import Halt
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.schedule import Deliveries


PATIENCE_SECONDS = 15.0
"""How long moving a clock waits for the deliveries on the way: longer than the guard's deadline for one."""


SLEEPER_SECONDS = 0.5
"""How long one sleeper waits for another thread that moves the same world, in real seconds."""


class ClockError(ValueError):
    """A world's clock cannot do this; the message says what it can."""


class Time:
    """The time of all worlds of one mock. `patience` is in real seconds, for one call of `advance` or `settle`."""

    def __init__(self, deliveries: Deliveries, base: Clock, *, patience: float = PATIENCE_SECONDS) -> None:
        self._deliveries, self._base = deliveries, base
        self.patience = patience

    def advance(self, world: World, seconds: float) -> int:
        """Move a world forward; returns the number of delivery attempts made on the way.

        The clock arrives in any case. Where receivers take longer than `patience`, attempts are still under way then
        (`under_way` counts them): the next advance, also by 0 seconds, goes on with those that have not begun, and so
        does the pump in real time. Raises ValueError on a negative, infinite or absurd step.
        """
        return self.settle(world, world.clock.now() + checked_step(seconds))

    def settle(self, world: World, target: float) -> int:
        """Deliver all that is due up to `target` at its moment, then set the clock there; see `advance`."""
        attempts, until = 0, monotonic() + self.patience
        with world.advancing:
            world.settling += 1  # keeps the pump away, so that everything happens here and in order
            try:
                while due := take_together(self._deliveries, world, target):
                    self._move(world, due[0].moment)
                    begun, left = send_together(self._deliveries, world, due, until)
                    attempts += begun
                    if left or monotonic() >= until:
                        break
                self._move(world, target)
            finally:
                world.settling -= 1
        self._deliveries.wake(world)
        return attempts

    def reach(self, world: World, moment: float) -> None:
        """Be at `moment` or later, with all that is due until then; a moment in the past changes nothing.

        For sleepers of several threads: where another one moves this world and waits for a receiver, which may be the
        sleeper, the clock arrives after a little while in any case.
        """
        if not world.advancing.acquire(timeout=SLEEPER_SECONDS):
            self._move(world, moment)
            return
        try:
            if moment > world.clock.now():
                self.settle(world, moment)
        finally:
            world.advancing.release()

    def is_due(self, world: World, moment: float) -> bool:
        """Whether a delivery attempt is due up to `moment`."""
        with world.lock:
            return world.dues.first <= moment + GRAIN

    def under_way(self, world: World) -> int:
        """How many delivery attempts of a world are being made, or are due and have not been made."""
        return self._deliveries.under_way(world)

    def let_pass(self, world: World | None, seconds: float, *, settle: bool) -> Generator[Halt]:
        """Let the seconds that a vendor takes for an answer pass: in real time, or at once where that costs none.

        With `settle` the deliveries that fall due meanwhile are made, which in real time happens by itself.
        """
        clock = self._base if world is None else world.clock
        real = clock.real_seconds(seconds) if isinstance(clock, WorldClock) else seconds
        if real > 0 and not isinstance(clock, VirtualClock):
            yield Pause(real, clock.base if isinstance(clock, WorldClock) else clock)
        elif world is None:
            clock.sleep(seconds)
        elif not settle:
            self._sleep(world, seconds)
        else:
            yield BLOCKS
            if not world.advancing.acquire(blocking=False):
                self._sleep(world, seconds)  # whoever advances this world waits for what this answer is for
                return
            try:
                self.advance(world, seconds)
            finally:
                world.advancing.release()

    @staticmethod
    def _move(world: World, moment: float) -> None:
        with world.lock:
            world.clock.move_to(moment)

    @staticmethod
    def _sleep(world: World, seconds: float) -> None:
        """Let seconds of a clock that stands pass."""
        with world.lock:
            world.clock.sleep(seconds)

    def freeze(self, world: World) -> None:
        """Stop a world's time; what is due waits, and polls move nothing."""
        with world.lock:
            world.clock.freeze()

    def use_auto(self, world: World) -> None:
        """Stop a world's time, and let a repeated poll move it to the next event."""
        with world.lock:
            world.clock.use_auto()

    def resume(self, world: World) -> None:
        """Undo `freeze` and `use_auto`; raises ClockError for a virtual clock that nobody froze."""
        if world.clock.virtual and not world.clock.frozen:
            msg = f"this clock is {world.clock.kind!r}, so there is no real time to resume; {_INSTEAD}"
            raise ClockError(msg)
        with world.lock:
            world.clock.resume()
        self._deliveries.wake(world)

    def set_speed(self, world: World, speed: float) -> None:
        """Let a world's time pass at another speed.

        Raises ValueError unless 0 < speed <= 1,000,000, ClockError for a virtual clock, which has no speed.
        """
        checked_speed(speed)
        if world.clock.virtual:
            msg = f"this clock is {world.clock.kind!r}, and has no speed; {_INSTEAD}"
            raise ClockError(msg)
        with world.lock:
            world.clock.set_speed(speed)
        self._deliveries.wake(world)


_INSTEAD = "move it by advance, or make the world with the clock 'real' or 'real*20' where time passes by itself"
