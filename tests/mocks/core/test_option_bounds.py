"""The options of a fault: each takes exactly its range, and the delays that are drawn lie where they should."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from greycard_mocks.core.answer import Answer
from greycard_mocks.core.faults import KINDS, MAX_DELAY_SECONDS, Fault, FaultError, make_fault

BOUNDS: list[tuple[str, Any, Any, Any]] = [
    ("count", 1, 1_000_000_000, 1),
    ("probability", 0, 1, 0.01),
    ("seconds", 0, 86_400, 0.5),
    ("spread", 0, 3600, 0.5),
    ("status", 100, 599, 1),
    ("fraction", 0, 1, 0.01),
    ("chunks", 1, 1000, 1),
    ("seed", 0, 2**63, 1),
    ("ttl", 0.001, 1e9, 0.001),
]


@pytest.mark.parametrize(("option", "low", "high", "step"), BOUNDS)
def test_an_option_takes_its_bounds_and_nothing_beyond(option: str, low: Any, high: Any, step: Any) -> None:
    """The lowest and the highest value are taken as they are; one step outside is refused with the option's name."""
    kind = next((name for name, kind in KINDS.items() if option in kind.options), "error_status")
    for value in (low, high):
        made = make_fault(kind, {option: value}, now=5.0)
        assert (made.until - 5.0 if option == "ttl" else getattr(made, option)) == pytest.approx(value)
    for value in (low - step, high + max(step, 1)):
        with pytest.raises(FaultError, match=f"^{option} must be a number"):
            make_fault(kind, {option: value}, now=5.0)


@pytest.mark.parametrize("distribution", ["fixed", "uniform", "lognormal"])
def test_a_delay_without_spread_is_its_seconds(distribution: str) -> None:
    """Whatever the distribution, a spread of nothing leaves the seconds that were asked for."""
    fault = Fault("latency", seconds=3.0, distribution=distribution, seed=4)
    assert [fault.delay() for _ in range(3)] == pytest.approx([3.0] * 3)


def test_half_of_the_lognormal_delays_are_shorter_than_the_median() -> None:
    """`seconds` is the median of a lognormal delay, none of which is negative or over the limit."""
    fault = Fault("latency", seconds=2.0, distribution="lognormal", spread=0.5, seed=4)
    drawn = [fault.delay() for _ in range(2000)]
    assert statistics.median(drawn) == pytest.approx(2.0, rel=0.1)
    assert all(0 < one <= MAX_DELAY_SECONDS for one in drawn)


def test_uniform_delays_fill_the_range_round_their_seconds() -> None:
    """A uniform delay lies within `spread` of `seconds`, on both sides."""
    fault = Fault("latency", seconds=2.0, distribution="uniform", spread=1.0, seed=4)
    drawn = [fault.delay() for _ in range(500)]
    assert min(drawn) == pytest.approx(1.0, abs=0.05)
    assert max(drawn) == pytest.approx(3.0, abs=0.05)
    assert all(1 <= one <= 3 for one in drawn)


def test_an_answer_that_nobody_delays_is_sent_at_once_and_whole() -> None:
    """An answer is JSON, waits for nothing and comes in one piece unless somebody says otherwise."""
    answer = Answer(200, b"{}")
    assert (answer.content_type, answer.delay, answer.chunks, answer.pause) == ("application/json", 0.0, 1, 0.0)
    assert (answer.instead, answer.reset, answer.headers, answer.reason, answer.fault) == (None, False, [], "", "")
