"""A connection on its own, with a transport that only notes what is done to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.halt import NeedsBody
from greycard_mocks.web.connection import Connection
from greycard_mocks.web.front import Front

if TYPE_CHECKING:
    from greycard_mocks.core.halt import Way


class Transport:
    """What a connection sends to; `gone` is that of a client that has reset the connection."""

    def __init__(self, *, gone: bool = False) -> None:
        self.gone = gone
        self.done: list[str] = []
        self.sent = b""
        self.on_write: Callable[[], object] = lambda: None

    def write(self, data: bytes) -> None:
        """Take what is sent."""
        self.sent += data
        self.on_write()

    def write_eof(self) -> None:
        """Say that no more will be sent; the operating system refuses where nobody is connected."""
        self.done.append("write_eof")
        if self.gone:
            raise OSError(107, "Transport endpoint is not connected")

    def __getattr__(self, name: str) -> Any:
        """Note anything else."""
        if name in ("is_closing", "can_write_eof"):
            return lambda: name == "can_write_eof"
        return lambda: self.done.append(name)


def answered(_: Request) -> Way:
    """A way that needs nothing but a moment."""
    return Answer(200, b"{}")
    yield NeedsBody(0)


@pytest.fixture
def front() -> Iterator[Front]:
    """What connections share, with an event loop that runs only when it is told to."""
    loop = asyncio.new_event_loop()
    made = Front(lambda *_: [], answered, loop, 10)
    yield made
    for pool in (made.work, made.own):
        pool.shutdown()
    loop.close()


@pytest.mark.parametrize("gone", [False, True])
def test_a_client_that_has_gone_is_not_hung_up_on(front: Front, *, gone: bool) -> None:
    """What is no HTTP is refused and the connection ended, with a client that is there and with one that is not."""
    connection, transport = Connection(front), Transport(gone=gone)
    connection.connection_made(transport)
    connection.data_received(b"\x16\x03\x01 nonsense")
    assert transport.sent.startswith(b"HTTP/1.1 400 ")
    assert ("abort" in transport.done) is gone


GET = b"GET /vendor HTTP/1.1\r\nHost: x\r\n\r\n"


def test_of_many_requests_at_once_one_is_answered_before_others_have_their_turn(front: Front) -> None:
    """Each further one takes another round of the event loop, and all are answered in the end."""
    connection, transport = Connection(front), Transport()
    connection.connection_made(transport)
    connection.data_received(GET * 300)
    assert transport.sent.count(b"HTTP/1.1 200") == 1
    rounds = 0
    while transport.sent.count(b"HTTP/1.1 200") < 300:
        before = transport.sent.count(b"HTTP/1.1 200")
        front.loop.run_until_complete(asyncio.sleep(0))
        assert transport.sent.count(b"HTTP/1.1 200") - before <= 4
        rounds += 1
    assert 75 <= rounds < 700
    assert transport.done.count("pause_reading") - transport.done.count("resume_reading") == 0


def test_a_client_that_read_slowly_once_is_timed_as_any_other(front: Front) -> None:
    """When it has read, it has to go on within the patience of the server, and is closed when it does not."""
    connection, transport = Connection(front), Transport()
    connection.connection_made(transport)
    transport.on_write = connection.pause_writing  # as where more is sent than the connection takes at once
    connection.data_received(GET)
    assert connection.deadline is not None
    slow = connection.deadline
    connection.resume_writing()
    assert connection.deadline is not None
    assert connection.deadline < slow
    connection.too_late()
    assert "close" in transport.done
