"""Sends an answer that a fault has changed: late, in pieces, or broken off below HTTP.

Breaking off needs the connection, which `server` puts into the environ as ``greycard.socket``; without one (the
in-process adapter) the fault is named in the environ as ``greycard.fault``, for the adapter to act it out. What a
fault does is said by the `Answer`; this module knows no kind of fault.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from greycard_mocks.core.answer import Answer


def with_fault(response: Response, answer: Answer, environ: dict[str, Any]) -> Response:
    """`response`, sent as the fault that struck wants it."""
    response.headers["X-Greycard-Fault"] = answer.fault
    if answer.instead is not None:
        connection = environ.get("greycard.socket")
        if connection is None:
            environ["greycard.fault"] = answer.fault
        else:
            break_off(connection, answer.instead, reset=answer.reset)
            environ["greycard.broken"] = True
    elif answer.clock is not None and answer.chunks > 1:
        response.headers["Content-Length"] = str(len(answer.body))
        response.response = _slowly(answer)
    if answer.clock is not None and answer.delay:
        answer.clock.sleep(answer.delay)
    return response


def _slowly(answer: Answer) -> Iterator[bytes]:
    size = -(-len(answer.body) // answer.chunks)
    for start in range(0, len(answer.body), size):
        if answer.clock is not None:
            answer.clock.sleep(answer.pause)
        yield answer.body[start : start + size]


def break_off(connection: socket.socket, content: bytes, *, reset: bool) -> None:
    """Send `content` in place of an answer, then end the connection, with `reset` rudely."""
    with contextlib.suppress(OSError):
        if reset:
            # a linger time of zero makes the kernel send RST instead of FIN
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif content:
            connection.sendall(content)
    if not reset:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
