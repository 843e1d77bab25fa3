"""The answer to one request in the making: drives its way, on the event loop where nothing waits, else where it may.

A way that needs the body goes on when that is there; a pause is a timer; what may block goes on in a thread. Small
bodies are read on the loop, others in a thread.
"""

from __future__ import annotations

import io
import sys
import traceback
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.core.halt import BLOCKS, NeedsBody, Pause
from greycard_mocks.web.reply import Reply, plain_reply, reply_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from greycard_mocks.core.answer import Answer, Request
    from greycard_mocks.core.halt import Halt
    from greycard_mocks.web.arriving import Arriving
    from greycard_mocks.web.front import Front


class Asker(Protocol):
    """Who wants the answer."""

    def answered(self, reply: Reply) -> None:
        """The answer is there."""
        ...

    def body_is_wanted(self, *, asked_for: bool) -> None:
        """Somebody waits for the body, for which the client may have to be asked."""
        ...


class Answering:
    """Makes the answer to `arriving`, and gives it to `connection.answered`."""

    __slots__ = ("_arriving", "_connection", "_front", "_pool", "_request", "_waits_for_body", "_way")

    def __init__(self, front: Front, arriving: Arriving, connection: Asker) -> None:
        self._front, self._arriving, self._connection = front, arriving, connection
        self._way: Any = None
        self._pool: Executor = front.work
        self._request: Request | None = None
        self._waits_for_body = False

    def begin(self) -> None:
        """Go as far as that is possible at once."""
        arriving = self._arriving
        if arriving.refused is not None:
            self._connection.answered(arriving.refused)
            return
        try:
            request = self._request = arriving.as_request()
        except ValueError as error:
            self._connection.answered(plain_reply(400, f"Malformed request target: {error}."))
            return
        self._way, self._pool = self._front.way_of(request, arriving)
        self._run()

    def more_has_come(self) -> None:
        """More of the body has arrived, or it is known that no more will."""
        arriving = self._arriving
        if self._waits_for_body and (arriving.complete or arriving.broken or arriving.is_too_long):
            self._waits_for_body = False
            self._with_body()

    def _run(self) -> None:
        """Go on, on the event loop."""
        while True:
            try:
                halt = next(self._way)
            except StopIteration as end:
                self._done(end.value)
                return
            except Exception as error:  # noqa: BLE001 - a fault of the mock's own must not end its event loop
                self._done(_trouble(error))
                return
            if not self._held(halt):
                return

    def _held(self, halt: Halt) -> bool:
        """See to it that the way goes on when `halt` is over; whether it can at once."""
        if halt is BLOCKS:
            self._in_thread()
        elif isinstance(halt, NeedsBody):
            if self._request is not None and self._request.is_whole:
                return True
            arriving = self._arriving
            arriving.want(halt.limit)
            if arriving.complete or arriving.broken or arriving.is_too_long:
                self._with_body()
                return False
            self._waits_for_body = True
            is_asked_for, arriving.awaited = arriving.awaited, False
            self._connection.body_is_wanted(asked_for=is_asked_for)
        elif isinstance(halt, Pause):
            self._front.loop.call_later(halt.seconds, self._run)
        return False

    def _with_body(self) -> None:
        if self._request is not None:
            self._request.stream = self._arriving.stream()
        if self._arriving.is_small:
            self._run()
        else:
            self._in_thread()

    def _in_thread(self) -> None:
        self._pool.submit(self._run_in_thread)

    def _run_in_thread(self) -> None:
        """Go on in a thread until the way is over, or needs what only the event loop can give."""
        try:
            halt: Any = BLOCKS
            while halt is BLOCKS:
                halt = next(self._way)
            self._front.soon(self._back, halt)
        except StopIteration as end:
            self._front.soon(self._done, end.value)
        except Exception as error:  # noqa: BLE001 - as on the loop
            self._front.soon(self._done, _trouble(error))

    def _back(self, halt: Halt) -> None:
        if self._held(halt):
            self._run()

    def _done(self, found: Answer | Reply) -> None:
        self._way = None
        if not isinstance(found, Reply):
            found = reply_of(found, self._arriving.headers.get("accept-encoding", ""))
        self._connection.answered(found)


def _trouble(error: Exception) -> Reply:
    """What is answered when the mock itself is at fault, which must not happen."""
    text = io.StringIO()
    traceback.print_exception(error, file=text)
    sys.stderr.write(text.getvalue())
    return plain_reply(500, "The mock itself is at fault; its error output says why.")
