"""The guard to the byte: exactly what it sends, the most that it reads, and words for every refusal; no network."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from greycard_mocks.egress import _wire
from greycard_mocks.egress.guard import EgressError, Guard

URL = "http://8.8.8.8:8080/hook?a=1"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"


def post(answer: bytes) -> tuple[Any, str]:
    """Post a delivery to one who answers so; the guard's answer or error, and the head that was sent."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        guard = Guard(connect=lambda *_: ours, deadline_seconds=5)
        try:
            found: Any = guard.post(URL, headers={"token": "t"}, body=b"{}")
        except EgressError as error:
            found = error
        theirs.setblocking(False)
        return found, theirs.recv(65536).decode().partition("\r\n\r\n")[0]


def test_a_delivery_is_sent_with_exactly_these_headers() -> None:
    """Host, agent, the mock's mark, no compression and one request come from the guard, the rest from the caller."""
    answer, head = post(OK + b"Content-Length: 2\r\n\r\nok")
    assert answer.body == b"ok"
    assert head.split("\r\n") == [
        "POST /hook?a=1 HTTP/1.1",
        "Host: 8.8.8.8:8080",
        "User-Agent: greycard-mock",
        "x-greycard-depth: 1",
        "Accept-Encoding: identity",
        "Connection: close",
        "token: t",
        "Content-Length: 2",
    ]


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_of_64_kib_is_read_and_a_byte_more_is_not(declared: bool) -> None:  # noqa: FBT001 - a parameter
    """The most that is read of a receiver's answer is 65,536 bytes, whether or not it says how many come."""
    for size in (65536, 65537):
        length = f"Content-Length: {size}\r\n".encode() if declared else b""
        found, _ = post(OK + length + b"\r\n" + b"x" * size)
        if size == 65536:
            assert len(found.body) == size
        else:
            assert (found.kind, found.status) == ("too_large", 200)


@pytest.mark.parametrize(("lines", "whole"), [(0, True), (49, True), (50, False)])
def test_fifty_lines_after_the_last_chunk_are_the_most(lines: int, whole: bool) -> None:  # noqa: FBT001 - a parameter
    """The empty line that ends the trailers is one of the fifty."""
    found, _ = post(CHUNKED + b"A: b\r\n" * lines + b"\r\n")
    if whole:
        assert found.body == b"ok"
    else:
        assert (found.kind, str(found)) == ("malformed", "the body has too many trailer lines")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (OK + b"Content-Length: 2x\r\n\r\nok", "a Content-Length that is not one number"),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok", "a Transfer-Encoding beside a length"),
        (OK + b"Content-Encoding: gzip\r\n\r\nok", "compressed although none was asked for"),
        (OK + b"Content-Length: 3\r\n\r\nok", "ends after 2 of the 3 bytes declared"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nok", "ends in the middle of a chunk"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n", "does not end where it says"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nok", "a chunk without a size"),
    ],
)
def test_an_answer_that_cannot_be_read_is_malformed_in_words(answer: bytes, words: str) -> None:
    """The error says what is wrong with the framing, and keeps the status that had been read."""
    found, _ = post(answer)
    assert (found.kind, found.status) == ("malformed", 200)
    assert words in str(found)


@pytest.mark.parametrize(
    ("headers", "words"),
    [({"a b": "c"}, "no header may hold"), ({"a": "b\nc"}, "no header may hold"), ({"Host": "h"}, "the header host")],
)
def test_a_header_that_is_refused_is_refused_in_words(headers: dict[str, str], words: str) -> None:
    """Nothing is connected to, and the message says which rule was broken."""
    with pytest.raises(EgressError, match=words) as caught:
        Guard(connect=lambda *_: pytest.fail("connected")).post(URL, headers=headers, body=b"")
    assert caught.value.kind == "refused"


def test_a_connection_is_given_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's connect gets address, port and time-out as they are: without one it could wait for minutes."""
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(socket, "create_connection", lambda *arguments: asked.append(arguments))
    _wire.system_connect("8.8.8.8", 80, 2.5)
    assert asked == [(("8.8.8.8", 80), 2.5)]
