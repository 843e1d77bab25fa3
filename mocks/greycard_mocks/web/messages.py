"""Requests as they come in and answers as they go out, over WSGI. Knows HTTP, no vendor.

`serve` is the whole way of one request to a vendor: read, answered by the engine, sent.
"""

from __future__ import annotations

import io
import json
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from flask import Response, request

from greycard_mocks.core.answer import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.answer import Answer

FILE_BLOCK = 256 << 10


def serve(handle: Callable[[Request], Answer], **_: str) -> Response:
    """Answer the current Flask request with `handle`."""
    environ = request.environ
    answer = handle(incoming(environ))
    if "greycard.drain" in environ:  # before a fault breaks the connection off, or keeps the client waiting
        environ["greycard.drain"]()
    if answer.file is None:
        response = Response(answer.body, answer.status, content_type=answer.content_type)
    else:
        response = _from_file(answer.file, answer)
    headers = response.headers
    for name, value in answer.headers:
        headers[name] = value
    if answer.reason:
        headers["X-Greycard-Reason"] = answer.reason
    if answer.manners is not None:
        from greycard_mocks.web.responses import in_manner

        in_manner(response, answer, environ)
    if answer.fault:
        from greycard_mocks.web.responses import act_out

        act_out(response, answer, environ)
    return response


def _from_file(file: BinaryIO, answer: Answer) -> Response:
    """A response whose body never stands in memory as a whole."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    response = Response(iter(partial(file.read, FILE_BLOCK), b""), answer.status, content_type=answer.content_type)
    response.headers["Content-Length"] = str(size)
    response.call_on_close(file.close)
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
    return Request(
        environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, environ["wsgi.input"], size, origin
    )  # fmt: skip


@lru_cache(maxsize=256)
def _origin(scheme: str, host: str) -> str:
    return f"{scheme}://{quote(host, safe=':[]-.')}"


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error of the mock's own endpoints as RFC 9457 problem details."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return Response(body, status, content_type="application/problem+json")
