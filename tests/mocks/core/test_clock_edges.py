"""The clocks at their bounds: what a step and a speed may be, and what a world's clock is when nobody says more."""

from __future__ import annotations

import math
from typing import Any

import pytest

from greycard_mocks.clock import LIMIT_SECONDS, VirtualClock, WorldClock, checked_speed, checked_step

YEARS = 100 * 365 * 24 * 60 * 60


@pytest.mark.parametrize("step", [0, 0.5, "2.5", YEARS - 1, YEARS])
def test_a_clock_advances_by_up_to_a_hundred_years(step: Any) -> None:
    """Nothing and a hundred years are the bounds, both of them allowed; digits in a text are a number."""
    assert LIMIT_SECONDS == YEARS
    assert checked_step(step) == float(step)


@pytest.mark.parametrize("step", [-1e-9, YEARS + 1, math.nan, math.inf, -math.inf, True, False, None, "soon", []])
def test_a_clock_advances_by_nothing_else(step: Any) -> None:
    """Backwards, beyond the bound, without end, and what is no number: refused in words, the clock as it was."""
    clock = VirtualClock()
    before = clock.now()
    with pytest.raises(ValueError, match=f"give a number from 0 to {YEARS}"):
        clock.advance(step)
    assert clock.now() == before


@pytest.mark.parametrize("speed", [1e-9, 1, 2.5, 1_000_000])
def test_a_speed_is_over_nothing_and_at_most_a_million(speed: Any) -> None:
    """Every number in the range is taken as it is."""
    assert checked_speed(speed) == WorldClock(VirtualClock(), speed=speed).speed == float(speed)


@pytest.mark.parametrize("speed", [0, -1, 1_000_000.5, math.nan, math.inf, True])
def test_a_speed_is_nothing_else(speed: Any) -> None:
    """Standing still is what freezing is for; true is no number."""
    with pytest.raises(ValueError, match="must be over 0 and at most 1000000"):
        checked_speed(speed)


def test_a_worlds_clock_runs_with_its_base_until_it_is_frozen() -> None:
    """Made without more it shows the base's moment at the base's speed; frozen it stands, resumed it goes on."""
    base = VirtualClock()
    clock = WorldClock(base)
    start = base.now()
    assert (clock.now(), clock.speed, clock.frozen) == (start, 1.0, False)
    base.advance(10)
    assert clock.now() == start + 10
    clock.freeze()
    base.advance(10)
    assert (clock.now(), clock.frozen) == (start + 10, True)
    clock.resume()
    base.advance(10)
    assert clock.now() == start + 20
