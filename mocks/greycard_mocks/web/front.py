"""What all connections of one server share: the event loop, the threads, what answers, deadlines, and the end.

Knows WSGI applications and the engine's way, no socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.clock import SystemClock
from greycard_mocks.core.paths import OWN, is_for_engine
from greycard_mocks.web.reply import NOSNIFF, Reply
from greycard_mocks.web.wsgi_way import at_once, wsgi_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.halt import Way
    from greycard_mocks.web.arriving import Arriving

WORK_THREADS = 128
OWN_THREADS = 32
MAX_CONNECTIONS = 8192
CLOSE_SECONDS = 5.0
"""How long the end waits for requests under way."""

HEALTH = f"{OWN}/health"


class Held(Protocol):
    """One connection, as the server sees it."""

    deadline: float | None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        ...

    def too_late(self) -> None:
        """The deadline has passed."""
        ...

    def end(self) -> bool:
        """Close as soon as the request under way is answered; whether nothing is under way."""
        ...

    def abort(self) -> None:
        """End at once."""
        ...


class Front:
    """What all connections of one server share. Used on the event loop, but for `soon`."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        way: Callable[[Request], Way] | None,
        loop: asyncio.AbstractEventLoop,
        patience: float,
        health: Callable[[], tuple[int, bytes]] | None = None,
    ) -> None:
        self._application, self._way, self._health = application, way, health
        self.loop = loop
        self.patience = patience
        """Seconds that a request may take to arrive; more when a large body flows well."""

        self.port = 0
        self.connections: set[Held] = set()
        self.work: Executor = ThreadPoolExecutor(WORK_THREADS, thread_name_prefix="greycard-work")
        self.own: Executor = ThreadPoolExecutor(OWN_THREADS, thread_name_prefix="greycard-own")
        self._clock = SystemClock()
        self._date = (0, "")
        self._ended: asyncio.Future[None] | None = None

    def way_of(self, request: Request, arriving: Arriving) -> tuple[Any, Executor]:
        """How a request is answered, and by whose threads where one is needed."""
        if self._way is not None and is_for_engine(request.path):
            return self._way(request), self.work
        if self._health is not None and request.path == HEALTH and request.method == "GET":
            headers = [("Content-Type", "application/json"), NOSNIFF]
            status, body = self._health()
            return at_once(Reply(status, headers, body)), self.own
        return wsgi_way(self._application, request, arriving, self.port), self.own

    def soon(self, call: Callable[..., None], *arguments: Any) -> None:
        """Have the event loop call something, from any thread; nothing happens when it has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(call, *arguments)

    def date(self) -> str:
        """What the header Date says now."""
        second = int(self.loop.time())
        if self._date[0] != second:
            self._date = (second, formatdate(self._clock.now(), usegmt=True))
        return self._date[1]

    def make_room(self) -> None:
        """Where there are too many connections, one on which nothing is under way gives way."""
        if len(self.connections) >= MAX_CONNECTIONS:
            idle = next((one for one in self.connections if one.is_idle), None)
            if idle is not None:
                idle.end()

    def forget(self, connection: Held) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if self._ended is not None and not self.connections and not self._ended.done():
            self._ended.set_result(None)

    def look_at_deadlines(self) -> None:
        """End what takes too long, now and again and again."""
        now = self.loop.time()
        self._end_late([one for one in self.connections if one.deadline is not None and one.deadline <= now])

    def _end_late(self, late: list[Held]) -> None:
        """End one after the other; others have their turn in between, for each may cost a refusal in words."""
        if not late:
            self.loop.call_later(min(1.0, self.patience / 4), self.look_at_deadlines)
            return
        self.loop.call_soon(self._end_late, late)
        one = late.pop()
        if one.deadline is not None and one.deadline <= self.loop.time():  # it may have gone on meanwhile
            one.too_late()

    async def end(self) -> None:
        """Close all connections, those on which a request is under way when it has been answered."""
        self._ended = self.loop.create_future()
        busy = [one for one in tuple(self.connections) if not one.end()]
        if busy:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended, CLOSE_SECONDS)
        for one in tuple(self.connections):
            one.abort()
        await asyncio.sleep(0)
        for pool in (self.work, self.own):
            pool.shutdown(wait=False, cancel_futures=True)
