"""Sends one answer over a connection: head and body, a file block by block, slowly where a fault wants it so.

Nothing here waits: where the client does not read, the connection says when to go on; a pause is a timer.
"""

from __future__ import annotations

import contextlib
import io
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greycard_mocks.web.arriving import Arriving
    from greycard_mocks.web.front import Front
    from greycard_mocks.web.reply import Reply

FILE_BLOCK = 64 << 10
_PHRASES = {int(one): one.phrase for one in HTTPStatus}
_NO_BODY = (204, 304)


def is_plain(reply: Reply) -> bool:
    """Whether all of it can be sent at once to a client that wants the body."""
    return (
        reply.file is None and reply.instead is None and reply.pieces == 1 and not (reply.chunked or reply.delay)
        and reply.status >= 200 and reply.status not in _NO_BODY
    )  # fmt: skip


def whole(reply: Reply, version: str, date: str) -> bytes:
    """Head and body of a plain reply."""
    return head(reply, version, len(reply.body), date) + reply.body


def head(reply: Reply, version: str, length: int, date: str, *, chunked: bool = False) -> bytes:
    """Status line and headers, for a client that speaks this version of HTTP; `date` is what the header Date says."""
    status = reply.status
    lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
    own = ""
    if chunked:
        own = "Transfer-Encoding: chunked\r\n"
    elif status >= 200 and status not in _NO_BODY:
        own = f"Content-Length: {length}\r\n"
    if reply.close:
        if version != "1.0":
            own += "Connection: close\r\n"
    elif version == "1.0":
        own += "Connection: keep-alive\r\n"
    if "\r\nServer: " not in lines:
        own += "Server: greycard\r\n"
    if "\r\nDate: " not in lines:
        own += f"Date: {date}\r\n"
    lines += own
    if reply.spell is not None:
        parts = [line.partition(":") for line in lines.splitlines(keepends=True)]
        lines = "".join([f"{reply.spell(name)}{colon}{value}" for name, colon, value in parts])
    return f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}\r\n{lines}\r\n".encode("latin-1", "replace")


class Sender:
    """Sends `reply` to the request `arriving`; `sent` is called when that is done, and told whether to close.

    While `is_blocked` the client does not read, and `go_on` is called when it does again.
    """

    __slots__ = (
        "_arriving", "_chunked", "_file", "_front", "_is_blocked", "_pieces", "_reply", "_sent", "_timer", "_transport",
    )  # fmt: skip

    def __init__(
        self,
        front: Front,
        transport: Any,
        reply: Reply,
        arriving: Arriving,
        *,
        is_blocked: Callable[[], bool],
        sent: Callable[..., None],
    ) -> None:
        self._front, self._transport, self._reply, self._arriving = front, transport, reply, arriving
        self._is_blocked, self._sent = is_blocked, sent
        self._chunked = reply.chunked and arriving.version != "1.0"
        self._file = reply.file
        self._pieces: Iterator[bytes] | None = None
        self._timer: Any = None

    def begin(self) -> None:
        """Send what can be sent at once."""
        real = self._real_seconds(self._reply.delay)
        if real > 0:
            self._timer = self._front.loop.call_later(real, self._begin)
        else:
            self._begin()

    def go_on(self) -> None:
        """The client reads again."""
        if self._file is not None and self._timer is None:
            self._send_file()

    def stop(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        reply, transport = self._reply, self._transport
        self._timer = None
        if reply.instead is not None:
            self._break_off(reply.instead)
            return
        bare = self._arriving.method == "HEAD" or reply.status < 200 or reply.status in _NO_BODY
        if self._file is not None:
            length = self._file.seek(0, io.SEEK_END)
            self._file.seek(0)
            transport.write(self._head(length))
            if not bare:
                self._send_file()
                return
            self._file.close()
            self._file = None
        elif bare:
            transport.write(self._head(len(reply.body) if reply.length is None else reply.length))
        elif reply.pieces > 1 or self._chunked:
            transport.write(self._head(len(reply.body)))
            self._pieces = reply.in_pieces()
            self._send_pieces()
            return
        else:
            transport.write(self._head(len(reply.body)) + reply.body)
        self._end()

    def _head(self, length: int) -> bytes:
        return head(self._reply, self._arriving.version, length, self._front.date(), chunked=self._chunked)

    def _send_pieces(self) -> None:
        """Send what is left of a body in memory, with a pause before each piece if there is one."""
        assert self._pieces is not None  # noqa: S101 - set before
        for piece in self._pieces:
            real = self._real_seconds(self._reply.pause)
            if real > 0:
                self._timer = self._front.loop.call_later(real, self._send_late, piece)
                return
            self._transport.write(_framed(piece) if self._chunked else piece)
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")
        self._end()

    def _send_late(self, piece: bytes) -> None:
        self._timer = None
        self._transport.write(_framed(piece) if self._chunked else piece)
        self._send_pieces()

    def _send_file(self) -> None:
        """Send the next block of a file; others have their turn before the one after it."""
        self._timer = None
        if self._file is None:
            return
        block = self._file.read(FILE_BLOCK)
        if block:
            self._timer = self._front.loop.call_soon(self._next_block)
            self._transport.write(_framed(block) if self._chunked else block)
            return
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")
        self._file.close()
        self._file = None
        self._end()

    def _next_block(self) -> None:
        self._timer = None
        if not self._is_blocked():
            self._send_file()

    def _end(self) -> None:
        reply = self._reply
        self._sent(close=reply.close or (reply.chunked and not self._chunked) or reply.status < 200)

    def _break_off(self, content: bytes) -> None:
        """Send `content` in place of an answer, then end the connection, rudely if the fault is rude."""
        transport = self._transport
        if self._reply.reset:
            # a linger time of zero makes the kernel send RST instead of FIN
            with contextlib.suppress(OSError):
                option = struct.pack("ii", 1, 0)
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            transport.abort()
        else:
            if content:
                transport.write(content)
            transport.close()
        self._sent(close=True)

    def _real_seconds(self, seconds: float) -> float:
        """How long to wait for `seconds` of the answer's clock; one that has only to be moved is moved here."""
        clock = self._reply.clock
        if clock is None or seconds <= 0:
            return 0.0
        real = clock.real_seconds(seconds)
        if real <= 0:
            clock.sleep(seconds)
        return real


def _framed(block: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(block), block)
