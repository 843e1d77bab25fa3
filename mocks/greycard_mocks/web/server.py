"""The web server: one event loop for all connections, and threads only for what may block.

A connection costs no thread, so those that say nothing, send slowly or never read keep nobody waiting. The loop
answers itself whatever needs no waiting; what may block goes to bounded pools, one for the vendors and one for the
mock's own pages and control plane, so that neither can use up the other's.

The parser is `httptools` (llhttp, which Node uses): `h11` costs several times as much for each request. An ASGI server
such as uvicorn or granian was not taken because faults below HTTP need the transport, an early 413 needs the request
before its body, and what is answered at once should not pass through a task and two callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Self

from greycard_mocks.clock import SystemClock
from greycard_mocks.web.connection import Connection
from greycard_mocks.web.wsgi_way import wsgi_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.halt import Way
    from greycard_mocks.web.arriving import Arriving

WORK_THREADS = 128
OWN_THREADS = 32
READ_SECONDS = 15
BACKLOG = 1024
MAX_CONNECTIONS = 8192
CLOSE_SECONDS = 5.0
"""How long `close` waits for requests under way."""

OWN = "/_mock"
RESULTS = f"{OWN}/results/"
HEALTH = f"{OWN}/health"


class ServeError(OSError):
    """The server cannot listen; the message says where and what to do."""


class Front:
    """What all connections of one server share. Used on the event loop, but for `soon`."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        way: Callable[[Request], Way] | None,
        loop: asyncio.AbstractEventLoop,
        patience: float,
    ) -> None:
        self._application, self._way = application, way
        self.loop = loop
        self.patience = patience
        """Seconds that a request may take to arrive; more when a large body flows well."""

        self.port = 0
        self.connections: set[Connection] = set()
        self.work: Executor = ThreadPoolExecutor(WORK_THREADS, thread_name_prefix="greycard-work")
        self.own: Executor = ThreadPoolExecutor(OWN_THREADS, thread_name_prefix="greycard-own")
        self._clock = SystemClock()
        self._date = (0, "")
        self._ended: asyncio.Future[None] | None = None

    def way_of(self, request: Request, arriving: Arriving) -> tuple[Any, Executor]:
        """How a request is answered, and by whose threads where one is needed."""
        path = request.path
        if self._way is not None and (
            not (path == OWN or path.startswith(f"{OWN}/")) or (path.startswith(RESULTS) and request.method == "GET")
        ):
            return self._way(request), self.work
        quick = self._way is not None and path == HEALTH
        return wsgi_way(self._application, request, arriving, self.port, quick=quick), self.own

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

    def accept(self) -> Connection:
        """A new connection; where there are too many, one on which nothing is under way gives way."""
        if len(self.connections) >= MAX_CONNECTIONS:
            idle = next((one for one in self.connections if one.is_idle), None)
            if idle is not None:
                idle.end()
        return Connection(self)

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if self._ended is not None and not self.connections and not self._ended.done():
            self._ended.set_result(None)

    def look_at_deadlines(self) -> None:
        """End what takes too long, now and again and again."""
        now = self.loop.time()
        for one in [one for one in self.connections if one.deadline is not None and one.deadline <= now]:
            one.too_late()
        self.loop.call_later(min(1.0, self.patience / 4), self.look_at_deadlines)

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


@dataclass(slots=True)
class RunningServer:
    """A server that listens; `url` is where. Close it when done."""

    url: str
    port: int
    _front: Front
    _listening: asyncio.AbstractServer
    _thread: threading.Thread

    def close(self) -> None:
        """Stop listening and wait until the requests under way have ended."""
        loop = self._front.loop
        if not self._thread.is_alive():
            return

        async def stop() -> None:
            self._listening.close()
            await self._front.end()
            loop.stop()

        asyncio.run_coroutine_threadsafe(stop(), loop)
        self._thread.join(timeout=2 * CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(
    application: Callable[..., Iterable[bytes]],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    way: Callable[[Request], Way] | None = None,
    patience: float = READ_SECONDS,
) -> RunningServer:
    """Serve a WSGI application in the background; port 0 takes any free one.

    With `way` it answers whatever is not the mock's own, past the application. `patience` is how many seconds a
    request may take to arrive (more when a large body flows well). Raises ServeError when it cannot listen.
    """
    listening = _listening_socket(host, port)
    loop = new_loop()
    front = Front(application, way, loop, patience)
    front.port = listening.getsockname()[1]
    server = loop.run_until_complete(loop.create_server(front.accept, sock=listening, backlog=BACKLOG))
    front.look_at_deadlines()
    thread = threading.Thread(target=_run, args=(loop,), name="greycard-server", daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else ("127.0.0.1" if host in ("", "0.0.0.0") else host)  # noqa: S104 - compared, not bound
    return RunningServer(f"http://{shown}:{front.port}", front.port, front, server, thread)


def new_loop() -> asyncio.AbstractEventLoop:
    """The event loop: that of `uvloop` where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        with contextlib.suppress(RuntimeError):
            loop.close()


def _listening_socket(host: str, port: int) -> socket.socket:
    """Raises ServeError."""
    if not 0 <= port <= 65_535:
        msg = f"cannot listen on {host} port {port}: ports go from 0 to 65535; 0 takes any that is free"
        raise ServeError(msg)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE  # noqa: S104 - as asked for
        )[0]  # fmt: skip
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        msg = f"cannot listen on {host} port {port}: {error}"
        raise ServeError(msg) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        msg = (
            f"cannot listen on {host} port {port}: the port is taken, or the address is not one of this machine's; "
            "choose another with --port (0 takes any)"
        )
        raise ServeError(msg) from error
    return listening
