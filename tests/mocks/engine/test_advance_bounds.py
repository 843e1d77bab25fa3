"""Moving a clock: what falls due together goes out together, in order to each receiver, and the call ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

SECONDS = 10
WORLD = "/_mock/worlds/enhancor:test-key"


class Outside:
    """Receivers outside this process: each delivery is noted, and waits where a test wants it to."""

    def __init__(self) -> None:
        self.wait: Callable[[], object] = lambda: None
        self.got: list[tuple[str, str]] = []
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def post(self, url: str, *, headers: Any, body: bytes, **_: Any) -> Any:
        """Take one delivery as the guard would, and acknowledge it in the end."""
        del headers
        with self._lock:
            self.threads.add(threading.current_thread())
            self.got.append((url, body.decode()))
            self.under_way[url] = self.under_way.get(url, 0) + 1
            self.most[url] = max(self.most.get(url, 0), self.under_way[url])
        self.wait()
        with self._lock:
            self.under_way[url] -= 1
        return type("Answer", (), {"status": 200, "body": b""})


@pytest.fixture
def lab(make_lab: Callable[..., Any]) -> Any:
    """Enhancor whose webhooks go to receivers outside, which answer at once."""
    made = make_lab("enhancor")
    made.outside = Outside()
    made.guard.post = made.outside.post
    return made


@pytest.fixture
def silent(lab: Any) -> Iterator[threading.Event]:
    """The receivers say nothing until this event is set, and nobody waits long for them."""
    gate = threading.Event()
    lab.outside.wait = lambda: gate.wait(SECONDS)
    lab.engine.time.patience = 0.05
    yield gate
    gate.set()
    for thread in lab.outside.threads - {threading.current_thread()}:
        thread.join(SECONDS)


def queue(lab: Any, *receivers: str) -> list[str]:
    """Queue one picture for each receiver; the ids of the requests."""
    ids = []
    for receiver in receivers:
        body = {"img_url": lab.image("60x40.jpg"), "webhookUrl": receiver, "mode": "fast"}
        answer = lab.call("POST", "/api/upscaler/v1/queue", json=body, headers={"x-api-key": "test-key"})
        ids.append(str(answer.json()["requestId"]))
    return ids


def in_time(work: Callable[[], object]) -> None:
    """Do something, and fail when it does not come to an end."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "it never ends"


def ids_of(got: list[tuple[str, str]], ids: list[str]) -> list[int]:
    """Which of the requests each delivery was about."""
    return [next(index for index, one in enumerate(ids) if one in body) for _, body in got]


@pytest.mark.parametrize("count", [1, 5, None])
def test_reordering_without_an_end_comes_to_an_end(lab: Any, count: int | None) -> None:
    """However often `reorder` may strike, each delivery is held back once at most, and another one passes it."""
    receiver = lab.receive("enhancor", (200, b""))
    lab.world("enhancor").add_fault("reorder", count=count)
    ids = queue(lab, "http://receiver.test/a")
    lab.advance("enhancor", 0.1)
    ids += queue(lab, *["http://receiver.test/a"] * 3)
    in_time(lambda: lab.advance("enhancor", 600))
    told = ids_of([(url, body.decode()) for _, url, _, body in receiver.got], ids)
    assert sorted(told) == [0, 1, 2, 3]
    assert told != [0, 1, 2, 3]
    assert not lab.world("enhancor").dues.one_is_held


def test_deliveries_that_fall_due_together_go_out_together(lab: Any) -> None:
    """Three receivers, each of which answers only when the two others have their delivery as well."""
    meeting = threading.Barrier(3)
    lab.outside.wait = lambda: meeting.wait(SECONDS)
    queue(lab, "http://a.example/", "http://b.example/", "http://c.example/")
    assert lab.advance("enhancor", 60) == 3
    assert not meeting.broken
    assert sorted(url for url, _ in lab.outside.got) == ["http://a.example/", "http://b.example/", "http://c.example/"]


def test_each_receiver_gets_its_deliveries_in_order_and_one_at_a_time(lab: Any) -> None:
    """Twenty tasks, due at one moment, told to two receivers in turn."""
    ids = queue(lab, *["http://a.example/", "http://b.example/"] * 10)
    assert lab.advance("enhancor", 60) == 20
    for offset, receiver in enumerate(("http://a.example/", "http://b.example/")):
        told = ids_of([one for one in lab.outside.got if one[0] == receiver], ids)
        assert told == list(range(offset, 20, 2))
        assert lab.outside.most[receiver] == 1


