"""The Flask application: vendors at their real paths; test pictures, control plane and page below ``/_mock/``.

One rule takes every address that is not the mock's own and hands it to the engine, whose router knows what the
vendors have. Knows HTTP, no vendor.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from greycard_mocks.core.paths import RESULTS
from greycard_mocks.images.origin import IMAGES_PATH, image_blocks, parse_image_request
from greycard_mocks.images.turns import SentAwayError
from greycard_mocks.web.health import health
from greycard_mocks.web.messages import problem, serve

if TYPE_CHECKING:
    from greycard_mocks.engine.engine import Engine

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class _Anything(BaseConverter):
    """The rest of a path, slashes and all."""

    regex = ".*?"
    part_isolating = False
    weight = 1000  # last: whatever the mock itself has comes first


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
    app.url_map.converters["anything"] = _Anything
    app.json.sort_keys = False  # type: ignore[attr-defined]
    answer = partial(serve, engine.handle)
    app.add_url_rule("/<anything:path>", "vendors", answer, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/_mock/health", "health", lambda: _health(engine))
    app.add_url_rule(f"{IMAGES_PATH}<name>", "images", partial(_image, engine))
    app.add_url_rule(f"{RESULTS}/<world>/<task>/<name>", "results", answer)
    app.register_blueprint(control_blueprint(engine, control_token, own_hosts))
    app.register_blueprint(page_blueprint(engine, token=control_token, own_hosts=own_hosts))
    app.after_request(_with_nosniff)
    app.register_error_handler(404, lambda _: answer())
    app.register_error_handler(405, lambda _: answer())
    return app


def _health(engine: Engine) -> Response:
    status, body = health(engine.runtimes, engine.worlds, engine.store)
    return Response(body, status, content_type="application/json")


def _image(engine: Engine, name: str) -> Response:
    try:
        wanted = parse_image_request(name, request.query_string.decode("latin-1"))
        blocks = image_blocks(wanted, engine.turns.turn) if wanted.status == 200 and not wanted.redirect else iter(())
        first = next(blocks, b"")
    except ValueError as error:
        return problem(400, "no such test picture", str(error))
    except SentAwayError as error:
        return problem(503, "the mock stops", str(error))
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
    return response


def _with_nosniff(response: Response) -> Response:
    """Let no browser take an answer for something else than its content type says, refusals included."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
