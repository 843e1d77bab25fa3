"""Sends an answer: reads off what is left of the request, then applies the fault that struck, if one did.

Faults below HTTP need the connection, which `server` puts into the environ as ``greycard.socket``; without
one (the in-process adapter) they are named in the environ as ``greycard.fault``, for the adapter to act them
out.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from greycard_mocks.clock import monotonic
from greycard_mocks.core.faults import WIRE_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_mocks.core.exchange import Answer
    from greycard_mocks.core.faults import Fault

DRAIN_BYTES = 512 << 20
"""How much of a refused body is read off, so that a client that is still sending can read the answer."""

DRAIN_SECONDS = 60.0
BLOCK_BYTES = 64 << 10


def outgoing(answer: Answer) -> Response:
    """An engine's answer as a response."""
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        response.headers[name] = value
    if answer.reason:
        response.headers["X-Greycard-Reason"] = answer.reason
    return response


def send(answer: Answer, environ: dict[str, Any]) -> Response:
    """The response for `answer`.

    Whatever of the request nobody has read is read off first, in small blocks.
    """
    whole = drain(environ)
    response = outgoing(answer)
    if not whole:
        response.headers["Connection"] = "close"
    if answer.fault is not None:
        return _faulty(response, answer, answer.fault, environ)
    return response


class Counted:
    """The body of a request; knows how much of it is left, whatever the server's own stream knows."""

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self.left = length
        """Bytes that have not been read; None while the length is unknown."""
        self.awaited = bool(getattr(stream, "awaited", False))
        """Whether the client holds the body back until it is asked for (``Expect: 100-continue``)."""

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, none at the end; all when none is named."""
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK_BYTES), b""))
        if self.left is not None:
            size = min(size, self.left)
        block: bytes = self._stream.read(size) if size else b""
        self.awaited = self.awaited and not block
        if self.left is not None:
            self.left -= len(block)
        elif not block and size:
            self.left = 0
        return block


def counted(stream: Any, length: int | None) -> Any:
    """`stream` as a `Counted`, only once."""
    return stream if isinstance(stream, Counted) else Counted(stream, length)


def drain(environ: dict[str, Any]) -> bool:
    """Read and forget the rest of a request body; whether all of it was read."""
    stream = environ["wsgi.input"]
    if stream.left == 0:
        return True
    if stream.awaited:  # nothing has been sent yet, and nothing will be after this answer
        return False
    deadline, total = monotonic() + DRAIN_SECONDS, 0
    try:
        while total < DRAIN_BYTES and monotonic() < deadline:
            block = stream.read(BLOCK_BYTES)
            if not block:
                return bool(stream.left in (0, None))
            total += len(block)
    except (OSError, ValueError):
        pass
    return False


def _faulty(response: Response, answer: Answer, fault: Fault, environ: dict[str, Any]) -> Response:
    response.headers["X-Greycard-Fault"] = fault.kind
    body: bytes = response.get_data()
    if fault.kind == "latency" and answer.world is not None:
        answer.world.clock.sleep(fault.delay())
    elif fault.kind == "malformed_body":
        response.set_data(body[: max(1, int(len(body) * fault.fraction))] + b'\x00{"')
    elif fault.kind == "wrong_content_type":
        response.headers["Content-Type"] = "text/html; charset=utf-8"
    elif fault.kind == "dribble" and answer.world is not None:
        clock, chunks = answer.world.clock, min(fault.chunks, max(1, len(body)))
        size = -(-len(body) // chunks)
        pause = fault.delay() / chunks

        def slowly() -> Iterator[bytes]:
            for start in range(0, len(body), size):
                clock.sleep(pause)
                yield body[start : start + size]

        response.headers["Content-Length"] = str(len(body))
        response.response = slowly()
    elif fault.kind in WIRE_FAULTS or fault.kind == "truncate":
        connection = environ.get("greycard.socket")
        if connection is None:
            environ["greycard.fault"] = fault.kind
        else:
            break_connection(connection, fault, response.status, body)
            environ["greycard.broken"] = True
    return response


def break_connection(connection: socket.socket, fault: Fault, status: str, body: bytes) -> None:
    """Send what the fault sends in place of the answer, then end the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n".encode()
    with contextlib.suppress(OSError):
        if fault.kind == "CONNECTION_RESET_BY_PEER":
            # a linger time of zero makes the kernel send RST instead of FIN
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault.kind == "RANDOM_DATA_THEN_CLOSE":
            connection.sendall(fault.noise(256))
        elif fault.kind == "MALFORMED_RESPONSE_CHUNK":
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + fault.noise(16))
        elif fault.kind == "truncate":
            kept = body[: int(len(body) * fault.fraction)]
            connection.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + kept)
    if fault.kind != "CONNECTION_RESET_BY_PEER":
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
