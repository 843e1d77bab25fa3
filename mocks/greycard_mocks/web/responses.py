"""Sends an answer that is out of the ordinary: in its vendor's manners, or changed by a fault and perhaps broken off.

Breaking off needs the connection, which `server` puts into the environ as ``greycard.socket``; without one (the
in-process adapter) the fault is named in the environ as ``greycard.fault``, for the adapter to act it out. What a
fault does is said by the `Answer`; this module knows no kind of fault.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_accept_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from greycard_mocks.core.answer import Answer


CHUNKS = 3
"""In how many pieces a body goes out that is sent in chunks."""


def in_manner(response: Response, answer: Answer, environ: dict[str, Any]) -> None:
    """Have `response` sent as its vendor sends its answers: in chunks or packed, header names in their case."""
    manners, headers = answer.manners, response.headers
    assert manners is not None  # noqa: S101 - only called where there are some
    if manners.transfer == "gzip" and _takes_gzip(environ) and not answer.content_type.startswith("image/"):
        answer.body = gzip.compress(answer.body, mtime=0)
        response.set_data(answer.body)
        headers["Content-Encoding"] = "gzip"
        headers.add("Vary", "Accept-Encoding")
    elif manners.transfer == "chunked":
        if answer.file is None:  # a file goes out in blocks anyway
            size = max(1, -(-len(answer.body) // CHUNKS))
            response.response = (answer.body[start : start + size] for start in range(0, len(answer.body), size))
        headers.pop("Content-Length", None)  # without it the server sends what it gets in chunks
    if manners.close:
        headers["Connection"] = "close"
    if manners.header_case:
        # the server adds headers of its own, which are to look the same
        environ["greycard.header_name"] = manners.header_name


def _takes_gzip(environ: dict[str, Any]) -> bool:
    return parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING", "")).quality("gzip") > 0


def act_out(response: Response, answer: Answer, environ: dict[str, Any]) -> None:
    """Have `response` sent as the fault that struck wants it."""
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
