"""PicWish's client against document 002."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    ApiError,
    AuthError,
    InvalidRequest,
    NotFound,
    PicWish,
    RateLimited,
    ScaleTask,
    ServerError,
    TaskFailed,
    TooLarge,
    UnexpectedResponse,
    WaitTimeout,
)

URL = "https://api.example/api/tasks/visual/scale"
KEY = "key-123456"


def answer(**data: Any) -> dict[str, Any]:
    """An answer that carries these data."""
    return {"status": 200, "message": "success", "data": {"task_id": "t1", **data}}


def client(vendor: Any, **options: Any) -> PicWish:
    """The client, talking to the prepared vendor."""
    return PicWish(KEY, "https://api.example", **{**vendor.options, **options})


class PathLike:
    """A path that is no `Path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return os.fspath(self.path)


@pytest.mark.parametrize("kind", ["str", "Path", "PathLike", "bytes", "bytearray", "file", "memory", "fd"])
def test_a_picture_may_come_in_many_forms(vendor: Any, tmp_path: Path, kind: str) -> None:
    """A path, bytes or a binary file goes out as image_file of a multipart form (S2:20)."""
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG-cat")
    vendor.reply(answer())
    with path.open("rb") as file, os.fdopen(os.open(path, os.O_RDONLY), "rb") as descriptor:
        images: dict[str, Any] = {
            "str": str(path),
            "Path": path,
            "PathLike": PathLike(path),
            "bytes": b"\x89PNG-cat",
            "bytearray": bytearray(b"\x89PNG-cat"),
            "file": file,
            "memory": io.BytesIO(b"\x89PNG-cat"),
            "fd": descriptor,
        }
        task = client(vendor).create(images[kind])
    assert task.task_id == "t1"
    request = vendor.sent[0]
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["X-API-KEY"] == KEY
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    name = b"cat.png" if kind in {"str", "Path", "PathLike", "file"} else b"image"
    assert b'name="image_file"; filename="' + name + b'"' in request.body
    assert b"\r\n\r\n\x89PNG-cat\r\n" in request.body
    assert b'name="type"\r\n\r\nclean\r\n' in request.body


@pytest.mark.parametrize("url", ["http://e/a.png", "https://e/a.png?x=1&y=2", "HTTPS://E/a.png"])
def test_a_url_goes_as_image_url(vendor: Any, url: str) -> None:
    """A text that begins with http:// or https:// is not read as a path."""
    vendor.reply(answer())
    client(vendor).create(url)
    assert vendor.sent[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "image_url=http" in vendor.sent[0].body.lower()


def test_fields_are_sent_as_given_and_none_is_left_out(vendor: Any) -> None:
    """The client refuses no value; judging is the vendor's."""
    vendor.reply(answer())
    api = client(vendor)
    api.create("http://e/a", type="x", scale_factor=3, fix_face_only=1, return_type=9, sync=0)
    api.create("http://e/a", type=None)
    fields = vendor.sent[0].body
    assert fields == "type=x&scale_factor=3&fix_face_only=1&return_type=9&sync=0&image_url=http%3A%2F%2Fe%2Fa"
    assert vendor.sent[1].body == "image_url=http%3A%2F%2Fe%2Fa"


def test_a_retried_upload_holds_the_whole_file_again(vendor: Any) -> None:
    """A file object is read once, so a second try sends the same bytes."""
    vendor.reply({"status": 429, "message": "m"}, 429).reply(answer())
    client(vendor).create(io.BytesIO(b"\x89PNG-cat"))
    assert all(b"\x89PNG-cat" in request.body for request in vendor.sent)
    assert len(vendor.sent) == 2


def test_an_asynchronous_create_holds_only_the_id(vendor: Any) -> None:
    """Without a state the task is running."""
    vendor.reply(answer())
    task = client(vendor).create(b"x")
    assert (task.state, task.running, task.finished, task.reason) == (None, True, False, "")
    assert task.raw == answer()
    assert "raw" not in repr(task)


def test_a_final_answer_is_typed(vendor: Any) -> None:
    """The fields of S2:35-42, with `type` as text or number, and extra fields kept in raw only."""
    data = {
        "state": 1,
        "progress": 100,
        "image": "https://oss/a.png?Expires=1\\u0026Signature=2",
        "return_type": 1,
        "type": "face",
        "created_at": 1700000000,
        "completed_at": 1700000001,
        "time_elapsed": 637.83,
    }
    vendor.reply({"status": 200, "data": {"task_id": "t1", **data}}).reply(answer(**{**data, "type": 1}))
    task = client(vendor).get("t1")
    assert task.succeeded
    assert task.image == "https://oss/a.png?Expires=1&Signature=2"
    assert (task.progress, task.return_type, task.type) == (100, 1, "face")
    assert (task.created_at, task.completed_at, task.message) == (1700000000, 1700000001, None)
    assert task.raw["data"]["time_elapsed"] == 637.83
    assert "oss" not in repr(task)
    assert client(vendor).get(task).type == 1
    assert vendor.sent[1].url == f"{URL}/t1"


@pytest.mark.parametrize("form", [int, str])
def test_waiting_ends_with_state_one(vendor: Any, form: type) -> None:
    """States 0, 2, 3 and 4 go on, 1 ends (S2:48, S2:77-81); a state may come as text."""
    for state in (0, 2, 3, 4, 1):
        vendor.reply(answer(state=form(state)))
    task = client(vendor).wait("t1", interval=2.5)
    assert task.succeeded
    assert vendor.clock.slept == [2.5] * 4


@given(state=st.integers(-100, -1), text=st.booleans())
def test_every_negative_state_is_a_failure(fake: Any, state: int, *, text: bool) -> None:
    """Any state under zero ends the wait with TaskFailed, listed or not (S2:48, S2:111)."""
    vendor = fake().reply(answer(state=str(state) if text else state))
    with pytest.raises(TaskFailed) as caught:
        client(vendor).wait("t1")
    assert (caught.value.vendor, caught.value.task_id, caught.value.status) == ("picwish", "t1", state)
    assert caught.value.reason
    assert len(vendor.sent) == 1


@given(st.one_of(st.integers(5), st.none(), st.booleans(), st.text(st.characters(categories=["L"])), st.just([])))
def test_an_unknown_state_is_an_error_not_a_loop(fake: Any, state: object) -> None:
    """A state that is neither documented nor negative is unexpected, at the first read."""
    vendor = fake().reply(answer(state=state))
    with pytest.raises(UnexpectedResponse):
        client(vendor).wait("t1")
    assert len(vendor.sent) == 1


@given(
    timeout=st.floats(0, 1e6),
    interval=st.floats(allow_nan=True, allow_infinity=True) | st.floats(1, 1e5),
)
def test_a_wait_ends_exactly_at_its_deadline(fake: Any, timeout: float, interval: float) -> None:
    """The last read is at the deadline, whatever the interval; WaitTimeout tells id, status, seconds."""
    vendor = fake().reply(answer(state=4))
    start = vendor.clock.now()
    if timeout > 100 and not interval > timeout / 50:
        timeout = 1.0
    with pytest.raises(WaitTimeout) as caught:
        client(vendor).wait("t1", timeout=timeout, interval=interval)
    assert vendor.clock.now() == start + timeout
    assert (caught.value.task_id, caught.value.status, caught.value.seconds) == ("t1", 4, timeout)


@pytest.mark.parametrize("timeout", [-1.0, float("nan")])
def test_a_timeout_that_is_none_is_refused(vendor: Any, timeout: float) -> None:
    """A negative or not-a-number timeout is a mistake of the caller."""
    with pytest.raises(ValueError, match="timeout"):
        client(vendor).wait("t1", timeout=timeout)


def test_a_synchronous_create_needs_no_read(vendor: Any) -> None:
    """What is final in the answer to create is not asked for again."""
    vendor.reply(answer(state=1, image="https://e/r.png"))
    assert client(vendor).scale(b"x", sync=1).image == "https://e/r.png"
    assert len(vendor.sent) == 1
    failing = type(vendor)().reply(answer(state=-7))
    assert client(failing).create(b"x", sync=1).failed
    with pytest.raises(TaskFailed, match="not a valid picture"):
        client(failing).scale(b"x", sync=1)


def test_scale_creates_and_waits(vendor: Any) -> None:
    """Create and wait in one call."""
    vendor.reply(answer()).reply(answer(state=4)).reply(answer(state=1))
    assert client(vendor).scale("http://e/a", type="face", scale_factor=2).succeeded
    assert [request.method for request in vendor.sent] == ["POST", "GET", "GET"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthError),
        (404, NotFound),
        (413, TooLarge),
        (429, RateLimited),
        (500, ServerError),
    ],
)
@pytest.mark.parametrize("transport", ["http", "envelope", "both", "text"])
def test_a_refusal_has_one_meaning_in_either_place(
    vendor: Any, status: int, kind: type[ApiError], transport: str
) -> None:
    """HTTP status, JSON status or both carry the refusal (S2:58)."""
    body: dict[str, Any] = {"status": status, "message": "nope"}
    if transport == "http":
        body = {"message": "nope"}
    if transport == "text":
        body["status"] = str(status)
    vendor.reply(body, status if transport in {"http", "both"} else 200)
    with pytest.raises(kind) as caught:
        client(vendor, retries=0).create(b"x")
    assert type(caught.value) is kind
    assert caught.value.message == "nope"
    assert caught.value.code == (None if transport == "http" else status)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "fine"},
        {"status": 200},
        {"status": 200, "data": None},
        {"status": 200, "data": []},
        {"status": 200, "data": {}},
        {"status": 200, "data": {"task_id": ""}},
        {"status": 200, "data": {"task_id": None, "state": 1}},
        {"status": 200, "data": {"task_id": "t1", "state": "done"}},
        {"status": 200, "data": {"task_id": "t1", "state": 5}},
    ],
)
def test_a_wrong_shape_is_unexpected(vendor: Any, body: object) -> None:
    """An answer without status, id or a documented state is no answer, for create and get alike."""
    vendor.reply(body)
    with pytest.raises(UnexpectedResponse):
        client(vendor).create(b"x")
    with pytest.raises(UnexpectedResponse):
        client(vendor).get("t1")


def test_a_json_status_that_is_no_http_status(vendor: Any) -> None:
    """A status of no known family is a refusal without a class of its own."""
    vendor.reply({"status": 1001, "message": "odd"}).reply({"status": 0, "message": "odd"})
    for code in (1001, 0):
        with pytest.raises(ApiError) as caught:
            client(vendor).get("t1")
        assert type(caught.value) is ApiError
        assert caught.value.code == code


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_unknown_fields_change_nothing(fake: Any, extra: dict[str, object]) -> None:
    """What the vendor adds is kept in raw and otherwise ignored."""
    known = {"task_id", "state", "image", "type", "progress", "return_type", "created_at", "completed_at"}
    extra = {name: value for name, value in extra.items() if name not in known}
    vendor = fake().reply({**extra, "status": 200, "data": {**extra, "task_id": "t1", "state": 1}})
    task = client(vendor).wait("t1")
    assert task.succeeded
    assert all(task.raw["data"][name] == value for name, value in extra.items())


def test_a_binary_answer_is_the_picture(vendor: Any, tmp_path: Path) -> None:
    """With return_type 3 the body of a synchronous create is the picture (S2:25)."""
    vendor.reply(b"\x89PNG\r\n\x1a\nbig", headers={"Content-Type": "image/png"})
    api = client(vendor)
    task = api.create(b"x", return_type=3, sync=1)
    assert task.succeeded
    assert task.content == b"\x89PNG\r\n\x1a\nbig"
    assert "PNG" not in repr(task)
    assert api.wait(task) is task
    assert api.save(task, tmp_path / "r.png").read_bytes() == b"\x89PNG\r\n\x1a\nbig"


def test_a_refusal_of_a_binary_create_is_still_a_refusal(vendor: Any) -> None:
    """JSON is recognised by its brace, whatever was asked for; an empty picture is none."""
    vendor.reply(answer(state=-7)).reply({"status": 400, "message": "no"}).reply(b"<h1>", 502).reply(b"")
    api = client(vendor)
    assert api.create(b"x", return_type=3).failed
    with pytest.raises(InvalidRequest):
        api.create(b"x", return_type=3)
    with pytest.raises(ServerError):
        api.create(b"x", return_type=3)
    with pytest.raises(UnexpectedResponse, match="empty"):
        api.create(b"x", return_type=3)


@pytest.mark.parametrize("form", ["plain", "data", "unpadded", "lines", "undeclared"])
def test_base64_is_decoded(vendor: Any, tmp_path: Path, form: str) -> None:
    """With return_type 2 `image` is Base64 (S2:25, S2:38), with or without data URI, padding, line ends."""
    text = base64.b64encode(b"\x89PNG\r\n\x1a\nb64!").decode()
    text = {
        "data": f"data:image/png;base64,{text}",
        "unpadded": text.rstrip("="),
        "lines": f"{text[:6]}\r\n{text[6:]}\n",
    }.get(form, text)
    vendor.reply(answer(state=1, image=text, **({} if form == "undeclared" else {"return_type": 2})))
    api = client(vendor)
    assert api.save(api.get("t1"), str(tmp_path / "r")).read_bytes() == b"\x89PNG\r\n\x1a\nb64!"


@pytest.mark.parametrize("image", ["not base64 !", "", "data:image/png;base64,"])
def test_bad_base64_is_unexpected(vendor: Any, tmp_path: Path, image: str) -> None:
    """What cannot be decoded is not written."""
    task = ScaleTask("t1", 1, image=image, return_type=2)
    with pytest.raises(UnexpectedResponse, match="Base64"):
        client(vendor).save(task, tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_a_task_without_a_picture_is_not_saved(vendor: Any, tmp_path: Path) -> None:
    """Saving too early is a mistake of the caller."""
    vendor.reply(answer(state=4))
    api = client(vendor)
    with pytest.raises(ValueError, match="t1 has no result"):
        api.save(api.get("t1"), tmp_path / "r")


def test_results_are_values() -> None:
    """Two answers that say the same are equal and hash alike; raw does not count."""
    one, other = ScaleTask("t", 1, raw={"a": 1}), ScaleTask("t", 1, raw={"b": 2})
    assert one == other
    assert len({one, other}) == 1
    with pytest.raises(AttributeError):
        one.state = 2  # type: ignore[misc]
