"""One connection of the web server, as the event loop calls it: what comes in, how much of it, and until when.

Nothing here waits. Knows HTTP/1.1 by its parts, no vendor.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from greycard_mocks.web.in_order import InOrder
from greycard_mocks.web.parsing import Parsing

if TYPE_CHECKING:
    from greycard_mocks.web.front import Front

SLOWEST_BYTES_PER_SECOND = 16 << 10
"""A body that arrives slower than this over the whole request is given up."""

LINGER_SECONDS = 2.0
"""How long what a client still sends is read off after the last answer, so that it can read that one."""

UNREAD_PATIENCE = 4
"""How many times the patience of the server a client may let what it is sent lie unread."""

PIECE = 4 << 10
"""How many bytes are parsed at a time where many requests may stand in them."""

_NOTHING = memoryview(b"")


class Connection(asyncio.Protocol):
    """What arrives goes to the parsing, piece by piece; what that makes of it is answered in order."""

    def __init__(self, front: Front) -> None:
        self.deadline: float | None = None
        """When the client must have done the next thing, in seconds of the loop; None while it need do nothing."""

        self.transport: Any = None
        self.is_blocked = self.is_lost = False
        self._front = front
        self._order = InOrder(front, self)
        self._parsing = Parsing(self._order)
        self._unread = _NOTHING
        """What has arrived and is not parsed yet."""

        self._reading = self._paused = self._again = self._eof = self._hanging_up = False

    # called by the event loop

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        self.transport = transport
        self._front.connections.add(self)
        self.expect()

    def data_received(self, data: bytes) -> None:
        """More has arrived."""
        if self._order.no_more or self._hanging_up:
            return
        if self.deadline is not None and self._order.in_body:
            self.deadline += len(data) / SLOWEST_BYTES_PER_SECOND
        self._order.new_turn()
        if len(data) <= PIECE and not self._unread:
            self._parsing.feed(data)
            self._order.fed()
        else:
            self._unread = memoryview(bytes(self._unread) + data if self._unread else data)
            self._read_on()

    def eof_received(self) -> bool:
        """The client sends no more, but may wait for answers."""
        if self._hanging_up:
            return False
        self._order.no_more = self._eof = True
        self._order.break_off()
        self._order.go_on()
        return not self._order.is_empty

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        del exc
        self.is_lost, self.deadline = True, None
        self._front.forget(self)
        self._order.lost()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent to."""
        self.is_blocked = True
        self._expect_within(UNREAD_PATIENCE * self._front.patience)
        self.regulate()

    def resume_writing(self) -> None:
        """The client has read."""
        self.is_blocked = False
        if self._hanging_up:
            self._expect_within(LINGER_SECONDS)
            return
        self.expect()
        self._order.client_reads()

    # called by the server

    def too_late(self) -> None:
        """The deadline has passed."""
        self.deadline = None
        if self._hanging_up or self.is_blocked or self._order.is_answered:
            self.transport.abort()
        elif not self._order.is_empty:
            self._order.break_off(TimeoutError("timed out"))
        elif self._parsing.in_head:
            self._order.refused(408, "The request took too long to arrive.")
        else:
            self.transport.close()

    def end(self) -> bool:
        """Close as soon as the request under way is answered; whether nothing is under way."""
        done = self._order.last_one()
        if done:
            self.transport.abort()
        return done

    def abort(self) -> None:
        """End at once, whatever is under way."""
        self.transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether no request has arrived that is not done with."""
        return self._order.is_empty

    # called by the order of answers

    def expect(self) -> None:
        """Give the client time for what it has to do next; none is needed while it waits for an answer."""
        if not (self.is_blocked or self._hanging_up):
            if self._order.awaits_client:
                self._expect_within(self._front.patience)
            else:
                self.deadline = None

    def regulate(self) -> None:
        """Take more from the client, or not."""
        if self._reading:
            return
        full = self.is_blocked or self._order.is_full
        if self._unread and not full and not self._again and not self.is_lost:
            self._again = True
            self._front.loop.call_soon(self._read_again)
        full = full or bool(self._unread)
        if full is not self._paused and not self.is_lost and not self.transport.is_closing():
            self._paused = full
            if full:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def hang_up(self, *, client_is_done: bool) -> None:
        """End the connection after what has been sent; a client that may still be sending can read that first."""
        if self._hanging_up or self.transport.is_closing():
            return
        self._hanging_up, self._unread = True, _NOTHING
        if client_is_done or self._eof or not self.transport.can_write_eof():
            self.transport.close()
            return
        try:
            self.transport.write_eof()
        except OSError:  # the client has gone meanwhile
            self.transport.abort()
            return
        if not self.is_blocked:
            self._expect_within(LINGER_SECONDS)
        self.regulate()

    # what arrives

    def _read_on(self) -> None:
        """Parse what has arrived, piece by piece as long as there is room for more requests."""
        order = self._order
        self._reading = True
        while self._unread and not (order.no_more or self._hanging_up or self.is_blocked or order.is_full):
            size = len(self._unread) if order.in_body else PIECE
            piece, self._unread = bytes(self._unread[:size]), self._unread[size:]
            self._parsing.feed(piece)
            order.fed()
        self._reading = False
        self.regulate()

    def _read_again(self) -> None:
        self._again = False
        if not self.is_lost:
            self._order.new_turn()
            self._read_on()
            self._order.go_on()

    def _expect_within(self, seconds: float) -> None:
        self.deadline = self._front.loop.time() + seconds
