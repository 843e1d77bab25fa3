"""When a poll moves an `auto` clock, when nothing does, and what is told of a clock that stands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks import Mock, VendorMock
from greycard_mocks.core.polls import FROZEN_POLLS

SCALE = "/api/tasks/visual/scale"


class Caller:
    """PicWish and Enhancor as a program calls them, without waiting."""

    def __init__(self, vendor: VendorMock) -> None:
        self.vendor, self.http = vendor, vendor.session()
        self.start = vendor.clock.now()

    @property
    def passed(self) -> float:
        """Seconds of the world since the beginning."""
        return round(self.vendor.clock.now() - self.start, 3)

    def create(self) -> Any:
        """Make a PicWish task; its id, or the HTTP status of a refusal."""
        form = {"type": "clean", "image_url": self.vendor.images.link(60, 40)}
        answer = self.http.post(self.vendor.url + SCALE, data=form)
        return answer.json()["data"]["task_id"] if answer.ok else answer.status_code

    def poll(self, task: str) -> Any:
        """A PicWish task's state, or the HTTP status of a refusal."""
        answer = self.http.get(f"{self.vendor.url}{SCALE}/{task}")
        return answer.json()["data"]["state"] if answer.ok else answer.status_code

    def queue(self, url: str) -> str:
        """Make an Enhancor request; its id."""
        body = {"img_url": self.vendor.images.link(60, 40), "webhookUrl": url, "mode": "fast"}
        answer = self.http.post(f"{self.vendor.url}/api/upscaler/v1/queue", json=body)
        return str(answer.json()["requestId"])

    def status(self, request: str) -> str:
        """An Enhancor request's state."""
        answer = self.http.post(f"{self.vendor.url}/api/upscaler/v1/status", json={"request_id": request})
        return str(answer.json()["status"])


@pytest.fixture
def call(mock: Mock) -> Callable[..., Caller]:
    """A caller of a vendor under a clock."""
    return lambda name="picwish", clock="auto": Caller(mock.vendor(name, clock=clock))


def test_a_repeated_poll_goes_to_the_next_event_and_no_further(call: Callable[..., Caller]) -> None:
    """The first poll moves nothing; each repetition at the same moment goes to the next state, with its reason."""
    caller = call("enhancor")
    request = caller.queue("http://127.0.0.1:9/")
    seen = [(caller.status(request), caller.passed) for _ in range(5)]
    assert seen == [("PENDING", 0), ("IN_QUEUE", 0.5), ("IN_PROGRESS", 1), ("COMPLETED", 2), ("COMPLETED", 2)]
    moves = caller.vendor.clock_moves
    assert [round(one["seconds"], 3) for one in moves] == [0.5, 0.5, 1]
    assert all(request in one["reason"] and "the next event" in one["reason"] for one in moves)
    assert [one.kind for one in caller.vendor.world.journal.entries].index("clock") == 2


def test_the_same_history_gives_the_same_times(call: Callable[..., Caller]) -> None:
    """What moves the clock is the order of requests alone."""

    def history() -> list[Any]:
        caller = call("enhancor")
        tasks = [caller.queue("http://127.0.0.1:9/") for _ in range(2)]
        return [(caller.status(tasks[turn % 2]), caller.passed) for turn in range(9)]

    assert history() == history()


def test_a_moved_clock_is_looked_at_before_it_is_moved_again(call: Callable[..., Caller]) -> None:
    """Two pollers in turn: the second one sees the moment to which the first has moved, and moves nothing."""
    caller = call("enhancor")
    first, second = caller.queue("http://127.0.0.1:9/"), caller.queue("http://127.0.0.1:9/")
    seen = [(caller.status(first), caller.status(second), caller.passed) for _ in range(4)]
    assert [passed for *_, passed in seen] == [0, 0.5, 1, 2]
    assert seen[-1][:2] == ("COMPLETED", "COMPLETED")


def test_a_delivery_is_an_event_and_is_made(call: Callable[..., Caller]) -> None:
    """What falls due by a move is delivered before the poll is answered."""
    caller = call("enhancor")
    heard: list[str] = []
    request = caller.queue(caller.vendor.receiver(lambda received: heard.append(received.json()["request_id"])))
    while caller.status(request) != "COMPLETED":
        assert heard == []
    assert heard == [request]
    assert caller.passed == 2


def test_polls_see_no_rate_that_sleeping_keeps(call: Callable[..., Caller]) -> None:
    """A poll that the rate would refuse goes to the opening of its window, which comes before any other answer."""
    caller = call()
    task = caller.create()
    assert [(caller.poll(task), caller.passed) for _ in range(3)] == [(0, 0), (4, 1), (1, 1.5)]
    assert "the opening of the rate window" in caller.vendor.clock_moves[0]["reason"]


