"""A task's life at its edges: the first moment, the last one, and the end that a vendor leaves again."""

from __future__ import annotations

import math

import pytest

from greycard_mocks.clock import GRAIN
from greycard_mocks.core.plan import (
    Course,
    TaskPlan,
    Timing,
    is_finished,
    progress_at,
    queue_at,
    status_at,
    timeline_of,
    wait_at,
)

START = 1_700_000_000.0
TIMELINE = ((0.0, "first"), (4.0, "second"), (20.0, "end"))


def plan(timeline: tuple[tuple[float, str], ...] = TIMELINE, queue: int = 0) -> TaskPlan:
    """A task made at START."""
    return TaskPlan("id", START, Course("op", timeline, {}, queue), ())


def test_progress_is_the_share_of_the_time_that_has_passed() -> None:
    """It is 0 at the beginning and before, half-way 50, and 99 at the end, since a finished task has no progress."""
    seen = [progress_at(plan(), START + moment) for moment in (-1, 0, 0.5, 5, 10, 19.9, 20, 1000)]
    assert seen == [0, 0, 2, 25, 50, 99, 99, 99]
    assert progress_at(plan(((0.0, "end"),)), START + 1) == 0


def test_each_state_begins_at_its_moment() -> None:
    """A state is seen from its own moment on, to the grain of the clock; the end is the last of them."""
    moments = (0, 4 - 10 * GRAIN, 4, 20 - 10 * GRAIN, 20)
    assert [status_at(plan(), START + one) for one in moments] == ["first", "first", "second", "second", "end"]
    assert [is_finished(plan(), START + one) for one in moments] == [False, False, False, False, True]
    assert [wait_at(plan(), START + one) for one in moments] == [20, 17, 16, 1, 0]


def test_the_queue_falls_evenly_while_the_first_state_lasts() -> None:
    """A queue of four is three after a quarter of the first state; a task that names no queue waits in none."""
    assert [queue_at(plan(queue=4), START + moment) for moment in (0, 1, 2, 3, 4, 5)] == [4, 3, 2, 1, 0, 0]
    assert queue_at(plan(), START) == 0


def test_no_state_begins_where_the_task_ends() -> None:
    """A running state whose moment is the end or later is left out of the timeline."""
    timing = Timing(("a", "b", "c"), (0.0, 5.0, 7.0), 5.0)
    assert timeline_of(timing, "end") == ((0.0, "a"), (5.0, "end"))


@pytest.mark.parametrize("late", [0.0, 30.0])
def test_a_relapse_comes_so_long_after_the_end(late: float) -> None:
    """A vendor whose tasks leave their end again shows the end for the time in between, then that state for good."""
    relapse = {"state": "first", "after_seconds": late}
    seen = {moment: status_at(plan(), START + moment, relapse) for moment in (3, 19, 20 + late / 2, 20 + late, 1e6)}
    assert list(seen.values())[:2] == ["first", "second"]
    assert seen[20 + late / 2] == ("end" if late else "first")
    assert seen[20 + late] == seen[1e6] == "first"


def test_a_task_that_never_ends_makes_no_progress() -> None:
    """Without an end there is no share of the time to tell, and the longest wait is an hour."""
    stuck = plan(((0.0, "first"), (math.inf, "end")), queue=2)
    assert (progress_at(stuck, START + 1e6), queue_at(stuck, START + 1e6), wait_at(stuck, START + 1e6)) == (0, 2, 3600)
