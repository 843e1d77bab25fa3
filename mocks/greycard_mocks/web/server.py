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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from greycard_mocks.web.connection import Connection
from greycard_mocks.web.front import CLOSE_SECONDS, Front

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.halt import Way

READ_SECONDS = 15
BACKLOG = 1024


class ServeError(OSError):
    """The server cannot listen; the message says where and what to do."""


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
    health: Callable[[], tuple[int, bytes]] | None = None,
    patience: float = READ_SECONDS,
    listening: socket.socket | None = None,
) -> RunningServer:
    """Serve a WSGI application in the background; port 0 takes any free one.

    `listening` is a socket that listens already, of which other processes may take connections too; `host` is then
    only what the address is called.

    With `way` it answers whatever is not the mock's own, past the application, and with `health` how the mock is.
    `patience` is how many seconds a
    request may take to arrive (more when a large body flows well). Raises ServeError when it cannot listen.
    """
    listening = listening or listening_socket(host, port)
    loop = new_loop()
    front = Front(application, way, loop, patience, health)
    front.port = listening.getsockname()[1]

    def accept() -> Connection:
        front.make_room()
        return Connection(front)

    server = loop.run_until_complete(loop.create_server(accept, sock=listening, backlog=BACKLOG))
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


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one. Raises ServeError."""
    if not 0 <= port <= 65_535:
        msg = f"cannot listen on {host} port {port}: ports go from 0 to 65535; 0 takes any that is free"
        raise ServeError(msg)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE  # noqa: S104 - as asked for
        )[0]  # fmt: skip
        listening = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a name with an empty or an overlong part
        msg = (
            f"cannot listen on {host} port {port}: nobody knows an address of this name; give an address of this "
            "machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
        )
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
