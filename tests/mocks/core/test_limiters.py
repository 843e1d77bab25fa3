"""Limiters of every kind: each admits the documented rate, and each is told apart by what else it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.core.limiters import LIMITERS

START = 1_700_000_000.0


@pytest.mark.parametrize("kind", LIMITERS)
@given(limit=st.integers(1, 5), count=st.integers(1, 40), phase=st.floats(0, 1))
def test_the_documented_rate_is_admitted(kind: str, limit: int, count: int, phase: float) -> None:
    """Requests that come evenly at the documented rate all pass, whenever they begin."""
    limiter = LIMITERS[kind](1.0)
    assert all(limiter.admit(START + phase + number / limit, limit) for number in range(count))


@pytest.mark.parametrize("kind", LIMITERS)
@given(gaps=st.lists(st.integers(0, 700), min_size=1, max_size=80), limit=st.integers(1, 5))
def test_no_kind_admits_more_than_twice_the_limit_in_a_window(kind: str, gaps: list[int], limit: int) -> None:
    """The most that any of them lets through within one window is twice the limit."""
    limiter = LIMITERS[kind](1.0)
    admitted, now = [], 0
    for gap in gaps:
        now += gap
        if limiter.admit(START + now / 1000, limit):
            admitted.append(now)
    assert all(sum(1 for other in admitted if 0 <= other - one < 999) <= 2 * limit for one in admitted)


def test_kinds_are_told_apart_at_two_in_a_second() -> None:
    """Two at once, two more 0.1 s after a full second, then one: each kind has its own pattern."""
    moments = (0.9, 0.9, 0.95, 1.05, 1.1, 1.45)
    seen = {
        kind: "".join("+" if limiter.admit(START + at, 2) else "-" for at in moments)
        for kind, limiter in ((kind, make(1.0)) for kind, make in LIMITERS.items())
    }
    assert seen == {"sliding": "++----", "fixed": "++-++-", "bucket": "++---+", "smooth": "+----+"}


@pytest.mark.parametrize("kind", LIMITERS)
def test_no_kind_admits_anything_at_a_limit_of_none(kind: str) -> None:
    """A limit of 0 refuses everything."""
    assert not LIMITERS[kind](1.0).admit(START, 0)
