"""How often the same question was asked while a world's clock stood still: what moves an `auto` clock, and warns.

A state is a function of (plan, now). So the same poll, asked again while the clock has not moved, gets the answer that
it had before; nothing else has to be remembered or compared. Plain data and pure functions; reads no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_mocks.clock import GRAIN

if TYPE_CHECKING:
    from greycard_mocks.core.world import World

FROZEN_POLLS = 10
"""So many identical polls at one moment of a world are told to the user."""

MAX_KEYS = 10_000

Key = tuple[str, ...]


@dataclass(slots=True)
class Polls:
    """The polls at the moment where a world's clock stands; the caller holds the world's lock."""

    moment: float = -math.inf
    counts: dict[Key, int] = field(default_factory=dict)
    warning: str = ""
    """What the user was told; once for a world."""

    def asked(self, key: Key, now: float) -> int:
        """How often this was asked at this very moment."""
        return self.counts.get(key, 0) if now == self.moment else 0

    def note(self, key: Key, now: float) -> int:
        """Count one more; what was asked at another moment is forgotten."""
        if now != self.moment or len(self.counts) >= MAX_KEYS:
            self.moment, self.counts = now, {}
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]


def next_event(world: World, now: float) -> float:
    """The moment of the next state of any task, or of the next delivery; infinite when nothing is due.

    Call under the world's lock.
    """
    found = min((entry[0] for entry in world.due if entry[0] > now + GRAIN), default=math.inf)
    for plan in world.tasks.values():
        if plan.timeline[-1][0] > now - plan.created + GRAIN:
            for offset, _ in plan.timeline:
                if offset > now - plan.created + GRAIN:
                    found = min(found, plan.created + offset)
                    break
    return found


def why_it_stands(world: World, question: str, answer: str, count: int, *, is_poll: bool) -> str:
    """The words about a world in which the same was asked `count` times and nothing moved, and what to do."""
    asked = f"{world.runtime.name} was asked {count} times for {question}, each time the answer was {answer}"
    clock = world.clock
    if clock.auto and not is_poll:
        return (
            f"{asked}: time stands still in this world, whose clock is 'auto', and only polls move that. Let the "
            "application's sleeping move it with clock.patch_sleep() or "
            "@pytest.mark.greycard_clock('auto', patch_sleep=True), or let time pass with 'real*20'"
        )
    if clock.auto:
        return (
            f"{asked}, and nothing is due in this world that could change it. A scenario with `stuck` or a fault does "
            "so on purpose; otherwise move the clock: clock.advance(seconds)"
        )
    if clock.frozen:
        return f"{asked}: time is frozen in this world. Call clock.resume(), or clock.advance(seconds)"
    return (
        f"{asked}: time stands still in this world, whose clock is 'virtual'. Where the application sleeps by itself, "
        "let its polls move the clock with @pytest.mark.greycard_clock('auto') or Mock(clock='auto'), let its sleeping "
        "move it with clock.patch_sleep(), or let time pass with 'real*20'; otherwise move it in the test with "
        "clock.advance(seconds)"
    )
