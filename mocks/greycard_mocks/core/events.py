"""What comes next in a world, and the words where nothing does: pure functions of a world and a moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greycard_mocks.clock import GRAIN

if TYPE_CHECKING:
    from greycard_mocks.core.world import World


HORIZON_SECONDS = 30 * 86400.0
"""What is farther away does not come: nobody polls for a month, and a drift that never ends a task is to be felt."""


def next_event(world: World, now: float) -> float:
    """The moment of the next state of any task, or of the next delivery; infinite when none is due within a month.

    Call under the world's lock.
    """
    found = world.dues.after(now)
    for plan in world.tasks.values():
        if plan.timeline[-1][0] > now - plan.created + GRAIN:
            for offset, _ in plan.timeline:
                if offset > now - plan.created + GRAIN:
                    found = min(found, plan.created + offset)
                    break
    return found if found <= now + HORIZON_SECONDS else math.inf


def remedy_for_rate(world: World, seconds: float) -> str:
    """What to do where a rate is used up in a world whose clock stands; empty where time passes by itself."""
    clock = world.clock
    if not clock.stands:
        return ""
    how = f'clock.advance({seconds:g}), or by curl {{"action": "advance", "seconds": {seconds:g}}} to its clock'
    if clock.auto:
        return f"time stands still in this world (clock 'auto'): a poll that is repeated moves it, and so does {how}"
    if clock.frozen:
        return f"time is frozen in this world: {how}, or clock.resume()"
    return f"time stands still in this world (clock 'virtual'): {how}, or the clock 'auto', which repeated polls move"


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
