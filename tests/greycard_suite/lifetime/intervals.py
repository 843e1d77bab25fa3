"""When something happened, as far as calls can tell: between two looks it may have happened at any moment.

Pure: it takes what was seen and when, and gives intervals. Whoever judges with them never turns the machine's own
slowness into a violation: a limit is exceeded, or an order broken, only where every moment of the intervals says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from greycard_suite.call import Call


@dataclass(frozen=True, slots=True)
class Interval:
    """A moment that is known to lie between two others, in seconds since 1970."""

    earliest: float
    latest: float

    def least_until(self, later: Interval) -> float:
        """The least time that can have passed from this moment to the later one."""
        return max(0.0, later.earliest - self.latest)

    def most_until(self, later: Interval) -> float:
        """The most time that can have passed from this moment to the later one."""
        return max(0.0, later.latest - self.earliest)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look saw: the vendor gave `value` at some moment between `started` and `ended`."""

    started: float
    ended: float
    value: Any


def seen_by(call: Call, value: Any) -> Observation:
    """What one call saw."""
    return Observation(call.started, call.started + call.elapsed, value)


def moment_of(call: Call) -> Interval:
    """When the vendor did what a call asked for: between its sending and its answer."""
    return Interval(call.started, call.started + call.elapsed)


def began(observations: Sequence[Observation], shows: Callable[[Any], bool]) -> Interval | None:
    """When what `shows` tells began: after the last look before it that did not show it; None when none did."""
    earliest = -inf
    for one in observations:
        if shows(one.value):
            return Interval(earliest, one.ended)
        earliest = max(earliest, one.started)
    return None


def out_of_order(observations: Iterable[Observation]) -> tuple[Any, Any] | None:
    """The first two values of which a later look surely saw the lesser one; None where every order is kept."""
    highest: Observation | None = None
    for one in sorted(observations, key=lambda each: each.started):
        if highest is not None and one.value < highest.value and one.started >= highest.ended:
            return highest.value, one.value
        if highest is None or one.value >= highest.value:
            highest = one
    return None


def clock_offset(stamp: float, moment: Interval) -> Interval:
    """By how much the clock that made a stamp of whole seconds can be ahead of ours, if it was made at `moment`."""
    return Interval(stamp - moment.latest, stamp + 1 - moment.earliest)
