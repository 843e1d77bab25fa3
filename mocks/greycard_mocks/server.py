"""The web server behind one seam: cheroot, threads for slow requests, bodies streamed, the socket within reach.

cheroot was chosen over waitress because faults below HTTP need the connection, and over the development server of
Werkzeug for its speed; `tests/bench` measures them side by side.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cheroot import wsgi

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 24
MAX_THREADS = 96
MAX_HEADER_BYTES = 64 << 10
READ_SECONDS = 15
BACKLOG = 128


class ServeError(OSError):
    """The server cannot listen; the message says where and what to do."""


class _Gateway(wsgi.Gateway_10):  # type: ignore[misc]
    """Adds the connection to the environ, and keeps quiet when a fault has ended it."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["greycard.socket"] = self.req.conn.socket
        if self.req.chunked_read:
            environ["wsgi.input_terminated"] = True
        return environ

    def respond(self) -> None:
        try:
            super().respond()
        except (OSError, ValueError):
            self.req.close_connection = True
            if not self.env.get("greycard.broken"):
                raise


class _Server(wsgi.Server):  # type: ignore[misc]
    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        del level
        if traceback and "socket" not in msg:
            super().error_log(msg, 20, traceback)


@dataclass(slots=True)
class RunningServer:
    """A server that listens; `url` is where. Close it when done."""

    url: str
    port: int
    _server: Any
    _thread: threading.Thread

    def close(self) -> None:
        """Stop listening and wait until the requests under way have ended."""
        self._server.stop()
        self._thread.join(timeout=10)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(application: Callable[..., Any], host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Serve `application` in background threads; port 0 takes any free one. Raises ServeError when it cannot listen."""
    server = _Server(
        (host, port), application, numthreads=THREADS, max=MAX_THREADS, request_queue_size=BACKLOG, timeout=READ_SECONDS,
        shutdown_timeout=2, server_name="greycard",
    )  # fmt: skip
    server.gateway = _Gateway
    server.max_request_header_size = MAX_HEADER_BYTES
    server.nodelay = True
    try:
        server.prepare()
    except (OSError, OverflowError) as error:
        with contextlib.suppress(Exception):
            server.stop()
        msg = f"cannot listen on {host} port {port}: {_why(error)}"
        raise ServeError(msg) from None
    bound = server.bind_addr[1]
    thread = threading.Thread(target=server.serve, name="greycard-server", daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else ("127.0.0.1" if host in ("", "0.0.0.0") else host)  # noqa: S104 - compared, not bound
    return RunningServer(f"http://{shown}:{bound}", bound, server, thread)


def _why(error: BaseException) -> str:
    text = str(error)
    if "in use" in text or "No socket" in text:
        return "the port is taken, or the address is not one of this machine's; choose another with --port (0 takes any)"
    return text


