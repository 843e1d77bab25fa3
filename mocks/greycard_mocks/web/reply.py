"""An answer as it goes out over HTTP: every header, in the vendor's manners, and what a fault makes of it.

The one place where this is decided, for the web server and for the Flask application alike. Knows HTTP, no vendor,
no connection and no kind of fault: what a fault does is said by the `Answer`.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greycard_mocks.clock import WorldClock
    from greycard_mocks.core.answer import Answer

CHUNKS = 3
"""In how many pieces a body goes out that is sent in chunks."""

NOSNIFF = ("X-Content-Type-Options", "nosniff")
"""Lets no browser take an answer for something else than its content type says."""


class Reply(msgspec.Struct):
    """What is sent. The length of the body stands in no header here: whoever sends it knows how it is framed.

    With a `file` that is the body, read block by block and closed by whoever sends it. `delay` and `pause` are
    seconds of `clock` before the head and before each of the `pieces` of the body. With `instead` these bytes are
    sent in place of everything and the connection ends, with `reset` rudely.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    file: BinaryIO | None = None
    chunked: bool = False
    close: bool = False
    spell: Callable[[str], str] | None = None
    """How header names are spelled, those of the server too."""

    clock: WorldClock | None = None
    delay: float = 0.0
    pause: float = 0.0
    pieces: int = 1
    instead: bytes | None = None
    reset: bool = False
    fault: str = ""
    length: int | None = None
    """The length to be told where the body itself is not sent (HEAD); None for that of the body."""

    def in_pieces(self) -> Iterator[bytes]:
        """The body in as many pieces as it goes out in."""
        count = CHUNKS if self.chunked and self.pieces == 1 else self.pieces
        size = max(1, -(-len(self.body) // count))
        return (self.body[start : start + size] for start in range(0, len(self.body), size))

    def drop(self) -> None:
        """Nobody is there any more to whom it could be sent."""
        if self.file is not None:
            self.file.close()


def reply_of(answer: Answer, accept_encoding: str = "") -> Reply:
    """An engine's answer as it is sent to a client that accepts these codings of a body."""
    headers = [("Content-Type", answer.content_type), NOSNIFF]
    reply = Reply(answer.status, headers, answer.body, answer.file)
    headers += answer.headers
    if answer.reason:
        headers.append(("X-Greycard-Reason", answer.reason))
    if answer.manners is not None:
        _in_manner(reply, answer, accept_encoding)
    if answer.fault:
        headers.append(("X-Greycard-Fault", answer.fault))
        reply.fault, reply.instead, reply.reset = answer.fault, answer.instead, answer.reset
        reply.clock, reply.delay = answer.clock, answer.delay
        if answer.chunks > 1 and answer.instead is None:
            reply.pieces, reply.pause, reply.chunked = answer.chunks, answer.pause, False
    return reply


def plain_reply(status: int, words: str) -> Reply:
    """A sentence of the web server itself, after which the connection ends."""
    return Reply(status, [("Content-Type", "text/plain"), NOSNIFF], words.encode("latin-1", "replace"), close=True)


def _in_manner(reply: Reply, answer: Answer, accept_encoding: str) -> None:
    """In chunks or packed, header names in their case, the connection closed: as the vendor sends its answers."""
    manners = answer.manners
    assert manners is not None  # noqa: S101 - only called where there are some
    if manners.transfer == "gzip" and not answer.content_type.startswith("image/") and _takes_gzip(accept_encoding):
        reply.body = gzip.compress(answer.body, mtime=0)
        reply.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    reply.chunked = manners.transfer == "chunked"
    reply.close = manners.close
    if manners.header_case:
        reply.spell = manners.header_name


def _takes_gzip(accept_encoding: str) -> bool:
    from werkzeug.http import parse_accept_header

    return parse_accept_header(accept_encoding).quality("gzip") > 0
