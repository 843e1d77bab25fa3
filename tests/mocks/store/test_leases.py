"""What happens to a shared world when a process ends, was away for too long, or loses the store in the middle."""

from __future__ import annotations

import io
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.store import section
from greycard_mocks.store.scripts import COMMIT
from greycard_mocks.store.store import Store
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts()
ORIGIN, RECEIVER = "http://greycard.test", "http://receiver.test"
PICTURE = f"{ORIGIN}/_mock/images/300x200.jpg"
KEYS = {
    "enhancor": {"x-api-key": "test-a"},
    "magictiger": {"token": "test-a"},
    "picwish": {"x-api-key": "test-a"},
    "wondershare": {"authorization": "Basic dGVzdC1hOnNlY3JldA=="},
}

Engines = Callable[..., Engine]


def create(engine: Engine, vendor: str = "enhancor") -> Answer:
    """A request for a task."""
    operation = CONTRACTS[vendor].of_kind("create")[0]
    values = addressed(base_request(operation), PICTURE, f"{RECEIVER}/hook")
    body, kind = json.dumps(values).encode(), "application/json"
    if vendor == "picwish":
        body, kind = urlencode(values).encode(), "application/x-www-form-urlencoded"
    headers = {"host": "greycard.test", "content-type": kind, "content-length": str(len(body)), **KEYS[vendor]}
    return engine.handle(Request(operation.method, operation.path, "", headers, io.BytesIO(body), len(body), ORIGIN))


def two(engines: Engines) -> tuple[Engine, Engine]:
    """Two engines whose time stands still."""
    return engines(CONTRACTS, clock=VirtualClock()), engines(CONTRACTS, clock=VirtualClock())


def world_of(engine: Engine, vendor: str = "enhancor") -> Any:
    """The world of the key."""
    return engine.worlds.world(vendor, "test-a")


def lose_lock(engine: Engine, vendor: str = "enhancor") -> None:
    """The lease of the lock is over, as after two seconds."""
    assert engine.store is not None
    assert engine.store.link.command("DEL", engine.store.keys.world(world_of(engine, vendor).id, "lock")) == 1


def is_gone(engine: Engine) -> None:
    """A process ends: nothing is heard of it any more, as after four seconds."""
    store = engine.store
    assert store is not None
    store.life._stop.set()
    assert store.life._thread is not None
    store.life._thread.join()
    store.link.command("DEL", store.keys.process(store.process))


def look_after(engine: Engine) -> None:
    """One round of what every process does each second."""
    assert engine.store is not None
    engine.store.life._look_after(engine.worlds.by_id, engine.deliveries.wake)


# deliveries of a process that has ended


