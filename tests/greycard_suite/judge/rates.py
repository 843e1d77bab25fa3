"""Whether some limiter of a documented rate explains which requests were answered and which were refused.

A document gives a number of requests and a window; how they are counted is open: in a sliding window, in fixed windows
aligned anywhere, or by tokens that come back one by one, refused requests counted or not. And a request arrives at
some moment between its start and its answer. A rate is contradicted only when no limiter and no such moments explain
what was seen. Pure: it neither sends nor judges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GRAIN = 1e-6
QUIET_WINDOWS = 2.1
"""After so many windows without a request every limiter has forgotten those before."""

OTHER_WINDOWS = (0.1, 0.2, 0.25, 1 / 3, 0.5, 2 / 3, 1.5, 2.0, 3.0, 5.0, 10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Request:
    """One of several requests sent one after the other: it arrived between `earliest` and `latest`, in seconds."""

    earliest: float
    latest: float
    refused: bool


def offsets(limit: int, window: float) -> tuple[float, ...]:
    """When to send requests, in seconds after the first, so that a rate tells itself from others under any limiter.

    Twice three bursts of one more than the limit within a window, half a window out of step with each other: fixed
    windows that begin within the one burst do not begin within the other. Then an even row that keeps the rate.
    """
    burst = [number * 0.45 * window for number in range(3) for _ in range(limit + 1)]
    second = math.ceil(burst[-1] / window + QUIET_WINDOWS) * window + 0.5 * window
    third = second + burst[-1] + QUIET_WINDOWS * window
    even = [number * 1.35 * window / limit for number in range(2 * limit + 1)]
    return (*burst, *(second + moment for moment in burst), *(third + moment for moment in even))


def explained(seen: Sequence[Request], limit: int, window: float) -> bool:
    """Whether some limiter of this rate, idle before, answers and refuses as was seen."""
    return bool(limit > 0) and (
        any(_sliding(seen, limit, window, all_count=one) for one in (False, True))
        or any(_tokens(seen, limit, window, burst) for burst in range(1, limit + 1))
        or any(_fixed(seen, limit, window, all_count=one) for one in (False, True))
    )


def contradicted(seen: Sequence[Request], limit: int, window: float) -> tuple[str, ...]:
    """What of a rate cannot be as documented: limit, window_seconds, both; nothing where a limiter explains all."""
    if explained(seen, limit, window):
        return ()
    if not any(one.refused for one in seen):
        return ("limit", "window_seconds")
    another_limit = any(explained(seen, other, window) for other in range(1, 3 * limit + 2) if other != limit)
    another_window = any(explained(seen, limit, window * factor) for factor in OTHER_WINDOWS)
    if another_limit == another_window:
        return ("limit", "window_seconds")
    return ("limit",) if another_limit else ("window_seconds",)


def _sliding(seen: Sequence[Request], limit: int, window: float, *, all_count: bool) -> bool:
    """A request is answered when fewer than `limit` that count came within the last `window` seconds."""
    counted: list[int] = []
    bounds: list[tuple[int, int, float]] = []  # (a, b, w): the moment of b is at most w after that of a
    for index, one in enumerate(seen):
        if len(counted) >= limit:
            before = counted[-limit]
            bounds.append((before, index, window) if one.refused else (index, before, -window))
        elif one.refused:
            return False
        if all_count or not one.refused:
            counted.append(index)
    return _have_moments(seen, bounds)


def _have_moments(seen: Sequence[Request], bounds: Sequence[tuple[int, int, float]]) -> bool:
    """Whether the requests can have arrived in their order, each within its interval, and within these bounds."""
    latest = [one.latest for one in seen]
    every = [*bounds, *((index + 1, index, 0.0) for index in range(len(seen) - 1))]
    for _ in range(len(seen) + 1):
        changed = False
        for one, other, most in every:
            if latest[one] + most + GRAIN < latest[other]:
                latest[other], changed = latest[one] + most, True
        if any(moment + GRAIN < one.earliest for moment, one in zip(latest, seen, strict=True)):
            return False
        if not changed:
            return True
    return False


def _tokens(seen: Sequence[Request], limit: int, window: float, burst: int) -> bool:
    """A token comes back every `window / limit` seconds, and at most `burst` are kept; a request takes one.

    `low` to `high` is where the moment can be at which all tokens are back.
    """
    token = window / limit
    room = (burst - 1) * token
    low = high = -math.inf
    for one in seen:
        if one.refused:
            low = max(low, one.earliest + room)
            if low > high + GRAIN:
                return False
        else:
            high = min(high, one.latest + room)
            if low > high + GRAIN:
                return False
            low, high = max(one.earliest, low) + token, max(one.latest, high) + token
    return True


def _fixed(seen: Sequence[Request], limit: int, window: float, *, all_count: bool) -> bool:
    """Windows follow each other, the first beginning anywhere; each has room for `limit` requests that count."""
    return any(_fixed_from(seen, limit, window, start, all_count=all_count) for start in _starts(seen, window))


def _starts(seen: Sequence[Request], window: float) -> Iterator[float]:
    """Every beginning of the windows that can make a difference: at the edges of the intervals, and between them."""
    edges = sorted({moment % window for one in seen for moment in (one.earliest, one.latest)})
    yield from edges
    yield from ((one + other) / 2 for one, other in pairwise([*edges, edges[0] + window]))


def _fixed_from(seen: Sequence[Request], limit: int, window: float, start: float, *, all_count: bool) -> bool:
    states = {(-math.inf, 0)}  # (number of the window, requests that count in it)
    for one in seen:
        first = math.floor((one.earliest - start - GRAIN) / window)
        last = math.floor((one.latest - start + GRAIN) / window)
        reached = set()
        for place, count in states:
            for number in range(first, last + 1):
                if number < place:
                    continue
                there = count if number == place else 0
                if (there >= limit) == one.refused:
                    reached.add((float(number), there + (all_count or not one.refused)))
        if not reached:
            return False
        states = reached
    return True
