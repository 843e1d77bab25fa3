"""A request that does not declare its length is read like any other, and only what makes a task is held to a length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

TIGER = {"token": "test-key", "Content-Type": "application/json"}


def pieces(body: bytes) -> Iterator[bytes]:
    """A body of which the sender does not know how long it will be."""
    yield body[:5]
    yield body[5:]


def test_a_create_without_a_declared_length_is_carried_out(make_lab: Callable[..., Any]) -> None:
    """What comes in pieces is read to its end."""
    lab = make_lab("magictiger")
    body = b'{"picurl": "' + lab.image().encode() + b'", "type": 1}'
    answer = lab.call("POST", "/createtask", headers=TIGER, data=pieces(body))
    assert "Content-Length" not in answer.request.headers
    assert answer.json()["code"] == 0


def test_a_create_is_refused_for_its_length_and_a_read_for_its_body(make_lab: Callable[..., Any]) -> None:
    """One byte over the limit refuses a create by its declaration alone; a read has no such check before its body."""
    lab = make_lab("magictiger")
    world = lab.world("magictiger")
    for name in ("createtask", "gettask"):
        limit = lab.engine.runtimes["magictiger"].rules[name].body_bytes
        for size in (limit, limit + 1):
            lab.call("POST", f"/{name}", headers=TIGER, data=b"{" + b" " * (size - 2) + b"}")
    reasons = [entry["reason"] for entry in world.journal.of_kind("request")]
    told = [f"the body has {(1 << 20) + 1} bytes" in reason for reason in reasons]
    assert told == [False, True, False, True]
    assert not reasons[1].endswith("are read")
    assert reasons[3].endswith("are read")