def test_an_attempt_of_a_process_that_ended_is_made_again(engines: Engines) -> None:
    """Once, by another, and the journal says so; the attempts after it are as usual."""
    one, other = two(engines)
    assert create(one).status == 200
    got: list[bytes] = []

    def receive(_: str, __: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        got.append(body)
        return (200 if len(got) > 1 else 500), b""

    other.transport.receivers[RECEIVER] = receive
    one.time._move(world_of(one), world_of(one).clock.now() + 60)
    due = one.deliveries.take(world_of(one), world_of(one).clock.now())
    assert due is not None
    assert other.time.advance(world_of(other), 60) == 0, "the process may still live"
    look_after(other)
    assert other.time.advance(world_of(other), 0) == 0
    is_gone(one)
    look_after(other)
    assert other.time.advance(world_of(other), 60) == 2
    entries = [entry.as_json() for entry in world_of(other).journal.of_kind("delivery")]
    assert [(entry["attempt"], entry["outcome"]) for entry in entries] == [(1, "failed"), (2, "acknowledged")]
    assert "ended before it could say" in entries[0]["repeated"]
    assert "repeated" not in entries[1]
    assert other.time.under_way(world_of(other)) == 0


def test_who_was_only_thought_to_have_ended_begins_no_second_row_of_attempts(engines: Engines) -> None:
    """Its attempt was made twice; the attempt after it is made once."""
    one, other = two(engines)
    assert create(one).status == 200
    got: list[str] = []

    def refuse(url: str, _: Mapping[str, str], __: bytes) -> tuple[int, bytes]:
        if not got:  # while it is away another process makes its attempt
            got.append(url)
            is_gone(one)
            look_after(other)
            assert other.time.advance(world_of(other), 0) == 1
        got.append(url)
        return 500, b""

    for engine in (one, other):
        engine.transport.receivers[RECEIVER] = refuse
    world = world_of(one)
    one.time._move(world, world.dues.first)
    due = one.deliveries.take(world, world.clock.now())
    assert due is not None
    one.deliveries.attempt(world, due)
    assert len(world.dues) == 1
    other.time.advance(world_of(other), 600)
    attempts = [entry["attempt"] for entry in world_of(other).journal.of_kind("delivery")]
    assert sorted(attempts) == [1, 1, 2, 3, 4]


def test_attempts_pass_each_other_as_in_one_process(engines: Engines) -> None:
    """Of any two at most one is held back, whoever takes them."""
    alone, (one, other) = Engine(CONTRACTS, clock=VirtualClock()), two(engines)
    orders = []
    for pair in ((alone, alone), (one, other)):
        world_of(pair[0]).add_fault("reorder", count=None)
        for number in range(5):
            assert create(pair[number % 2]).status == 200
        pair[0].time._move(world_of(pair[0]), world_of(pair[0]).clock.now() + 60)
        taken = [pair[number % 2].deliveries.take(world_of(pair[number % 2]), 2e9) for number in range(6)]
        orders.append([due and (due.task_id, due.moment, due.held) for due in taken])
    assert orders[0] == orders[1]
    assert [due and due[2] for due in orders[0]].count(True) == 1


# a lock that was held for too long


@pytest.mark.parametrize("vendor", sorted(CONTRACTS))
def test_who_was_away_for_too_long_keeps_nothing(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    """Its request gets the vendor's own error, and what others did meanwhile stands."""
    one, other = two(engines)
    with world_of(one, vendor).lock:
        world_of(one, vendor).rate_limit = None
    assert create(other, vendor).status == 200
    before = len(world_of(one, vendor).tasks)

    add = world_of(one, vendor).kept.add_task

    def away(plan: Any) -> None:
        lose_lock(one, vendor)
        assert create(other, vendor).status == 200
        add(plan)

    with monkeypatch.context() as patch:
        patch.setattr(world_of(one, vendor).kept, "add_task", away)
        refused = create(one, vendor)
    assert refused.status >= 500
    assert "the mock's own trouble" in refused.reason
    assert "held for too long" in refused.reason
    for engine in (one, other):
        world = world_of(engine, vendor)
        world.kept.refresh()
        assert (len(world.tasks), world.counter, world.journal.count) == (before + 1, before + 1, 2)
    ids = set(world_of(one, vendor).tasks)
    assert create(one, vendor).status == 200
    assert ids <= set(world_of(other, vendor).tasks)


def test_a_lock_of_a_process_that_ended_is_waited_for(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for ever: what cannot be had in time is an error of the server."""
    one, other = two(engines)
    assert create(one).status == 200
    monkeypatch.setattr(section, "PATIENCE_SECONDS", 0.05)
    with world_of(one).lock:
        refused = create(other)
    assert refused.status >= 500
    assert "another process holds the world" in refused.reason
    monkeypatch.setattr(section, "PATIENCE_SECONDS", 4.0)
    assert create(other).status == 200


# the connection


def cut(store: Store, monkeypatch: pytest.MonkeyPatch, *, before: bool, times: int = 1) -> list[str]:
    """Have the connection lost at the next commits: before the store has got them, or before it can answer."""
    import redis

    asked, left = store.link._asked, [times]
    seen: list[str] = []

    def lossy(connection: Any, parts: Any) -> Any:
        is_commit = parts[0] in ("EVAL", "EVALSHA") and parts[1] in (COMMIT.sha, COMMIT.text)
        if is_commit and left[0]:
            left[0] -= 1
            if not before:
                seen.append(str(asked(connection, parts)))
            connection.disconnect()
            raise redis.ConnectionError("lost")
        return asked(connection, parts)

    monkeypatch.setattr(store.link, "_asked", lossy)
    return seen


@pytest.mark.parametrize("before", [True, False], ids=["not committed", "committed"])
def test_a_commit_whose_connection_is_lost_is_made_once(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """The request is answered, and all of it has happened once."""
    one, other = two(engines)
    assert one.store is not None
    world_of(one).kept.refresh()
    seen = cut(one.store, monkeypatch, before=before)
    assert create(one).status == 200
    assert len(seen) == (not before)
    for engine in (one, other):
        world = world_of(engine)
        world.kept.refresh()
        assert (len(world.tasks), len(list(world.tasks)), len(world.dues), world.counter) == (1, 1, 1, 1)
        assert [entry["status"] for entry in world.journal.entries] == [200]


def test_a_commit_is_known_again_after_others_have_committed(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer was lost, and before it was asked again other processes had their turns."""
    import redis

    one, other = two(engines)
    assert one.store is not None
    world_of(one).kept.refresh()
    asked, left = one.store.link._asked, [1]

    def lossy(connection: Any, parts: Any) -> Any:
        if left[0] and parts[1] in (COMMIT.sha, COMMIT.text):
            left[0] = 0
            asked(connection, parts)
            assert [create(other).status for _ in range(2)] == [200, 200]
            connection.disconnect()
            raise redis.ConnectionError("lost")
        return asked(connection, parts)

    monkeypatch.setattr(one.store.link, "_asked", lossy)
    assert create(one).status == 200
    assert len(world_of(other).tasks) == 3


def test_forgetting_twice_is_forgetting_once(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer was lost, so it was asked again; the world is gone, and nobody is told of trouble."""
    one, other = two(engines)
    assert one.store is not None
    assert create(one).status == 200
    cut(one.store, monkeypatch, before=False)
    one.worlds.forget(world_of(one))
    assert list(other.worlds) == []
    assert create(other).status == 200
    assert len(world_of(one).tasks) == 1


def test_a_store_that_is_gone_is_the_servers_error_and_nothing_is_half_done(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not kept is not there afterwards, in this process either."""
    one, other = two(engines)
    assert one.store is not None
    assert create(one).status == 200
    with monkeypatch.context() as patch:
        cut(one.store, patch, before=True, times=2)
        refused = create(one)
    assert refused.status >= 500
    assert "does not answer" in refused.reason
    one.store.link.is_well = True  # as when the thread that asks has had an answer
    lose_lock(one)
    for engine in (one, other):
        world = world_of(engine)
        world.kept.refresh()
        assert (len(world.tasks), world.counter, world.journal.count, len(world.dues)) == (1, 1, 1, 1)
    assert create(one).status == 200
    assert len(world_of(other).tasks) == 2


def test_a_refused_command_leaves_no_answer_behind_for_the_next(stores: Callable[[], Store]) -> None:
    """Several commands at once, of which the first is wrong."""
    link = stores().link
    with pytest.raises(StoreError):
        link.commands(("HGET",), ("ECHO", "one"))
    link.is_well = True  # as when the thread that asks has had an answer
    assert link.command("ECHO", "two") == b"two"


@pytest.fixture
def own_server(redis_server: Any) -> Iterator[Any]:
    """A server that a test may end."""
    with tempfile.TemporaryDirectory(prefix="gc-own-") as folder:
        server = type(redis_server)(Path(folder), "--appendonly", "yes", "--appendfsync", "always")
        yield server
        server.kill()


def test_everything_goes_on_after_the_store_was_started_again(own_server: Any) -> None:
    """It knows no scripts any more, all connections are closed, and the worlds are there."""
    prefix = f"t-{secrets.token_hex(6)}"
    made = [Engine(CONTRACTS, clock=VirtualClock(), store=Store(own_server.url, prefix=prefix)) for _ in range(2)]
    one, other = made
    try:
        assert create(one).status == 200
        own_server.kill()
        refused = create(other)
        assert refused.status >= 500
        assert "does not answer" in refused.reason
        own_server.start()
        for engine in made:
            assert engine.store is not None
            engine.store.link.is_well = True  # as when the thread that asks has had an answer
            assert create(engine).status == 200
        assert [len(world_of(engine).tasks) for engine in made] == [3, 3]
        assert [len(world_of(engine).journal.entries) for engine in made] == [3, 3]
    finally:
        for engine in made:
            engine.close()
