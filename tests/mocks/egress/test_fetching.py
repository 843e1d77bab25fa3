"""What becomes of a fetch in every way in which the other side can misbehave, and when it ends."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from greycard_mocks.egress.guard import EgressError, Guard

pytestmark = pytest.mark.wire
OK = b"HTTP/1.1 200 OK\r\n"
LIMIT = 1000


def say_nothing(_connection: socket.socket, _head: bytes) -> None:
    """Close the connection without a word."""


def answer_with(body: bytes, *headers: str) -> bytes:
    """Build an answer with status 200."""
    return OK + "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + body


@pytest.mark.parametrize(
    "answer",
    [
        answer_with(b"x" * LIMIT, f"Content-Length: {LIMIT}", "Content-Type: Image/PNG; charset=x"),
        answer_with(b"x" * LIMIT, "Content-Type: image/png"),
        answer_with(
            b"3E7;a=b\r\n" + b"x" * 999 + b"\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n",
            "Transfer-Encoding: chunked",
            "Content-Type: image/png",
        ),
        answer_with(b"x" * LIMIT, "Content-Encoding: identity", "Content-Type: image/png", "Refresh: 0; url=/b"),
    ],
    ids=["length", "until-close", "chunked", "identity"],
)
def test_exactly_the_limit(serve: Callable[..., Any], answer: bytes, failure: Callable[..., EgressError]) -> None:
    """A body of exactly the limit is fetched whole, however its length is told."""
    origin = serve(answer)
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert (fetched.size, fetched.content_type, fetched.status) == (LIMIT, "image/png", 200)
        assert fetched.file.read() == b"x" * LIMIT
    assert fetched.file.closed
    assert failure(origin.url, limit=LIMIT - 1).kind == "too_large"


def test_empty_body(serve: Callable[..., Any]) -> None:
    """A body of no bytes is a whole body; an unreadable content type is told as none."""
    origin = serve(answer_with(b"", "Content-Length: 0", "Content-Type: <b>"))
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert (fetched.size, fetched.content_type, fetched.file.read()) == (0, "", b"")


def test_large_body_is_spooled(serve: Callable[..., Any]) -> None:
    """A body over 512 KiB lies on disk and comes back byte for byte."""
    body = bytes(range(256)) * 4096
    origin = serve(answer_with(body, f"Content-Length: {len(body)}"))
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=len(body)) as fetched:
        assert isinstance(fetched.file.fileno(), int)
        fetched.file.seek(0)
        assert fetched.file.read() == body


def test_declared_length_over_the_limit_is_not_read(
    serve: Callable[..., Any], failure: Callable[..., EgressError]
) -> None:
    """A declared length over the limit ends the fetch at once, before any of the body has come."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer_with(b"", "Content-Length: 99999999"))
        origin.stop.wait(5)

    origin = serve(handler)
    assert failure(origin.url).kind == "too_large"


@pytest.mark.parametrize("headers", [[], ["Transfer-Encoding: chunked"]])
def test_endless_body(serve: Callable[..., Any], headers: list[str], failure: Callable[..., EgressError]) -> None:
    """A body without an end is cut off at the limit."""
    block = b"400\r\n" + b"x" * 1024 + b"\r\n"

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer_with(b"", *headers))
        while not origin.stop.is_set():
            connection.sendall(block)

    origin = serve(handler)
    assert failure(origin.url, limit=1_000_000).kind == "too_large"