def test_creates_and_stray_requests_move_nothing(call: Callable[..., Caller]) -> None:
    """A rate can be tested as ever: creates, polls of no task and of finished ones, and the page move no clock."""
    caller = call()
    assert [caller.create() for _ in range(4)][2:] == [429, 429]
    caller.vendor.clock.advance(1)
    assert [caller.poll("nobody") for _ in range(4)] == [404, 404, 429, 429]
    assert caller.passed == 1
    caller.vendor.clock.advance(10)
    task = next(iter(caller.vendor.world.tasks))
    assert [caller.poll(task) for _ in range(3)] == [1, 1, 429]
    assert (caller.passed, caller.vendor.clock_moves) == (11, [])


def test_a_test_that_moves_time_itself_sees_nothing_of_it(call: Callable[..., Caller]) -> None:
    """Each poll at a moment of its own, as with greycard_client on the world's clock, moves nothing."""
    caller = call("enhancor")
    request = caller.queue("http://127.0.0.1:9/")
    for seconds in (0, 0.4, 0.4, 0.3, 0.5):
        caller.vendor.clock.advance(seconds)
        caller.status(request)
    assert (caller.passed, caller.vendor.clock_moves) == (1.6, [])


@pytest.mark.parametrize("kind", ["virtual", "frozen"])
def test_polls_move_no_other_clock(call: Callable[..., Caller], kind: str) -> None:
    """A virtual clock stands; so does an auto one that was frozen, until it is resumed."""
    caller = call("enhancor", "virtual" if kind == "virtual" else "auto")
    if kind == "frozen":
        caller.vendor.clock.freeze()
    assert caller.vendor.clock.kind == kind
    request = caller.queue("http://127.0.0.1:9/")
    assert {caller.status(request) for _ in range(3)} == {"PENDING"}
    if kind == "frozen":
        caller.vendor.clock.resume()
        assert caller.status(request) == "IN_QUEUE"


@pytest.mark.parametrize(
    ("clock", "told"),
    [("virtual", "greycard_clock('auto')"), ("frozen", "clock.resume()"), ("auto", "`stuck`")],
)
def test_polling_in_vain_is_told_once(
    call: Callable[..., Caller], clock: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After so many identical answers: in the journal and in the log, with the task and what to do."""
    caller = call("enhancor", "auto" if clock == "frozen" else clock)
    if clock == "frozen":
        caller.vendor.clock.freeze()
    caller.vendor.scenario(stuck="pending")
    request = caller.queue("http://127.0.0.1:9/")
    with caplog.at_level(logging.WARNING, "greycard_mocks"):
        for _ in range(FROZEN_POLLS - 1):
            caller.status(request)
        assert caller.vendor.warnings == []
        for _ in range(FROZEN_POLLS * 2):
            caller.status(request)
    (warning,) = caller.vendor.warnings
    assert told in warning["reason"]
    assert f"{FROZEN_POLLS} times" in warning["reason"]
    assert request in warning["reason"]
    assert [record.getMessage() for record in caplog.records] == [warning["reason"]]


def test_a_rate_that_never_opens_is_told(call: Callable[..., Caller]) -> None:
    """Creates move no clock, so their repetition says what would."""
    caller = call()
    for _ in range(FROZEN_POLLS + 2):
        caller.create()
    assert "patch_sleep=True" in caller.vendor.warnings[0]["reason"]


def test_nothing_is_told_when_time_moves(call: Callable[..., Caller]) -> None:
    """Polls at moments of their own, polls of a finished task, and a clock that runs are no news."""
    for clock in ("virtual", "auto", "real"):
        caller = call("enhancor", clock)
        request = caller.queue("http://127.0.0.1:9/")
        for _ in range(FROZEN_POLLS * 2):
            caller.status(request)
            caller.vendor.clock.advance(0.05)
        caller.vendor.clock.advance(5)
        for _ in range(FROZEN_POLLS * 2):
            assert caller.status(request) == "COMPLETED"
        assert caller.vendor.warnings == []


def test_a_receiver_that_polls_is_answered_while_time_moves(call: Callable[..., Caller]) -> None:
    """It is called on the way, so what it asks moves nothing further."""
    caller = call("enhancor")
    seen: list[tuple[str, float]] = []

    def receive(received: Any) -> None:
        seen.extend((caller.status(received.json()["request_id"]), caller.passed) for _ in range(3))

    request = caller.queue(caller.vendor.receiver(receive))
    while caller.status(request) != "COMPLETED":
        pass
    assert seen == [("COMPLETED", 2)] * 3
