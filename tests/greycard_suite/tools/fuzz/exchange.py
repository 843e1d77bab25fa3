"""Sends one case and says what came back, and what is wrong with that. Knows sockets; it decides nothing else."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import time
from dataclasses import dataclass
from typing import Any

from greycard_suite.tools.fuzz.case import Case, Sent

ANSWER_SECONDS = 25.0
"""Within so many seconds each case is answered or its connection closed: the server's patience of 15 s, and more."""

MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """The statuses of the answers to a case, and what is wrong; empty when nothing is. `took` in seconds."""

    statuses: tuple[int, ...]
    problem: str
    took: float


class _WrongError(Exception):
    """What came back is wrong; the message says how."""


class _Timed(io.RawIOBase):
    """Reads from a socket until one moment, however it drips."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


class _Reader(io.BufferedReader):
    """Stays open between the answers of one connection; `answered` stands for the socket of `http.client`."""

    def close(self) -> None:
        """Nothing: the connection goes on."""

    def makefile(self, _: str) -> _Reader:
        """Itself, which keeps what has been read beyond an answer."""
        return self


class Connection:
    """A connection to the mock that has until one moment (monotonic) for all that it does."""

    def __init__(self, address: tuple[str, int], until: float) -> None:
        self.sock = socket.create_connection(address, timeout=ANSWER_SECONDS)
        self._until = until
        self._reader = _Reader(_Timed(self.sock, until))

    def send(self, data: bytes, *, ends: bool) -> None:
        """Write; a server that takes no more is no mistake, it may have answered already.

        Raises `_WrongError` when it neither takes more nor closes.
        """
        try:
            self.sock.settimeout(max(0.001, self._until - time.monotonic()))
            self.sock.sendall(data)
        except ConnectionError:
            return
        except TimeoutError:
            raise _WrongError(f"not taken after {ANSWER_SECONDS:g} s") from None
        if ends:
            with contextlib.suppress(OSError):  # closed meanwhile
                self.sock.shutdown(socket.SHUT_WR)

    def answer(self, method: str) -> http.client.HTTPResponse | None:
        """The next answer with its body read; None when the connection is closed instead."""
        response = http.client.HTTPResponse(self._reader, method=method)  # type: ignore[arg-type]
        try:
            response.begin()
            body = response.read(MOST_BYTES)
            response.greycard_body = body  # type: ignore[attr-defined]
        except (http.client.RemoteDisconnected, ConnectionError):
            return None
        except TimeoutError:
            raise _WrongError(f"neither answered nor closed after {ANSWER_SECONDS:g} s") from None
        except (http.client.HTTPException, ValueError) as error:
            raise _WrongError(f"what came is no answer of HTTP: {error!r:.200}") from None
        if response.length and len(body) < MOST_BYTES:
            raise _WrongError(f"what came is no answer of HTTP: {response.length} bytes of its body are missing")
        return response

    def close(self) -> None:
        """End it."""
        self.sock.close()


def exchange(address: tuple[str, int], case: Case, *, left_open: list[LeftOpen] | None = None) -> Outcome:
    """Send a case and judge what comes back; a request that is `left_open` is judged later, by what is in that list."""
    began = time.monotonic()
    until = began + ANSWER_SECONDS
    statuses = list[int]()
    connection: Connection | None = None
    try:
        for one in case.sent:
            connection = connection or Connection(address, until)
            connection.send(one.data, ends=case.ends)
            if case.left_open and left_open is not None:
                left_open.append(LeftOpen(case, connection, until))
                connection = None
                break
            if not _take(connection, case, one, statuses):
                connection.close()
                connection = None
    except _WrongError as error:
        return Outcome(tuple(statuses), str(error), time.monotonic() - began)
    except OSError as error:
        return Outcome(tuple(statuses), f"no connection: {error}", time.monotonic() - began)
    finally:
        if connection is not None:
            connection.close()
    return Outcome(tuple(statuses), "", time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A connection with a request that breaks off; the mock has until that moment (monotonic) to end it."""

    case: Case
    connection: Connection
    until: float

    def judged(self) -> Outcome:
        """What has become of it; waits for that until its moment, and closes it."""
        statuses = list[int]()
        try:
            _take(self.connection, self.case, self.case.sent[0], statuses)
        except _WrongError as error:
            return Outcome(tuple(statuses), str(error), ANSWER_SECONDS)
        finally:
            self.connection.close()
        return Outcome(tuple(statuses), "", 0.0)


def _take(connection: Connection, case: Case, one: Sent, statuses: list[int]) -> bool:
    """Read and judge the answers to one write; whether the connection goes on."""
    for place, named in enumerate(one.methods):
        raw_head = not case.must_answer and one.data.lstrip().startswith(b"HEAD ")
        method = "HEAD" if raw_head else named
        try:
            response = connection.answer(method)
        except _WrongError:
            if case.asked:
                return False
            raise
        if response is None:
            if case.must_answer and not place:
                raise _WrongError("the connection was closed without an answer")
            return False
        statuses.append(response.status)
        wrong = "" if case.asked else _wrong(case, response, method)
        if wrong:
            raise _WrongError(wrong)
        if response.will_close:
            return False
    return True


def _wrong(case: Case, response: Any, method: str) -> str:
    if response.status >= 500 and response.status not in case.allowed:
        return f"HTTP {response.status} that nobody asked for: {response.greycard_body[:300]!r}"
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("application/json") and method != "HEAD" and response.status not in (204, 304):
        try:
            json.loads(response.greycard_body)
        except (ValueError, RecursionError) as error:
            return f"HTTP {response.status} says that it is JSON and is not: {error}: {response.greycard_body[:300]!r}"
    return ""
