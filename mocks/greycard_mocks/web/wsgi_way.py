"""The way of a request to a WSGI application: its body first, then the application in a thread, then its answer whole.

The answer is kept, in a file when it is large, so that a client that reads slowly keeps no thread.
"""

from __future__ import annotations

import sys
import tempfile
from typing import IO, TYPE_CHECKING, Any, cast

from greycard_mocks.core.halt import BLOCKS, NeedsBody
from greycard_mocks.web.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.halt import Halt
    from greycard_mocks.web.arriving import Arriving

    Application = Callable[..., Iterable[bytes]]

MAX_BODY_BYTES = 72 << 20
"""More of a body is not kept for an application; it is told the length that was declared."""

SMALL_ANSWER = 256 << 10
_SINGLE = ("content-type", "content-length")


def wsgi_way(application: Application, request: Request, arriving: Arriving, port: int) -> Generator[Halt, None, Reply]:
    """Ask `application`, in a thread."""
    length = arriving.length
    if length is None or 0 < length <= MAX_BODY_BYTES:
        yield NeedsBody(MAX_BODY_BYTES)
    yield BLOCKS
    return called(application, environ_of(request, arriving, port))


def at_once(reply: Reply) -> Generator[Halt, None, Reply]:
    """A reply for which nothing is asked."""
    return reply
    yield


def environ_of(request: Request, arriving: Arriving, port: int) -> dict[str, Any]:
    """The request as WSGI describes it."""
    path = request.path.encode("utf-8", "surrogateescape").decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "greycard",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{arriving.version}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": request.stream,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if name in _SINGLE else f"HTTP_{key}"] = value
    if arriving.chunked:
        environ["wsgi.input_terminated"] = True
    return environ


def called(application: Application, environ: dict[str, Any]) -> Reply:
    """What an application answers, whole."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
        started[:] = [int(status[:3]), headers]
        return _no_write

    blocks = application(environ, start_response)
    content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SMALL_ANSWER)  # noqa: SIM115 - closed when it is sent
    try:
        for block in blocks:
            content.write(block)
    finally:
        close = getattr(blocks, "close", None)
        if close is not None:
            close()
    status, given = started
    length = next((int(value) for name, value in given if name.lower() == "content-length"), None)
    headers = [(name, value) for name, value in given if name.lower() not in ("content-length", "connection")]
    reply = Reply(status, headers)
    reply.close = any(name.lower() == "connection" and value.lower() == "close" for name, value in given)
    if environ["REQUEST_METHOD"] == "HEAD":
        reply.length = length
    if content.tell() > SMALL_ANSWER:
        reply.file = cast("Any", content)
    else:
        content.seek(0)
        reply.body = content.read()
        content.close()
    return reply


def _no_write(_: bytes) -> None:
    msg = "the write() of WSGI is not supported"
    raise NotImplementedError(msg)
