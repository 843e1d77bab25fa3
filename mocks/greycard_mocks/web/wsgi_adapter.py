"""A `requests` adapter that reaches the mock in the same process: the client's whole way, no socket.

As the web server does, it hands requests to a vendor past the WSGI application to the engine, where it is given one.
"""

from __future__ import annotations

import gzip
import io
import sys
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

from greycard_mocks.core.answer import Request
from greycard_mocks.core.paths import is_for_engine
from greycard_mocks.web.arriving import origin_of
from greycard_mocks.web.reply import reply_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    from greycard_mocks.core.answer import Answer
    from greycard_mocks.web.reply import Reply

__all__ = ["Session", "WSGIAdapter", "mount", "new_session", "post_to"]

_PHRASES = {int(one): one.phrase for one in HTTPStatus}


class WSGIAdapter(BaseAdapter):
    """Sends requests to a vendor to `handle`, where there is one, every other one to `application`.

    Raises ConnectionError where a fault asks for it.
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], handle: Callable[[Request], Answer] | None = None
    ) -> None:
        super().__init__()
        self._application, self._handle = application, handle

    def send(self, request: PreparedRequest, stream: bool = False, *_: Any, **__: Any) -> Response:  # noqa: FBT001, FBT002 - requests' signature
        """Answer one prepared request; `stream` leaves the body to be read by the caller."""
        if self._handle is not None:
            parts = urlsplit(request.url or "")
            path = unquote_to_bytes(parts.path or "/").decode("utf-8", "replace")
            if is_for_engine(path):
                return self._direct(request, parts, path, stream=stream)
        return self._through_application(request, stream=stream)

    def _direct(self, request: PreparedRequest, parts: SplitResult, path: str, *, stream: bool) -> Response:
        assert self._handle is not None  # noqa: S101 - asked above
        body, length = _body(request)
        sent: list[tuple[str, Any]] = list(request.headers.items())
        headers = {"host": parts.netloc}
        for name, value in sent:
            lower = name.lower()
            if lower != "host" and (value or lower != "content-type"):
                headers[lower] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        origin = origin_of(parts.scheme, parts.netloc)
        method = request.method or "GET"
        asked = Request(method, path, parts.query, headers, body, length, origin)
        reply = reply_of(self._handle(asked), headers.get("accept-encoding", ""))
        content = _content(reply, sent=method != "HEAD")
        if reply.instead is not None:
            raise _ended(reply.fault, request)
        spell = reply.spell or str
        told = [(spell(name), value) for name, value in reply.headers]
        if not reply.chunked:
            told.append((spell("Content-Length"), str(len(content))))
        if reply.close:
            told.append((spell("Connection"), "close"))
        phrase = _PHRASES.get(reply.status, "Unknown")
        return self._response(request, reply.status, phrase, told, content, stream=stream)

    def _through_application(self, request: PreparedRequest, *, stream: bool) -> Response:
        environ = _environ(request)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            del exc_info
            started.append((status, headers))
            return _no_write

        blocks = self._application(environ, start_response)
        try:
            body = b"".join(blocks)
        finally:
            close = getattr(blocks, "close", None)
            if close is not None:
                close()
        if "greycard.fault" in environ:
            raise _ended(environ["greycard.fault"], request)
        status, headers = started[-1]
        spell = environ.get("greycard.header_name")
        if spell is not None:
            headers = [(spell(name), value) for name, value in headers]
        code, words = status.split(" ", 1)
        return self._response(request, int(code), words, headers, body, stream=stream)

    def _response(
        self,
        request: PreparedRequest,
        status: int,
        words: str,
        headers: list[tuple[str, str]],
        body: bytes,
        *,
        stream: bool,
    ) -> Response:
        response = Response()
        response.status_code = status
        response.reason = words
        response.headers = CaseInsensitiveDict(headers)
        response.url = request.url or ""
        response.request = request
        response.connection = self  # type: ignore[assignment]
        response.encoding = "utf-8"
        content = body if request.method != "HEAD" else b""
        if stream:
            response.raw = HTTPResponse(
                io.BytesIO(content), headers=HTTPHeaderDict(headers), status=status, preload_content=False,
                request_method=request.method,
            )  # fmt: skip
        else:
            # what `Response.content` would read out of `raw`, block by block, is here already
            if response.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content) if content else b""
            response.raw = io.BytesIO()
            response._content, response._content_consumed = content, True  # type: ignore[attr-defined]  # noqa: SLF001
        return response

    def close(self) -> None:
        """Nothing is held open."""


def mount(
    session: Session,
    application: Callable[..., Iterable[bytes]],
    origin: str,
    handle: Callable[[Request], Answer] | None = None,
) -> Session:
    """Let `session` reach `application` under `origin` without a socket; returns the session.

    With `handle`, an engine's, requests to a vendor go there at once.
    """
    session.mount(origin, WSGIAdapter(application, handle))
    return session


def new_session() -> Session:
    """A session that takes nothing from the environment: no proxy, no stored credentials."""
    session = Session()
    session.trust_env = False
    return session


def post_to(
    application: Callable[..., Iterable[bytes]], url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    """POST `body` to a WSGI application in this process; its (status, body)."""
    from requests import Request

    prepared = Request("POST", url, headers=dict(headers), data=body).prepare()
    response = WSGIAdapter(application).send(prepared)
    return response.status_code, response.content


def _no_write(_: bytes) -> None:
    msg = "the write() of WSGI is not supported"
    raise NotImplementedError(msg)


def _ended(fault: str, request: PreparedRequest) -> ConnectionFailed:
    return ConnectionFailed(f"connection ended by the fault {fault}", request=request)


def _content(reply: Reply, *, sent: bool) -> bytes:
    """The body of a reply, when the time that it takes to come has passed, which what is not `sent` does not take."""
    if reply.clock is not None and reply.instead is None:
        pauses = [reply.pause for _ in reply.in_pieces()] if sent and reply.pieces > 1 else []
        for seconds in (reply.delay, *pauses):
            reply.clock.sleep(seconds)
    if reply.file is None:
        return reply.body
    with reply.file as file:
        file.seek(0)
        return file.read()


def _body(request: PreparedRequest) -> tuple[Any, int]:
    """What the body is read from, and its length."""
    body: Any = request.body
    if body is None:
        return io.BytesIO(), 0
    if isinstance(body, str | bytes):
        content = body.encode() if isinstance(body, str) else body
        return io.BytesIO(content), len(content)
    if hasattr(body, "read"):
        return body, int(request.headers.get("Content-Length", 0))
    content = b"".join(body)
    return io.BytesIO(content), len(content)


def _environ(request: PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    stream, length = _body(request)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": stream,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.body is not None:
        environ["CONTENT_LENGTH"] = str(length)
    sent: list[tuple[str, Any]] = list(request.headers.items())
    for name, value in sent:
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = _key(name)
        if key is not None:
            environ[key] = text
    return environ


@lru_cache(maxsize=256)
def _key(header: str) -> str | None:
    """Where WSGI keeps a header; None for those that stand elsewhere in the environ."""
    key = header.upper().replace("-", "_")
    if key in ("CONTENT_LENGTH", "HOST"):
        return None
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"
