"""What is sent to a receiver, and what comes back of its answer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.egress.guard import EgressError, Guard

pytestmark = pytest.mark.wire


def no_network(_address: str, _port: int, _timeout: float) -> socket.socket:
    """Fail the test: nothing may be connected to."""
    raise AssertionError("a refused address was connected to")


def test_delivery(serve: Callable[..., Any]) -> None:
    """A delivery sends the body and headers as given, keeps the query, and returns the whole answer."""
    origin = serve(b"HTTP/1.1 202 Fine\r\nX-Seen: Yes\r\nContent-Length: 16\r\n\r\n" + b'{"success":true}')
    sent = {"Content-Type": "application/json", "md5": "00ff", "token": "test-token"}
    answer = Guard(deadline_seconds=5).post(f"{origin.url}/hook?job=1&b=%2F", headers=sent, body=b"{}")
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (202, b'{"success":true}', "Yes")
    head = origin.requests[0].decode()
    assert head.startswith("POST /hook?job=1&b=%2F HTTP/1.1\r\n")
    for line in ("Content-Type: application/json", "md5: 00ff", "token: test-token", "Content-Length: 2"):
        assert f"{line}\r\n" in head


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_delivery_does_not_follow(serve: Callable[..., Any], code: int) -> None:
    """A receiver's redirect is an answer; the caller's token is never carried on (S1:101-105)."""
    origin = serve(f"HTTP/1.1 {code} M\r\nLocation: /b\r\nContent-Length: 5\r\n\r\nabcde".encode())
    answer = Guard(deadline_seconds=5).post(origin.url, headers={"token": "t"}, body=b"{}")
    assert (answer.status, answer.body) == (code, b"")
    assert len(origin.requests) == 1


@pytest.mark.parametrize("code", [200, 204, 400, 500])
def test_delivery_statuses(serve: Callable[..., Any], code: int) -> None:
    """Any status of the receiver is an answer, also one without a body."""
    origin = serve(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode())
    answer = Guard(deadline_seconds=5).post(origin.url, headers={}, body=b"{}")
    assert (answer.status, answer.body) == (code, b"")


def test_huge_answer(serve: Callable[..., Any]) -> None:
    """An answer over the cap is closed; the error still tells the receiver's status."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not origin.stop.is_set():
            connection.sendall(b"x" * 65536)

    origin = serve(handler)
    with pytest.raises(EgressError) as caught:
        Guard(deadline_seconds=5).post(origin.url, headers={}, body=b"{}")
    assert (caught.value.kind, caught.value.status) == ("too_large", 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X": "a\nb"},
        {"X": "a\x00"},
        {"X": "名"},
        {"X\r\nY": "a"},
        {"": "a"},
        {"Host": "evil"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
    ],
)
def test_headers_that_break_out(headers: dict[str, str]) -> None:
    """A header that could end its line, or that frames the message, is refused before anything is sent."""
    with pytest.raises(EgressError) as caught:
        Guard(connect=no_network).post("http://127.0.0.1:8080/", headers=headers, body=b"")
    assert caught.value.kind == "refused"
