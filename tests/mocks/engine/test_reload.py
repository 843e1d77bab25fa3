"""A running mock goes on with other contracts: worlds and tasks stay, what cannot stay is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.core.scenario import Scenario
from greycard_mocks.engine.reload import use_contracts
from greycard_schemas.authoring.feature import new_feature
from greycard_schemas.loader import Vendor, load_contracts, load_vendor

KEY = {"X-API-KEY": "test-key"}
PATH = "/api/tasks/visual/colorize"


@pytest.fixture
def colorize(tmp_path: Path) -> Callable[..., dict[str, Vendor]]:
    """PicWish with one more feature, whose create is changed by a function; loaded anew each time."""

    def load(change: Callable[[dict[str, Any]], object] = lambda _: None) -> dict[str, Vendor]:
        feature = new_feature(load_vendor("picwish"), "scale.create", "colorize")
        change(feature.files)
        (tmp_path / "picwish").mkdir(exist_ok=True)
        for path in (tmp_path / "picwish").iterdir():
            path.unlink()
        for name, resource in feature.files.items():
            (tmp_path / "picwish" / f"{name}.json").write_text(json.dumps(resource), "utf-8")
        return load_contracts(["picwish"], folders=[tmp_path])

    return load


def create(lab: Any, path: str = PATH, **fields: Any) -> Any:
    """One task's answer."""
    return lab.call("POST", path, headers=KEY, data={"type": "clean", "image_url": lab.image("80x60.jpg"), **fields})


def read(lab: Any, task: str) -> Any:
    """What the read says of a task."""
    return lab.call("GET", f"{PATH}/{task}", headers=KEY).json()


def words(*allowed: str) -> Callable[[dict[str, Any]], object]:
    """A change of what `type` may be."""
    return lambda files: files["colorize.create"]["$defs"]["request"]["properties"]["type"].update(enum=[*allowed])


def test_tasks_clock_and_journal_outlive_a_change(make_lab: Any, colorize: Any, tmp_path: Path) -> None:
    """A task of before goes on where it was, and new requests are judged by the new data."""
    colorize()
    lab = make_lab("picwish", folders=(tmp_path,))
    world = lab.world("picwish")
    world.rate_limit = None
    task = create(lab).json()["data"]["task_id"]
    assert create(lab, type="warm").status_code == 400
    world.link_life = 7.0
    assert use_contracts(lab.engine, colorize(words("warm"))) == []
    lab.pass_time(5)
    assert read(lab, task)["data"]["state"] == 1
    assert create(lab, type="warm").status_code == 200
    assert create(lab, type="clean").status_code == 400
    assert lab.world("picwish") is world
    assert len(world.journal.of_kind("request")) == 5
    assert (world.rate_limit, world.link_life) == (None, 7.0)


def test_a_feature_comes_and_goes(make_lab: Any, colorize: Any) -> None:
    """Its path is served from the next request on; without it its tasks are forgotten, which is told."""
    lab = make_lab("picwish")
    lab.world("picwish").rate_limit = None
    kept = create(lab, "/api/tasks/visual/scale").json()["data"]["task_id"]
    assert create(lab).status_code == 404
    assert use_contracts(lab.engine, colorize()) == []
    assert create(lab).status_code == 200
    (told,) = use_contracts(lab.engine, load_contracts(["picwish"]))
    assert "1 task of an operation or in a state that is gone" in told
    assert create(lab).status_code == 404
    assert list(lab.world("picwish").tasks) == [kept]


def test_a_vendor_comes_and_goes(make_lab: Any) -> None:
    """With all its worlds, in which nobody can ask for anything any more."""
    lab = make_lab("picwish")
    both = load_contracts(["picwish", "enhancor"])
    assert use_contracts(lab.engine, both) == []
    world = lab.world("enhancor")
    assert use_contracts(lab.engine, {"picwish": both["picwish"]}) == ["enhancor is gone, with all its worlds"]
    assert lab.engine.worlds.by_id(world.id) is None
    assert sorted(lab.engine.runtimes) == ["picwish"]


def test_a_world_keeps_its_own_choice(make_lab: Any, colorize: Any, tmp_path: Path) -> None:
    """Variants of one world hold under the new data; a choice that is gone is told, and the world is as others."""
    colorize()
    lab = make_lab("picwish", folders=(tmp_path,))
    world = lab.world("picwish")
    lab.engine.variants.change(world, {"rate_scope": "create"})
    use_contracts(lab.engine, colorize(words("warm")))
    assert world.runtime.vendor.variants["rate_scope"] == "create"
    assert world.runtime.operations["colorize.create"].fields["type"]["enum"] == ["warm"]
    plain = load_vendor("picwish").data

    def without(files: dict[str, Any]) -> None:
        variants = {name: one for name, one in plain["variants"].items() if name != "rate_scope"}
        files["vendor"] = {**plain, "variants": variants}

    (told,) = use_contracts(lab.engine, colorize(without))
    assert "its choice is gone" in told
    assert world.runtime is lab.engine.runtimes["picwish"]


def test_scenarios_of_states_that_are_gone_do_not_wait(make_lab: Any) -> None:
    """A scenario whose end there is no longer is taken out, the others wait on."""
    lab = make_lab("picwish")
    world = lab.world("picwish")
    world.add_scenario(Scenario(outcome="timed_out"))
    world.add_scenario(Scenario(outcome="failed"))
    state = [{"op": "remove", "file": "vendor", "path": "/lifecycle/states/timed_out"}]
    use_contracts(lab.engine, load_contracts(["picwish"], patches={"picwish": state}))
    assert [one.outcome for one, _ in world.scenarios] == ["failed"]


def test_another_choice_is_made_of_what_was_read(make_lab: Any, colorize: Any, tmp_path: Path) -> None:
    """While somebody writes the files, a world can choose variants: they are made of the data that are in use."""
    colorize()
    lab = make_lab("picwish", folders=(tmp_path,))
    (tmp_path / "picwish" / "colorize.create.json").write_text("{", "utf-8")
    world = lab.world("picwish")
    lab.engine.variants.change(world, {"rate_scope": "create"})
    assert "colorize.create" in world.runtime.operations
