"""Loopback servers that say what a test wants, and the error in which a fetch must end."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from greycard_mocks.egress.guard import EgressError, Guard

Handler = Callable[[socket.socket, bytes], None]


class Origin:
    """A loopback server that gives each connection's request head to a handler; it keeps what it was sent."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.stop = threading.Event()
        self._handler = handler
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The origin's address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop accepting, let waiting handlers go, and join the thread."""
        self.stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                if self._context is None:
                    self._serve(connection)
                else:
                    with self._context.wrap_socket(connection, server_side=True) as secured:
                        self._serve(secured)

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            block = connection.recv(65536)
            if not block:
                return
            head += block
        self.requests.append(head)
        self._handler(connection, head)


def saying(answer: bytes) -> Handler:
    """Make a handler that sends these bytes and closes."""

    def handler(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer)

    return handler


@pytest.fixture
def serve() -> Iterator[Callable[..., Origin]]:
    """Start origins that end with the test."""
    with contextlib.ExitStack() as cleanup:

        def start(answer: bytes | Handler, context: ssl.SSLContext | None = None) -> Origin:
            origin = Origin(saying(answer) if isinstance(answer, bytes) else answer, context)
            cleanup.callback(origin.close)
            return origin

        yield start


@pytest.fixture
def failure() -> Callable[..., EgressError]:
    """Fetches an address and returns the error that this must end in."""

    def fetch(url: str, guard: Guard | None = None, limit: int = 1000) -> EgressError:
        with pytest.raises(EgressError) as caught:
            (guard or Guard(deadline_seconds=5)).fetch(url, max_bytes=limit)
        return caught.value

    return fetch
