"""Many threads at once: nothing is lost, nothing is counted twice, nothing leaks."""

from __future__ import annotations

import gc
import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.plan import Course, TaskPlan
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.core.world import World
from greycard_mocks.core.worlds import MAX_WORLDS
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_mocks.web.server import start
from greycard_schemas.loader import load_contracts

THREADS = 50


def together(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """The results of `work(0)`, `work(1)`, ... all begun at the same moment."""
    gate = threading.Barrier(count)

    def begin(number: int) -> Any:
        gate.wait(10)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_the_rate_window_is_exact_under_threads(make_lab: Callable[..., Any]) -> None:
    """Of 50 requests in one instant exactly two pass, in each of five seconds."""
    lab = make_lab("picwish")
    for _ in range(5):
        codes = together(
            lambda _: lab.call("GET", "/api/tasks/visual/scale/x", headers={"X-API-KEY": "test-key"}).status_code
        )
        assert Counter(codes) == {404: 2, 429: THREADS - 2}
        lab.pass_time(1)


def test_create_poll_delete_and_reset_at_once(make_lab: Callable[..., Any]) -> None:
    """Every answer is one that the document knows, and the balance is counted exactly.

    A reset begins the ids anew, so that the task of another thread may have an id that a thread still asks for; that
    nothing is lost otherwise stands in `test_never_lost`.
    """
    lab = make_lab("magictiger")
    world = lab.world("magictiger")
    link = lab.image("80x64.jpg")
    seen: list[str] = []

    def call(name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = lab.call("POST", f"/{name}", headers={"token": "test-key"}, json=body)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def work(number: int) -> None:
        for turn in range(5):
            task = call("createtask", {"picurl": link, "type": 1})["data"]["taskid"]
            seen.append(task)
            assert call("gettask", {"taskid": task, "type": 1})["code"] in (0, 1002001, 1002002)
            if number % 2:
                assert call("deletetask", {"taskid": task})["code"] in (0, 1002001, 1002002)
                assert call("gettask", {"taskid": task, "type": 1})["code"] in (0, 1002001, 1002002)
            if number == 0 and turn == 3:
                world.reset()

    together(work, 20)
    assert len(seen) == 100
    before = world.balance
    together(lambda _: call("createtask", {"picurl": link, "type": 1}), 20)
    assert world.balance == before - 20


def test_a_task_is_deleted_once(make_lab: Callable[..., Any]) -> None:
    """Of many deletes of one task exactly one succeeds."""
    lab = make_lab("magictiger")
    headers = {"token": "test-key"}
    task = lab.call("POST", "/createtask", headers=headers, json={"picurl": lab.image("80x64.jpg"), "type": 1}).json()[
        "data"
    ]["taskid"]
    codes = together(lambda _: lab.call("POST", "/deletetask", headers=headers, json={"taskid": task}).json()["code"])
    assert Counter(codes) == {0: 1, 1002002: THREADS - 1}


def test_the_last_unit_is_spent_once(make_lab: Callable[..., Any]) -> None:
    """With a balance of three, three of many creates pass."""
    lab = make_lab("magictiger")
    lab.world("magictiger").balance = 3
    body = {"picurl": lab.image("80x64.jpg"), "type": 1}
    codes = together(lambda _: lab.call("POST", "/createtask", headers={"token": "test-key"}, json=body).json()["code"])
    assert Counter(codes) == {0: 3, 1003002: THREADS - 3}


def test_a_result_is_made_once(make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask for it at once."""
    from greycard_mocks.images import transform as enlarge

    made: list[int] = []
    original = enlarge.enlarge

    def counting(*args: Any, **options: Any) -> Any:
        made.append(1)
        return original(*args, **options)

    monkeypatch.setattr(enlarge, "enlarge", counting)
    lab = make_lab("picwish")
    answer = lab.call(
        "POST",
        "/api/tasks/visual/scale",
        headers={"X-API-KEY": "test-key"},
        data={"type": "clean", "sync": 1},
        files={"image_file": card(200, 200, "jpeg")},
    )
    link = answer.json()["data"]["image"]
    contents = together(lambda _: lab.call("GET", link).content, 20)
    assert (len(made), len(set(contents))) == (1, 1)


def test_scenarios_are_used_up_exactly(make_lab: Callable[..., Any]) -> None:
    """A wish for seven tasks strikes seven of many."""
    lab = make_lab("enhancor")
    lab.world("enhancor").add_scenario(Scenario(outcome="failed", count=7))
    body = {"img_url": lab.image("40x30.jpg"), "webhookUrl": "http://receiver.test/x", "mode": "fast"}
    together(lambda _: lab.call("POST", "/api/upscaler/v1/queue", headers={"x-api-key": "test-key"}, json=body))
    ends = Counter(plan.outcome for plan in lab.world("enhancor").tasks.values())
    assert ends == {"failed": 7, "succeeded": THREADS - 7}


def test_a_reset_during_deliveries_loses_nothing_else(make_lab: Callable[..., Any]) -> None:
    """Deliveries of a world that is reset stop; those of its neighbour all arrive."""
    lab = make_lab("magictiger")
    receiver = lab.receive("magictiger")
    for key in ("test-key", "test-b"):
        lab.world("magictiger", key).callback_url = "http://receiver.test/cb"
        for _ in range(30):
            lab.call(
                "POST",
                "/createtask",
                headers={"token": key},
                json={"picurl": lab.image("80x64.jpg"), "type": 1},
            )

    def work(number: int) -> None:
        if number == 0:
            lab.world("magictiger").reset()
        else:
            lab.engine.time.advance(lab.world("magictiger", "test-b" if number % 2 else "test-key"), 1)

    together(work, 12)
    lab.advance("magictiger", 10, "test-b")
    assert lab.world("magictiger").dues.listed() == []
    assert Counter(headers["token"] for _, _, headers, _ in receiver.got)["test-b"] == 30


def test_worlds_are_bounded_and_the_used_ones_stay() -> None:
    """Of too many credentials those give way that were used longest ago; their links are gone with them."""
    engine = Engine(load_contracts(["picwish"]), clock=VirtualClock())
    keep = engine.worlds.world("picwish", "test-keep")
    first = engine.worlds.world("picwish", "test-0")
    for number in range(MAX_WORLDS + 10):
        engine.worlds.world("picwish", f"test-{number}")
        assert engine.worlds.world("picwish", "test-keep") is keep
    assert len(engine.worlds) == MAX_WORLDS
    assert engine.worlds.by_id(first.id) is None
    assert engine.worlds.by_id(keep.id) is keep


def test_a_flood_of_tasks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest tasks give way, each in the same short time."""
    import greycard_mocks.core.keeping.in_memory as module

    monkeypatch.setattr(module, "MAX_TASKS", 100)
    engine = Engine(load_contracts(["picwish"]), clock=VirtualClock())
    world: World = engine.worlds.world("picwish", "test-key")
    for _ in range(1000):
        world.add(TaskPlan(world.new_id(), 0.0, Course("scale.create", ((0.0, "succeeded"),), {}), ()))
    assert len(world.tasks) == 100
    assert next(iter(world.tasks.values())).id not in ("", None)


def test_the_journal_is_bounded_and_small(make_lab: Callable[..., Any]) -> None:
    """After long fields, deep values and many requests: a thousand entries of a few kilobytes, no key, valid JSON."""
    lab = make_lab("enhancor")
    body = {
        "x" * 900: "y" * 500_000,
        "deep": [[[[[[1]]]]]],
        "big": 10**200,
        "text": "\x1b[31m\u202e\r\n",
        "list": list(range(1000)),
    }
    for _ in range(3):
        lab.call("POST", "/api/upscaler/v1/queue", headers={"x-api-key": "test-key", "Cookie": "secret"}, json=body)
    entries = [entry.as_json() for entry in lab.world("enhancor").journal.of_kind("request")]
    text = json.dumps(entries, allow_nan=False)
    assert len(text) < 3 * 5000
    assert "test-key" not in text
    assert "secret" not in text
    journal = lab.world("enhancor").journal
    for number in range(3000):
        journal.add("request", 0.0, {"n": number})
    assert (len(journal.entries), journal.entries[0].number) == (1000, 2004)


@pytest.mark.wire
def test_a_server_can_be_started_and_stopped_again_and_again() -> None:
    """No thread and no file descriptor stays behind, however often: what one start leaves, twenty show."""
    engine = Engine(load_contracts(["picwish"]))
    app = create_app(engine)

    def cycle() -> None:
        with start(app) as running:
            requests.get(f"{running.url}/_mock/health", timeout=5)

    cycle()
    gc.collect()
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        cycle()
    gc.collect()
    assert threading.active_count() <= threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= files


@pytest.mark.wire
def test_fifty_clients_over_sockets(make_lab: Callable[..., Any]) -> None:
    """Each with its own key: every task is created, read and downloaded, none is another's."""
    lab = make_lab("picwish")
    picture = card(40, 30, "jpeg")
    with start(lab.app) as running:

        def work(number: int) -> tuple[int, ...]:
            headers = {"X-API-KEY": f"test-{number}"}
            with requests.Session() as session:
                session.trust_env = False
                url = f"{running.url}/api/tasks/visual/scale"
                data = session.post(
                    url,
                    headers=headers,
                    data={"type": "clean", "sync": 1},
                    files={"image_file": picture},
                    timeout=30,
                ).json()["data"]
                mine = session.get(f"{url}/{data['task_id']}", headers=headers, timeout=30).status_code
                other = session.get(
                    f"{url}/{data['task_id']}", headers={"X-API-KEY": f"test-x{number}"}, timeout=30
                ).status_code
                return mine, other, len(session.get(data["image"], timeout=30).content)

        answers = together(work)
    assert len(set(answers)) == 1
    assert answers[0][:2] == (200, 404)
