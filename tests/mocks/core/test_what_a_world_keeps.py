"""What a world keeps and shares: how much may wait in it, and what two tasks or two readings have in common."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.core import world as world_module
from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.faults import FaultError
from greycard_mocks.core.plan import Course, Item, TaskPlan
from greycard_mocks.core.scenario import Scenario, ScenarioError
from greycard_mocks.images.inspect import Picture
from greycard_mocks.images.store import Source
from greycard_schemas.loader import load_contracts


def test_exactly_so_many_faults_and_scenarios_wait_as_is_said(
    make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one that there is room for is taken, the next one is refused."""
    monkeypatch.setattr(world_module, "MAX_WAITING", 3)
    world = make_lab("picwish").world("picwish")
    for _ in range(3):
        world.add_fault("latency")
        world.add_scenario(Scenario())
    with pytest.raises(FaultError, match="3 faults are switched on already"):
        world.add_fault("latency")
    with pytest.raises(ScenarioError, match="3 scenarios wait already"):
        world.add_scenario(Scenario())
    assert (len(world.faults), len(world.scenarios)) == (3, 3)


def test_a_fault_that_is_over_makes_room(make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only faults that can still strike count; of those whose time to live is over nothing stays."""
    monkeypatch.setattr(world_module, "MAX_WAITING", 2)
    lab = make_lab("picwish")
    world = lab.world("picwish")
    short, long = world.add_fault("latency", ttl=5), world.add_fault("latency", ttl=500)
    lab.pass_time(6)
    new = world.add_fault("latency", ttl=5)
    assert short not in world.faults
    assert world.faults == [long, new]


def test_a_world_that_goes_over_to_another_reading_allows_what_a_new_one_would(make_lab: Callable[..., Any]) -> None:
    """Rate, window and lifetime of links are those of the new reading, whatever stood there before."""
    lab = make_lab()
    for ours, other in (("picwish", "magictiger"), ("magictiger", "picwish")):
        world, pattern = lab.world(ours), lab.world(other, "test-new")
        world.use_runtime(Runtime(load_contracts([other])[other]))
        changed, new = ((one.rate_limit, one.window.seconds, one.link_life) for one in (world, pattern))
        assert changed == new


def test_a_mock_whose_seed_nobody_chose_repeats_itself(make_lab: Callable[..., Any]) -> None:
    """Two mocks begin with the same task ids, which are those of seed 0."""
    first, second = (make_lab("picwish").world("picwish") for _ in range(2))
    assert first.seed == 0
    assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]


def test_values_are_shared_when_they_are_the_same_in_type_too(make_lab: Callable[..., Any]) -> None:
    """Equal requests share one course; 1, 1.0 and true are equal to Python, and told apart here."""
    shared = make_lab("picwish").world("picwish").shared
    kept = [shared.course("op", ((0.0, "end"),), {"type": value}) for value in (1, 1, 1.0, True)]
    assert kept[0] is kept[1]
    assert [repr(one.values["type"]) for one in kept] == ["1", "1", "1.0", "True"]
    assert shared.course("op", ((0.0, "end"),), {"type": 1}, reason="why") is not kept[0]
    assert shared.course("op", ((0.0, "end"),), {"type": [1]}).values == {"type": [1]}


def test_pictures_are_shared_when_nothing_tells_them_apart(make_lab: Callable[..., Any]) -> None:
    """A link that leads to another picture by now has another item; all pictures alike have one look."""
    shared = make_lab("picwish").world("picwish").shared
    picture = Picture("jpeg", 40, 30, 1000, None, 1, 1)

    def one(link: str, digest: bytes) -> Any:
        return shared.pictures((Item.of(link, Source(picture, digest), 80, 60),))

    first = one("http://a/", b"1" * 16)
    assert one("http://a/", b"1" * 16) is first
    other = one("http://a/", b"2" * 16)
    assert (other.digest, other.link) == (b"2" * 16, "http://a/")
    assert one("http://b/", b"3" * 16).look is other.look is first.look
    assert shared.pictures((first, first.failing("too small")))[1].reason == "too small"


def test_memory_that_tasks_share_is_bounded(make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many differ, no more are remembered than there may be, and what a task has stays as it was."""
    monkeypatch.setattr("greycard_mocks.core.shared.MAX_SHARED", 3)
    shared = make_lab("picwish").world("picwish").shared
    made = [shared.pictures((Item.of(f"http://a/{number}", None, number),)) for number in range(50)]
    courses = [shared.course("op", ((0.0, "end"),), {"n": number}) for number in range(50)]
    assert [item.width for item in made] == [one.values["n"] for one in courses] == list(range(50))
    assert max(len(table) for table in (shared._courses, shared._items, shared._looks)) <= 3


def test_the_oldest_tasks_make_room_a_few_at_a_time(
    make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are never more than there may be, the newest are there, and what is gone is the oldest."""
    monkeypatch.setattr("greycard_mocks.core.keeping.in_memory.MAX_TASKS", 512)
    world = make_lab("picwish").world("picwish")
    for number in range(2000):
        world.add(TaskPlan(str(number), 0.0, Course("scale.create", ((0.0, "succeeded"),), {}), ()))
        assert len(world.tasks) <= 512
    assert len(world.tasks) > 509
    assert list(world.tasks) == [str(number) for number in range(2000 - len(world.tasks), 2000)]


def test_the_garbage_collector_never_looks_at_a_task(make_lab: Callable[..., Any]) -> None:
    """So a million of them make no pause: neither a plan, nor what it holds, nor the table of them is tracked."""
    lab = make_lab("picwish")
    lab.call("POST", "/api/tasks/visual/scale", headers={"X-API-KEY": "test-key"},
             data={"type": "clean", "image_url": lab.image()})  # fmt: skip
    tasks = lab.world("picwish").tasks
    (plan,) = tasks.values()
    assert not any(map(gc.is_tracked, (tasks, plan, plan.course, plan.pictures, plan.pictures.look)))


def test_any_text_can_be_a_credential(make_lab: Callable[..., Any]) -> None:
    """A credential that has no form in UTF-8 has a world too, found again under its public name."""
    lab = make_lab("picwish")
    world = lab.world("picwish", "test-\ud800")
    assert lab.engine.worlds.by_id(world.id) is world