def test_a_receiver_in_this_process_is_called_in_the_thread_that_advances(lab: Any) -> None:
    """A test's own transactions and breakpoints are met there."""
    threads: set[threading.Thread] = set()

    def take(*_: Any) -> tuple[int, bytes]:
        threads.add(threading.current_thread())
        return 200, b""

    lab.engine.transport.receivers["http://here.test"] = take
    queue(lab, "http://here.test/", "http://a.example/", "http://here.test/")
    assert lab.advance("enhancor", 60) == 3
    assert threads == {threading.current_thread()}


def test_thirty_tasks_at_a_silent_receiver_hold_nobody_up(lab: Any, silent: threading.Event) -> None:
    """The advance ends, its answer says what is under way, and the rest goes out with the next one, in order."""
    ids = queue(lab, *["http://silent.example/"] * 30)
    before = lab.world("enhancor").clock.now()
    answers: list[Any] = []
    step = {"action": "advance", "seconds": 60}
    in_time(lambda: answers.append(lab.app.test_client().post(f"{WORLD}/clock", json=step).get_json()))
    assert (answers[0]["now"], answers[0]["delivery_attempts"], answers[0]["under_way"]) == (before + 60, 1, 30)
    assert lab.app.test_client().get(f"{WORLD}/clock").get_json()["under_way"] == 30
    assert len(lab.outside.got) == 1
    silent.set()
    lab.engine.time.patience = SECONDS
    assert lab.advance("enhancor", 0) == 29
    assert ids_of(lab.outside.got, ids) == list(range(30))


def test_a_fault_that_struck_what_did_not_go_out_has_not_struck(lab: Any, silent: threading.Event) -> None:
    """Only the deliveries that were begun count."""
    fault = lab.world("enhancor").add_fault("duplicate", count=10)
    queue(lab, *["http://silent.example/"] * 5)
    lab.advance("enhancor", 60)
    assert fault.used == 1
    silent.set()
    lab.engine.time.patience = SECONDS
    lab.advance("enhancor", 0)
    assert fault.used == 5


def test_a_reset_ends_what_is_left(lab: Any, silent: threading.Event) -> None:
    """It is answered while a receiver says nothing, and nothing more goes out, not even the next attempt."""
    queue(lab, *["http://silent.example/"] * 5)
    lab.advance("enhancor", 60)
    answers: list[int] = []
    in_time(lambda: answers.append(lab.app.test_client().post("/_mock/reset", json={}).status_code))
    assert answers == [200]
    silent.set()
    for thread in lab.outside.threads:
        thread.join(SECONDS)
    lab.advance("enhancor", 600)
    assert len(lab.outside.got) == 1
    assert lab.world("enhancor").dues.listed() == []


def test_work_that_makes_work_at_the_same_moment_is_stopped(lab: Any) -> None:
    """A receiver that queues a task, done at once, for each delivery does not keep the clock for ever."""
    lab.engine.time.patience = 0.2
    lab.force("enhancor", finish=0.0, count=None)

    def again(*_: Any) -> tuple[int, bytes]:
        queue(lab, "http://here.test/")
        return 200, b""

    lab.engine.transport.receivers["http://here.test"] = again
    queue(lab, "http://here.test/")
    in_time(lambda: lab.advance("enhancor", 60))
    assert lab.engine.time.under_way(lab.world("enhancor")) >= 1


def test_a_delivery_that_was_passed_stays_so_in_a_world_file(lab: Any) -> None:
    """Exported while it waits behind another, it is not held back a second time after the import."""
    lab.world("enhancor").add_fault("reorder", count=None)
    queue(lab, "http://a.example/")
    lab.advance("enhancor", 0.5)
    queue(lab, "http://a.example/")
    first = lab.world("enhancor").dues.first
    lab.advance("enhancor", first - lab.world("enhancor").clock.now() + 0.1)
    assert lab.outside.got == []
    http = lab.app.test_client()
    exported = http.get(f"{WORLD}/export").get_json()
    assert [one.get("held", False) for one in exported["due"]] == [False, True]
    other = "/_mock/worlds/enhancor:test-other"
    assert http.put(f"{other}/import", json=exported).status_code == 200
    assert http.get(f"{other}/export").get_json()["due"] == exported["due"]
