"""Requests as they come in and answers as they go out, over WSGI. Knows HTTP, no vendor.

`serve` is the whole way of one request to a vendor: read, answered by the engine, sent. A fault below HTTP needs the
connection, which WSGI does not give: it is named in the environ as ``greycard.fault``, for the transport within the
process to act it out; under a server that knows nothing of it the answer is sent whole.
"""

from __future__ import annotations

import io
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response, request

from greycard_mocks.core.answer import Request
from greycard_mocks.web.arriving import origin_of
from greycard_mocks.web.reply import reply_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greycard_mocks.core.answer import Answer
    from greycard_mocks.web.reply import Reply

FILE_BLOCK = 256 << 10


def serve(handle: Callable[[Request], Answer], **_: str) -> Response:
    """Answer the current Flask request with `handle`."""
    environ = request.environ
    reply = reply_of(handle(incoming(environ)), environ.get("HTTP_ACCEPT_ENCODING", ""))
    if reply.instead is not None:
        environ["greycard.fault"] = reply.fault
    elif reply.clock is not None and reply.delay:
        reply.clock.sleep(reply.delay)
    if reply.spell is not None:
        environ["greycard.header_name"] = reply.spell
    if reply.close:
        reply.headers.append(("Connection", "close"))
    response = Response(None, reply.status, reply.headers)
    if reply.file is not None:
        size = reply.file.seek(0, io.SEEK_END)
        reply.file.seek(0)
        response.response = iter(partial(reply.file.read, FILE_BLOCK), b"")
        response.call_on_close(reply.file.close)
        if not reply.chunked:
            response.headers["Content-Length"] = str(size)
    elif reply.chunked:
        response.response = reply.in_pieces()
    elif reply.pieces > 1:
        response.response = _slowly(reply)
        response.headers["Content-Length"] = str(len(reply.body))
    else:
        response.set_data(reply.body)
    return response


def _slowly(reply: Reply) -> Iterator[bytes]:
    for piece in reply.in_pieces():
        if reply.clock is not None:
            reply.clock.sleep(reply.pause)
        yield piece


def incoming(environ: dict[str, Any]) -> Request:
    """A WSGI request as the engine wants it; its body is not touched."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        headers["content-length"] = length
    chunked = environ.get("wsgi.input_terminated") or "chunked" in headers.get("transfer-encoding", "").lower()
    size = int(length) if length.isdigit() else (None if chunked else 0)
    # the server gives the path decoded, as bytes in the form of latin-1
    path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
    host = headers.get("host") or environ.get("SERVER_NAME", "localhost")
    origin = origin_of(environ.get("wsgi.url_scheme", "http"), host)
    return Request(
        environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, environ["wsgi.input"], size, origin
    )  # fmt: skip


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error of the mock's own endpoints as RFC 9457 problem details."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return Response(body, status, content_type="application/problem+json")
