"""The control plane below ``/_mock/``: worlds, scenarios, faults, clocks, journals, as JSON.

Knows Flask, no vendor. What a request may do is decided by `web.access`, what it means by `actions` and
`views`; its OpenAPI document is `control.openapi.json`.
"""

from __future__ import annotations

import json
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from greycard_mocks.control import actions, views
from greycard_mocks.control.query import check_query, openapi
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.engine.har import har_of, har_of_world
from greycard_mocks.engine.world_file import MAX_FILE_BYTES
from greycard_mocks.pipeline.body import BodyError, read_body
from greycard_mocks.pipeline.json_body import parse_json
from greycard_mocks.web.access import why_cross_site, why_from_a_mock, why_host_refused, why_token_refused
from greycard_mocks.web.messages import incoming, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.engine.engine import Engine

PREFIX = "/_mock"
MAX_BODY_BYTES = 256 << 10
_WORLD = "/worlds/<world>"


def control_blueprint(engine: Engine, token: str | None = None, own_hosts: tuple[str, ...] = ()) -> Blueprint:
    """The routes of the control plane.

    `token` is asked for when it is set; `own_hosts` are host names under which the mock may be reached, beside
    those of this machine.
    """
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)

    @blueprint.before_request
    def guard() -> Response | None:
        return refused(incoming(request.environ).headers, own_hosts, token)

    def route(
        rule: str,
        method: str,
        act: Callable[..., Any],
        *,
        body: int = 0,
        read: Callable[[int], Any] = _json_body,
        status: int = 200,
    ) -> None:
        """`act(engine, [world,] [body])` behind one path and method; `read` reads a body of at most `body` bytes."""

        @wraps(act)
        def view(**parameters: str) -> Response:
            engine.worlds.catch_up()
            arguments: list[Any] = [engine, *(parameters[name] for name in ("vendor",) if name in parameters)]
            known: dict[str, Any] = {"vendor": engine.runtimes}
            if "world" in parameters:
                found = actions.find_world(engine, parameters["world"])
                known["operation"] = found.runtime.operations
                arguments.append(found)
            check_query(PREFIX + rule, method, request.args, known)
            if body:
                arguments.append(read(body))
            return _answer(act(*arguments), status)

        blueprint.add_url_rule(
            rule,
            f"{method} {rule}".replace(".", "-"),
            _with_problems(view),
            methods=[method],
            provide_automatic_options=False,
        )

    route("/openapi.json", "GET", lambda _: openapi())
    route("/vendors", "GET", views.vendors)
    route("/vendors/<vendor>/variants", "GET", lambda _, name: views.variants_of(actions.find_vendor(engine, name)))
    route("/vendors/<vendor>/variants", "PATCH", actions.change_vendor, body=MAX_BODY_BYTES)
    route("/worlds", "GET", lambda _: views.worlds(engine, request.args))
    route("/unmatched", "GET", lambda _: views.unmatched(engine, request.args))
    route("/har", "GET", har_of)
    route("/reset", "POST", actions.reset_all, body=MAX_BODY_BYTES)
    route(_WORLD, "GET", views.world)
    route(_WORLD, "DELETE", actions.forget)
    route(f"{_WORLD}/scenarios", "GET", views.scenarios)
    route(f"{_WORLD}/scenarios", "POST", actions.add_scenario, body=MAX_BODY_BYTES, status=201)
    route(f"{_WORLD}/scenarios", "DELETE", actions.clear_scenarios)
    route(f"{_WORLD}/faults", "GET", views.faults)
    route(f"{_WORLD}/faults", "POST", actions.add_fault, body=MAX_BODY_BYTES, status=201)
    route(f"{_WORLD}/faults", "DELETE", actions.clear_faults)
    route(f"{_WORLD}/clock", "GET", views.clock)
    route(f"{_WORLD}/clock", "POST", actions.set_clock, body=MAX_BODY_BYTES)
    route(f"{_WORLD}/clock/moves", "GET", lambda _, world: views.clock_moves(world, request.args))
    route(f"{_WORLD}/variants", "GET", views.variants)
    route(f"{_WORLD}/variants", "PATCH", actions.change_variants, body=MAX_BODY_BYTES)
    route(f"{_WORLD}/settings", "GET", views.settings)
    route(f"{_WORLD}/settings", "PATCH", actions.change_settings, body=MAX_BODY_BYTES)
    route(f"{_WORLD}/tasks", "GET", lambda _, world: views.tasks(world, request.args))
    route(f"{_WORLD}/requests", "GET", lambda _, world: views.entries(world, "request", request.args))
    route(f"{_WORLD}/downloads", "GET", lambda _, world: views.entries(world, "download", request.args))
    route(f"{_WORLD}/deliveries", "GET", lambda _, world: views.entries(world, "delivery", request.args))
    route(f"{_WORLD}/deliveries", "POST", actions.deliver, body=MAX_BODY_BYTES, status=201)
    route(f"{_WORLD}/har", "GET", lambda _, world: har_of_world(world))
    route(f"{_WORLD}/reset", "POST", actions.reset, body=MAX_BODY_BYTES)
    route(f"{_WORLD}/export", "GET", actions.export)
    route(f"{_WORLD}/import", "PUT", actions.load, body=MAX_FILE_BYTES, read=_body)
    return blueprint


def refused(headers: Mapping[str, str], own_hosts: tuple[str, ...], token: str | None) -> Response | None:
    """The refusal of a request that may not use the control plane; None when it may. Header names are lower-case."""
    from_a_mock = why_from_a_mock(headers)
    if from_a_mock is not None:
        return problem(403, "sent by a mock", from_a_mock)
    wrong_token = why_token_refused(headers, token)
    # a name that nobody told us of is fine behind a right token, which no page of another site can know
    if token is None or wrong_token is not None:
        wrong_host = why_host_refused(headers, own_hosts, has_token=token is not None)
        if wrong_host is not None:
            return problem(403, "host refused", wrong_host)
    foreign = why_cross_site(headers)
    if foreign is not None:
        return problem(403, "origin refused", foreign)
    if wrong_token is not None:
        answer = problem(401, "token needed", wrong_token)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return None


def _with_problems(view: Callable[..., Response]) -> Callable[..., Response]:
    """`view` with the errors of its request as problem details."""

    @wraps(view)
    def told(**parameters: str) -> Response:
        try:
            return view(**parameters)
        except actions.ControlError as error:
            return problem(error.status, error.title, str(error))
        except BodyError as error:
            status, title = (413, "body too large") if error.too_large else (400, "body unreadable")
            return problem(status, title, str(error))
        except StoreError as error:
            return problem(503, "no store", str(error))

    return told


def _body(limit: int) -> bytes:
    """The JSON of the request as it came, at most `limit` bytes."""
    if request.mimetype != "application/json":
        sent = request.mimetype or "missing"
        raise actions.ControlError(
            415, "not JSON", f"Content-Type is {sent[:80]}; send application/json, at least {{}}"
        )
    wanted = incoming(request.environ)
    return read_body(wanted.stream, wanted.content_length, limit)


def _json_body(limit: int) -> dict[str, Any]:
    return parse_json(_body(limit))


def _answer(value: Any, status: int) -> Response:
    response = Response(json.dumps(value), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
