"""One connection under one deadline: name lookup, pinned connect, TLS, and a socket for `http.client`.

Python's time-outs count per call, so a peer that drips one byte at a time never meets them. Here every wait
on the socket is given only what is left of the one deadline. It decides nothing about addresses (that is
`_target`) and knows nothing of HTTP.
"""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.egress._target import EgressError, Target

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock that the whole request shares."""

    at: float
    monotonic: Callable[[], float]

    def left(self) -> float:
        """Seconds that are left, always more than 0. Raises EgressError "timeout" when there are none."""
        seconds = self.at - self.monotonic()
        if seconds <= 0:
            raise EgressError("timeout", "the other side did not finish within the deadline")
        return seconds


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver has for a name. Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def system_connect(address: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection to a numeric address, within `timeout` seconds. Raises OSError."""
    return socket.create_connection((address, port), timeout)


def lookup(target: Target, resolve: Resolve, slots: threading.BoundedSemaphore, deadline: Deadline) -> list[str]:
    """Resolve a name in a helper thread, because the system's lookup cannot be interrupted.

    `slots` bounds how many such threads live at once, also those whose request has given up already. Raises
    EgressError "timeout" or "unreachable".
    """
    if not slots.acquire(timeout=deadline.left()):
        raise EgressError("timeout", "too many name lookups are waiting for an answer already")
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(list(resolve(target.host, target.port)))
        except (OSError, ValueError):  # ValueError: a name that the IDNA codec refuses
            answers.put(None)
        finally:
            slots.release()

    threading.Thread(target=run, name="greycard-lookup", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise EgressError("timeout", f"the name {target.host} could not be looked up within the deadline") from None
    if not found:
        raise EgressError("unreachable", f"the name {target.host} has no address")
    return list(dict.fromkeys(found))


def open_socket(
    target: Target,
    addresses: Sequence[str],
    connect: Connect,
    tls: Callable[[], ssl.SSLContext],
    deadline: Deadline,
) -> socket.socket:
    """Connect to the first of the checked addresses that answers, each within its share of what time is left.

    For https the certificate is verified against the target's name, not against the address. Raises
    EgressError "timeout" or "unreachable".
    """
    sock = _first_connection(target, addresses, connect, deadline)
    if target.scheme == "http":
        return sock
    try:
        secured = tls().wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
    except (OSError, ValueError):
        sock.close()
        raise EgressError("unreachable", f"TLS with {target.host_header} could not be set up") from None
    try:
        secured.settimeout(deadline.left())
        secured.do_handshake()
    except BaseException as failure:
        secured.close()
        if isinstance(failure, TimeoutError):
            raise EgressError("timeout", f"TLS with {target.host_header} did not finish in time") from None
        if isinstance(failure, ssl.SSLCertVerificationError):
            message = f"the certificate of {target.host_header} is not valid for that name or not trusted"
            raise EgressError("unreachable", message) from None
        if isinstance(failure, OSError):
            raise EgressError("unreachable", f"{target.host_header} does not speak TLS") from None
        raise
    return secured


def _first_connection(target: Target, addresses: Sequence[str], connect: Connect, deadline: Deadline) -> socket.socket:
    late = False
    for position, address in enumerate(addresses):
        try:
            return connect(address, target.port, deadline.left() / (len(addresses) - position))
        except TimeoutError:
            late = True
        except OSError:
            continue
    if late:
        raise EgressError("timeout", f"no connection to {target.host_header} within the deadline")
    raise EgressError("unreachable", f"no connection to {target.host_header}: it refuses or is not there")


class Wire:
    """The part of a socket that `http.client` uses, with every wait bounded by the deadline.

    `unread_limit` is how many bytes may still arrive, or None for no bound: it keeps the head of an answer
    small. Closing it does nothing; the one who opened the socket closes it.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, *, unread_limit: int | None) -> None:
        self._sock = sock
        self._deadline = deadline
        self.unread_limit = unread_limit

    def sendall(self, data: ReadableBuffer) -> None:
        """Send everything. Raises EgressError "timeout", TimeoutError or OSError."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._deadline.left())
            rest = rest[self._sock.send(rest) :]

    def receive_into(self, buffer: memoryview) -> int:
        """Receive what is there. Raises EgressError "timeout" or "malformed", TimeoutError or OSError."""
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        if self.unread_limit is not None:
            self.unread_limit -= count
            if self.unread_limit < 0:
                raise EgressError("malformed", "the headers of the answer are too long")
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """A buffered reader over the wire; `mode` is always "rb"."""
        if mode != "rb":
            raise ValueError(f'the wire can only be read as "rb", not {mode!r}')
        return io.BufferedReader(_Raw(self))

    def close(self) -> None:
        """Nothing: see the class."""


class _Raw(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._wire.receive_into(memoryview(buffer))
