"""What the web server reads from a connection: bounded in time as a whole, in memory by small blocks.

cheroot bounds each single wait, so a client that drips bytes could hold a thread for ever, and it reads a
chunk of whatever size the client names in one piece. Here a request has one deadline that moves with what has
arrived. Knows sockets and the framing of HTTP bodies; nothing of vendors.
"""

from __future__ import annotations

import contextlib
import re
import socket
from typing import TYPE_CHECKING, Any

from cheroot import makefile

from greycard_mocks.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

SLOWEST_BYTES_PER_SECOND = 16 << 10
"""A body that arrives slower than this over the whole request is given up."""

DRAIN_BYTES = 512 << 20
"""How much of a body that nobody wants is read off."""

DRAIN_SECONDS = 60.0
MAX_LINE_BYTES = 1000
BLOCK_BYTES = 64 << 10
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,12}")


class TimedSocket(socket.SocketIO):
    """Reads from a socket; every wait gets only what is left of the request's deadline."""

    def __init__(self, sock: Any, patience: float) -> None:
        super().__init__(sock, "rb")
        self._patience = patience
        self._deadline = monotonic() + patience

    def begin(self) -> None:
        """A new request may begin."""
        self._deadline = monotonic() + self._patience

    def readinto(self, b: Any) -> int | None:
        """As of any raw stream; raises TimeoutError when the request has taken too long."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        sock: Any = self._sock  # type: ignore[attr-defined]
        sock.settimeout(min(self._patience, left))
        try:
            count = super().readinto(b)
        finally:
            sock.settimeout(self._patience)
        self._deadline += (count or 0) / SLOWEST_BYTES_PER_SECOND
        return count


class Reader(makefile.StreamReader):
    """cheroot's buffered reader over a `TimedSocket`."""

    def __init__(self, sock: Any, patience: float, bufsize: int) -> None:
        self.timed = TimedSocket(sock, patience)
        # past StreamReader, whose own initialiser would put a plain SocketIO underneath
        super(makefile.StreamReader, self).__init__(self.timed, bufsize)
        self.bytes_read = 0

    def some(self, size: int) -> bytes:
        """At least one byte and at most `size`, none at the end of the stream; waits once at most."""
        if self.has_data():  # type: ignore[no-untyped-call]
            block: bytes = self.read1(size)
        else:
            block = self.timed.read(size) or b""
        return block


class Body:
    """The body of one request, by declared length (bytes) or in chunks (None)."""

    def __init__(self, reader: Any, length: int | None, ask: Callable[[], None] | None = None) -> None:
        self._reader = reader
        self._chunked = length is None
        self._left = length or 0
        self._ask = ask
        self._broken = False
        self.whole = length == 0
        """Whether everything has been read."""

    def drain(self) -> None:
        """Read and forget the rest, within bounds: a client that is still sending can then read its answer and go on.

        A client that waits to be asked for its body is not asked; whether it will send it, nobody can know then. And
        where a body is broken, nobody can know where it ends.
        """
        deadline, total = monotonic() + DRAIN_SECONDS, 0
        with contextlib.suppress(OSError, ValueError):
            while (
                self._ask is None
                and not self._broken
                and not self.whole
                and total < DRAIN_BYTES
                and monotonic() < deadline
            ):
                total += len(self.read(BLOCK_BYTES))

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, perhaps fewer; none at the end; all when none is named.

        Raises ValueError on chunks that break HTTP, TimeoutError when the client is too slow.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK_BYTES), b""))
        if self.whole or size == 0:
            return b""
        broken, self._broken = self._broken, True  # until this has gone well
        if broken:
            raise ValueError("the body is broken")
        block = self._block(size)
        self._broken = False
        return block

    def _block(self, size: int) -> bytes:
        if self._ask is not None:
            ask, self._ask = self._ask, None
            ask()
        if self._chunked and self._left == 0 and not self._next_chunk():
            return b""
        block: bytes = self._reader.some(min(self._left, size))
        if not block:
            if self._chunked:
                raise ValueError("the body broke off inside a chunk")
            self.whole = True
            return b""
        self._left -= len(block)
        if self._left == 0:
            if self._chunked:
                if self._reader.readline(3) != b"\r\n":
                    raise ValueError("a chunk does not end where it said")
            else:
                self.whole = True
        return block

    def _next_chunk(self) -> bool:
        line = self._reader.readline(MAX_LINE_BYTES)
        size = line.split(b";", 1)[0].strip()
        if not line.endswith(b"\n") or not _CHUNK_SIZE.fullmatch(size):
            raise ValueError(f"{bytes(line[:30])!r} is no chunk size")
        self._left = int(size, 16)
        if self._left:
            return True
        for _ in range(100):
            if self._reader.readline(MAX_LINE_BYTES) in (b"\r\n", b"\n", b""):
                break
        self.whole = True
        return False
