"""What a world keeps and shares: how much may wait in it, and what two tasks or two readings have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.core import world as world_module
from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.faults import FaultError
from greycard_mocks.core.scenario import Scenario, ScenarioError
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
    """Equal requests share one dictionary; 1, 1.0 and true are equal to Python, and told apart here."""
    worlds = make_lab("picwish").engine.worlds
    kept = [worlds.shared_values({"type": value}) for value in (1, 1, 1.0, True)]
    assert kept[0] is kept[1]
    assert [repr(one["type"]) for one in kept] == ["1", "1", "1.0", "True"]


def test_any_text_can_be_a_credential(make_lab: Callable[..., Any]) -> None:
    """A credential that has no form in UTF-8 has a world too, found again under its public name."""
    lab = make_lab("picwish")
    world = lab.world("picwish", "test-\ud800")
    assert lab.engine.worlds.by_id(world.id) is world
