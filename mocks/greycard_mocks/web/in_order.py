"""The requests of one connection, answered one after the other, however their answers are made.

The first that has arrived is answered (`_answering`), then sent (`_sender`); what is left of its body is read off
before the next one has its turn. An answer that ends the connection is held back (`_reply`) until the rest of its
request is there.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.web.answering import Answering
from greycard_mocks.web.arriving import SMALL_BYTES, Arriving
from greycard_mocks.web.reply import plain_reply
from greycard_mocks.web.sending import Sender, is_plain, whole

if TYPE_CHECKING:
    from greycard_mocks.web.front import Front
    from greycard_mocks.web.reply import Reply

MAX_QUEUE = 16
"""Requests of one connection that may wait for the answer to the one before."""

DRAIN_BYTES = 512 << 20
"""How much of a body that nobody wants is read off."""


class Line(Protocol):
    """The connection, as its order of answers needs it."""

    transport: Any
    is_blocked: bool
    """Whether the client does not read what it is sent."""

    is_lost: bool

    def expect(self) -> None:
        """It is the client's turn, or no longer: time it anew."""
        ...

    def regulate(self) -> None:
        """Take more from the client, or not."""
        ...

    def hang_up(self, *, client_is_done: bool) -> None:
        """End the connection after what has been sent; a client that may still be sending can read that first."""
        ...


