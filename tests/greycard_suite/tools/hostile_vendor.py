"""A vendor that misbehaves in one named way at every request: what clients of a vendor must survive.

A test double on a port of this machine, for the tests of client and suite, and to try an application against:
`python -m greycard_suite.tools.hostile_vendor NAME`. It keeps no document, and sends what no server should.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from greycard_suite.tools.misbehaviours import MISBEHAVIOURS, Asked, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD_BYTES = 64 << 10
BACKLOG = 64


@dataclass(frozen=True, slots=True)
class _Listener:
    sock: socket.socket
    answer: Callable[[Asked], Iterator[bytes | Pause]]
    asked: list[Asked]
    url: str


class HostileVendor:
    """Listens from construction to `close`; `misbehaviour` is one of `MISBEHAVIOURS`.

    `url` is the vendor, `elsewhere_url` another server, to which `redirect_elsewhere` leads; `asked` and
    `asked_elsewhere` are the requests that each has received.
    """

    def __init__(self, misbehaviour: str) -> None:
        self.misbehaviour = misbehaviour
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._vendor = self._listen(MISBEHAVIOURS[misbehaviour])
        self._elsewhere = self._listen(MISBEHAVIOURS["page_instead"])

    @property
    def url(self) -> str:
        """The vendor's base URL, without a trailing slash."""
        return self._vendor.url

    @property
    def elsewhere_url(self) -> str:
        """Where `redirect_elsewhere` leads."""
        return self._elsewhere.url

    @property
    def asked(self) -> list[Asked]:
        """The requests to the vendor, in order."""
        return self._vendor.asked

    @property
    def asked_elsewhere(self) -> list[Asked]:
        """The requests to the other server, in order."""
        return self._elsewhere.asked

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._closing.set()
        for listener in (self._vendor, self._elsewhere):
            _shut(listener.sock)  # wakes the thread that accepts
            listener.sock.close()
        with self._lock:
            for sock in self._open:
                _shut(sock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self, answer: Callable[[Asked], Iterator[bytes | Pause]]) -> _Listener:
        sock = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        listener = _Listener(sock, answer, [], f"http://127.0.0.1:{sock.getsockname()[1]}")
        threading.Thread(target=self._accept, args=(listener,), name="hostile-vendor", daemon=True).start()
        return listener

    def _accept(self, listener: _Listener) -> None:
        while not self._closing.is_set():
            try:
                sock = listener.sock.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(listener, sock), name="hostile-answer", daemon=True).start()

    def _serve(self, listener: _Listener, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
        try:
            asked = _request(sock, self._elsewhere.url)
            if asked is None:
                return
            listener.asked.append(asked)
            for part in listener.answer(asked):
                if isinstance(part, Pause):
                    if self._closing.wait(part.seconds):
                        return
                else:
                    sock.sendall(part)
        except OSError:
            pass  # the other side has had enough, which is what it should do
        finally:
            with self._lock:
                self._open.discard(sock)
            _shut(sock)
            sock.close()


def _request(sock: socket.socket, elsewhere: str) -> Asked | None:
    """One whole request, with the body read over: a connection that is closed on unread bytes is reset."""
    received = b""
    while b"\r\n\r\n" not in received:
        block = sock.recv(HEAD_BYTES)
        if not block or len(received) > HEAD_BYTES:
            return None
        received += block
    head, _, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    left = int(headers.get("content-length", 0)) - len(rest)
    while left > 0 and (block := sock.recv(HEAD_BYTES)):
        left -= len(block)
    return Asked(method, path, headers, elsewhere)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        sock.shutdown(socket.SHUT_RDWR)


def main(arguments: list[str] | None = None) -> None:
    """Serve one misbehaviour until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A vendor that misbehaves in one way at every request.")
    parser.add_argument("misbehaviour", choices=sorted(MISBEHAVIOURS), metavar="NAME", help=", ".join(MISBEHAVIOURS))
    with HostileVendor(parser.parse_args(arguments).misbehaviour) as vendor:
        print(f"{vendor.misbehaviour} at {vendor.url}; Ctrl-C ends it", flush=True)  # noqa: T201 - a command's output
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
