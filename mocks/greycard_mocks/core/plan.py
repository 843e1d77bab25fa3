"""A task's life: the plan is made once, every answer is a pure function of (plan, now).

Nothing here reads a clock, holds a lock or changes anything. Times are seconds since 1970, offsets seconds
after the creation of the task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import msgspec

from greycard_mocks.clock import GRAIN
from greycard_mocks.images.store import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.images.inspect import Picture


class Look(msgspec.Struct, frozen=True, gc=False):
    """What pictures of many tasks have in common: the facts of what was sent, and the size of the result in pixels."""

    picture: Picture | None
    """None where there is no picture."""

    width: int
    height: int
    format: str
    failed: bool = False
    reason: str = ""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One picture of a task: where it came from, what it was, and what becomes of it."""

    link: str
    digest: bytes
    """Under which its bytes are kept; empty where there is no picture."""

    look: Look

    @classmethod
    def of(cls, link: str, source: Source | None, width: int = 0, height: int = 0, form: str = "jpeg") -> Self:
        """The item of a picture whose result has this size in pixels, and this format."""
        if source is None:
            return cls(link, b"", Look(None, width, height, form))
        return cls(link, source.digest, Look(source.picture, width, height, form))

    def failing(self, reason: str) -> Self:
        """The same picture, of which no result will be made."""
        return msgspec.structs.replace(self, look=msgspec.structs.replace(self.look, failed=True, reason=reason))

    @property
    def source(self) -> Source | None:
        """The picture that was sent."""
        picture = self.look.picture
        return None if picture is None else Source(picture, self.digest)

    @property
    def width(self) -> int:
        """Of the result, in pixels."""
        return self.look.width

    @property
    def height(self) -> int:
        """Of the result, in pixels."""
        return self.look.height

    @property
    def format(self) -> str:
        """Of the result."""
        return self.look.format

    @property
    def failed(self) -> bool:
        """Whether no result will be made."""
        return self.look.failed

    @property
    def reason(self) -> str:
        """Why not."""
        return self.look.reason


class Course(msgspec.Struct, frozen=True, gc=False):
    """What many tasks have in common. `timeline` holds (offset, state name); its last entry is the end."""

    operation: str
    timeline: tuple[tuple[float, str], ...]
    values: Mapping[str, Any]
    queue: int = 0
    reason: str = ""


class TaskPlan(msgspec.Struct, frozen=True, gc=False):
    """Everything that will ever happen to one task.

    A world may hold a hundred thousand, so a plan keeps to itself only what no other has, and the garbage collector
    never looks at one.
    """

    id: str
    created: float
    course: Course
    pictures: Item | tuple[Item, ...]
    """Its pictures; the only one stands here by itself."""

    mask: Source | None = None

    @property
    def operation(self) -> str:
        """The name of the operation that made it."""
        return self.course.operation

    @property
    def timeline(self) -> tuple[tuple[float, str], ...]:
        """(offset, state name) of each state."""
        return self.course.timeline

    @property
    def items(self) -> tuple[Item, ...]:
        """Its pictures."""
        pictures = self.pictures
        return pictures if isinstance(pictures, tuple) else (pictures,)

    @property
    def values(self) -> Mapping[str, Any]:
        """The fields of its request that answers may ask for."""
        return self.course.values

    @property
    def queue(self) -> int:
        """Its first place in the queue."""
        return self.course.queue

    @property
    def reason(self) -> str:
        """Why it ends as it does, where that is not what the vendor says of every such end."""
        return self.course.reason

    @property
    def finished(self) -> float:
        """When the last state is reached; infinite for a task that never ends."""
        return self.created + self.course.timeline[-1][0]

    @property
    def outcome(self) -> str:
        """The name of the last state."""
        return self.course.timeline[-1][1]


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
    elapsed, timeline = now - plan.created, plan.course.timeline
    if relapse is not None and elapsed - relapse["after_seconds"] + GRAIN >= timeline[-1][0]:
        return str(relapse["state"])
    current = timeline[0][1]
    for offset, state in timeline:
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
