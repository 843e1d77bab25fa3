"""Rates are contradicted only where no limiter explains what was seen: simulated limiters of every kind tell."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greycard_suite.judge.rates import Request, contradicted, explained, offsets

LIMIT, WINDOW = 2, 1.0
Limiter = Callable[[float], bool]
"""Whether a request that arrives at this moment is answered."""


def sliding(limit: int, window: float, *, all_count: bool = False) -> Limiter:
    """Counts what came within the last window."""
    moments: list[float] = []

    def admits(now: float) -> bool:
        fits = sum(now - moment < window for moment in moments) < limit
        if fits or all_count:
            moments.append(now)
        return fits

    return admits


def fixed(limit: int, window: float, start: float = 0.0, *, all_count: bool = False) -> Limiter:
    """Counts in windows that follow each other from `start` on."""
    counts: dict[int, int] = {}

    def admits(now: float) -> bool:
        place = math.floor((now - start) / window)
        fits = counts.get(place, 0) < limit
        counts[place] = counts.get(place, 0) + (fits or all_count)
        return fits

    return admits


def tokens(limit: int, window: float, burst: int) -> Limiter:
    """Takes a token per request, of which one comes back every `window / limit` seconds."""
    state = [float(burst), 0.0]

    def admits(now: float) -> bool:
        state[:] = [min(burst, state[0] + (now - state[1]) * limit / window), now]
        if state[0] < 1 - 1e-9:
            return False
        state[0] -= 1
        return True

    return admits


def seen_of(limiter: Limiter, shift: float, delays: list[float]) -> list[Request]:
    """What one sees who sends at the planned moments; each request arrives somewhere on its way."""
    found: list[Request] = []
    clock = shift
    for index, offset in enumerate(offsets(LIMIT, WINDOW)):
        way, back = delays[(2 * index) % len(delays)], delays[(2 * index + 1) % len(delays)]
        started = max(clock, shift + offset)
        clock = started + way + back
        found.append(Request(started, clock, not limiter(started + way)))
    return found


KINDS = ("sliding", "sliding-all", "fixed", "fixed-all", "bucket", "smooth")


def made(kind: str, limit: int, window: float, start: float) -> Limiter:
    """A limiter by its kind; `start` is where fixed windows begin."""
    name, _, counts = kind.partition("-")
    if name == "sliding":
        return sliding(limit, window, all_count=bool(counts))
    if name == "fixed":
        return fixed(limit, window, start, all_count=bool(counts))
    return tokens(limit, window, 1 if name == "smooth" else limit)


phases = st.floats(0, 10, allow_nan=False)
ways = st.lists(st.floats(0, 0.08, allow_nan=False), min_size=1, max_size=12)


@given(kind=st.sampled_from(KINDS), start=phases, shift=phases, delays=ways)
@example("fixed", 0.0, 0.0, [0.0])
@example("sliding-all", 0.0, 0.0, [0.0])
@example("smooth", 0.0, 0.0, [0.0])
def test_every_limiter_of_the_rate_is_explained(kind: str, start: float, shift: float, delays: list[float]) -> None:
    """However a limiter counts, wherever its windows begin and however long the way is, its rate is as documented."""
    assert contradicted(seen_of(made(kind, LIMIT, WINDOW, start), shift, delays), LIMIT, WINDOW) == ()


@given(kind=st.sampled_from(KINDS), start=phases, shift=phases, delays=ways, limit=st.sampled_from([1, 3, 4, 5, 100]))
@example("fixed", 0.01, 0.0, [0.01], 3)
def test_another_limit_is_found(kind: str, start: float, shift: float, delays: list[float], limit: int) -> None:
    """One request less, one more, or any number is told from the documented limit, however the limiter counts."""
    if kind == "smooth":
        limit = 1  # requests that come one by one at a higher pace are all that this one lets through
    broken = contradicted(seen_of(made(kind, limit, WINDOW, start), shift, delays), LIMIT, WINDOW)
    assert "limit" in broken


@given(shift=phases, delays=ways)
def test_no_limiter_at_all_is_found(shift: float, delays: list[float]) -> None:
    """Where nothing is refused although the rate was exceeded under any limiter, the limit does not hold."""
    assert contradicted(seen_of(lambda _: True, shift, delays), LIMIT, WINDOW) == ("limit", "window_seconds")


@given(kind=st.sampled_from(("sliding", "fixed", "bucket")), factor=st.sampled_from([0.25, 3.0]),
       start=phases, shift=phases, delays=ways)  # fmt: skip
def test_another_window_is_found(kind: str, factor: float, start: float, shift: float, delays: list[float]) -> None:
    """A window of a quarter or three times the length is told from the documented one."""
    seen = seen_of(made(kind, LIMIT, WINDOW * factor, start), shift, delays)
    assert "window_seconds" in contradicted(seen, LIMIT, WINDOW)


def test_a_way_too_slow_to_exceed_the_rate_contradicts_nothing() -> None:
    """Requests that take two seconds each are never too many, so that their answers say nothing of the limit."""
    seen = seen_of(lambda _: True, 0.0, [1.0])
    assert explained(seen, LIMIT, WINDOW)


@pytest.mark.parametrize(("limit", "window"), [(1, 1.0), (2, 1.0), (5, 10.0), (10, 60.0)])
def test_the_plan_is_bounded_and_in_order(limit: int, window: float) -> None:
    """So many requests as the limit asks for, never backwards."""
    planned = offsets(limit, window)
    assert list(planned) == sorted(planned)
    assert len(planned) == 6 * (limit + 1) + 2 * limit + 1
