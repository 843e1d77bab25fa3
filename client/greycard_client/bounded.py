"""What a server can make a request cost: one deadline over all of it, no redirect that is followed or read.

The time-outs of `requests` hold for each wait, so that a server which drips a byte a second holds a caller for ever,
and `Session.send` reads the body of a redirect whole even where it may not follow it. Knows no vendor and no key.
"""

from __future__ import annotations

import io
import queue
import socket
import tempfile
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPException, HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse

from .clock import Clock, SystemClock

__all__ = ["BoundedAdapter", "Deadline", "blocks", "gathered", "open_answer"]

BLOCK_BYTES = 64 * 1024
IN_MEMORY_BYTES = 1024 * 1024
MAX_HEAD_BYTES = 256 * 1024


class Deadline:
    """The moment, `seconds` from now, by which something has to be over; `clock` is the system's unless given.

    Raises ValueError unless `seconds` is a number above zero.
    """

    __slots__ = ("_clock", "at", "seconds")

    def __init__(self, seconds: float, clock: Clock | None = None) -> None:
        if not seconds > 0:
            msg = f"deadline is {seconds!r}; it must be a number of seconds above zero"
            raise ValueError(msg)
        self._clock = SystemClock() if clock is None else clock
        self.seconds = seconds
        self.at = self._clock.now() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; zero when there are none."""
        return max(0.0, self.at - self._clock.now())

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.left == 0

    def cut(self, timeout: float | None) -> float:
        """The time-out in seconds that one more wait may have; raises TimeoutError when nothing is left."""
        left = self.left
        if not left:
            msg = f"not over within {self.seconds:g} s"
            raise TimeoutError(msg)
        return left if timeout is None else min(timeout, left)


_DEADLINE: ContextVar[Deadline | None] = ContextVar("greycard_client_deadline", default=None)
"""Of the request that is under way in this thread; connections outlive requests, so they look here at each wait."""

_FRESH: ContextVar[bool] = ContextVar("greycard_client_fresh", default=False)
"""Whether the request that is under way in this thread wants a connection of its own."""


def _cut(timeout: float | None) -> float | None:
    deadline = _DEADLINE.get()
    return timeout if deadline is None else deadline.cut(timeout)


class BoundedAdapter(HTTPAdapter):
    """Keeps a client's deadline in look-up, connection, TLS and head too; mount it on a session of your own.

    A head of more than 256 KiB is none, and raises `requests.ConnectionError`.

    A name look-up cannot be interrupted: one that outlasts the deadline is left to a thread that ends with it. What
    a proxy answers to CONNECT is held to the time-outs of each wait only.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As of any adapter, with connections that know the deadline."""
        super().init_poolmanager(*args, **kwargs)
        pools: Any = {"http": _Pool, "https": _TlsPool}
        self.poolmanager.pool_classes_by_scheme = pools


class _Head:
    """Reads the lines of a head from a file, up to its longest; so many of them cannot be held."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, MAX_HEAD_BYTES

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            msg = f"the head of the answer is longer than {MAX_HEAD_BYTES} bytes"
            raise HTTPException(msg)
        return line

    def close(self) -> None:
        self._file.close()


class _Response(HTTPResponse):
    """Reads its head, and what announces it (100 Continue), from a `_Head`: else it may have 100 lines of 64 KiB."""

    fp: Any

    def begin(self) -> None:
        whole = self.fp
        self.fp = _Head(whole)
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = whole


class _Connection(HTTPConnection):
    response_class: Any = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _TlsConnection(HTTPSConnection):
    response_class: Any = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _perhaps_fresh(super()._get_conn(timeout))


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _perhaps_fresh(super()._get_conn(timeout))


def _perhaps_fresh(connection: Any) -> Any:
    """A connection that was kept is closed where the request wants a new one; it connects again when it is used."""
    if _FRESH.get():
        connection.close()
    return connection


