"""The keys of a store: below their prefix and version, gone when nobody uses them, and never those of others."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.answer import Request
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_mocks.store import keys
from greycard_mocks.store.store import Store, scratch_store
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts()
ORIGIN = "http://greycard.test"
QUEUE, SCALE = "/api/upscaler/v1/queue", "/api/tasks/visual/scale"
KEEP_SECONDS = 600
RECEIVER = "http://receiver.test"


def ask(engine: Engine, method: str, path: str, body: bytes = b"", kind: str = "", key: str = "test-a") -> Any:
    """One request with the key of an account."""
    headers = {"host": "greycard.test", "x-api-key": key, "content-length": str(len(body))}
    headers |= {"content-type": kind} if kind else {}
    return engine.handle(Request(method, path, "", headers, io.BytesIO(body), len(body), ORIGIN))


def uploaded(engine: Engine) -> None:
    """A task of a picture that is sent along."""
    head = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n'
    kind = b'--B\r\nContent-Disposition: form-data; name="type"\r\n\r\nclean\r\n'
    body = b"".join([kind, head, card(300, 200, "jpeg"), b"\r\n--B--\r\n"])
    answer = ask(engine, "POST", SCALE, body, "multipart/form-data; boundary=B")
    assert answer.status == 200, answer.reason


def queued(engine: Engine) -> None:
    """A task whose end is delivered."""
    answer = asked_for_one(engine)
    assert answer.status == 200, answer.reason


def asked_for_one(engine: Engine, key: str = "test-a") -> Any:
    """What is answered to who wants such a task."""
    body = f'{{"img_url": "{ORIGIN}/_mock/images/300x200.jpg", "webhookUrl": "{RECEIVER}/", "mode": "fast"}}'.encode()
    return ask(engine, "POST", QUEUE, body, "application/json", key=key)


def kept(store: Store, pattern: str = "*") -> list[bytes]:
    """All keys that match."""
    return list(store.link.command("KEYS", pattern))


@pytest.fixture
def store(redis_server: Any) -> Iterator[Store]:
    """A store of its own, which is wiped."""
    made = Store(redis_server.url, prefix=f"t-{secrets.token_hex(6)}", keep_seconds=KEEP_SECONDS)
    yield made
    made.close()


def used(store: Store) -> Engine:
    """An engine in which a little of everything has happened; one attempt is claimed, and not done."""
    engine = Engine(CONTRACTS, clock=VirtualClock(), store=store)
    uploaded(engine)
    for _ in range(2):
        queued(engine)
    ask(engine, "GET", f"{SCALE}/x", key="wrong")
    ask(engine, "GET", "/nowhere")
    world = engine.worlds.world("enhancor", "test-a")
    world.add_scenario(Scenario(outcome="failed"))
    with world.lock:
        world.delete(next(iter(world.tasks)))
    engine.variants.change_vendor("picwish", drifts=["rate.limit-up"])
    engine.variants.change(world, drifts=["webhook.request_id-renamed"])
    engine.time._move(world, world.dues.first)
    with world.advancing, world.lock:
        assert engine.deliveries.take(world, world.clock.now()) is not None
        queued(engine)
    return engine


def test_every_key_has_its_place_and_its_end(store: Store) -> None:
    """Prefix, version and hash tag; a time to live, but for what is locked only now."""
    engine = used(store)
    with engine.worlds.changing(), engine.worlds.world("enhancor", "test-a").advancing:
        names = kept(store, f"{store.prefix}:*")
    found = {name.decode().removeprefix(f"{store.prefix}:{keys.VERSION}:").rpartition(":") for name in names}
    assert {tag for tag, _, name in found if name in keys.OF_A_WORLD and tag != "{all}"} == {
        f"{{{world.id}}}" for world in engine.worlds
    }
    ends = {name.rpartition(b":")[2].decode() for name in names}
    assert ends >= {*keys.OF_A_WORLD} - {"lock"} | {
        "worlds",
        "waiting",
        "unmatched",
        "count",
        "changing",
        "used",
        "bytes",
    }
    lives = {name: store.link.command("PTTL", name) for name in kept(store, f"{store.prefix}:*")}
    assert lives
    assert [name for name, left in lives.items() if not 0 < left <= KEEP_SECONDS * 1000] == []


def test_what_is_used_is_kept(store: Store) -> None:
    """Whatever of a world is used, all of it is kept on; what is not used has gone all the same."""
    engine = used(store)
    world: Any = engine.worlds.world("enhancor", "test-a")
    mine = [name for name in kept(store, f"{store.prefix}:*{{{world.id}}}:*") if not name.endswith(b":lock")]
    shared = [store.keys.all, store.keys.worlds]
    for name in (*mine, *shared):
        store.link.command("PEXPIRE", name, 5000)
    world.lock._renewed = world.lock._noted = -1e9
    with world.lock:
        world.balance += 1
    lives = {name: store.link.command("PTTL", name) for name in (*mine, *shared)}
    assert [name for name, left in lives.items() if left < KEEP_SECONDS * 900] == []


def test_a_reset_by_one_leaves_nothing_for_the_other(stores: Callable[[], Store]) -> None:
    """No task, no id of a deleted one, no attempt that is due or being made."""
    one, other = used(stores()), Engine(CONTRACTS, clock=VirtualClock(), store=stores())
    one.worlds.world("enhancor", "test-a").reset()
    for engine in (other, one):
        world = engine.worlds.world("enhancor", "test-a")
        world.kept.refresh()
        assert [*world.tasks, *world.deleted, *world.scenarios, *world.journal.entries, *world.dues.listed()] == []
        assert (len(world.tasks), len(world.dues), engine.time.under_way(world), world.counter) == (0, 0, 0, 0)


def test_a_world_that_nobody_used_begins_anew(stores: Callable[[], Store]) -> None:
    """For all processes, also for those that had seen it."""
    one, other = (Engine(CONTRACTS, clock=VirtualClock(), store=stores()) for _ in range(2))
    for engine in (one, other):
        queued(engine)
    world = one.worlds.world("enhancor", "test-a")
    assert one.store is not None
    for name in keys.OF_A_WORLD:
        one.store.link.command("DEL", one.store.keys.world(world.id, name))
    assert list(one.worlds) == list(other.worlds) == []
    queued(other)
    queued(one)
    for engine in (one, other):
        world = engine.worlds.world("enhancor", "test-a")
        world.kept.refresh()
        assert (len(world.tasks), world.counter, world.journal.count, len(world.dues)) == (2, 2, 2, 2)


def test_no_id_stands_for_a_world_that_is_gone(store: Store) -> None:
    """One that was not used for longer than worlds are kept is listed no more; others stay."""
    engine = used(store)
    there = {world.id for world in engine.worlds}
    long_ago = store.clock.now() - KEEP_SECONDS - 200
    store.link.command("ZADD", store.keys.worlds, repr(long_ago), "0123456789abcdef")
    assert len(engine.worlds) == len(there) + 1
    store.life.tidy()
    assert {one.decode() for one in store.link.command("ZRANGE", store.keys.worlds, 0, -1)} == there


@pytest.mark.parametrize("name", ["clock", "counts", "faults", "timelines", "choice"])
def test_what_somebody_else_wrote_is_said(stores: Callable[[], Store], name: str) -> None:
    """The vendor errs with the reason, at once and again; other worlds go on; what it was before goes on."""
    one, other = used(stores()), Engine(CONTRACTS, clock=VirtualClock(), store=stores())
    world = one.worlds.world("enhancor", "test-a")
    store: Any = one.store
    state = store.keys.world(world.id, "state")
    before = store.link.command("HGET", state, name)
    store.link.command("HSET", state, name, b"\xc0\xffjunk", "version", "theirs")
    for _ in range(2):
        answer = asked_for_one(other)
        assert answer.status == 500
        assert "the mock's own trouble" in answer.reason
        assert "has not written" in answer.reason
    assert asked_for_one(other, "test-elsewhere").status == 200
    store.link.command("HSET", state, name, before, "version", "ours")
    queued(other)


def test_a_process_that_starts_or_ends_leaves_what_others_share(redis_server: Any, store: Store) -> None:
    """And what belongs to no greycard at all."""
    store.link.command("SET", f"other-{store.prefix}", "1", "PX", 60_000)
    used(store)
    before = {name for name in kept(store) if b"process:" not in name}
    for prefix in (store.prefix, f"{store.prefix}-other"):
        again = Store(redis_server.url, prefix=prefix, keep_seconds=KEEP_SECONDS)
        engine = Engine(CONTRACTS, clock=VirtualClock(), store=again)
        assert len(list(engine.worlds)) == (2 if prefix == store.prefix else 0)
        engine.worlds.forget(engine.worlds.world("enhancor", "test-nobody"))
        engine.close()
    scratch = scratch_store(redis_server.url)
    assert len(kept(store, f"{scratch.prefix}*")) == 0
    scratch.wipe()
    scratch.close()
    assert before - set(kept(store)) == set()


def test_the_oldest_tasks_give_way_for_all(stores: Callable[[], Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the process that has seen them, which answers as one in memory does."""
    for place in ("core.keeping.in_memory", "store.section"):
        monkeypatch.setattr(f"greycard_mocks.{place}.MAX_TASKS", 4)
        monkeypatch.setattr(f"greycard_mocks.{place}.MAX_DELETED", 2)
    made = [Engine(CONTRACTS, clock=VirtualClock(), store=store) for store in (None, stores(), stores())]
    told: list[Any] = []
    for pair in ((made[0], made[0]), (made[1], made[2])):
        worlds = [engine.worlds.world("enhancor", "test-a") for engine in pair]
        queued(pair[0])
        (first,) = worlds[0].tasks
        for number in range(1, 7):
            queued(pair[number % 2])
            assert first not in worlds[0].tasks or number < 4, "the fifth task is made by who has seen the first"
        assert [first in world.tasks for world in worlds] == [False, False]
        ids = list(worlds[0].tasks)
        for number, task in enumerate(ids[:3]):
            with worlds[number % 2].lock:
                worlds[number % 2].delete(task)
        told += [(ids, list(world.tasks), list(world.deleted), len(world.tasks)) for world in worlds]
    assert told[0] == told[1] == told[2] == told[3]
