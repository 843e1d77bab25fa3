"""The sliding window of the rate limit, against a model that counts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.clock import SlidingWindow

START = 1_700_000_000


@given(
    gaps=st.lists(st.integers(0, 1500), max_size=60),
    limit=st.integers(1, 5),
    window=st.sampled_from([500, 1000, 2000]),
)
def test_the_window_is_exact_to_the_millisecond(gaps: list[int], limit: int, window: int) -> None:
    """A request passes when fewer than `limit` passed in the `window` before it, its end excluded."""
    arrivals = SlidingWindow(window / 1000)
    accepted: list[int] = []
    now = 0
    for gap in gaps:
        now += gap
        expected = sum(1 for one in accepted if now - one < window) < limit
        moment = float(START + Fraction(now, 1000))
        assert arrivals.admit(moment, limit) is expected
        if expected:
            accepted.append(now)
    assert len(arrivals.moments) <= limit


def test_refused_requests_do_not_count() -> None:
    """Hammering does not prolong the wait: one second after the first accepted request the next one passes."""
    arrivals = SlidingWindow(1)
    assert [arrivals.admit(START + at, 2) for at in (0, 0.5)] == [True, True]
    assert not any(arrivals.admit(START + 0.5 + step / 1000, 2) for step in range(499))
    assert arrivals.admit(START + 1.0, 2)


def test_a_moment_read_before_another_request_counts_as_now() -> None:
    """A thread that read the clock early and got the lock late neither gains nor frees a place."""
    arrivals = SlidingWindow(1)
    assert arrivals.admit(START + 0.2, 2)
    assert arrivals.admit(START + 0.1, 2)
    assert list(arrivals.moments) == [START + 0.2, START + 0.2]


def test_every_world_has_its_own_window(make_lab: Callable[..., Any]) -> None:
    """Two keys do not share a limit, and a reset forgets the window."""
    lab = make_lab("picwish")

    def poll(key: str) -> int:
        return int(lab.call("GET", "/api/tasks/visual/scale/none", headers={"X-API-KEY": key}).status_code)

    assert [poll("test-a"), poll("test-a"), poll("test-a"), poll("test-b")] == [404, 404, 429, 404]
    lab.world("picwish", "test-a").reset()
    assert poll("test-a") == 404
