"""Requests as they come in and answers as they go out, over WSGI. Knows HTTP, no vendor.

`serve` is the whole way of one request to a vendor: read, answered by the engine, sent. What of a body nobody has
read is read off before the answer goes, so that a client that is still sending can read it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, request

from greycard_mocks.clock import monotonic
from greycard_mocks.core.answer import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.answer import Answer

DRAIN_BYTES = 512 << 20
"""How much of a refused body is read off."""

DRAIN_SECONDS = 60.0
BLOCK_BYTES = 64 << 10


def serve(handle: Callable[[Request], Answer], **_: str) -> Response:
    """Answer the current Flask request with `handle`."""
    environ = request.environ
    answer = handle(incoming(environ))
    whole = drain(environ)
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    headers = response.headers
    for name, value in answer.headers:
        headers[name] = value
    if answer.reason:
        headers["X-Greycard-Reason"] = answer.reason
    if not whole:
        headers["Connection"] = "close"
    if answer.manners is not None:
        from greycard_mocks.web.responses import in_manner

        in_manner(response, answer, environ)
    if answer.fault:
        from greycard_mocks.web.responses import act_out

        act_out(response, answer, environ)
    return response


def incoming(environ: dict[str, Any]) -> Request:
    """A WSGI request as the engine wants it; its body is not touched."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    length = environ.get("CONTENT_LENGTH") or ""
    chunked = environ.get("wsgi.input_terminated") or "chunked" in headers.get("transfer-encoding", "").lower()
    size = int(length) if length.isdigit() else (None if chunked else 0)
    # the server gives the path decoded, as bytes in the form of latin-1
    path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
    host = headers.get("host") or environ.get("SERVER_NAME", "localhost")
    origin = _origin(environ.get("wsgi.url_scheme", "http"), host)
    stream = environ["wsgi.input"]
    if not isinstance(stream, Counted):
        stream = environ["wsgi.input"] = Counted(stream, size)
    return Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, stream, size, origin)


@lru_cache(maxsize=256)
def _origin(scheme: str, host: str) -> str:
    return f"{scheme}://{quote(host, safe=':[]-.')}"


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error of the mock's own endpoints as RFC 9457 problem details."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return Response(body, status, content_type="application/problem+json")


class Counted:
    """The body of a request; knows how much of it is left, whatever the server's own stream knows."""

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self.left = length
        """Bytes that have not been read; None while the length is unknown."""
        self.awaited = bool(getattr(stream, "awaited", False))
        """Whether the client holds the body back until it is asked for (``Expect: 100-continue``)."""

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, none at the end; all when none is named."""
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK_BYTES), b""))
        if self.left is not None:
            size = min(size, self.left)
        block: bytes = self._stream.read(size) if size else b""
        self.awaited = self.awaited and not block
        if self.left is not None:
            self.left -= len(block)
        elif not block and size:
            self.left = 0
        return block


def drain(environ: dict[str, Any]) -> bool:
    """Read and forget the rest of a request body; whether all of it was read."""
    stream = environ["wsgi.input"]
    if stream.left == 0:
        return True
    if stream.awaited:  # nothing has been sent yet, and nothing will be after this answer
        return False
    deadline, total = monotonic() + DRAIN_SECONDS, 0
    try:
        while total < DRAIN_BYTES and monotonic() < deadline:
            block = stream.read(BLOCK_BYTES)
            if not block:
                return bool(stream.left in (0, None))
            total += len(block)
    except (OSError, ValueError):
        pass
    return False
