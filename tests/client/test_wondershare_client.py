"""Wondershare's client against documents 000 and 003."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    ApiError,
    AuthError,
    BatchItem,
    BatchResult,
    BatchTask,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    TaskFailed,
    UnexpectedResponse,
    WaitTimeout,
    Wondershare,
)

TASK = BatchTask("fsrtwo", "t1")


def answer(**data: Any) -> dict[str, Any]:
    """An answer that carries these data."""
    return {"code": 0, "msg": "", "data": data}


def client(vendor: Any) -> Wondershare:
    """The client, talking to the prepared vendor."""
    return Wondershare("app", "secret", "https://api.example", **vendor.options)


def test_the_upscaler_sends_what_the_document_lists(vendor: Any) -> None:
    """POST /v3/pic/fsrtwo/batch with images, file_ext, priority and Basic authorisation (S0:6-29)."""
    vendor.reply(answer(task_id="t1"))
    task = client(vendor).upscale_8x(["https://e/a.png"], "JPG", priority=9)
    assert task == TASK
    request = vendor.sent[0]
    assert (request.method, request.url) == ("POST", "https://api.example/v3/pic/fsrtwo/batch")
    assert request.headers["Authorization"] == "Basic YXBwOnNlY3JldA=="
    assert request.headers["Content-Type"] == "application/json"
    assert vendor.json() == {"images": ["https://e/a.png"], "file_ext": "JPG", "priority": 9}


def test_the_eraser_sends_a_mask(vendor: Any) -> None:
    """POST /v3/pic/rw/batch with images, mask and priority (S3:11-41)."""
    vendor.reply(answer(task_id=17))
    task = client(vendor).erase(("https://e/a.png",), "https://e/m.png")
    assert (task.feature, task.task_id) == ("rw", "17")
    assert vendor.sent[0].url == "https://api.example/v3/pic/rw/batch"
    assert vendor.json() == {"images": ["https://e/a.png"], "mask": "https://e/m.png", "priority": 0}


def test_any_feature_takes_its_own_fields_and_none_leaves_out(vendor: Any) -> None:
    """A sibling is one call away; the client refuses no value and can leave each field out."""
    vendor.reply(answer(task_id="t"))
    api = client(vendor)
    api.create("at", ["x"], priority=None, age=60)
    api.upscale_8x([], None, priority=None)
    api.erase([], None, priority=99)
    assert vendor.json(0) == {"images": ["x"], "age": 60}
    assert vendor.json(1) == {"images": []}
    assert vendor.json(2) == {"images": [], "priority": 99}
    assert vendor.sent[0].url == "https://api.example/v3/pic/at/batch"
    with pytest.raises(ValueError, match="feature"):
        api.create("..", [])


def test_a_result_is_read_with_the_header_that_the_document_wants(vendor: Any) -> None:
    """GET /v3/pic/<feature>/result/<id> carries Content-Type (S0:53-61)."""
    vendor.reply(answer(status="1", wait_time="3", list=[]))
    result = client(vendor).get("fsrtwo", "t/1")
    assert (result.status, result.wait_time, result.items, result.running) == (1, 3, (), True)
    assert result.failed_items == ()
    request = vendor.sent[0]
    assert (request.method, request.url) == ("GET", "https://api.example/v3/pic/fsrtwo/result/t%2F1")
    assert request.headers["Content-Type"] == "application/json"
    assert request.body is None


@pytest.mark.parametrize("form", [str, int])
def test_a_batch_with_failed_pictures_is_a_result(vendor: Any, form: type) -> None:
    """Status 3 ends a wait with the result; the failed pictures are listed with their reasons."""
    good = {"status": form(3), "image_result": "https://e/r.png", "reason": ""}
    bad = {"status": form(4), "image_result": "", "reason": "too small\n"}
    vendor.reply(answer(status=form(3), wait_time=form(0), list=[good, bad, {}]))
    result = client(vendor).wait(TASK)
    assert result.succeeded
    assert not result.failed
    assert [item.image_result for item in result.succeeded_items] == ["https://e/r.png"]
    assert [item.reason for item in result.failed_items] == ["too small\\n", ""]
    assert result.items[0].status == "3"
    assert result.raw["data"]["list"][0] == good
    assert client(vendor).wait(result) is result


def test_an_item_with_a_failed_status_has_no_result() -> None:
    """A link does not help when the item's status says failure."""
    assert BatchItem("4", "https://e/r.png", "").failed
    assert BatchItem("anything", "https://e/r.png", "").succeeded


@pytest.mark.parametrize("status", ["4", 5, "6"])
def test_a_failed_task_tells_every_reason_once(vendor: Any, status: object) -> None:
    """Failure, closed and timed out are TaskFailed, with all reasons that were given (S0:73, S0:78)."""
    items = [{"status": "4", "image_result": "", "reason": reason} for reason in ("small", "small", "wide")]
    vendor.reply(answer(status=status, wait_time="0", list=items, reason="bad batch"))
    with pytest.raises(TaskFailed) as caught:
        client(vendor).wait(TASK)
    assert caught.value.reason == "bad batch; small; wide"
    assert caught.value.status == int(str(status))
    bare = type(vendor)().reply(answer(status=status))
    with pytest.raises(TaskFailed, match="task"):
        client(bare).wait(TASK)


