"""One connection of the web server: its requests are answered one after the other, within bounds of time and memory.

Nothing here waits: the event loop calls, and an answer that needs a body, time or a thread is picked up again
later. Knows HTTP/1.1, no vendor.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from greycard_mocks.web.answering import Answering
from greycard_mocks.web.arriving import SMALL_BYTES, Arriving
from greycard_mocks.web.parsing import Parsing
from greycard_mocks.web.reply import plain_reply
from greycard_mocks.web.sending import Sender

if TYPE_CHECKING:
    from greycard_mocks.web.front import Front
    from greycard_mocks.web.reply import Reply

SLOWEST_BYTES_PER_SECOND = 16 << 10
"""A body that arrives slower than this over the whole request is given up."""

DRAIN_BYTES = 512 << 20
"""How much of a body that nobody wants is read off."""

LINGER_SECONDS = 2.0
"""How long what a client still sends is read off after the last answer, so that it can read that one."""

UNREAD_PATIENCE = 4
"""How many times the patience of the server a client may let what it is sent lie unread."""

MAX_QUEUE = 16
"""Requests of one connection that may wait for the answer to the one before."""

PIECE = 4 << 10
"""How many bytes are parsed at a time where many requests may stand in them."""


class Connection(asyncio.Protocol):
    """What the event loop calls, and its parsing.

    The first request of those that have arrived is answered (`_answering`), its answer held back until its
    body is there or known to be late (`_reply`), then sent (`_sender`); what is left of its body is read off.
    """

    def __init__(self, front: Front) -> None:
        self.deadline: float | None = None
        """When the client must have done the next thing, in seconds of the loop; None while it need do nothing."""

        self._front = front
        self._transport: Any = None
        self._parsing = Parsing(self)
        self._requests: deque[Arriving] = deque()
        self._answering: Answering | None = None
        self._reply: Reply | None = None
        self._sender: Sender | None = None
        self._unread = b""
        self._feeding = self._going_on = self._had_turn = self._turn_due = False
        self._paused = self._blocked = False
        self._no_more = self._eof = self._lingering = self._lost = False

    # called by the event loop

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        self._transport = transport
        self._front.connections.add(self)
        self._expect_within(self._front.patience)

    def data_received(self, data: bytes) -> None:
        """More has arrived."""
        if self._no_more or self._lingering:
            return
        self._had_turn = False
        self._unread = self._unread + data if self._unread else data
        self._read_on()

    def eof_received(self) -> bool:
        """The client sends no more, but may wait for answers."""
        if self._lingering:
            return False
        self._no_more = self._eof = True
        self._break_off()
        self._go_on()
        return bool(self._requests)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what has begun is carried through all the same."""
        del exc
        self._lost = True
        self.deadline = None
        self._front.forget(self)
        if self._sender is not None:
            self._sender.stop()
            self._sender = None
        self._break_off()
        if self._answering is None:
            self._forget_requests()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent to."""
        self._blocked = True
        self._expect_within(UNREAD_PATIENCE * self._front.patience)
        self._regulate()

    def resume_writing(self) -> None:
        """The client has read."""
        self._blocked = False
        self._expect()
        if self._sender is not None:
            self._sender.go_on()
        self._go_on()

    # called by the parsing

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        self._expect()

    def request_begins(self, arriving: Arriving) -> None:
        """The head is there: the request can begin to be answered."""
        if not self._no_more:
            self._requests.append(arriving)
            self._go_on()

    def body_grows(self, arriving: Arriving, size: int) -> None:
        """More of the body of the request that is arriving."""
        if self._no_more:
            return
        if self.deadline is not None:
            self.deadline += size / SLOWEST_BYTES_PER_SECOND
        if arriving.received > DRAIN_BYTES and arriving.answered:
            self._transport.abort()
        elif self._answering is not None and arriving is self._requests[0]:
            self._answering.more_has_come()

    def request_is_whole(self, arriving: Arriving) -> None:
        """The request is there in full."""
        if self._no_more or arriving is not self._requests[0]:
            return
        self.deadline = None
        if self._answering is not None:
            self._answering.more_has_come()
        if self._reply is not None:
            self._send()
        self._go_on()

    def refused(self, status: int, words: str, stranger: Arriving | None = None) -> None:
        """Answer what is no request, after those before it, and end the connection."""
        if not self._no_more:
            self._no_more = True
            self._requests.append(stranger or Arriving.of_no_request(plain_reply(status, words)))
            self._go_on()

    def not_http(self, words: str, stranger: Arriving | None) -> None:
        """What comes cannot be told apart any more."""
        if self._requests and not self._requests[-1].complete:
            self._break_off(ValueError(words))
        elif not self._requests or self._requests[-1].keep_alive:
            self.refused(400, f"This is no HTTP request: {words}.", stranger)
        self._no_more = True

    # the order of things

    def _read_on(self) -> None:
        """Parse what has arrived, piece by piece as long as there is room for more requests."""
        while self._unread and not (self._no_more or self._lingering or self._is_full()):
            size = PIECE if not self._requests or self._requests[-1].complete else len(self._unread)
            piece, self._unread = self._unread[:size], self._unread[size:]
            self._feeding = True
            self._parsing.feed(piece)
            self._feeding = False
            if self._reply is not None:
                self._send()
        self._regulate()

    def _next_turn(self) -> None:
        """Others have had their turn on the event loop since the last request was answered."""
        self._turn_due = self._had_turn = False
        self._go_on()

    def _go_on(self) -> None:
        """Begin to answer the next request, unless the one before is not done with, or the client does not read.

        Of many requests that arrive together one is answered at a time, so that other connections have their turn.
        """
        if self._going_on:
            return
        self._going_on = True
        while self._requests and self._answering is None and self._reply is None and self._sender is None:
            first = self._requests[0]
            if not first.answered:
                if self._blocked or self._lost:
                    break
                if self._had_turn:
                    if not self._turn_due:
                        self._turn_due = True
                        self._front.loop.call_soon(self._next_turn)
                    break
                self._had_turn = True
                self._expect()
                self._answering = Answering(self._front, first, self)
                self._answering.begin()
            elif first.complete:
                self._requests.popleft().close()
                self._expect()
            elif first.broken:
                self._linger()
            else:
                break
        self._going_on = False
        if self._no_more and not self._requests and not self._lingering and not self._blocked:
            self._transport.close()
        if not self._feeding:
            self._regulate()

    def answered(self, reply: Reply) -> None:
        """The first request has its answer."""
        self._answering, self._reply = None, reply
        if self._lost:
            reply.drop()
            self._forget_requests()
        elif self._requests[0].complete or not self._feeding:
            self._send()

    def ask_for_body(self) -> None:
        """The client waits to be asked for its body, and somebody wants it."""
        if not self._lost:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self) -> None:
        reply, arriving = self._reply, self._requests[0]
        assert reply is not None  # noqa: S101 - asked before
        if not arriving.complete:
            arriving.unwanted()
            if reply.instead is not None and not (arriving.broken or arriving.awaited):
                return  # what the client still sends is read first, or it would not see how the connection ends
            # what is left of a body would be read as the next request; whether it will come, nobody can know
            reply.close = reply.close or arriving.broken or arriving.awaited
        reply.close = reply.close or not arriving.keep_alive
        self._reply = None
        self._sender = Sender(self._front, self._transport, reply, arriving, self._sent)
        self._sender.begin()

    def _sent(self, *, close: bool) -> None:
        """The answer is with the operating system, or a fault has ended the connection."""
        self._sender = None
        if self._lost:
            self._forget_requests()
            return
        first = self._requests[0]
        first.answered = True
        if close:
            self._linger()
            return
        self._expect()
        self._go_on()

    def _regulate(self) -> None:
        """Take more from the client, or not."""
        full = self._is_full()
        if self._unread and not full and not self._turn_due and not self._lost:
            self._turn_due = True
            self._front.loop.call_soon(self._read_again)
        full = full or bool(self._unread)
        if full is not self._paused and not self._lost and not self._transport.is_closing():
            self._paused = full
            if full:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _read_again(self) -> None:
        self._turn_due = self._had_turn = False
        if not self._lost:
            self._read_on()
            self._go_on()

    def _is_full(self) -> bool:
        """Whether no more is taken: the client does not read, nobody wants the body, or too many requests wait."""
        if self._blocked or len(self._requests) > MAX_QUEUE:
            return True
        last = self._requests[-1] if self._requests else None
        return last is not None and not last.is_wanted and last.received > SMALL_BYTES

    # what is no request, and clients that are too slow or gone

    def _break_off(self, why: OSError | ValueError | None = None) -> None:
        """The body that is arriving will not be whole."""
        last = self._requests[-1] if self._requests else None
        if last is None or last.complete or last.broken:
            return
        if why is None and last.chunked:
            why = ValueError("the body broke off inside a chunk")
        last.fail(why)
        if last is self._requests[0]:
            if self._answering is not None:
                self._answering.more_has_come()
            elif self._reply is not None and not self._feeding and not self._lost:
                self._send()

    def too_late(self) -> None:
        """The deadline has passed."""
        self.deadline = None
        first = self._requests[0] if self._requests else None
        if self._lingering or self._blocked or (first is not None and first.answered):
            self._transport.abort()
        elif first is not None:
            self._break_off(TimeoutError("timed out"))
        elif self._parsing.in_head:
            self.refused(408, "The request took too long to arrive.")
        else:
            self._transport.close()

    def end(self) -> bool:
        """Close as soon as the request under way is answered; whether nothing is under way."""
        for one in self._requests:
            one.keep_alive = False
        if self._requests and not self._requests[0].answered:
            return False
        self._transport.abort()
        return True

    def abort(self) -> None:
        """End at once, whatever is under way."""
        self._transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether no request has arrived that is not done with."""
        return not self._requests

    def _linger(self) -> None:
        """End the connection, but let a client that still sends read the last answer first."""
        sends_no_more = self._eof or (self._requests[0].complete and not self._no_more)
        self._forget_requests()
        if self._transport.is_closing():
            return
        self._lingering = True
        if sends_no_more or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._expect_within(LINGER_SECONDS)
        self._regulate()

    def _forget_requests(self) -> None:
        for one in self._requests:
            one.close()
        self._requests.clear()

    def _expect(self) -> None:
        """Give the client time for what it has to do next: ask for something, or send the rest of a body."""
        if not (self._blocked or self._lingering):
            waits = self._requests and self._requests[0].complete
            self.deadline = None if waits else self._front.loop.time() + self._front.patience

    def _expect_within(self, seconds: float) -> None:
        self.deadline = self._front.loop.time() + seconds
