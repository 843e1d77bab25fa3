"""The delivery attempts of one world that are due, or are being made. Knows no clock and no receiver."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.clock import GRAIN

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery attempt that is due: `number` counts from 1, `moment` is in seconds since 1970."""

    moment: float
    task_id: str
    number: int
    depth: int
    held: bool = False
    """Whether it has let another one pass already."""

    again: bool = False
    """Whether it was begun before, by a process that ended before it could say what came of it."""


class Dues:
    """The attempts of one world, in the order of their moments, then as they were noted.

    Call under the world's lock.
    """

    __slots__ = ("_begun", "_heap", "_held", "_number")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Due]] = []
        self._number = 0
        self._begun: dict[Due, int] = {}
        self._held = 0

    def __len__(self) -> int:
        """How many are due and have not been taken."""
        return len(self._heap)

    @property
    def first(self) -> float:
        """The moment of the earliest; infinite when none is due."""
        return self._heap[0][0] if self._heap else math.inf

    @property
    def one_is_held(self) -> bool:
        """Whether one of them has let another one pass and has not been taken since."""
        return self._held > 0

    @property
    def under_way(self) -> int:
        """How many were taken and are not done."""
        return sum(self._begun.values())

    def push(self, due: Due) -> None:
        """Note an attempt."""
        self._number += 1
        heapq.heappush(self._heap, (due.moment, self._number, due))
        self._held += due.held

    def take(self, upto: float) -> Due | None:
        """The next attempt that is due at `upto`, which is under way from now on; None when there is none."""
        if not self._heap or self._heap[0][0] > upto + GRAIN:
            return None
        due = heapq.heappop(self._heap)[2]
        self._held -= due.held
        self.begin(due)
        return due

    def begin(self, due: Due) -> None:
        """Note as under way what is made at once, without having been due."""
        self._begun[due] = self._begun.get(due, 0) + 1

    def done(self, due: Due) -> None:
        """An attempt that was under way is over, or will not be made."""
        left = self._begun.pop(due, 0) - 1
        if left > 0:
            self._begun[due] = left

    def is_taken_over(self, due: Due) -> bool:  # noqa: ARG002 - in one process nobody else makes any
        """Whether another process makes an attempt that this one has begun, because it was thought to have ended."""
        return False

    def leave(self, due: Due) -> None:
        """An attempt was under way, and what came of it cannot be kept: it is made again where that is possible.

        May be called without the world's lock, which cannot be had then.
        """
        self.done(due)

    def upto(self, moment: float) -> int:
        """How many are due at `moment`."""
        return sum(entry[0] <= moment + GRAIN for entry in self._heap)

    def after(self, moment: float) -> float:
        """The moment of the earliest that comes after `moment`; infinite when there is none."""
        return min((entry[0] for entry in self._heap if entry[0] > moment + GRAIN), default=math.inf)

    def listed(self) -> list[Due]:
        """Those that are due, in order."""
        return [entry[2] for entry in sorted(self._heap, key=lambda entry: entry[:2])]

    def replace(self, dues: Iterable[Due]) -> None:
        """Have exactly these due, in this order, and none under way."""
        self.clear()
        for due in dues:
            self.push(due)

    def clear(self) -> None:
        """Forget all; what is under way ends without a further attempt."""
        self._heap.clear()
        self._begun.clear()
        self._held = 0