ABSENT = object()
SECONDS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
# What is on the wire, and the seconds that it means (0 for none).
WAIT_TIMES = st.one_of(
    SECONDS.map(lambda seconds: (seconds, seconds)),
    SECONDS.map(lambda seconds: (str(seconds), seconds)),
    st.one_of(st.just(ABSENT), st.none(), st.booleans(), st.lists(st.integers())).map(lambda junk: (junk, 0)),
    st.sampled_from(["", "soon", "nan", "inf", "-Infinity", "3 s", "9" * 400]).map(lambda junk: (junk, 0)),
)


@given(
    wait_time=WAIT_TIMES,
    listed=st.sampled_from([ABSENT, None, []]),
    status=st.sampled_from([1, 2, "1", "2"]),
)
def test_every_form_of_a_running_answer_is_waited_for(
    fake: Any, wait_time: tuple[object, float], listed: object, status: object
) -> None:
    """Whatever wait_time and list look like: the wait pauses as told, else for the interval, and ends."""
    sent, seconds = wait_time
    data = {"status": status, "wait_time": sent, "list": listed}
    running = {name: value for name, value in data.items() if value is not ABSENT}
    vendor = fake().reply(answer(**running)).reply(answer(status=3, list=[]))
    assert client(vendor).wait(TASK, timeout=100, interval=7).succeeded
    assert vendor.clock.slept == [min(max(0.05, seconds if seconds > 0 else 7), 100)]


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_json_does_not_know_is_unexpected(vendor: Any, constant: bytes) -> None:
    """NaN and Infinity are no JSON, so the whole answer is none."""
    vendor.reply(b'{"code": 0, "msg": "", "data": {"status": "1", "wait_time": ' + constant + b"}}")
    with pytest.raises(UnexpectedResponse):
        client(vendor).get("rw", "t")


@pytest.mark.parametrize(("wait_time", "slept"), [("2", 2), (96, 96), (1.5, 1.5), ("0", 7), (-3, 7), ("x", 7)])
def test_the_vendor_sets_the_pace(vendor: Any, wait_time: object, slept: float) -> None:
    """wait_time above zero is the pause (S0:74); otherwise the caller's interval is."""
    vendor.reply(answer(status="2", wait_time=wait_time)).reply(answer(status="3"))
    client(vendor).wait(TASK, interval=7)
    assert vendor.clock.slept == [slept]


def test_a_wait_gives_up_in_time(vendor: Any) -> None:
    """However long the vendor says to wait, the deadline is kept."""
    vendor.reply(answer(status="2", wait_time="1e9"))
    with pytest.raises(WaitTimeout) as caught:
        client(vendor).wait(BatchResult("rw", "t9", 1), timeout=30)
    assert (caught.value.task_id, caught.value.status) == ("t9", 2)
    assert vendor.clock.slept == [30]


@given(st.one_of(st.integers(7), st.integers(max_value=0), st.none(), st.text(), st.just({}), st.just("8")))
def test_an_unknown_status_is_an_error_not_a_loop(fake: Any, status: object) -> None:
    """A status outside 1 to 6 is unexpected, at the first read."""
    if isinstance(status, str) and status.strip().lstrip("+0") in {"1", "2", "3", "4", "5", "6"}:
        return
    vendor = fake().reply(answer(status=status))
    with pytest.raises(UnexpectedResponse):
        client(vendor).wait(TASK)
    assert len(vendor.sent) == 1


@pytest.mark.parametrize(
    ("http", "code", "kind"),
    [
        (200, 490027, InsufficientBalance),
        (200, "490027", InsufficientBalance),
        (400, 490027, InsufficientBalance),
        (200, 1, ApiError),
        (400, 1, InvalidRequest),
        (404, "1", NotFound),
        (401, 1, AuthError),
        (401, 0, AuthError),
    ],
)
def test_a_code_that_is_not_zero_is_a_refusal(vendor: Any, http: int, code: object, kind: type[ApiError]) -> None:
    """Whether with HTTP 200 or 4xx; only the code for an empty balance has a known meaning."""
    vendor.reply({"code": code, "msg": "nope", "data": {}}, http)
    for call in (lambda: client(vendor).get("rw", "t"), lambda: client(vendor).create("rw", [])):
        with pytest.raises(ApiError) as caught:
            call()
        assert type(caught.value) is kind
        assert (caught.value.status, caught.value.code) == (http, int(str(code)))
        assert caught.value.message == "nope"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": None},
        {"code": 0},
        {"code": 0, "data": None},
        {"code": 0, "data": []},
        {"code": 0, "data": {}},
        {"code": 0, "data": {"task_id": "", "status": "9"}},
        {"code": 0, "data": {"status": "1", "list": {}}},
        {"code": 0, "data": {"status": "1", "list": ["x"]}},
    ],
)
def test_a_wrong_shape_is_unexpected(vendor: Any, body: object) -> None:
    """An answer without code, data, id or a documented status is no answer."""
    vendor.reply(body)
    with pytest.raises(UnexpectedResponse):
        client(vendor).create("rw", [])
    with pytest.raises(UnexpectedResponse):
        client(vendor).get("rw", "t")
