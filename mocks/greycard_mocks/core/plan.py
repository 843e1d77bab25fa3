"""A task's life: the plan is made once, every answer is a pure function of (plan, now).

Nothing here reads a clock, holds a lock or changes anything. Times are seconds since 1970, offsets seconds
after the creation of the task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import GRAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.images.store import Source


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a task: where it came from, and the size of its result in pixels."""

    link: str
    source: Source | None
    width: int
    height: int
    format: str
    failed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """Everything that will ever happen to one task.

    `timeline` holds (offset, state name); its last entry is the end.
    """

    id: str
    operation: str
    created: float
    timeline: tuple[tuple[float, str], ...]
    items: tuple[Item, ...]
    values: Mapping[str, Any]
    queue: int = 0
    reason: str = ""
    mask: Source | None = None

    @property
    def finished(self) -> float:
        """When the last state is reached; infinite for a task that never ends."""
        return self.created + self.timeline[-1][0]

    @property
    def outcome(self) -> str:
        """The name of the last state."""
        return self.timeline[-1][1]


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happen to a task: the vendor's defaults, changed by a scenario."""

    running: tuple[str, ...]
    offsets: tuple[float, ...]
    finish: float
    limit: float | None = None
    limit_outcome: str | None = None


def timeline_of(timing: Timing, outcome: str) -> tuple[tuple[float, str], ...]:
    """The states of a task that ends in `outcome`; nothing lasts longer than the vendor's documented limit."""
    finish = timing.finish
    if timing.limit is not None and (outcome == timing.limit_outcome or finish > timing.limit):
        finish, outcome = timing.limit, timing.limit_outcome or outcome
    steps = [(offset, state) for offset, state in zip(timing.offsets, timing.running, strict=True) if offset < finish]
    return (*steps, (finish, outcome))


def status_at(plan: TaskPlan, now: float, relapse: Mapping[str, Any] | None = None) -> str:
    """The name of the state at `now`: the last one whose offset has passed.

    `relapse` is for a vendor whose tasks leave their end again: the state that they get, and after how many seconds.
    """
    elapsed = now - plan.created
    if relapse is not None and elapsed - relapse["after_seconds"] + GRAIN >= plan.timeline[-1][0]:
        return str(relapse["state"])
    current = plan.timeline[0][1]
    for offset, state in plan.timeline:
        if offset > elapsed + GRAIN:
            break
        current = state
    return current


def is_finished(plan: TaskPlan, now: float) -> bool:
    """Whether the last state is reached."""
    return now - plan.created + GRAIN >= plan.timeline[-1][0]


def progress_at(plan: TaskPlan, now: float) -> int:
    """0 to 99 while running, never decreasing."""
    length = plan.timeline[-1][0]
    if length <= 0 or not math.isfinite(length):
        return 0
    return int(max(0.0, min(99.0, 100 * (now - plan.created) / length)))


def queue_at(plan: TaskPlan, now: float) -> int:
    """The position in the queue: falls evenly from `plan.queue` to 0 during the first state, then stays 0."""
    if plan.queue <= 0 or len(plan.timeline) < 2:
        return 0
    wait = plan.timeline[1][0]
    if not math.isfinite(wait):
        return plan.queue
    share = max(0.0, min(1.0, (now - plan.created) / wait)) if wait > 0 else 1.0
    return max(0, math.ceil(plan.queue * (1 - share) - GRAIN))


def wait_at(plan: TaskPlan, now: float) -> int:
    """Whole seconds until the task ends, 0 when it has; an hour at most."""
    return math.ceil(max(0.0, min(3600.0, plan.finished - now - GRAIN)))
