"""One request as it arrives over a connection: its head, and its body, small in memory and large in a file.

So no upload stands in memory as a whole, and none keeps a thread while it comes. Knows HTTP, no vendor and no socket.
"""

from __future__ import annotations

import io
import re
import tempfile
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec

from greycard_mocks.core.answer import Request

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Readable
    from greycard_mocks.web.reply import Reply

SMALL_BYTES = 64 << 10
"""Up to here a body stays in memory, and what reads it need not leave the event loop."""

UNASKED_BYTES = 1 << 20
"""More of a body than a connection takes before somebody wants it."""

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([!-~]+) HTTP/1\.[01]")


class Arriving(msgspec.Struct, gc=False):
    """The next request on a connection; the connection fills it."""

    method: str = ""
    target: bytes = b""
    version: str = "1.1"
    headers: dict[str, str] = {}
    length: int | None = 0
    """Of the body, in bytes, as declared; None when it comes in chunks."""

    keep_alive: bool = False
    chunked: bool = False
    awaited: bool = False
    """Whether the client waits to be asked for its body (``Expect: 100-continue``)."""

    received: int = 0
    complete: bool = False
    """Whether all of the body has arrived."""

    broken: bool = False
    """Whether it never will, so that nobody knows where the next request begins."""

    is_wanted: bool = False
    """Whether it is settled what becomes of the body: somebody reads it, or nobody will."""

    answered: bool = False
    """Whether the answer has been sent, even though not all of the body has arrived."""

    refused: Reply | None = None
    """The answer to what is no request."""

    _why_broken: OSError | ValueError | None = None
    _limit: int = UNASKED_BYTES
    _memory: bytes | bytearray = b""
    _file: IO[bytes] | None = None

    @classmethod
    def of_no_request(cls, refused: Reply) -> Arriving:
        """What stands in the place of a request that HTTP does not know, and ends the connection."""
        arriving = cls()
        arriving.complete, arriving.refused = True, refused
        return arriving

    @classmethod
    def of_unknown_method(cls, data: bytes) -> Arriving | None:
        """A request whose method the parser does not know, read by hand so that the engine can say so.

        None where this is no request either. Its body is not read, so that the connection ends.
        """
        head, end, _ = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        line = _REQUEST_LINE.fullmatch(first)
        if line is None or not end:
            return None
        arriving = cls()
        arriving.method, arriving.target, arriving.complete = line[1].decode(), line[2], True
        for one in lines:
            name, colon, value = one.partition(b":")
            if not colon or not name.strip():
                return None
            arriving.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()
        return arriving

    def head_is_read(self) -> None:
        """All headers have arrived: work out what they say of the body."""
        headers = self.headers
        if not headers.get("content-type", "-"):
            del headers["content-type"]  # as good as none, and WSGI cannot tell the one from the other
        if "transfer-encoding" in headers:
            self.chunked, self.length = True, None
        else:
            self.length = int(headers.get("content-length") or 0)
        if self.length != 0 and "expect" in headers and self.version != "1.0":
            self.awaited = headers["expect"].lower() == "100-continue"

    def path_and_query(self) -> tuple[str, str]:
        """The decoded path, and the query as it came. Raises ValueError for a target that is no address."""
        target = self.target
        if not target.startswith(b"/"):
            parts = urlsplit(target.decode("latin-1"))
            if parts.scheme not in ("http", "https") or not parts.netloc:
                msg = "the target is neither a path nor an address"
                raise ValueError(msg)
            target = f"{parts.path or '/'}?{parts.query}".encode("latin-1")
        path, _, query = target.partition(b"?")
        if b"#" in target:
            path, query = path.partition(b"#")[0], query.partition(b"#")[0]
        if b"%" in path:
            path = unquote_to_bytes(path)
        return path.decode("utf-8", "replace"), query.decode("latin-1")

    def as_request(self) -> Request:
        """What the engine takes; raises ValueError for a target that is no address."""
        path, query = self.path_and_query()
        is_whole = self.complete and self._file is None and self._why_broken is None
        body = io.BytesIO(self._memory) if is_whole and self._memory else _NOTHING
        return Request(
            self.method, path, query, self.headers, body, self.length,
            origin_of("http", self.headers.get("host") or "localhost"), is_whole,
        )  # fmt: skip

    @property
    def is_small(self) -> bool:
        """Whether the body, as far as it has been kept, stands in memory."""
        return self._file is None

    def want(self, limit: int) -> None:
        """Somebody will read the body, which is of no use beyond `limit` bytes; one more is kept, to be noticed."""
        self._limit, self.is_wanted = limit + 1, True

    @property
    def is_too_long(self) -> bool:
        """Whether more has come than is wanted."""
        return self.received >= self._limit

    def unwanted(self) -> None:
        """Nobody will read the body: forget it."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._limit, self._memory, self.is_wanted = 0, b"", True

    def add(self, block: bytes) -> None:
        """More of the body; what is of no use is forgotten."""
        room = self._limit - self.received
        self.received += len(block)
        if room <= 0:
            return
        if len(block) > room:
            block = block[:room]
        if self._file is not None:
            self._file.write(block)
        else:
            if not self._memory:
                self._memory = block  # nearly always all of it
            elif isinstance(self._memory, bytes):
                self._memory = bytearray(self._memory + block)
            else:
                self._memory += block
            if len(self._memory) > SMALL_BYTES:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the request
                self._file.write(self._memory)
                self._memory = b""

    def fail(self, why: OSError | ValueError | None) -> None:
        """The body will not arrive in full: the client has gone (None), is too slow, or breaks HTTP."""
        self.broken, self._why_broken = True, why

    def stream(self) -> Readable:
        """The body as far as it came; reading past its end raises what broke it, if anything did."""
        content: IO[bytes]
        if self._file is not None:
            content = self._file
            content.seek(0)
        else:
            content = io.BytesIO(self._memory)
        if self._why_broken is not None:
            return BrokenOff(content, self._why_broken)
        return cast("Readable", content)

    def close(self) -> None:
        """Remove the file, if there is one."""
        self.unwanted()


class BrokenOff:
    """What came of a body, then the error that ended it."""

    def __init__(self, content: IO[bytes], error: OSError | ValueError) -> None:
        self._content, self._error = content, error

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; raises the error at the end."""
        block = self._content.read(size) if size >= 0 else b""
        if not block and size:
            raise self._error
        return block

    def seekable(self) -> bool:
        """Whether it is at hand; it is, as far as it came."""
        return True

    def readline(self, *_: Any) -> bytes:
        """Raises the error; for applications that read lines."""
        raise self._error


_NOTHING = io.BytesIO()


@lru_cache(maxsize=256)
def origin_of(scheme: str, host: str) -> str:
    """Scheme and host under which a client has reached the mock, for the links that it is given."""
    return f"{scheme}://{quote(host, safe=':[]-.')}"
