"""A task's states as a drawing to scale: where each segment, tick and mark lies, in percent of the width.

Pure. The template only places what stands here; nothing is measured in the browser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.clock import GRAIN
from greycard_mocks.dashboard.text import length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greycard_mocks.core.plan import TaskPlan

TAIL = 0.22
"""Part of the width that is kept for what follows the last state."""

TICKS = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """One state. `x` and `width` in percent, `start` and `seconds` in seconds after the task's creation."""

    name: str
    phase: str
    shade: int
    start: float
    seconds: float
    x: float
    width: float
    current: bool

    @property
    def fits(self) -> str:
        """For which screens the name fits into the segment: wide, any, or none."""
        need = len(self.name)
        return "any" if self.width >= 2.7 * need + 5 else "wide" if self.width >= 1.15 * need + 2 else "none"

    @property
    def lasts(self) -> str:
        """The length in words."""
        return length(self.seconds)


@dataclass(frozen=True, slots=True)
class Tick:
    """One label of the scale."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One delivery attempt on the scale; `outcome` is acknowledged, failed, lost or due."""

    x: float
    outcome: str
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing of one task. `now` in percent; `beyond` when the moment lies past the right edge."""

    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    now: float
    beyond: bool
    elapsed: str
    endless: bool
    summary: str


def timeline_of(
    plan: TaskPlan, now: float, phase: Callable[[str], str], attempts: Sequence[tuple[float, str, str]] = ()
) -> Timeline:
    """The drawing of `plan` at `now`; `attempts` are (moment, outcome, label) of its deliveries."""
    elapsed = max(0.0, now - plan.created)
    offsets = [offset for offset, _ in plan.timeline]
    endless = math.isinf(offsets[-1])
    marks = [(moment - plan.created, outcome, label) for moment, outcome, label in attempts]
    finite = [one for one in offsets if math.isfinite(one)]
    extent = _extent(finite, [at for at, _, _ in marks], elapsed, endless=endless)

    def place(seconds: float) -> float:
        return round(100 * min(max(seconds / extent, 0.0), 1.0), 3)

    segments: list[Segment] = []
    running = 0
    for index, (start, name) in enumerate(plan.timeline):
        if math.isinf(start):
            break
        end = offsets[index + 1] if index + 1 < len(offsets) else math.inf
        kind = phase(name)
        current = start <= elapsed + GRAIN and elapsed + GRAIN < end
        x = place(start)
        segments.append(Segment(name, kind, running % 4, start, end - start, x, round(place(end) - x, 3), current))
        running += kind == "running"
    return Timeline(
        tuple(segments), tuple(_ticks(extent)),
        tuple(Mark(place(at), outcome, label) for at, outcome, label in marks),
        now=place(elapsed), beyond=elapsed > extent, elapsed=length(elapsed), endless=endless,
        summary=_summary(segments, elapsed, endless=endless),
    )  # fmt: skip


def _extent(offsets: Sequence[float], marks: Sequence[float], elapsed: float, *, endless: bool) -> float:
    """How many seconds the whole width stands for."""
    if endless:
        return max(offsets[-1] * 2, elapsed * 1.25, 1.0)
    ends = max([offsets[-1], *marks])
    if ends <= 0:
        return 1.0
    extent = ends / (1 - TAIL)
    # a moment soon after the end is worth the space, one long after it would press the states together
    return max(extent, elapsed * 1.08) if elapsed <= extent * 1.5 else extent


def _ticks(extent: float) -> list[Tick]:
    rough = extent / TICKS
    step = next(step for step in _steps() if step >= rough * 0.999)
    unit, name = next((unit, name) for unit, name in _UNITS if step >= unit or unit == 1)
    count = int(extent / step + 1e-9)
    return [
        Tick(round(100 * index * step / extent, 3), f"{index * step / unit:g} {name}") for index in range(count + 1)
    ]


_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def _steps() -> list[float]:
    below = [base * 10.0**power for power in range(-4, 2) for base in (1, 2, 5)]
    middle = [60.0 * n for n in (1, 2, 5, 10, 20, 30)] + [3600.0 * n for n in (1, 2, 4, 6, 12)]
    above = [86400.0 * base * 10**power for power in range(12) for base in (1, 2, 5)]
    return [*[one for one in below if one < 60], *middle, *above]


def _summary(segments: Sequence[Segment], elapsed: float, *, endless: bool) -> str:
    """The drawing in one sentence, for those who do not see it."""
    states = [f"{one.name} from {length(one.start)}" for one in segments]
    current = next((one.name for one in segments if one.current), segments[-1].name)
    end = "; the last state is never left" if endless else ""
    return f"{', '.join(states)}{end}; now {current}, {length(elapsed)} after the creation"
