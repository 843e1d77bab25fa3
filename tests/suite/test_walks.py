"""The walks of the suite through the mock: the same each time, shown as short as can be; they find what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greycard_mocks.core.world import World
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts
from greycard_schemas.variants import Observer
from greycard_suite.contract import walks
from greycard_suite.contract.walks import SECONDS, STEPS, WALKS, broken_by, drawn_walks, shrunk, walk
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.targets.mock import MockTargets
from greycard_suite.targets.target import Target

CONTRACTS = load_contracts()
Make = Callable[..., Target]


@pytest.fixture
def target_of() -> Iterator[Make]:
    """Makes the target of a vendor."""
    opened: list[MockTargets] = []

    def make(vendor: str, **changed: Any) -> Target:
        mocked = load_contracts([vendor], patches={vendor: changed["patches"]} if changed else None)
        opened.append(MockTargets(mocked, CONTRACTS))
        return opened[-1].target(vendor, Verdicts(claims_of(CONTRACTS[vendor]), Observer(CONTRACTS[vendor])))

    yield make
    for one in opened:
        one.close()


@pytest.mark.parametrize("vendor", sorted(CONTRACTS))
def test_walks_are_the_same_each_time_and_take_every_kind_of_step(target_of: Make, vendor: str) -> None:
    """Two runs take the same steps; each kind of step, each outcome and each pause is among them."""
    target = target_of(vendor)
    drawn = list(drawn_walks(target, WALKS, STEPS))
    assert drawn == list(drawn_walks(target, WALKS, STEPS))
    assert {len(one) for one in drawn} == {STEPS}
    taken = {step for one in drawn for step in one}
    kinds = {"wait", "create", "poll"} | ({"knock"} if CONTRACTS[vendor].data.get("rate") else set())
    assert {name for name, _ in taken} == kinds
    assert {("wait", seconds) for seconds in SECONDS} <= taken
    assert {("create", outcome) for outcome in (None, *target.control.world.runtime.outcomes())} <= taken


def test_steps_that_do_not_matter_are_left_out() -> None:
    """What is shown of a walk is no longer than it has to be."""

    def goes_wrong(some: list[tuple[str, Any]]) -> bool:
        return "c" in "".join(name for name, _ in some).rpartition("b")[0]

    steps = [(name, 0) for name in "wacbwwcbx"]
    assert "".join(name for name, _ in shrunk(steps, goes_wrong)) == "cb"


def test_a_rate_that_has_moved_is_found(target_of: Make) -> None:
    """A limit that the mock keeps one too high breaks the invariant, and the steps that show it are few."""
    target = target_of("picwish")
    world = target.control.world
    reset = world.reset

    def moved() -> None:
        reset()
        world.window.seconds = 0.0

    world.reset = moved
    with pytest.raises(AssertionError, match=r"after the steps \[\('knock', [3-5]\)\]: 0 of . at once were refused"):
        walk(target)


def test_a_task_that_is_lost_is_found(target_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A world that forgets a task breaks the invariant."""
    monkeypatch.setattr(World, "add", lambda self, plan: self.tasks.clear() or self.tasks.update({plan.id: plan}))
    with pytest.raises(AssertionError, match="a task is lost"):
        walk(target_of("enhancor"))


def test_an_end_that_is_left_again_is_found(target_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that goes back from its end breaks the invariant."""
    target = target_of("wondershare")
    told = iter(["succeeded", "processing"])
    seen = SimpleNamespace(status_of=lambda *_: None, state_of=lambda *_: next(told))
    monkeypatch.setattr(walks, "read_answer", seen)
    assert "which is an end, became" in str(broken_by(target, [("create", None), ("poll", 0), ("poll", 0)]))


@pytest.mark.parametrize("vendor", sorted(CONTRACTS))
def test_hypothesis_finds_no_walk_that_breaks_an_invariant(target_of: Make, vendor: str) -> None:
    """Beside the fixed walks of the suite, our own tests take such as Hypothesis draws."""
    target = target_of(vendor)
    kinds = [
        st.tuples(st.just("wait"), st.sampled_from(SECONDS)),
        st.tuples(st.just("create"), st.sampled_from([None, *target.control.world.runtime.outcomes()])),
        st.tuples(st.just("poll"), st.integers(0, 50)),
        *([st.tuples(st.just("knock"), st.integers(1, 5))] if CONTRACTS[vendor].data.get("rate") else []),
    ]

    @settings(suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(st.one_of(kinds), max_size=STEPS))
    def walked(steps: list[tuple[str, Any]]) -> None:
        assert broken_by(target, steps) is None

    walked()
