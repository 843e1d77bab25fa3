"""Magic Tiger's client against document 001."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import ReadTimeout

from greycard_client import (
    ApiError,
    AuthError,
    Deletion,
    EnhancedImage,
    EnhanceTask,
    InsufficientBalance,
    InvalidRequest,
    MagicTiger,
    NotFound,
    RateLimited,
    TaskFailed,
    TimedOut,
    TooLarge,
    UnexpectedResponse,
    WaitTimeout,
)

FACE = {
    "inputurl": "https://e/i.jpg",
    "inpathwidth": 64,
    "inpathsize": 1000,
    "inpathheight": 65,
    "inpathext": "jpg",
    "outpathwidth": 128,
    "outpathsize": 4000,
    "outpathheight": 130,
    "outpathext": "png",
    "outputurl": "https://e/o.png",
}


def answer(**data: Any) -> dict[str, Any]:
    """An answer that carries these data."""
    return {"code": 0, "msg": "", "data": {"taskid": "t1", **data}}


def client(vendor: Any, **options: Any) -> MagicTiger:
    """The client, talking to the prepared vendor."""
    return MagicTiger("token-123456", "https://api.example/v1", **vendor.options, **options)


def test_create_sends_three_fields(vendor: Any) -> None:
    """Createtask takes picurl, type and a nullable chtaskid (S1:6-10), and answers S1:17-19."""
    vendor.reply(answer(status=0, queuenum=4))
    task = client(vendor).create("https://e/a.jpg", 8)
    assert (task.taskid, task.status, task.queuenum, task.type) == ("t1", 0, 4, 8)
    assert task.running
    assert vendor.sent[0].url == "https://api.example/v1/createtask"
    assert vendor.sent[0].headers["token"] == "token-123456"
    assert vendor.json() == {"picurl": "https://e/a.jpg", "type": 8, "chtaskid": None}
    client(vendor).create("https://e/a.jpg", 1, "mine")
    assert vendor.json()["chtaskid"] == "mine"


def test_get_reads_every_field(vendor: Any) -> None:
    """Gettask takes taskid and type and answers the fields of S1:42-72."""
    data = {
        "status": 2,
        "queuenum": 0,
        "errorcode": 0,
        "errormsg": "",
        "facenum": 1,
        "chtaskid": "mine",
        "facelist": [FACE],
        **FACE,
    }
    vendor.reply(answer(**data))
    task = client(vendor).get("t1", 3)
    assert vendor.json() == {"taskid": "t1", "type": 3}
    assert vendor.sent[0].url == "https://api.example/v1/gettask"
    assert task.succeeded
    assert (task.type, task.facenum, task.chtaskid, task.outputurl) == (3, 1, "mine", "https://e/o.png")
    (face,) = task.facelist
    for image in (task.image, face):
        assert {name: getattr(image, name) for name in FACE} == FACE
    assert task.raw["data"]["facelist"] == [FACE]
    assert "https" not in repr(task)


@pytest.mark.parametrize("facelist", [None, [], "none", {}, [1]])
def test_a_facelist_may_be_missing(vendor: Any, facelist: object) -> None:
    """No faces is no error, however it is written."""
    vendor.reply(answer(status="2", facelist=facelist)).reply(answer(status="2"))
    assert client(vendor).get("t1", 1).facelist == ()
    assert client(vendor).get("t1", 1).outputurl is None


@pytest.mark.parametrize("success", [True, False])
def test_delete_tells_whether_it_worked(vendor: Any, *, success: bool) -> None:
    """Deletetask takes the id and answers data.success (S1:82-92)."""
    vendor.reply({"code": 0, "msg": "", "data": {"success": success}})
    deletion = client(vendor).delete("t1")
    assert deletion == Deletion(success)
    assert (deletion.succeeded, deletion.failed) == (success, not success)
    assert vendor.json() == {"taskid": "t1"}


def test_a_delete_that_may_have_worked_is_not_repeated(vendor: Any) -> None:
    """A second delete would be answered 1002002 although the first one did it."""
    vendor.fail(ReadTimeout("slow"))
    with pytest.raises(TimedOut):
        client(vendor).delete("t1")
    assert len(vendor.sent) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1001001, InvalidRequest),
        (1001002, InvalidRequest),
        (1001003, TooLarge),
        (1001004, InvalidRequest),
        (1002001, NotFound),
        (1002002, NotFound),
        (1003002, InsufficientBalance),
        (1009999, ApiError),
    ],
)
@pytest.mark.parametrize("form", [int, str])
@pytest.mark.parametrize("http", [200, 400])
def test_documented_codes_have_classes(vendor: Any, code: int, kind: type[ApiError], form: type, http: int) -> None:
    """The codes of S1:22-29 and S1:75-96, as number or text, with HTTP 200 or 400; others by HTTP status."""
    vendor.reply({"code": form(code), "msg": "nope", "data": {}}, http)
    expected = InvalidRequest if kind is ApiError and http == 400 else kind
    calls: list[Any] = [
        lambda api: api.create("u", 1),
        lambda api: api.get("t", 1),
        lambda api: api.delete("t"),
    ]
    for call in calls:
        with pytest.raises(ApiError) as caught:
            call(client(vendor))
        assert type(caught.value) is expected
        assert (caught.value.code, caught.value.message) == (code, "nope")


@pytest.mark.parametrize(("http", "kind"), [(401, AuthError), (403, AuthError), (429, RateLimited)])
def test_http_outranks_a_code_for_key_and_rate(vendor: Any, http: int, kind: type[ApiError]) -> None:
    """401, 403 and 429 mean what they mean, whatever code comes along."""
    vendor.reply({"code": 1001001, "msg": "", "data": {}}, http)
    with pytest.raises(kind):
        client(vendor, retries=0).get("t", 1)


def test_waiting_uses_the_type_of_the_task(vendor: Any) -> None:
    """A created task knows its type; an id alone needs one."""
    vendor.reply(answer(status=0)).reply(answer(status=1)).reply(answer(status=2, outputurl="https://e/o"))
    api = client(vendor)
    task = api.create("u", 5)
    done = api.wait(task, interval=3)
    assert done.outputurl == "https://e/o"
    assert [vendor.json(index).get("type") for index in range(3)] == [5, 5, 5]
    assert vendor.clock.slept == [3]
    assert api.wait(done) is done
    assert api.wait("t1", 4).succeeded
    assert api.wait(EnhanceTask("t1", 0, "running"), 6).succeeded
    assert vendor.json()["type"] == 6
    for unknown in ("t1", EnhanceTask("t1", 0, "running")):
        with pytest.raises(ValueError, match="type="):
            api.wait(unknown)


def test_a_failed_task_tells_code_and_message(vendor: Any) -> None:
    """TaskFailed holds errorcode and errormsg (S1:45-46)."""
    vendor.reply(answer(status=3, errorcode=77, errormsg="blurred"))
    with pytest.raises(TaskFailed) as caught:
        client(vendor).wait("t1", 1)
    assert (caught.value.status, caught.value.reason) == (3, "errorcode 77: blurred")
    silent = type(vendor)().reply(answer(status=3))
    with pytest.raises(TaskFailed, match="no reason given"):
        client(silent).wait("t1", 1)


def test_a_wait_gives_up_in_time(vendor: Any) -> None:
    """WaitTimeout tells id and last status."""
    vendor.reply(answer(status=1))
    with pytest.raises(WaitTimeout) as caught:
        client(vendor).wait("t1", 1, timeout=9)
    assert (caught.value.task_id, caught.value.status, caught.value.seconds) == ("t1", 1, 9)


@given(st.one_of(st.none(), st.just("done"), st.booleans()))
def test_a_status_that_is_no_number_is_an_error_not_a_loop(fake: Any, status: object) -> None:
    """It is unexpected, at the first read."""
    vendor = fake().reply(answer(status=status))
    with pytest.raises(UnexpectedResponse):
        client(vendor).wait("t1", 1)
    assert len(vendor.sent) == 1


@given(st.one_of(st.integers(4), st.integers(max_value=-1)))
def test_a_number_that_no_document_gives_is_read_by_what_comes_with_it(fake: Any, status: int) -> None:
    """A result is a success, an error a failure; with neither it is waited for until the time-out, not for ever."""
    done = fake().reply(answer(status=status, outputurl="https://e/out.jpg"))
    assert client(done).wait("t1", 1).succeeded
    with pytest.raises(TaskFailed):
        client(fake().reply(answer(status=status, errorcode=7))).wait("t1", 1)
    with pytest.raises(WaitTimeout):
        client(fake().reply(answer(status=status))).wait("t1", 1, timeout=9)
    told = fake().reply(answer(status=status, outputurl="https://e/out.jpg"))
    with pytest.raises(UnexpectedResponse):
        client(told, statuses={2: "succeeded"}).wait("t1", 1)


def test_the_status_table_can_be_replaced(vendor: Any) -> None:
    """The document lacks the table, so a caller who knows the real one passes it."""
    vendor.reply(answer(status=100))
    assert client(vendor, statuses={100: "succeeded"}).wait("t1", 1).succeeded


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": None},
        {"code": 0},
        {"code": 0, "data": []},
        {"code": 0, "data": {}},
        {"code": 0, "data": {"taskid": "t1", "success": "yes"}},
        {"code": 0, "data": {"taskid": None, "status": 0}},
    ],
)
def test_a_wrong_shape_is_unexpected(vendor: Any, body: object) -> None:
    """An answer without code, data, id, status or success is no answer."""
    vendor.reply(body)
    for call in (lambda: client(vendor).get("t", 1), lambda: client(vendor).delete("t")):
        with pytest.raises(UnexpectedResponse):
            call()


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.none())))
def test_informative_fields_never_break_a_read(fake: Any, data: dict[str, object]) -> None:
    """Only id and status are needed; everything else may have any type."""
    names = [*FACE, "queuenum", "errorcode", "errormsg", "facenum", "chtaskid", "facelist"]
    odd = dict(zip(names, data.values(), strict=False))
    vendor = fake().reply(answer(**{**data, **odd, "taskid": "t1", "status": 2}))
    assert client(vendor).get("t1", 1).succeeded


def test_faces_and_tasks_are_saved_by_their_link(vendor: Any, tmp_path: Any) -> None:
    """A task, a face or a link can be saved; what has no output yet cannot."""
    vendor.reply(b"\xff\xd8\xffpicture")
    api = client(vendor)
    for thing in (EnhancedImage(outputurl="https://e/o"), "https://e/o"):
        assert api.save(thing, tmp_path / "o").read_bytes() == b"\xff\xd8\xffpicture"
    task = EnhanceTask("t", 2, "succeeded", image=EnhancedImage(outputurl="https://e/o"))
    assert api.save(task, tmp_path / "o").read_bytes() == b"\xff\xd8\xffpicture"
    with pytest.raises(ValueError, match="no result"):
        api.save(EnhancedImage(), tmp_path / "o")
    assert "token" not in vendor.sent[0].headers
