"""What the clients give back are plain values: compared by what they say, and shown without the answer behind them."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, get_args

import pytest

from greycard_client import callbacks, enhancor, magictiger, picwish, wondershare
from greycard_client.errors import TaskFailed, WaitTimeout
from greycard_client.picwish import BINARY, PicWish

MODULES = (callbacks, enhancor, magictiger, picwish, wondershare)
RESULTS = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", RESULTS, ids=lambda kind: kind.__name__)
def test_the_answer_behind_a_result_is_neither_compared_nor_shown(kind: type[Any]) -> None:
    """Two results that say the same are equal whatever else the vendor sent; links and bodies are in no repr."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if raw := fields.get("raw"):
        assert (raw.compare, raw.repr) == (False, False)
        assert raw.default_factory is not dataclasses.MISSING
        assert raw.default_factory() == {}
    links = {"image", "image_result", "result", "content", "body"} & fields.keys()
    assert [name for name in links if fields[name].repr] == []


@pytest.mark.parametrize("kind", RESULTS, ids=lambda kind: kind.__name__)
def test_what_a_vendor_may_leave_out_is_none(kind: type[Any]) -> None:
    """A field that may be None is None unless the answer has it."""
    for field in dataclasses.fields(kind):
        if "None" in str(field.type) and field.default is not dataclasses.MISSING:
            assert field.default is None, field.name


def test_the_phases_are_the_three_that_a_table_may_name() -> None:
    """running, succeeded and failed: what the status table holds, and what a table of one's own may hold."""
    assert set(magictiger.TASK_STATUSES.values()) <= set(get_args(magictiger.Phase))
    assert get_args(magictiger.Phase) == ("running", "succeeded", "failed")


@pytest.mark.parametrize("status", ["4", "5", "6"])
def test_a_picture_whose_status_is_a_failure_has_no_result(status: str) -> None:
    """Failed, closed and timed out outweigh a link that came along."""
    assert not wondershare.BatchItem(status, "http://host/a.png", "").succeeded
    assert wondershare.BatchItem("3", "http://host/a.png", "").succeeded


def test_scaling_in_one_call_sends_what_creating_would() -> None:
    """`scale` has the parameters of `create` with the same defaults, so that it may be put in its place."""
    create, scale = (inspect.signature(method).parameters for method in (PicWish.create, PicWish.scale))
    assert {name: (one.kind, one.default) for name, one in create.items()} == {
        name: (one.kind, one.default) for name, one in scale.items() if name not in ("timeout", "interval")
    }


@pytest.mark.parametrize("gap", [b"", b"\r\n  "])
def test_json_in_place_of_a_binary_picture_is_read_as_json(vendor: Any, gap: bytes) -> None:
    """With return_type 3 a body that is JSON, white space before it or not, is what it says and no picture."""
    vendor.reply(gap + b'{"status": 200, "data": {"task_id": "t-1"}}')
    task = PicWish("key-123456", **vendor.options).create(b"picture", return_type=BINARY)
    assert (task.task_id, task.content) == ("t-1", None)


def test_errors_of_a_wait_say_which_task_and_what_to_do() -> None:
    """The message of each names vendor, task and status; the time-out also the seconds and the way on."""
    late, failed = WaitTimeout("picwish", "t-1", 3, 60.0), TaskFailed("picwish", "t-1", -1, "")
    assert str(late) == "picwish task t-1 has status 3 after 60 s; wait again or raise timeout="
    assert str(failed) == "picwish task t-1 failed with status -1: no reason given"
