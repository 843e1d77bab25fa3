"""Makes requests of the bytes of one connection, with the parser of llhttp; tells a connection what has arrived.

What llhttp does not accept is refused: no leniency is switched on, so that nothing can be smuggled past it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import httptools

from greycard_mocks.web.arriving import Arriving

MAX_HEADER_BYTES = 64 << 10
MAX_SHORT = 40
"""Bytes up to which the name of a header is remembered."""


@lru_cache(maxsize=512)
def _short_key(name: bytes) -> str:
    key = name.decode("latin-1").lower()
    return "" if "_" in key else key  # in WSGI such a name could not be told from the one with a hyphen


def _key(name: bytes) -> str:
    """What a header is called here; empty for one that is left out."""
    return _short_key(name) if len(name) <= MAX_SHORT else _short_key.__wrapped__(name)


class Listener(Protocol):
    """What is told of arrivals."""

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        ...

    def request_begins(self, arriving: Arriving) -> None:
        """The head of a request is there."""
        ...

    def body_grows(self, arriving: Arriving) -> None:
        """More of a body has been added."""
        ...

    def request_is_whole(self, arriving: Arriving) -> None:
        """The last byte of a request is there."""
        ...

    def refused(self, status: int, words: str) -> None:
        """What came is not answered by anything but this."""
        ...

    def not_http(self, words: str, stranger: Arriving | None) -> None:
        """What comes can be told apart no more; `stranger` is a request whose method only the parser does not know."""
        ...


class Parsing:
    """The requests of one connection as they come."""

    __slots__ = ("_arriving", "_at_start", "_head_bytes", "_listener", "_parser", "in_head")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._parser: Any = httptools.HttpRequestParser(self)
        self._arriving = Arriving()
        self._head_bytes = 0
        self._at_start = True
        """Whether what is fed begins with what is parsed now, so that it can be read by hand."""

        self.in_head = False
        """Whether a head has begun to arrive."""

    def feed(self, data: bytes) -> None:
        """More has arrived."""
        before, rest = self._arriving if self.in_head else None, data
        self._at_start = before is None
        while rest:
            try:
                self._parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                # nothing else is spoken here, which HTTP allows a server to say by just answering
                rest = rest[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
                continue
            except httptools.HttpParserError as error:
                unknown = self._at_start and isinstance(error, httptools.HttpParserInvalidMethodError)
                self._listener.not_http(str(error), Arriving.of_unknown_method(rest) if unknown else None)
                self.in_head = False
            break
        if self.in_head and self._arriving is before:
            self._count(len(data))

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEADER_BYTES and self.in_head:
            self.in_head = False
            self._listener.refused(431, "The head of the request is too long.")

    # called by the parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self.in_head, self._head_bytes = True, 0
        self._arriving = Arriving()
        self._listener.head_begins()

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._count(len(url))
        self._arriving.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; a trailer after a body says nothing to us."""
        if not self.in_head:
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEADER_BYTES:
            self._count(0)
            return
        key = _key(name)
        if key:
            headers, text = self._arriving.headers, value.decode("latin-1").strip()
            headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """The head is there."""
        if not self.in_head:
            return
        self.in_head = self._at_start = False
        arriving, parser = self._arriving, self._parser
        arriving.method = parser.get_method().decode("latin-1")
        arriving.version = parser.get_http_version()
        arriving.keep_alive = parser.should_keep_alive()
        arriving.head_is_read()
        if arriving.version in ("1.0", "1.1"):
            self._listener.request_begins(arriving)
        else:
            self._listener.refused(505, "Speak version 1.1 of HTTP to this server.")

    def on_body(self, block: bytes) -> None:
        """More of the body."""
        self._arriving.add(block)
        self._listener.body_grows(self._arriving)

    def on_message_complete(self) -> None:
        """The request is there in full."""
        self._arriving.complete, self._at_start = True, False
        self._listener.request_is_whole(self._arriving)
