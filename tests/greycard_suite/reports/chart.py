"""Lays out timelines of tasks to scale: positions in percent of the width, so that a page draws them at any size."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from greycard_suite.evidence.timelines import telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.timelines import TaskLine

LONG = 3.0
"""A task that takes this many times the median gets a chart of its own, so that the others can be told apart."""

DRAWN_PERCENT = 97.0
LABEL_PERCENT = 13.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One state on one line: `x` and `width` in percent; `label` is empty where it would not fit."""

    x: float
    width: float
    shade: int
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One task: its segments, the moments when it was asked for (in percent), its end, and all of it in words."""

    title: str
    segments: tuple[Segment, ...]
    asked: tuple[float, ...]
    end_x: float
    end: str
    good: bool
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines on one axis; `ticks` are (position in percent, seconds as text)."""

    lines: tuple[DrawnLine, ...]
    ticks: tuple[tuple[float, str], ...]


def charts_of(lines: Sequence[TaskLine], vendor: Vendor) -> tuple[Chart, ...]:
    """The telling tasks in one chart, those that take much longer in a second one."""
    chosen = sorted(telling(line for line in lines if line.sights), key=_length)
    if not chosen:
        return ()
    middle = median(_length(line) for line in chosen)
    short = [line for line in chosen if _length(line) <= middle * LONG]
    long = [line for line in chosen if _length(line) > middle * LONG]
    return tuple(_chart(group, vendor) for group in (short, long) if group)


def _length(line: TaskLine) -> float:
    return max(line.duration if line.duration is not None else line.sights[-1].after, 0.1)


def _chart(lines: Sequence[TaskLine], vendor: Vendor) -> Chart:
    longest = max(_length(line) for line in lines)
    step = next((one for one in (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if longest / one <= 6), 3600)
    ticks = tuple(
        (_percent(index * step, longest), f"{index * step:g} s") for index in range(int(longest / step + 1e-9) + 1)
    )
    return Chart(tuple(_drawn(line, vendor, longest) for line in lines), ticks)


def _drawn(line: TaskLine, vendor: Vendor, longest: float) -> DrawnLine:
    order = vendor.data["lifecycle"]["running"]
    until = _length(line)
    seen = [sight for sight in line.sights if sight.after <= until + 1e-9]
    changes = [(0.0, "created")] + [
        (one.after, one.state) for index, one in enumerate(seen) if index == 0 or one.state != seen[index - 1].state
    ]
    segments = []
    ended = line.sights[-1].phase in ("succeeded", "failed")
    for (start, state), (end, _) in zip(changes, [*changes[1:], (until, "")], strict=True):
        width = _percent(end, longest) - _percent(start, longest)
        if width <= 0:
            continue
        shade = order.index(state) % 4 + 1 if state in order else 0
        segments.append(
            Segment(
                round(_percent(start, longest), 2),
                round(width, 2),
                shade,
                state,
                state if width >= LABEL_PERCENT else "",
            )
        )
    words = ", ".join(f"{state} at {start:.1f} s" for start, state in changes)
    asked = tuple(round(_percent(one.after, longest), 2) for one in seen)
    return DrawnLine(
        line.operation,
        tuple(segments),
        asked,
        round(_percent(until, longest), 2),
        line.end if ended else f"unknown state {line.end}",
        line.sights[-1].phase == "succeeded",
        words,
    )


def _percent(seconds: float, longest: float) -> float:
    return seconds / longest * DRAWN_PERCENT
