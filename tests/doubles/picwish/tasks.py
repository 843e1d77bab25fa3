"""The life of a task: a plan made once, from which its state at any time follows."""

from __future__ import annotations

import hashlib
import math
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.picwish.forms import Order

_Shape = tuple[tuple[float, int, int], ...]
_PLAIN: _Shape = ((0.0, 0, 0), (0.15, 2, 4), (0.3, 3, 8), (0.4, 4, 30), (0.75, 4, 81))
_SHAPES: dict[str, _Shape] = {
    "states_processing_only": ((0.0, 4, 1), (0.5, 4, 60)),
    "states_queued_only": ((0.0, 0, 0),),
    "states_waiting_first": ((0.0, 0, 0), (0.1, 3, 2), (0.3, 2, 5), (0.5, 4, 40)),
    "requeued": ((0.0, 0, 0), (0.1, 4, 30), (0.4, 0, 30), (0.6, 4, 60)),
    "progress_uneven": ((0.0, 0, 0), (0.1, 4, 97)),
    "progress_zero_until_done": ((0.0, 0, 0), (0.3, 4, 0)),
    "progress_hundred_early": ((0.0, 0, 0), (0.2, 4, 50), (0.5, 4, 100)),
    "progress_backwards": ((0.0, 0, 0), (0.2, 4, 70), (0.6, 4, 35)),
    "running_told_as_five": ((0.0, 5, 5), (0.5, 5, 60)),
    "running_told_negative": ((0.0, -6, 0), (0.5, -6, 50)),
}
_SECONDS = {
    "instant": 0.0,
    "slow": 20.0,
    "near_limit": 28.5,
    "ends_after_45_seconds": 45.0,
    "timeout_after_60_seconds": 60.0,
    "timeout_after_4_seconds": 4.0,
    "overloaded": 30.0,
    "never_ends": math.inf,
}
_FAILING_SECONDS = {
    "instant": 0.0,
    "failures_at_once": 0.0,
    "failures_late": 9.0,
    "failed_never_ends": math.inf,
    "never_ends": math.inf,
}


@dataclass(slots=True)
class Task:
    """One picture on its way; `ending` is the state in which it ends, `seconds` when."""

    number: int
    identity: str
    order: Order
    created: float
    content: bytes = b""
    source_format: str = "jpeg"
    width: int = 0
    height: int = 0
    factor: int = 1
    ending: int = 1
    seconds: float = math.inf
    shape: _Shape = ((0.0, 3, 0),)
    reads: int = 0
    ends_told: int = 0
    result: bytes | None = None
    downloads: set[str] = field(default_factory=set)

    @property
    def completed(self) -> float:
        """When the task ends, seconds since 1970."""
        return self.created + self.seconds

    def at(self, moment: float) -> tuple[int, int]:
        """State and progress at this time."""
        if moment >= self.completed - 1e-9:
            return self.ending, 100 if self.ending == 1 else 0
        span = self.seconds if math.isfinite(self.seconds) else 10.0
        reached = [step for step in self.shape if self.created + step[0] * span <= moment + 1e-9]
        return (reached or self.shape[:1])[-1][1:]

    def plan(self, has: Callable[[str], bool]) -> None:
        """Choose how long the task takes and which states it passes through."""
        self.shape = next((shape for trait, shape in _SHAPES.items() if has(trait)), _PLAIN)
        if self.ending == 1:
            usual = 1.0 + min(self.width * self.height / 8_000_000, 1.0) + 0.1 * (self.number % 5)
            if has("every_third_slow") and self.number % 3 == 0:
                usual = 12.0
            self.seconds = next((seconds for trait, seconds in _SECONDS.items() if has(trait)), usual)
        else:
            self.seconds = next((seconds for trait, seconds in _FAILING_SECONDS.items() if has(trait)), 0.8)
        if self.ending == 1 and any(map(has, ("overloaded", "timeout_after_60_seconds", "timeout_after_4_seconds"))):
            self.ending = -8


def identity_of(number: int, has: Callable[[str], bool]) -> str:
    """The id of the task with this number; the same in every run."""
    digest = hashlib.sha256(f"task {number}".encode()).hexdigest()
    if has("ids_repeat"):
        return str(uuid.UUID(int=7))
    if has("id_numeric"):
        return f"{number + 7301:019d}"
    if has("task_id_number"):
        return str(number + 730_001)
    if has("id_long"):
        return digest + hashlib.sha256(digest.encode()).hexdigest()
    if has("id_upper_case"):
        return f"01J{digest[:23].upper()}"
    if has("id_short"):
        return f"t{number:02d}"
    if has("id_punctuated"):
        return f"scale-2.{digest[:6]}_{number}~x"
    return str(uuid.UUID(digest[:32], version=4))