def _connected(connection: HTTPConnection, connect: Callable[[], socket.socket]) -> socket.socket:
    """Look up and connect in a thread of its own, because neither can be interrupted; too late is a time-out."""
    deadline = _DEADLINE.get()
    if deadline is None:
        return connect()
    done: queue.SimpleQueue[socket.socket | BaseException] = queue.SimpleQueue()
    lock, given_up = threading.Lock(), threading.Event()

    def run() -> None:
        found: socket.socket | BaseException
        try:
            found = connect()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            found = error
        with lock:
            if given_up.is_set() and isinstance(found, socket.socket):
                found.close()
            done.put(found)

    threading.Thread(target=run, name="greycard-connect", daemon=True).start()
    try:
        found = done.get(timeout=deadline.left)
    except queue.Empty:
        with lock:
            given_up.set()
            found = done.get_nowait() if not done.empty() else TimeoutError()
        if isinstance(found, socket.socket):
            found.close()
        msg = f"no connection within {deadline.seconds:g} s"
        raise ConnectTimeoutError(connection, msg) from None
    if isinstance(found, BaseException):
        raise found
    timeout = found.gettimeout()
    # the handshake of TLS counts as one wait; zero would mean not to wait at all
    found.settimeout(max(0.001, deadline.left if timeout is None else min(timeout, deadline.left)))
    return found


class _BoundedSocket:
    """A socket of which every wait gets its time-out, but no more than what is left of the deadline."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._timeout: float | None = sock.gettimeout()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def sendall(self, data: Any) -> None:
        rest = memoryview(data).cast("B")
        while rest:
            self._sock.settimeout(_cut(self._timeout))
            rest = rest[self._sock.send(rest[:BLOCK_BYTES]) :]

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self, self._sock.makefile(mode, buffering=0)))

    def before_wait(self) -> None:
        self._sock.settimeout(_cut(self._timeout))


class _Raw(io.RawIOBase):
    def __init__(self, sock: _BoundedSocket, inner: io.RawIOBase) -> None:
        super().__init__()
        self._sock, self._inner = sock, inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.before_wait()
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


@contextmanager
def open_answer(
    session: requests.Session, method: str, url: str, deadline: Deadline, *, fresh: bool = False, **options: Any
) -> Generator[requests.Response, None, None]:
    """Send one request and give its answer with the body unread, whatever its status; redirects are not followed.

    `options` are those of `Session.request`. The deadline holds for all that is done inside of the `with`, where the
    session has a `BoundedAdapter`; in other sessions it is looked at between the `blocks` of the body only. With such
    an adapter, `fresh` opens a new connection: a server may close one that was kept just when a request is sent on it,
    and nobody can tell then whether it was received. Raises what `Session.request` raises.
    """
    moved: list[str] = []

    def keep_unread(response: requests.Response, **_: Any) -> None:
        # Session.send reads the whole body of what has a Location, whatever `allow_redirects` says
        if "Location" in response.headers:
            moved.append(response.headers.pop("Location"))

    own: Any = session.hooks.get("response") or []  # one function or a list of them
    hooks = {"response": [*(own if isinstance(own, list) else [own]), keep_unread]}
    before, reused = _DEADLINE.set(deadline), _FRESH.set(fresh)
    try:
        with session.request(method, url, allow_redirects=False, stream=True, hooks=hooks, **options) as response:
            if moved:
                response.headers["Location"] = moved[-1]
            yield response
    finally:
        _FRESH.reset(reused)
        _DEADLINE.reset(before)


def blocks(response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
    """The body as it arrives, decoded, in blocks of at most 64 KiB; raises errors of `requests` only."""
    raw: Any = response.raw
    if isinstance(raw, BaseHTTPResponse):
        parts = iter(lambda: raw.read1(BLOCK_BYTES, decode_content=True), b"")
    else:
        parts = response.iter_content(BLOCK_BYTES)
    try:
        for part in parts:
            yield part
            if deadline.passed:
                raise requests.ReadTimeout(response=response)
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(error, response=response) from None
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error, response=response) from None
    except SSLError as error:
        raise requests.exceptions.SSLError(error, response=response) from None
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error, response=response) from None


def gathered(parts: Iterable[bytes]) -> bytes:
    """All parts as one; what is over 1 MiB lies on the disk until it is whole, so that a part of it costs nothing."""
    whole, first, total = iter(parts), list[bytes](), 0
    for part in whole:
        first.append(part)
        total += len(part)
        if total > IN_MEMORY_BYTES:
            break
    else:
        return first[0] if len(first) == 1 else b"".join(first)
    with tempfile.TemporaryFile() as file:
        file.writelines(first)
        first.clear()
        file.writelines(whole)
        file.seek(0)
        return file.read()
