"""The Flask door: hands requests to the engine and sends its answers. Knows HTTP, no vendor.

One rule an operation; test pictures, results and the control plane under ``/_mock/``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, request

from greycard_mocks.answers.values import RESULTS_PATH
from greycard_mocks.core.exchange import Request
from greycard_mocks.engine.result_links import result_answer
from greycard_mocks.images.origin import IMAGES_PATH, image_blocks, parse_image_request
from greycard_mocks.web.responses import counted, outgoing, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as Plain

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Operation

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(engine: Engine, *, control_token: str | None = None, own_hosts: tuple[str, ...] = ()) -> Flask:
    """A WSGI application that serves all vendors of `engine` at their real paths.

    `control_token` is asked for below ``/_mock/`` when it is set; `own_hosts` are host names under which the control
    plane may be reached, beside those of this machine.
    """
    from greycard_mocks.control.blueprint import control_blueprint
    from greycard_mocks.dashboard.blueprint import page_blueprint

    app = Flask("greycard_mocks", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for runtime in engine.runtimes.values():
        for operation in runtime.operations.values():
            if operation.kind != "delivery":
                rule = operation.path.replace("{", "<").replace("}", ">")
                view = _operation_view(engine, runtime, operation)
                app.add_url_rule(
                    rule, f"{runtime.name}/{operation.name}".replace(".", "-"), view,
                    methods=[operation.method], provide_automatic_options=False,
                )  # fmt: skip
    app.add_url_rule("/_mock/health", "health", lambda: _health(engine))
    app.add_url_rule(f"{IMAGES_PATH}<name>", "images", _image)
    app.add_url_rule(
        f"{RESULTS_PATH}/<world>/<task>/<name>",
        "results",
        lambda world, task, name: _result(engine, world, task, name),
    )
    app.register_blueprint(control_blueprint(engine, control_token, own_hosts))
    app.register_blueprint(page_blueprint(engine, token=control_token, own_hosts=own_hosts))
    app.register_error_handler(404, lambda _: _unmatched(engine))
    app.register_error_handler(405, lambda _: _unmatched(engine))
    return app


def incoming() -> Request:
    """The current Flask request as the engine wants it; its body is not touched."""
    environ = request.environ
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    length = environ.get("CONTENT_LENGTH") or ""
    chunked = environ.get("wsgi.input_terminated") or "chunked" in headers.get("transfer-encoding", "").lower()
    size = int(length) if length.isdigit() else (None if chunked else 0)
    # the raw path, so that %2F in a task id is no slash; the server gives it decoded
    path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
    host = headers.get("host") or environ.get("SERVER_NAME", "localhost")
    origin = f"{environ.get('wsgi.url_scheme', 'http')}://{quote(host, safe=':[]-.')}"
    stream = environ["wsgi.input"] = counted(environ["wsgi.input"], size)
    return Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, stream, size, origin)


def _operation_view(engine: Engine, runtime: Runtime, operation: Operation) -> Callable[..., Plain]:
    def view(**parameters: str) -> Plain:
        return send(engine.handle_operation(incoming(), runtime, operation, parameters), request.environ)

    return view


def _unmatched(engine: Engine) -> Plain:
    wanted = incoming()
    if wanted.path == "/_mock" or wanted.path.startswith("/_mock/"):
        detail = f"{wanted.method} {wanted.path[:200]} is no part of the control plane; see /_mock/openapi.json"
        return problem(404, "not found", detail)
    return send(engine.handle(wanted), request.environ)


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error of the control plane as RFC 9457 problem details."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return Response(body, status, content_type="application/problem+json")


def _health(engine: Engine) -> dict[str, Any]:
    return {"status": "ok", "vendors": sorted(engine.runtimes), "worlds": len(engine.worlds)}


def _image(name: str) -> Response:
    try:
        wanted = parse_image_request(name, request.query_string.decode("latin-1"))
        blocks = image_blocks(wanted) if wanted.status == 200 and not wanted.redirect else iter(())
        first = next(blocks, b"")
    except ValueError as error:
        return problem(400, "no such test picture", str(error))
    if wanted.redirect:
        return Response("", 302, headers={"Location": f"{IMAGES_PATH}{quote(name)}"})
    if wanted.status != 200:
        return Response("", wanted.status)

    def body() -> Any:
        yield first
        yield from blocks

    response = Response(body(), 200, content_type=wanted.content_type)
    if wanted.size_bytes is not None:
        response.headers["Content-Length"] = str(wanted.size_bytes)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _result(engine: Engine, world: str, task: str, name: str) -> Plain:
    return outgoing(result_answer(engine, world, task, name, request.query_string.decode("latin-1")))
