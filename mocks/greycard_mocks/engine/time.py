"""Moves the time of worlds, and makes what falls due on the way, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.clock import Clock, checked_step

if TYPE_CHECKING:
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.schedule import Deliveries


class Time:
    """The time of all worlds of one mock."""

    def __init__(self, deliveries: Deliveries, base: Clock) -> None:
        self._deliveries, self._base = deliveries, base

    def advance(self, world: World, seconds: float) -> int:
        """Move a world forward; returns the number of delivery attempts made on the way.

        Raises ValueError on a negative, infinite or absurd step.
        """
        return self.settle(world, world.clock.now() + checked_step(seconds))

    def settle(self, world: World, target: float) -> int:
        """Deliver all that is due up to `target` at its moment, then set the clock there."""
        attempts = 0
        with world.advancing:
            world.settling += 1  # keeps the pump away, so that everything happens here and in order
            try:
                while (due := self._deliveries.take(world, target)) is not None:
                    world.clock.move_to(due.moment)
                    self._deliveries.attempt(world, due)
                    attempts += 1
                world.clock.move_to(target)
            finally:
                world.settling -= 1
        self._deliveries.wake(world)
        return attempts

    def wait(self, world: World | None, seconds: float) -> None:
        """Let the seconds that a vendor takes for an answer pass: in real time, or at once where that costs none."""
        if world is None:
            self._base.sleep(seconds)
        elif not (world.clock.virtual or world.clock.frozen):
            world.clock.sleep(seconds)
        elif world.advancing.acquire(blocking=False):
            try:
                self.advance(world, seconds)
            finally:
                world.advancing.release()
        else:  # whoever advances this world waits for what this answer is for
            world.clock.sleep(seconds)

    def freeze(self, world: World) -> None:
        """Stop a world's time; what is due waits."""
        world.clock.freeze()

    def resume(self, world: World) -> None:
        """Let a world's time pass again."""
        world.clock.resume()
        self._deliveries.wake(world)

    def set_speed(self, world: World, speed: float) -> None:
        """Let a world's time pass at another speed; raises ValueError unless 0 < speed <= 1,000,000."""
        world.clock.set_speed(speed)
        self._deliveries.wake(world)
