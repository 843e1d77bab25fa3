"""Two engines on one store, as two processes are: whatever one does the other one sees at once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.engine.engine import Engine
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts()
CREATE, READ = "/api/tasks/visual/scale", "/api/tasks/visual/scale/"
FORM = b"type=clean&image_url=http://greycard.test/_mock/images/400x300.jpg"

Engines = Callable[..., Engine]


def ask(engine: Engine, method: str, path: str, body: bytes = b"", key: str = "test-key") -> Answer:
    """One request to PicWish."""
    headers = {"host": "greycard.test", "x-api-key": key}
    if body:
        headers |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
    length = len(body) if body else 0
    return engine.handle(Request(method, path, "", headers, io.BytesIO(body), length, "http://greycard.test"))


def created(engine: Engine) -> str:
    """The id of a new task."""
    answer = ask(engine, "POST", CREATE, FORM)
    assert answer.status == 200, answer.reason
    task: str = json.loads(answer.body)["data"]["task_id"]
    return task


def two(engines: Engines, **options: Any) -> tuple[Engine, Engine]:
    """Two engines whose time stands still."""
    return engines(CONTRACTS, clock=VirtualClock(), **options), engines(CONTRACTS, clock=VirtualClock(), **options)


def test_a_task_of_the_one_is_answered_by_the_other(engines: Engines) -> None:
    """Its state, its end, and its picture."""
    one, other = two(engines)
    task = created(one)
    assert json.loads(ask(other, "GET", READ + task).body)["data"]["state"] == 0
    other.time.advance(other.worlds.world("picwish", "test-key"), 20)
    data = json.loads(ask(one, "GET", READ + task).body)["data"]
    assert data["state"] == 1
    path, _, query = data["image"].removeprefix("http://greycard.test").partition("?")
    picture = other.handle(Request("GET", path, query, {"host": "greycard.test"}, io.BytesIO(b""), 0, ""))
    picture.load()
    assert picture.status == 200
    assert picture.body[:2] == b"\xff\xd8"


def test_the_rate_is_of_both_together(engines: Engines) -> None:
    """Two requests in a second (S2:64), whoever answers them."""
    one, other = two(engines)
    assert [ask(engine, "POST", CREATE, FORM).status for engine in (one, other, one, other)] == [200, 200, 429, 429]


def test_scenarios_faults_and_journal_are_of_both_together(engines: Engines) -> None:
    """What is set at one is taken at the other, once."""
    one, other = two(engines)
    here, there = one.worlds.world("picwish", "test-key"), other.worlds.world("picwish", "test-key")
    here.add_scenario(Scenario(outcome="failed"))
    here.add_fault("error_status", status=503, count=1, operation="scale.get")
    task = created(other)
    assert there.tasks[task].outcome == "failed"
    assert [ask(engine, "GET", READ + task).status for engine in (one, other)] == [503, 200]
    assert [entry["status"] for entry in here.journal.of_kind("request")] == [200, 503, 200]
    assert [entry.as_json() for entry in here.journal.entries] == [entry.as_json() for entry in there.journal.entries]


def test_a_task_that_the_other_has_deleted_is_gone(engines: Engines) -> None:
    """Also for the one that has seen it, and would find it without asking."""
    one, other = two(engines)
    task = created(one)
    here, there = one.worlds.world("picwish", "test-key"), other.worlds.world("picwish", "test-key")
    assert task in here.tasks
    with there.lock:
        there.delete(task)
    here.kept.refresh()
    assert (task in here.tasks, list(here.tasks), list(here.deleted)) == (False, [], [task])
    assert one.store is not None
    assert one.store.link.command("LLEN", one.store.keys.world(here.id, "order")) == 0


def test_a_task_is_found_before_the_lock_is_taken(engines: Engines) -> None:
    """It has a timeline that nobody had before."""
    one, other = two(engines)
    created(other)
    here, there = one.worlds.world("picwish", "test-key"), other.worlds.world("picwish", "test-key")
    there.kept.refresh()
    here.add_scenario(Scenario(finish=7.25))
    task = created(one)
    assert there.tasks[task].finished == here.tasks[task].finished == there.clock.now() + 7.25


def test_a_world_that_is_forgotten_is_gone_for_both(engines: Engines) -> None:
    """Its credential begins anew, ids and all."""
    one, other = two(engines)
    task = created(one)
    assert len(list(other.worlds)) == 1
    other.worlds.forget(other.worlds.world("picwish", "test-key"))
    assert list(one.worlds) == []
    assert ask(one, "GET", READ + task).status == 404
    one.time.advance(one.worlds.world("picwish", "test-key"), 5)
    assert created(one) == task


def test_a_world_that_was_only_looked_at_is_gone_with_the_others(engines: Engines) -> None:
    """Who has listed it has it no longer than the others have."""
    one, other = two(engines)
    created(one)
    assert [world.credential for world in other.worlds] == ["test-key"]
    one.worlds.forget(one.worlds.world("picwish", "test-key"))
    other.worlds.catch_up()
    assert (list(other.worlds), len(other.worlds)) == ([], 0)


def test_an_entry_of_no_world_has_what_was_sent_last(engines: Engines) -> None:
    """Headers that a vendor gives every answer come after the entry was made, as in memory."""
    alone, (one, other) = Engine(CONTRACTS, clock=VirtualClock()), two(engines)
    for seed in range(4):
        for engine in (alone, one):
            engine.variants.change_vendor("picwish", freedoms=seed)
            assert ask(engine, "GET", READ + "x", key="wrong").status in (200, 401)
    told = [[entry.as_json() for entry in engine.worlds.unmatched.entries] for engine in (alone, one, other)]
    assert told[0] == told[1] == told[2]
    assert any("Date" in entry["answer"]["headers"] for entry in told[0])


def test_a_vendor_that_is_changed_as_a_whole_is_so_for_both(engines: Engines) -> None:
    """Worlds that are there, worlds to come, and requests of none."""
    one, other = two(engines)
    created(one)
    one.variants.change_vendor("picwish", drifts=["rate.limit-up"])
    assert other.worlds.world("picwish", "test-2").runtime is not None
    assert ask(other, "GET", READ + "x", key="wrong").status == 401
    assert other.runtimes["picwish"].drifts == ("picwish/rate.limit-up",)
    assert ask(other, "GET", READ + "x", key="test-2").status == 404
    for key in ("test-key", "test-2"):
        world = other.worlds.world("picwish", key)
        world.kept.refresh()
        assert world.drifts == ("picwish/rate.limit-up",)


def test_paths_that_move_in_one_world_move_at_both(engines: Engines) -> None:
    """Before any world is known, the path is looked up."""
    one, other = two(engines)
    world = one.worlds.world("wondershare", "test-key")
    one.variants.change(world, drifts=["fsrtwo.batch.path-moved"])
    moved = next(
        operation.path for name, operation in world.runtime.operations.items() if name.startswith("fsrtwo.batch")
    )
    assert moved != CONTRACTS["wondershare"].operations["fsrtwo.batch"].path
    headers = {"host": "greycard.test", "authorization": "Basic dGVzdC1rZXk6dGVzdC1zZWNyZXQ="}
    answers = [
        other.handle(Request("POST", path, "", dict(headers), io.BytesIO(b""), 0, "http://greycard.test"))
        for path in (moved, CONTRACTS["wondershare"].operations["fsrtwo.batch"].path)
    ]
    assert ["no operation" in one.reason for one in answers] == [False, True]


def test_a_path_that_there_is_not_is_answered_as_the_world_is_now(engines: Engines) -> None:
    """The other one has changed how it behaves, and nothing has been asked of it here since."""
    alone, (one, other) = Engine(CONTRACTS, clock=VirtualClock()), two(engines)
    for engine in (alone, other):  # of two worlds none speaks for its vendor
        for key in ("test-2", "test-key"):
            engine.worlds.world("wondershare", key).kept.refresh()
    headers = {"host": "greycard.test", "authorization": "Basic dGVzdC1rZXk6dGVzdC1zZWNyZXQ="}
    answers = []
    for changed, asked in ((alone, alone), (one, other)):
        changed.variants.change(changed.worlds.world("wondershare", "test-key"), {"error_http": "status"})
        request = Request("GET", "/v3/pic/nowhere", "", dict(headers), io.BytesIO(b""), 0, "http://greycard.test")
        answers.append(asked.handle(request))
    assert (answers[0].status, answers[0].body) == (answers[1].status, answers[1].body)
    assert answers[1].status >= 400


def test_a_world_that_came_back_is_back_for_who_saw_it_away(engines: Engines) -> None:
    """It was elsewhere when the other one looked last, without taking its lock."""
    one, other = two(engines)
    here, there = (engine.worlds.world("wondershare", "test-key") for engine in (one, other))
    there.kept.refresh()
    one.variants.change(here, drifts=["fsrtwo.batch.path-moved"])
    other.worlds.catch_up()
    assert there.drifts == ("wondershare/fsrtwo.batch.path-moved",)
    one.variants.change(here, drifts=[])
    there.kept.refresh()
    assert there.drifts == here.drifts == ()


def test_a_world_begins_anew_as_its_mock_was_started(engines: Engines) -> None:
    """What was set before it was forgotten is forgotten with it."""
    one, other = two(engines, scenarios={"picwish": {"finish": 7}}, seed=3)
    here, there = (engine.worlds.world("picwish", "test-key") for engine in (one, other))
    with here.lock:
        here.usual, here.seed, here.callback_url = None, 8, "http://receiver.test"
    there.kept.refresh()
    assert (there.usual, there.seed, there.callback_url) == (None, 8, "http://receiver.test")
    one.worlds.forget(here)
    there.kept.refresh()
    assert (there.usual and there.usual.finish, there.seed, there.callback_url) == (7, 3, None)
