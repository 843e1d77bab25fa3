"""The web server behind one seam: cheroot, threads for slow requests, bodies streamed, the socket within reach.

The choice fell on cheroot before waitress because faults below HTTP need the connection, and before the
development server of Werkzeug for its speed; `tests/bench` measures them side by side.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cheroot import server as http
from cheroot import wsgi

from greycard_mocks.web._server_input import Body, Reader
from greycard_mocks.web._stand_ins import StandIns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

THREADS = 24
MAX_THREADS = 512
"""With those that take the place of others, which wait for large pictures."""

MAX_HEADER_BYTES = 64 << 10
READ_SECONDS = 15
BACKLOG = 128
STOP_SECONDS = 0.05
"""How often the waiting server looks whether it shall stop."""


class ServeError(OSError):
    """The server cannot listen; the message says where and what to do."""


class _Request(http.HTTPRequest):
    """Reads the body in bounded blocks, and asks for one that is held back only when somebody wants it."""

    body: Body
    header_name: Callable[[str], str] | None = None
    """How this answer's header names are spelled, those of the server too."""

    def read_request_line(self) -> bool:
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError:  # an address that cannot be parsed, such as http://[; its text is not given back
            self.simple_response("400 Bad Request", "Malformed Request-URI.")
            return False

    def simple_response(self, status: Any, msg: str = "") -> None:
        # what is no proper request ends the connection, which cheroot does without saying so
        text = msg.encode("latin-1", "replace")
        head = (
            f"{self.server.protocol} {status}\r\nContent-Length: {len(text)}\r\nContent-Type: text/plain\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self.conn.wfile.write(head.encode("latin-1") + text)

    def read_request_headers(self) -> bool:
        lines, self.header_reader = self.header_reader, self._without_expectation
        self._lines, self._awaited = lines, False
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        lengths = self.inheaders.get(b"Content-Length", b"0")
        if not lengths.strip().isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        if self.chunked_read and b"Content-Length" in self.inheaders:
            # RFC 9112, 6.3: a request with both is an attempt to smuggle another one
            self.simple_response("400 Bad Request", "Content-Length and Transfer-Encoding exclude each other.")
            return False
        return True

    def _without_expectation(self, rfile: Any, headers: dict[bytes, bytes]) -> dict[bytes, bytes]:
        try:
            self._lines(rfile, headers)
        except UnboundLocalError:  # cheroot's, about a first line that goes on with none
            raise ValueError("Malformed Header: the first line continues none.") from None
        self._awaited = headers.pop(b"Expect", b"").strip().lower() == b"100-continue"
        return headers

    def _ask(self) -> None:
        self.conn.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def respond(self) -> None:
        length = None if self.chunked_read else int(self.inheaders.get(b"Content-Length", b"0"))
        waits = self._awaited and self.response_protocol == "HTTP/1.1" and length != 0
        self.rfile = self.body = Body(self.conn.rfile, length, self._ask if waits else None)
        self.server.gateway(self).respond()
        if self.ready:
            self.ensure_headers_sent()
        if self.chunked_write:
            self.conn.wfile.write(b"0\r\n\r\n")

    def send_headers(self) -> None:
        self.body.drain()
        status: Any = self.status
        if status.startswith(b"413"):
            self.status = _Refused(status)  # type: ignore[assignment]
        # what is left of a body would be read as the next request
        wanted = (b"Connection", b"close") in self.outheaders
        self.close_connection = self.close_connection or wanted or not self.body.whole
        if self.header_name is not None:
            self.outheaders = _Spelled(self.outheaders, self.header_name)
        super().send_headers()


class _Refused(bytes):
    """The status 413 of an answer after which the connection goes on: what was too much has been read off.

    The server that this is based on looks at the first three characters, and would close after any 413.
    """

    def __getitem__(self, _: Any) -> bytes:  # type: ignore[override]
        return b"400"


class _Spelled(list[tuple[bytes, bytes]]):
    """Headers that are read with their names spelled by a rule, also those that are added later."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]], spell: Callable[[str], str]) -> None:
        super().__init__(headers)
        self._spell = spell

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        for name, value in super().__iter__():
            yield self._spell(name.decode("latin-1")).encode("latin-1"), value


class _Connection(http.HTTPConnection):
    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: Any, *_: Any) -> None:
        super().__init__(server, sock)
        self.rfile = Reader(sock, server.timeout, self.rbufsize)

    def close(self) -> None:
        # cheroot leaves the writer to the garbage collector; what it could not send would be tried, and complained
        # about, when the socket is long gone
        with contextlib.suppress(OSError, ValueError):
            self.wfile.close()
        super().close()

    def _close_kernel_socket(self) -> None:
        # a fault may have closed it already; an error here would end the worker thread
        with contextlib.suppress(OSError):
            super()._close_kernel_socket()  # type: ignore[misc]

    def communicate(self) -> bool:
        self.rfile.timed.begin()
        return bool(super().communicate())  # type: ignore[no-untyped-call]


class _Gateway(wsgi.Gateway_10):
    """Adds the connection to the environ, and keeps quiet when a fault has ended it."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["greycard.socket"] = self.req.conn.socket
        environ["greycard.drain"] = self.req.body.drain
        if self.req.chunked_read:
            environ["wsgi.input_terminated"] = True
        return environ

    def start_response(self, *arguments: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.req.header_name = self.env.get("greycard.header_name")
        return super().start_response(*arguments)

    def respond(self) -> None:
        try:
            super().respond()
        except (OSError, ValueError):
            self.req.close_connection = True
            if not self.env.get("greycard.broken"):
                raise


class _Server(wsgi.Server):
    ConnectionClass = _Connection

    @staticmethod
    def bind_socket(socket_: Any, bind_addr: Any) -> Any:
        try:
            return wsgi.Server.bind_socket(socket_, bind_addr)  # type: ignore[no-untyped-call]
        except OSError:  # cheroot forgets the socket without closing it
            socket_.close()
            raise

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
    _stand_ins: StandIns

    def stand_in(self) -> AbstractContextManager[None]:
        """To be entered by a thread of this server while it waits: another one takes requests in its place."""
        return self._stand_ins.stand_in()

    def close(self) -> None:
        """Stop listening and wait until the requests under way have ended."""
        self._stand_ins.close()
        self._server.stop()
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(
    application: Callable[..., Any], host: str = "127.0.0.1", port: int = 0, *, patience: float = READ_SECONDS
) -> RunningServer:
    """Serve `application` in background threads; port 0 takes any free one.

    `patience` is how many seconds a request may take to arrive (more when a large body flows well). Raises
    ServeError when it cannot listen.
    """
    if not 0 <= port <= 65_535:
        msg = f"cannot listen on {host} port {port}: ports go from 0 to 65535; 0 takes any that is free"
        raise ServeError(msg)
    server = _Server(
        (host, port),
        application,
        numthreads=THREADS,
        max=MAX_THREADS,
        request_queue_size=BACKLOG,
        timeout=patience,  # type: ignore[arg-type]
        shutdown_timeout=2,
        server_name="greycard",
    )
    server.gateway = _Gateway
    server.max_request_header_size = MAX_HEADER_BYTES
    server.nodelay = True
    server.expiration_interval = STOP_SECONDS
    try:
        _in_daemon(server.prepare)
    except OSError as error:
        with contextlib.suppress(Exception):
            server.stop()
        msg = f"cannot listen on {host} port {port}: {_why(error)}"
        raise ServeError(msg) from None
    bound = server.bind_addr[1]
    thread = threading.Thread(target=server.serve, name="greycard-server", daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else ("127.0.0.1" if host in ("", "0.0.0.0") else host)  # noqa: S104 - compared, not bound
    return RunningServer(f"http://{shown}:{bound}", bound, server, thread, StandIns(server.requests))


def _in_daemon(prepare: Callable[[], None]) -> None:
    """Run `prepare` in a daemon thread, which makes the threads that it starts daemons too.

    So a program that forgets to close its server ends all the same.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            prepare()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            raised.append(error)

    thread = threading.Thread(target=run, name="greycard-start", daemon=True)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def _why(error: BaseException) -> str:
    text = str(error)
    if "in use" in text or "No socket" in text:
        advice = "choose another with --port (0 takes any)"
        return f"the port is taken, or the address is not one of this machine's; {advice}"
    return text
