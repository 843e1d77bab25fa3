"""A `requests` adapter that calls a WSGI application in the same process: the client's whole way, no socket."""

from __future__ import annotations

import gzip
import io
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Session", "WSGIAdapter", "mount", "new_session", "post_to"]


class WSGIAdapter(BaseAdapter):
    """Sends every request to `application` and gives its answer.

    Raises ConnectionError where a fault asks for it.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        super().__init__()
        self._application = application

    def send(self, request: PreparedRequest, stream: bool = False, *_: Any, **__: Any) -> Response:  # noqa: FBT001, FBT002 - requests' signature
        """Answer one prepared request; `stream` leaves the body to be read by the caller."""
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
            msg = f"connection ended by the fault {environ['greycard.fault']}"
            raise ConnectionFailed(msg, request=request)
        status, headers = started[-1]
        spell = environ.get("greycard.header_name")
        if spell is not None:
            headers = [(spell(name), value) for name, value in headers]
        code, words = status.split(" ", 1)
        response = Response()
        response.status_code = int(code)
        response.reason = words
        response.headers = CaseInsensitiveDict(headers)
        response.url = request.url or ""
        response.request = request
        response.connection = self  # type: ignore[assignment]
        response.encoding = "utf-8"
        content = body if request.method != "HEAD" else b""
        if stream:
            response.raw = HTTPResponse(
                io.BytesIO(content), headers=HTTPHeaderDict(headers), status=int(code), preload_content=False,
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


def mount(session: Session, application: Callable[..., Iterable[bytes]], origin: str) -> Session:
    """Let `session` reach `application` under `origin` without a socket; returns the session."""
    session.mount(origin, WSGIAdapter(application))
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


def _environ(request: PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body: Any = request.body
    stream: Any
    if body is None:
        stream, length = io.BytesIO(), 0
    elif isinstance(body, str | bytes):
        content = body.encode() if isinstance(body, str) else body
        stream, length = io.BytesIO(content), len(content)
    elif hasattr(body, "read"):
        stream, length = body, int(request.headers.get("Content-Length", 0))
    else:
        content = b"".join(body)
        stream, length = io.BytesIO(content), len(content)
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
    if body is not None:
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