@pytest.mark.parametrize("code", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_never_followed(
    serve: Callable[..., Any], code: int, failure: Callable[..., EgressError]
) -> None:
    """Every 3xx ends the fetch without reading its body, whatever the target (S1:7)."""

    def handler(connection: socket.socket, _: bytes) -> None:
        location = f"Location: {origin.url}/second"
        head = f"HTTP/1.1 {code} Moved\r\n{location}\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"
        connection.sendall(head.encode())
        origin.stop.wait(5)  # the body never comes

    origin = serve(handler)
    error = failure(origin.url)
    assert (error.kind, error.status) == ("redirect", code)
    assert len(origin.requests) == 1


@pytest.mark.parametrize("code", [201, 204, 206, 400, 403, 404, 429, 500, 503, 999])
def test_other_statuses(serve: Callable[..., Any], code: int, failure: Callable[..., EgressError]) -> None:
    """Only 200 brings a picture; the status is told, the text is not."""
    error = failure(serve(f"HTTP/1.1 {code} SECRET\r\nContent-Length: 6\r\n\r\nSECRET".encode()).url)
    assert (error.kind, error.status) == ("status", code)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        answer_with(b"short", "Content-Length: 10"),
        answer_with(b"5\r\nabcde\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"zz\r\nabcde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"5\r\nab", "Transfer-Encoding: chunked"),
        answer_with(b"-1\r\nab", "Transfer-Encoding: chunked"),
        answer_with(b"0x2\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"1\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"2;" + b"x" * 2000 + b"\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"0\r\n" + b"a: b\r\n" * 60, "Transfer-Encoding: chunked"),
        answer_with(b"2\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 2"),
        answer_with(b"ab", "Transfer-Encoding: gzip, chunked"),
        answer_with(b"ab", "Content-Length: 2", "Content-Length: 3"),
        answer_with(b"ab", "Content-Length: +2"),
        answer_with(b"ab", "Content-Length: -2"),
        answer_with(b"ab", "Content-Length: 2, 2"),
        answer_with(b"ab", "Content-Encoding: gzip", "Content-Length: 2"),
        answer_with(b"ab", "Content-Encoding: gzip, gzip, br", "Content-Length: 2"),
        answer_with(b"ab", *(f"X-{number}: y" for number in range(200))),
        answer_with(b"ab", "X: " + "y" * 70_000),
        b"SSH-2.0-SECRET\r\n\r\n",
        b"HTTP/1.1 abc SECRET\r\n\r\n",
        b"<html>SECRET</html>",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
    ],
)
def test_broken_answers(serve: Callable[..., Any], answer: bytes, failure: Callable[..., EgressError]) -> None:
    """An answer that breaks HTTP, is compressed or ends early is malformed, and nothing of it is repeated."""
    error = failure(serve(answer).url)
    assert error.kind == "malformed"
    assert "SECRET" not in repr(error)
    assert error.__cause__ is None


def test_closed_without_an_answer(serve: Callable[..., Any], failure: Callable[..., EgressError]) -> None:
    """A server that closes the connection without a word counts as unreachable, like a closed port."""
    assert failure(serve(say_nothing).url).kind == "unreachable"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/").kind == "unreachable"


def test_name_without_an_address(failure: Callable[..., EgressError]) -> None:
    """A name that cannot be found is unreachable, and the resolver's words are not repeated."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "SECRET")

    error = failure("http://nowhere.example/", Guard(resolve=resolve))
    assert error.kind == "unreachable"
    assert "SECRET" not in str(error)
    assert failure("http://nowhere.example/", Guard(resolve=lambda _host, _port: [])).kind == "unreachable"


def test_messages_keep_the_callers_secrets(failure: Callable[..., EgressError]) -> None:
    """The path, the query and the user part of an address never stand in a message."""
    for url in (
        "http://10.0.0.1/SECRET?k=SECRET",
        "http://u:SECRET@host/",
        "http://0x1/SECRET",
        "ftp://h/SECRET",
    ):
        assert "SECRET" not in repr(failure(url))


def test_a_server_that_never_answers(serve: Callable[..., Any], failure: Callable[..., EgressError]) -> None:
    """Silence ends at the deadline."""

    def handler(_connection: socket.socket, _head: bytes) -> None:
        origin.stop.wait(5)

    origin = serve(handler)
    assert failure(origin.url, Guard(deadline_seconds=0.1)).kind == "timeout"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", answer_with(b"", "Content-Length: 900")])
def test_a_drip_meets_the_deadline(serve: Callable[..., Any], head: bytes, failure: Callable[..., EgressError]) -> None:
    """A byte now and then does not stretch the deadline, neither in the headers nor in the body."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        while not origin.stop.wait(0.02):
            connection.sendall(b"x")

    origin = serve(handler)
    assert failure(origin.url, Guard(deadline_seconds=0.2)).kind == "timeout"


def test_deadline_runs_on_the_given_clock(serve: Callable[..., Any], failure: Callable[..., EgressError]) -> None:
    """All waits share one deadline on one monotonic clock: here each look at it costs 4 of the 10 seconds."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    clock = itertools.count(step=4)
    assert failure(origin.url, Guard(monotonic=lambda: float(next(clock)))).kind == "timeout"


def test_slow_lookups_are_bounded(failure: Callable[..., EgressError]) -> None:
    """A look-up that hangs ends at the deadline, and hanging look-ups cannot pile up without end."""
    release = threading.Event()
    running = itertools.count()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        next(running)
        release.wait(5)
        return []

    guard = Guard(resolve=resolve, deadline_seconds=0.02)
    try:
        for _ in range(40):
            assert failure("http://slow.example/", guard).kind == "timeout"
        assert next(running) == 32
    finally:
        release.set()
