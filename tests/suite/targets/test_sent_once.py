"""What may cost something leaves the wire once, whatever a server does with its connections; reads may be repeated."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests

from greycard_client.bounded import BoundedAdapter
from greycard_suite.call import Call
from greycard_suite.clock import Pace
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.live import RealClock
from greycard_suite.targets.wire import Budget, HttpWire, NotSentError, UnansweredError, UnreachableError

pytestmark = pytest.mark.wire

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Server:
    """Answers a request by its path and its number on its connection, from 1; `received` counts requests by path."""

    answer: Callable[[str, int], bytes]
    closes: bool = False
    received: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        """One connection after the other; one that gets no answer is closed on its request."""
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file:
            number = 0
            while first := file.readline().decode():
                length = 0
                while (line := file.readline().strip().lower()) != b"":
                    length = int(line.partition(b":")[2]) if line.startswith(b"content-length") else length
                file.read(length)
                number += 1
                path = first.split(" ")[1].rpartition("/")[2]
                self.received[path] += 1
                content = self.answer(path, number)
                connection.sendall(content)
                if content != ANSWER or self.closes:
                    return


@contextmanager
def serving(answer: Callable[[str, int], bytes], *, closes: bool = False) -> Iterator[Server]:
    """The server on a port of this machine; with `closes` it ends each connection behind an answer without a word."""
    server = Server(answer, closes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    """The wire of a live run."""
    clock = RealClock(Interruption())
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", BoundedAdapter())
        yield HttpWire(session, clock, Pace(None), Budget(), wall=clock, deadline=5)


def ask(wire: HttpWire, server: Server, path: str) -> Call:
    """One request; `create` may cost something."""
    return wire.send(
        path, "POST", f"{server.url}/{path}", headers={}, credential="valid", fields={}, encoding="application/json",
        once=path == "create", paced=False,
    )  # fmt: skip


def test_a_create_does_not_go_over_a_connection_that_may_be_closed(wire: HttpWire) -> None:
    """A server that ends a kept connection just then has not seen the create, or has: it gets one of its own."""
    with serving(lambda _, number: ANSWER if number == 1 else b"") as server:
        for _ in range(3):
            assert ask(wire, server, "read").status == 200
            assert ask(wire, server, "create").status == 200
    assert server.received["create"] == 3


def test_a_read_is_asked_again_where_its_connection_was_closed(wire: HttpWire) -> None:
    """Asking twice costs nothing."""
    with serving(lambda _, number: ANSWER if number == 1 else b"") as server:
        assert [ask(wire, server, "read").status for _ in range(3)] == [200, 200, 200]
    assert (server.received["read"], server.connections) == (5, 3)


def test_a_connection_that_is_closed_behind_each_answer_costs_nothing(wire: HttpWire) -> None:
    """Each request is received once."""
    with serving(lambda *_: ANSWER, closes=True) as server:
        for path in ("read", "create", "create", "read", "create"):
            assert ask(wire, server, path).status == 200
    assert server.received["create"] == 3


@pytest.mark.parametrize("part", [0, 10, -1], ids=["nothing", "half a head", "half a body"])
def test_a_create_that_is_received_and_not_answered_is_not_sent_again(wire: HttpWire, part: int) -> None:
    """It may have cost something; the second in a row that ends so is the last."""
    with serving(lambda path, _: ANSWER if path == "read" else ANSWER[:part]) as server:
        ask(wire, server, "read")
        for number in (1, 2):
            with pytest.raises(UnansweredError, match="may have cost something, and was not sent again"):
                ask(wire, server, "create")
            assert server.received["create"] == number
            ask(wire, server, "read")
        with pytest.raises(UnansweredError):
            ask(wire, server, "create")
        with pytest.raises(UnreachableError, match="is the target running"):
            ask(wire, server, "create")
    assert server.received["create"] == 4


def test_a_create_that_finds_nobody_was_not_sent(wire: HttpWire) -> None:
    """Nothing can have been paid for: the target is not there."""
    with serving(lambda *_: ANSWER) as server:
        ask(wire, server, "read")
    with pytest.raises(NotSentError):
        ask(wire, server, "create")
    assert server.received["create"] == 0
