"""Enhancor's client against document 004."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    ApiError,
    AuthError,
    Enhancor,
    InvalidRequest,
    NotFound,
    QueuedRequest,
    RateLimited,
    RequestStatus,
    ServerError,
    TaskFailed,
    UnexpectedResponse,
    WaitTimeout,
    parse_webhook,
)

KEY = "key-123456"


def client(vendor: Any, **options: Any) -> Enhancor:
    """The client, talking to the prepared vendor."""
    return Enhancor(KEY, "https://api.example", **vendor.options, **options)


@pytest.mark.parametrize("name", ["requestId", "request_id"])
def test_queue_sends_three_fields(vendor: Any, name: str) -> None:
    """POST /queue with img_url, webhookUrl and mode (S4:33-60); the id is read in both spellings."""
    vendor.reply({"success": True, name: "r1"})
    queued = client(vendor).queue("https://e/a.png", "https://me/hook?x=1", "fast")
    assert queued == QueuedRequest("r1")
    request = vendor.sent[0]
    assert (request.method, request.url) == ("POST", "https://api.example/api/upscaler/v1/queue")
    assert request.headers["x-api-key"] == KEY
    assert request.headers["Content-Type"] == "application/json"
    assert vendor.json() == {
        "img_url": "https://e/a.png",
        "webhookUrl": "https://me/hook?x=1",
        "mode": "fast",
    }
    client(vendor).queue(None, None, None)
    assert vendor.json() == {}


@pytest.mark.parametrize("name", ["requestId", "request_id", None])
@pytest.mark.parametrize("cost", [480, 58.5, "264", None, True])
def test_status_is_typed(vendor: Any, name: str | None, cost: object) -> None:
    """POST /status with request_id (S4:62-88); cost is a number or nothing."""
    vendor.reply({"status": "IN_QUEUE", "cost": cost, **({name: "r1"} if name else {})})
    status = client(vendor).status(QueuedRequest("r1"))
    assert (status.request_id, status.status, status.running, status.result) == ("r1", "IN_QUEUE", True, None)
    assert status.cost == {True: None, "264": 264}.get(cost, cost)
    assert vendor.sent[0].url == "https://api.example/api/upscaler/v1/status"
    assert vendor.json() == {"request_id": "r1"}


@pytest.mark.parametrize("result", [None, "", "https://e/r.png"])
def test_waiting_ends_with_completed(vendor: Any, result: str | None) -> None:
    """PENDING, IN_QUEUE and IN_PROGRESS go on, COMPLETED ends; the result may come by webhook only."""
    for status in ("PENDING", "IN_QUEUE", "IN_PROGRESS"):
        vendor.reply({"requestId": "r1", "status": status, "cost": 0})
    vendor.reply({"requestId": "r1", "status": "COMPLETED", "result": result, "success": True})
    done = client(vendor).wait(QueuedRequest("r1"), interval=4)
    assert done.succeeded
    assert done.result == (result or None)
    assert vendor.clock.slept == [4, 4, 4]
    assert client(vendor).wait(done) is done
    assert client(vendor).wait(RequestStatus("r1", "PENDING")).succeeded


@pytest.mark.parametrize("error", [{"message": "no face"}, "no face"])
def test_a_failed_request_tells_why(vendor: Any, error: object) -> None:
    """FAILED is TaskFailed, with the reason if there is one."""
    vendor.reply({"requestId": "r1", "status": "FAILED", "error": error})
    with pytest.raises(TaskFailed) as caught:
        client(vendor).wait("r1")
    assert (caught.value.task_id, caught.value.status, caught.value.reason) == ("r1", "FAILED", "no face")


def test_a_wait_gives_up_in_time(vendor: Any) -> None:
    """WaitTimeout tells id and last status."""
    vendor.reply({"requestId": "r1", "status": "IN_PROGRESS"})
    with pytest.raises(WaitTimeout) as caught:
        client(vendor).wait("r1", timeout=30)
    assert (caught.value.task_id, caught.value.status) == ("r1", "IN_PROGRESS")
    assert sum(vendor.clock.slept) == 30


@given(st.one_of(st.text(), st.integers(), st.none(), st.just("completed"), st.just(["COMPLETED"])))
def test_an_unknown_status_is_an_error_not_a_loop(fake: Any, status: object) -> None:
    """A status outside S4:94-100 is unexpected, at the first read."""
    vendor = fake().reply({"requestId": "r1", "status": status})
    with pytest.raises(UnexpectedResponse):
        client(vendor).wait("r1")
    assert len(vendor.sent) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Prompt is bad"}},
        {"error": "Prompt is bad"},
        {"message": "Prompt is bad"},
        {"error": {"code": 1}, "message": "Prompt is bad"},
        {"error": None, "message": "Prompt is bad", "success": False},
    ],
)
@pytest.mark.parametrize(
    ("http", "kind"),
    [(400, InvalidRequest), (401, AuthError), (403, AuthError), (404, NotFound), (500, ServerError)],
)
def test_the_error_is_an_object_or_a_text(vendor: Any, body: object, http: int, kind: type[ApiError]) -> None:
    """The HTTP status chooses the class, `error` or `error.message` the text."""
    vendor.reply(body, http)
    with pytest.raises(kind) as caught:
        client(vendor).queue("u", "w", "fast")
    assert caught.value.message == "Prompt is bad"
    assert caught.value.code is None


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_no_form_of_error_hides_the_refusal(fake: Any, error: object) -> None:
    """Whatever `error` holds, HTTP 400 is an invalid request."""
    vendor = fake().reply({"error": error}, 400)
    with pytest.raises(InvalidRequest):
        client(vendor).queue("u", "w", "fast")


def test_success_false_is_a_refusal_even_with_200(vendor: Any) -> None:
    """HTTP 200 with success false is an ApiError without a class of its own; 429 is a rate limit."""
    vendor.reply({"success": False, "error": "busy"}).reply({"error": "slow"}, 429)
    with pytest.raises(ApiError, match="busy"):
        client(vendor).queue("u", "w", "fast")
    with pytest.raises(RateLimited):
        client(vendor, retries=0).queue("u", "w", "fast")


def test_queue_without_an_id_is_unexpected(vendor: Any) -> None:
    """An accepted request without an id is of no use."""
    vendor.reply({"success": True})
    with pytest.raises(UnexpectedResponse, match="requestId"):
        client(vendor).queue("u", "w", "fast")


def test_a_result_is_saved_from_either_place(vendor: Any, tmp_path: Any) -> None:
    """The link may come from the status answer, the webhook or the caller."""
    vendor.reply(b"\xff\xd8\xffpicture")
    api = client(vendor)
    hook = parse_webhook(b'{"request_id": "r1", "status": "success", "result": "https://e/r.png"}')
    for thing in (RequestStatus("r1", "COMPLETED", result="https://e/r.png"), hook, "https://e/r.png"):
        assert api.save(thing, tmp_path / "r.png").read_bytes() == b"\xff\xd8\xffpicture"
    with pytest.raises(ValueError, match="webhook"):
        api.save(RequestStatus("r1", "COMPLETED"), tmp_path / "r.png")
