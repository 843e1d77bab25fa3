"""How long a client has for what it has to do next, in time that the test moves; and what a fault waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.clock import SystemClock
from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.halt import NeedsBody, Pause
from greycard_mocks.web.connection import SLOWEST_BYTES_PER_SECOND, Connection
from greycard_mocks.web.front import Front

if TYPE_CHECKING:
    from greycard_mocks.core.halt import Way

PATIENCE = 10.0
GET = b"GET /vendor HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /vendor HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
UPLOAD = b"POST /vendor HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (2 * SLOWEST_BYTES_PER_SECOND + 1)


class Transport:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.sent = b""

    def write(self, data: bytes) -> None:
        """Take what is sent."""
        self.sent += data

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return "close" in self.done or "abort" in self.done

    def __getattr__(self, name: str) -> Any:
        """Note anything else."""
        return lambda: self.done.append(name)


class Client:
    """A client whose seconds the test counts."""

    def __init__(self, front: Front) -> None:
        self.now = 100.0
        front.loop.time = lambda: self.now  # type: ignore[method-assign]
        self.connection, self.transport = Connection(front), Transport()
        self.connection.connection_made(self.transport)

    def sends(self, data: bytes, after: float) -> None:
        """Let time pass, then send."""
        self.now += after
        self.connection.data_received(data)

    @property
    def left(self) -> float | None:
        """Seconds that the client still has; None while it need do nothing."""
        deadline = self.connection.deadline
        return None if deadline is None else round(deadline - self.now, 2)


@pytest.fixture
def client() -> Iterator[Callable[[Callable[[Request], Way]], Client]]:
    """Makes a client of a server that answers in this way."""
    fronts: list[Front] = []

    def make(way: Callable[[Request], Way]) -> Client:
        fronts.append(Front(lambda *_: [], way, asyncio.new_event_loop(), PATIENCE))
        return Client(fronts[-1])

    yield make
    for front in fronts:
        for pool in (front.work, front.own):
            pool.shutdown()
        front.loop.close()


def at_once(_: Request) -> Way:
    """Answers, and wants no body."""
    return Answer(200, b"{}")
    yield NeedsBody(0)


def with_body(_: Request) -> Way:
    """Answers when the body is there."""
    yield NeedsBody(1 << 20)
    return Answer(200, b"{}")


def later(_: Request) -> Way:
    """Answers after a while."""
    yield Pause(30.0, SystemClock())
    return Answer(200, b"{}")


def broken(_: Request) -> Way:
    """Sends nothing, whatever the body is."""
    return Answer(200, b"{}", instead=b"", fault="EMPTY_RESPONSE")
    yield NeedsBody(0)


def dated(_: Request) -> Way:
    """Answers with a date of the vendor's own."""
    return Answer(200, b"{}", headers=[("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Server", "vendor")])
    yield NeedsBody(0)


def test_a_head_is_timed_from_its_first_byte_and_each_answer_gives_new_time(client: Callable[..., Client]) -> None:
    """Bytes that drip into a head give no more time; who goes on asking is never ended."""
    one = client(at_once)
    assert one.left == 10
    one.sends(GET[:5], after=3)
    assert one.left == 10
    one.sends(GET[5:9], after=4)
    assert one.left == 6
    one.sends(GET[9:], after=2)
    assert one.transport.sent.startswith(b"HTTP/1.1 200 ")
    assert one.left == 10
    for _ in range(5):
        one.sends(GET, after=9)
        assert one.left == 10
    assert one.transport.sent.count(b"HTTP/1.1 200 ") == 6


def test_a_body_is_timed_from_its_head(client: Callable[..., Client]) -> None:
    """What flows gives as much more time as it needs; when it is there the answer gives new time."""
    one = client(with_body)
    one.sends(UPLOAD[:9], after=3)
    one.sends(UPLOAD[9:], after=3)
    assert one.left == 10
    one.sends(bytes(2 * SLOWEST_BYTES_PER_SECOND), after=4)
    assert one.left == 6 + 2
    one.sends(bytes(1), after=1)
    assert one.transport.sent.startswith(b"HTTP/1.1 200 ")
    assert one.left == 10


def test_who_waits_for_an_answer_need_do_nothing(client: Callable[..., Client]) -> None:
    """However long that takes."""
    one = client(later)
    one.sends(GET, after=1)
    assert one.left is None
    assert one.transport.sent == b""


def test_a_fault_that_ends_the_connection_waits_for_the_rest_of_the_body(client: Callable[..., Client]) -> None:
    """A client that is still sending would not see how the connection ends."""
    one = client(broken)
    one.sends(POST + b"12345", after=0)
    assert one.transport.done == []
    one.sends(b"67890", after=0)
    assert "close" in one.transport.done
    assert one.transport.sent == b""


def test_the_headers_of_the_server_do_not_stand_twice(client: Callable[..., Client]) -> None:
    """A vendor's own date or name takes the place of the server's."""
    one, usual = client(dated), client(at_once)
    one.sends(GET, after=0)
    usual.sends(GET, after=0)
    for name, own in ((b"Date: ", b"Date: Thu, 01 Jan 1970"), (b"Server: ", b"Server: vendor")):
        assert one.transport.sent.count(name) == usual.transport.sent.count(name) == 1
        assert own in one.transport.sent