class InOrder:
    """Told by the parsing what has arrived; sees to it that all is answered in its order."""

    def __init__(self, front: Front, line: Line) -> None:
        self._front, self._line = front, line
        self._requests: deque[Arriving] = deque()
        self._answering: Answering | None = None
        self._reply: Reply | None = None
        self._sender: Sender | None = None
        self._going_on = self._had_turn = self._turn_due = False
        self._news = False
        """Whether the client has something else to do next than before, for which it is timed anew."""

        self.no_more = False
        """Whether nothing that still comes is looked at."""

    # what the connection asks

    @property
    def is_empty(self) -> bool:
        """Whether no request has arrived that is not done with."""
        return not self._requests

    @property
    def awaits_client(self) -> bool:
        """Whether the client has to go on: with a request, or with the body of one."""
        return not self._requests or not self._requests[0].complete

    @property
    def is_answered(self) -> bool:
        """Whether only the rest of a body is still read off."""
        return bool(self._requests) and self._requests[0].answered

    @property
    def in_body(self) -> bool:
        """Whether the body of the last request is arriving."""
        return bool(self._requests) and not self._requests[-1].complete

    @property
    def is_full(self) -> bool:
        """Whether no more can be taken: nobody wants the body yet, or too many requests wait."""
        if len(self._requests) > MAX_QUEUE:
            return True
        last = self._requests[-1] if self._requests else None
        return last is not None and not last.is_wanted and last.received > SMALL_BYTES

    # what the parsing tells

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        self._news = True

    def request_begins(self, arriving: Arriving) -> None:
        """The head is there: the request can begin to be answered."""
        if not self.no_more:
            self._requests.append(arriving)
            self._news = True

    def body_grows(self, arriving: Arriving) -> None:
        """More of the body of the request that is arriving."""
        if arriving.received > DRAIN_BYTES and arriving.answered and not self.no_more:
            self._line.transport.abort()

    def request_is_whole(self, arriving: Arriving) -> None:
        """The request is there in full."""
        del arriving
        self._news = True

    def refused(self, status: int, words: str, stranger: Arriving | None = None) -> None:
        """Answer what is no request, after those before it, and end the connection."""
        if not self.no_more:
            self.no_more = True
            self._requests.append(stranger or Arriving.of_no_request(plain_reply(status, words)))
            self.go_on()

    def not_http(self, words: str, stranger: Arriving | None) -> None:
        """What comes cannot be told apart any more."""
        if self.in_body:
            self.break_off(ValueError(words))
        elif not self._requests or self._requests[-1].keep_alive:
            self.refused(400, f"This is no HTTP request: {words}.", stranger)
        self.no_more = True

    def fed(self) -> None:
        """All that has arrived is parsed, so that what it was can be answered: most requests arrive at once."""
        if self._answering is not None:
            self._answering.more_has_come()
        if self._reply is not None:
            self._send()
        self.go_on()

    # the order

    def new_turn(self) -> None:
        """Others have had their turn on the event loop since the last request was answered."""
        self._had_turn = False

    def go_on(self) -> None:
        """Begin to answer the next request, unless the one before is not done with, or the client does not read.

        Of many requests that arrive together one is answered at a time, so that other connections have their turn.
        """
        if self._going_on or self._line.is_lost:
            return
        self._going_on = True
        while self._requests and self._answering is None and self._reply is None and self._sender is None:
            first = self._requests[0]
            if not first.answered:
                if self._line.is_blocked or not self._takes_turn():
                    break
                self._answering = Answering(self._front, first, self)
                self._answering.begin()
            elif first.complete:
                self._requests.popleft().close()
                self._news = True
            elif first.broken:
                self._end()
            else:
                break
        self._going_on = False
        if self.no_more and not self._requests:
            self._line.hang_up(client_is_done=True)
            return
        if self._news:
            self._news = False
            self._line.expect()
        self._line.regulate()

    def _takes_turn(self) -> bool:
        if not self._had_turn:
            self._had_turn = True
            return True
        if not self._turn_due:
            self._turn_due = True
            self._front.loop.call_soon(self._next_turn)
        return False

    def _next_turn(self) -> None:
        self._turn_due = False
        self.new_turn()
        self.go_on()

    def answered(self, reply: Reply) -> None:
        """The first request has its answer."""
        self._answering, self._reply = None, reply
        if self._line.is_lost:
            reply.drop()
            self._forget()
        else:
            self._send()

    def body_is_wanted(self, *, asked_for: bool) -> None:
        """Somebody waits for the body, for which the client may have to be asked."""
        if self._line.is_lost:
            return
        if asked_for:
            self._line.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._line.regulate()

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
        if is_plain(reply) and arriving.method != "HEAD":
            self._line.transport.write(whole(reply, arriving.version, self._front.date()))
            self._sent(close=reply.close)
            return
        line = self._line
        self._sender = Sender(
            self._front, line.transport, reply, arriving, is_blocked=lambda: line.is_blocked, sent=self._sent
        )
        self._sender.begin()

    def _sent(self, *, close: bool) -> None:
        """The answer is with the operating system, or a fault has ended the connection."""
        self._sender = None
        if self._line.is_lost:
            self._forget()
            return
        self._requests[0].answered = True
        if close:
            self._end()
        else:
            self.go_on()

    def client_reads(self) -> None:
        """The client reads again."""
        if self._sender is not None:
            self._sender.go_on()
        self.go_on()

    def break_off(self, why: OSError | ValueError | None = None) -> None:
        """The body that is arriving will not be whole."""
        if not self.in_body or self._requests[-1].broken:
            return
        last = self._requests[-1]
        if why is None and last.chunked:
            why = ValueError("the body broke off inside a chunk")
        last.fail(why)
        if last is self._requests[0]:
            if self._answering is not None:
                self._answering.more_has_come()
            elif self._reply is not None and not self._line.is_lost:
                self._send()

    def lost(self) -> None:
        """The connection is gone; what has begun is carried through all the same."""
        if self._sender is not None:
            self._sender.stop()
            self._sender = None
        self.break_off()
        if self._answering is None:
            self._forget()

    def last_one(self) -> bool:
        """The request that is being answered is the last one; whether there is none."""
        for one in self._requests:
            one.keep_alive = False
        return not self._requests or self._requests[0].answered

    def _end(self) -> None:
        done = self._requests[0].complete and not self.no_more
        self._forget()
        self._line.hang_up(client_is_done=done)

    def _forget(self) -> None:
        for one in self._requests:
            one.close()
        self._requests.clear()
