"""Many connections that behave badly, kept up by one thread; each that the server gives up is opened again."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

STEP = 0.05


@dataclass(slots=True, eq=False)
class Member:
    """One connection of the crowd: what it still sends at the start, and what it drips from then on."""

    wire: socket.socket
    rest: bytes
    position: int = 0


class Crowd:
    """So many connections that first send `opening`, then a byte of `drip` per second, and read nothing of use.

    With `deaf` they do not even take what is sent to them, into the smallest buffer that the system gives.
    """

    def __init__(
        self, address: tuple[str, int], count: int, opening: bytes = b"", drip: bytes = b"", *, deaf: bool = False
    ) -> None:
        self._address, self._opening, self._drip, self._deaf = address, opening, drip, deaf
        self._selector = selectors.DefaultSelector()
        self._members: set[Member] = set()
        self._count = count
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, daemon=True)

    def begin(self) -> None:
        """Open all connections and keep them up from now on."""
        for _ in range(self._count):
            self._open()
        self._thread.start()

    def end(self) -> None:
        """Close them all."""
        self._ended.set()
        self._thread.join()
        for member in self._members:
            member.wire.close()
        self._selector.close()

    def _open(self) -> None:
        wire = socket.socket()
        if self._deaf:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        wire.setblocking(False)
        wire.connect_ex(self._address)
        member = Member(wire, self._opening)
        self._members.add(member)
        if not self._deaf:
            self._selector.register(wire, selectors.EVENT_READ, member)

    def _keep_up(self) -> None:
        dripped = time.monotonic()
        while not self._ended.wait(STEP):
            for key, _ in self._selector.select(0):
                self._hear(key.data)
            due = time.monotonic() >= dripped + 1
            if due:
                dripped += 1
            for member in tuple(self._members):
                self._say(member, due=due)
            for _ in range(self._count - len(self._members)):
                self._open()

    def _hear(self, member: Member) -> None:
        try:
            came = member.wire.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came or not came.startswith(b"HTTP/1.1 100"):
            self._give_up(member)  # closed, or answered: begin anew

    def _say(self, member: Member, *, due: bool) -> None:
        if due and not member.rest and self._drip:
            member.rest = self._drip[member.position % len(self._drip) :][:1]
            member.position += 1
        if not member.rest:
            return
        try:
            member.rest = member.rest[member.wire.send(member.rest) :]
        except BlockingIOError:
            return
        except OSError:
            self._give_up(member)

    def _give_up(self, member: Member) -> None:
        if member not in self._members:
            return
        self._members.remove(member)
        with suppress(KeyError):
            self._selector.unregister(member.wire)
        member.wire.close()


@contextmanager
def crowds(*members: Crowd) -> Generator[None]:
    """The crowds are there while the block runs."""
    begun: list[Crowd] = []
    try:
        for crowd in members:
            begun.append(crowd)
            crowd.begin()
        yield
    finally:
        for crowd in begun:
            crowd.end()


@contextmanager
def silent_listeners(count: int) -> Generator[tuple[list[int], list[socket.socket]]]:
    """So many ports of loopback that take connections and never answer, and the connections as they come."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=1024) for _ in range(count)]
    ended, taken = threading.Event(), list[socket.socket]()

    def take() -> None:
        selector = selectors.DefaultSelector()
        for listener in listeners:
            selector.register(listener, selectors.EVENT_READ)
        while not ended.is_set():
            for key, _ in selector.select(STEP):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(OSError):
                    taken.append(key.fileobj.accept()[0])
        selector.close()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield [listener.getsockname()[1] for listener in listeners], taken
    finally:
        ended.set()
        thread.join()
        for wire in (*listeners, *taken):
            wire.close()
