"""A connection on its own, with a transport that only notes what is done to it."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.halt import BLOCKS, NeedsBody
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


class SlowTransport(Transport):
    """As asyncio has it: what the system does not take lies here, and beyond 64 KiB of that writing is paused."""

    HIGH = 64 << 10

    def __init__(self, connection: Connection, taken: int) -> None:
        super().__init__()
        self.connection, self.taken, self.lying, self.is_paused = connection, taken, 0, False

    def write(self, data: bytes) -> None:
        """Take what is sent."""
        super().write(data)
        now = min(len(data), self.taken)
        self.taken -= now
        self.lying += len(data) - now
        if self.lying > self.HIGH and not self.is_paused:
            self.is_paused = True
            self.connection.pause_writing()

    def get_write_buffer_size(self) -> int:
        """How many bytes lie here."""
        return self.lying

    def client_reads(self) -> None:
        """The system takes all that lies here, and as much again as a client reads at once."""
        self.lying, self.taken = 0, 200
        if self.is_paused:
            self.is_paused = False
            self.connection.resume_writing()


@pytest.mark.parametrize("head", range(3))
def test_a_file_arrives_however_much_the_system_takes_at_once(head: int) -> None:
    """Also where it takes a block to the last byte and nothing of the next one, so that writing is never paused."""
    content = bytes(7 * SlowTransport.HIGH)

    def with_file(_: Request) -> Way:
        return Answer(200, b"", file=io.BytesIO(content))
        yield NeedsBody(0)

    loop = asyncio.new_event_loop()
    front = Front(lambda *_: [], with_file, loop, 10)
    connection = Connection(front)
    transport = SlowTransport(connection, 1 << 20)
    connection.connection_made(transport)
    connection.data_received(b"HEAD" + GET[3:])
    transport.taken = len(transport.sent) + SlowTransport.HIGH + head - 1
    transport.sent = b""
    connection.data_received(GET)
    for _ in range(40):
        loop.run_until_complete(asyncio.sleep(0))
        transport.client_reads()
    assert len(transport.sent.partition(b"\r\n\r\n")[2]) == len(content)
    loop.close()


def test_a_body_that_is_wanted_late_is_taken(front: Front) -> None:
    """Reading is paused while nobody wants a large body; who wants it may have been in a thread before."""
    wanted: list[bytes] = []
    paused = threading.Event()

    def late(request: Request) -> Way:
        yield BLOCKS
        assert paused.wait(10)
        yield NeedsBody(1 << 20)
        wanted.append(request.stream.read())
        return Answer(200, b"{}")

    made = Front(lambda *_: [], late, front.loop, 10)
    connection, transport = Connection(made), Transport()
    connection.connection_made(transport)
    size, sent = 300_000, 0
    connection.data_received(b"POST /vendor HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(500):
        if transport.done.count("pause_reading") > transport.done.count("resume_reading"):
            paused.set()
        elif sent < size:
            piece = min(50_000, size - sent)
            connection.data_received(bytes(piece))
            sent += piece
        front.loop.run_until_complete(asyncio.sleep(0.001))
        if transport.sent:
            break
    assert [len(one) for one in wanted] == [size]
    for pool in (made.work, made.own):
        pool.shutdown()
