"""The laws of a task's life: everything is a function of plan and moment."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.clock import GRAIN
from greycard_mocks.core.contract import Runtime
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
from greycard_mocks.core.scenario import Scenario, ScenarioError, checked, timing_for
from greycard_schemas.loader import load_contracts

START = 1_700_000_000.0
VENDORS = sorted(load_contracts())


@st.composite
def plans(draw: st.DrawFn) -> TaskPlan:
    """Any plan: up to five running states, perhaps of no length, a queue of up to nine."""
    lengths = draw(st.lists(st.floats(0, 100), min_size=1, max_size=5))
    offsets = [sum(lengths[:index]) for index in range(len(lengths))]
    timing = Timing(tuple(f"s{index}" for index in range(len(lengths))), tuple(offsets), sum(lengths))
    return TaskPlan("id", START, Course("op", timeline_of(timing, "end"), {}, draw(st.integers(0, 9))), ())


moments = st.lists(st.floats(-5, 700), min_size=2, max_size=20).map(sorted)


@given(plans(), moments)
def test_status_only_moves_forward(plan: TaskPlan, at: list[float]) -> None:
    """A later look never finds an earlier state, and the last state stays."""
    order = [state for _, state in plan.timeline]
    seen = [order.index(status_at(plan, START + moment)) for moment in at]
    assert seen == sorted(seen)
    assert status_at(plan, plan.finished) == plan.outcome
    assert status_at(plan, plan.finished + 1e6) == plan.outcome


@given(plans(), moments)
def test_looking_changes_nothing(plan: TaskPlan, at: list[float]) -> None:
    """The answer at a moment does not depend on who looked before."""

    def look(moment: float) -> tuple[object, ...]:
        now = START + moment
        return (
            status_at(plan, now),
            progress_at(plan, now),
            queue_at(plan, now),
            wait_at(plan, now),
            is_finished(plan, now),
        )

    first = [look(moment) for moment in at]
    again = [look(moment) for moment in reversed(at)]
    assert first == again[::-1]


@given(plans(), moments)
def test_progress_never_decreases(plan: TaskPlan, at: list[float]) -> None:
    """Progress of a running task lies in 0..99 and never falls."""
    seen = [progress_at(plan, START + moment) for moment in at]
    assert seen == sorted(seen)
    assert all(0 <= value <= 99 for value in seen)


@given(plans(), moments)
def test_the_queue_only_moves_forward(plan: TaskPlan, at: list[float]) -> None:
    """The position begins at most at the queue's length, never rises, and is 0 once the first state is left."""
    seen = [queue_at(plan, START + moment) for moment in at]
    assert seen == sorted(seen, reverse=True)
    assert all(0 <= value <= plan.queue for value in seen)
    assert len(plan.timeline) == 1 or queue_at(plan, START + plan.timeline[1][0] + GRAIN) == 0


@given(plans(), moments)
def test_the_waiting_time_falls_to_zero(plan: TaskPlan, at: list[float]) -> None:
    """The seconds to wait are whole, never rise, are at most an hour, and 0 exactly when the task has ended."""
    seen = [wait_at(plan, START + moment) for moment in at]
    assert seen == sorted(seen, reverse=True)
    for moment, value in zip(at, seen, strict=True):
        assert 0 <= value <= 3600
        assert (value == 0) == is_finished(plan, START + moment)


def test_nothing_lasts_longer_than_the_documented_limit() -> None:
    """A task that would take longer ends at the limit in the limit's own state, also one that is stuck."""
    timing = Timing(("a", "b"), (0.0, 1.0), math.inf, 30.0, "late")
    assert timeline_of(timing, "succeeded") == ((0.0, "a"), (1.0, "b"), (30.0, "late"))
    assert timeline_of(Timing(("a",), (0.0,), 30.0, 30.0, "late"), "succeeded")[-1] == (30.0, "succeeded")
    assert timeline_of(Timing(("a",), (0.0,), 1.0, 30.0, "late"), "late")[-1] == (30.0, "late")


def test_a_task_without_a_limit_can_stay_for_ever() -> None:
    """Where no limit is documented, a stuck task keeps its state, has no end and always an hour to wait."""
    plan = TaskPlan("id", START, Course("op", timeline_of(Timing(("a",), (0.0,), math.inf), "end"), {}, 3), ())
    assert status_at(plan, START + 1e9) == "a"
    assert (progress_at(plan, START + 1e9), queue_at(plan, START + 1e9), wait_at(plan, START + 1e9)) == (
        0,
        3,
        3600,
    )


@pytest.mark.parametrize("vendor", VENDORS)
@given(data=st.data())
def test_every_scenario_leads_to_an_end_or_to_the_stuck_state(vendor: str, data: st.DataObject) -> None:
    """Whatever a scenario skips, repeats or stretches, time runs forward through it to the chosen end."""
    runtime = _runtime(vendor)
    running = runtime.timing.running
    some = st.lists(st.sampled_from(running), unique=True).map(tuple)
    wish = Scenario(
        outcome=data.draw(st.sampled_from(runtime.outcomes())),
        durations=data.draw(st.dictionaries(st.sampled_from(running), st.floats(0, 50))),
        skip=data.draw(some.filter(lambda names: len(names) < len(running))),
        repeat=data.draw(some),
        stuck=data.draw(st.none() | st.sampled_from(running)),
        finish=data.draw(st.none() | st.floats(0, 100)),
    )
    timeline = timeline_of(timing_for(checked(wish, runtime), runtime.timing), str(wish.outcome))
    offsets = [offset for offset, _ in timeline]
    assert offsets == sorted(offsets)
    assert timeline[-1][1] in runtime.outcomes()
    if wish.stuck and wish.stuck not in wish.skip and runtime.timing.limit is None:
        assert timeline[-1][0] == math.inf
        assert timeline[-2][1] == wish.stuck


def _runtime(vendor: str) -> Runtime:
    return Runtime(load_contracts([vendor])[vendor])


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Scenario(outcome="-4"), "cannot end in '-4'"),
        (Scenario(outcome="queued"), "cannot end in"),
        (Scenario(stuck="nowhere"), "choose from queued, preparing"),
        (Scenario(durations={"queued": -1}), "0 to 1000000000"),
        (Scenario(finish=math.nan), "0 to 1000000000"),
        (Scenario(count=0), "at least 1"),
        (Scenario(operation="scale.get"), "scale.create"),
        (Scenario(skip=("queued", "preparing", "waiting", "processing")), "at least one"),
    ],
)
def test_a_scenario_that_the_vendor_cannot_do_is_refused(wish: Scenario, words: str) -> None:
    """The message names what the vendor has; -4 and -6 do not exist (S2:70-76)."""
    with pytest.raises(ScenarioError, match=words):
        checked(wish, _runtime("picwish"))
