"""The page at ``/_mock/``: worlds, tasks, requests and deliveries to look at, and forms that steer a world.

Rendered on the server; works without scripts and without any network. Knows HTTP; what is shown is made by
the other modules of this folder, what the forms do is done by `forms`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, redirect, request

from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.core.scenario import words_of_stuck
from greycard_mocks.core.world import RESULT
from greycard_mocks.dashboard.filters import UNMATCHED, filter_of
from greycard_mocks.dashboard.forms import PANELS, FormError, act, fault_groups
from greycard_mocks.dashboard.index_page import KEY, unmatched_of, vendors_of
from greycard_mocks.dashboard.pictures import preview_of
from greycard_mocks.dashboard.text import credential_shown
from greycard_mocks.dashboard.world_page import MAX_SHOWN, STEP, is_told_by_account, page_of
from greycard_mocks.engine.har import har_of_world
from greycard_mocks.web.access import (
    host_name,
    is_same,
    why_cross_site,
    why_from_a_mock,
    why_host_refused,
    why_token_refused,
)
from greycard_schemas.presets import load_presets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from jinja2 import Environment

    from greycard_mocks.engine.engine import Engine

HOME = "/_mock/"
ASSETS = {"page.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # "no-referrer" would make browsers send "Origin: null" with the page's own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MAX_FORM_BYTES = 64 << 10
REFRESH_SECONDS = 5


def page_blueprint(engine: Engine, *, token: str | None = None, own_hosts: Collection[str] = ()) -> Blueprint:
    """The page for `engine`. With a `token` a reader has to log in.

    `own_hosts` are host names under which this mock may be reached, beside those of this machine itself.
    """
    blueprint = Blueprint("greycard_page", __name__)
    door = _Door(engine, token, frozenset(own_hosts))

    blueprint.before_request(door.check)
    blueprint.before_request(engine.worlds.catch_up)
    blueprint.after_request(_with_headers)
    blueprint.register_error_handler(StoreError, _without_store)
    blueprint.register_error_handler(413, lambda _: _plain(413, "the form is too large"))
    rule = blueprint.add_url_rule
    only: dict[str, Any] = {"provide_automatic_options": False}
    rule("/_mock", "bare", lambda: redirect(HOME, 308), **only)
    rule(HOME, "home", lambda: _home(engine), **only)
    rule("/_mock/login", "login", door.log_in, methods=["POST"], **only)
    rule("/_mock/assets/<name>", "assets", _asset, **only)
    rule("/_mock/page/<world_id>", "world", lambda world_id: _world(engine, door, world_id), **only)
    rule("/_mock/page/<world_id>/har", "har", lambda world_id: _har(engine, world_id), **only)
    rule("/_mock/page/<world_id>/results/<task>/<name>", "preview", lambda **named: _preview(engine, **named), **only)
    rule(
        "/_mock/page/<world_id>/<panel>", "act", lambda world_id, panel: _act(engine, door, world_id, panel),
        methods=["POST"], **only,
    )  # fmt: skip
    return blueprint


def _without_store(error: Exception) -> Response:
    return _plain(503, f"The mock keeps its worlds in a store, and {error}. Load the page again when that is back.")


class _Door:
    """Who may look and who may act."""

    def __init__(self, engine: Engine, token: str | None, own_hosts: frozenset[str]) -> None:
        self._engine, self._token, self._own_hosts = engine, token, own_hosts

    @cached_property
    def _secret(self) -> bytes:
        """The same in all processes that share their worlds: the next request may come to another one."""
        return self._engine.secret

    @cached_property
    def form_token(self) -> str:
        """What a form of this page carries."""
        return self._derived("form")

    @cached_property
    def _login_token(self) -> str:
        return self._derived("login")

    @cached_property
    def _cookie(self) -> str:
        return f"greycard-{self._derived('name')[:8]}"

    def _derived(self, purpose: str) -> str:
        message = f"{purpose}/{self._token}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def check(self) -> Response | None:
        """Refuse what must not pass; None lets a request through."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        why = why_from_a_mock(headers)
        if why:
            return _plain(403, why)
        if self._token is None:
            # behind a token any name will do: a cookie belongs to one name, and no other site has the token
            own = {*self._own_hosts, host_name(urlsplit(self._engine.origin).netloc) or ""}
            why = why_host_refused(headers, own)
            if why:
                return _plain(403, why)
        if request.endpoint == "greycard_page.assets":
            return None
        if request.method == "POST":
            request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
            request.max_form_parts = 200
            why = why_cross_site(headers) or self._why_form_refused()
            if why:
                return _plain(403, why)
        if request.endpoint == "greycard_page.login" or self._is_known(headers):
            return None
        return self._login(401, "")

    def _why_form_refused(self) -> str | None:
        expected = self._login_token if request.endpoint == "greycard_page.login" else self.form_token
        if is_same(request.form.get("form_token", ""), expected):
            return None
        return "this form is not from the page as it is now (was the mock started anew?); load the page again"

    def _is_known(self, headers: dict[str, str]) -> bool:
        if why_token_refused(headers, self._token) is None:
            return True
        return is_same(request.cookies.get(self._cookie, ""), self._derived("session"))

    def _login(self, status: int, error: str) -> Response:
        return _html("login.html", status, form_token=self._login_token, error=error)

    def log_in(self) -> Response:
        """Trade the token for a cookie that lasts as long as the browser's session and what made the page's secret."""
        if self._token is not None:
            if not is_same(request.form.get("token", "").strip(), self._token):
                return self._login(403, "That is not the token. It is shown where the mock was started.")
            answer = _see(HOME)
            answer.set_cookie(
                self._cookie, self._derived("session"), path="/_mock/", httponly=True, samesite="Strict",
                secure=request.is_secure,
            )  # fmt: skip
            return answer
        return _see(HOME)


def _home(engine: Engine) -> Response:
    origin = request.host_url.rstrip("/")
    return _html(
        "index.html",
        vendors=vendors_of(engine, origin),
        unmatched=unmatched_of(engine),
        origin=origin,
        key=KEY,
        **_refresh(),
    )


def _world(
    engine: Engine,
    door: _Door,
    world_id: str,
    status: int = 200,
    panel: str = "",
    said: str = "",
    error: str = "",
) -> Response:
    world = engine.worlds.fresh(world_id)
    if world is None:
        return _html("gone.html", 404)
    shown = request.args.get("show", "")
    count = min(MAX_SHOWN, int(shown)) if shown.isascii() and shown.isdigit() and len(shown) < 6 else STEP
    wanted = filter_of(request.args)
    if not said and panel == "":
        panel, said = _said(door)
    return _html(
        "world.html", status, world=world, runtime=world.runtime, page=page_of(engine, world, count, wanted),
        wanted=wanted, presets=list(load_presets()), results=RESULT, no_operation=UNMATCHED,
        shown=count, step=STEP, max_shown=MAX_SHOWN, credential=credential_shown(world.credential),
        fault_groups=fault_groups(world.runtime), by_account=is_told_by_account(world.runtime),
        stuck=words_of_stuck(world.runtime.timing),
        creates=[operation.name for operation in world.runtime.vendor.of_kind("create")],
        form_token=door.form_token, panel=panel, said=said, error=error,
        given=request.form if error else {}, chosen=request.form.getlist if error else (lambda _: []),
        **_refresh(),
    )  # fmt: skip


def _har(engine: Engine, world_id: str) -> Response:
    """The journal as a file for developer tools."""
    world = engine.worlds.fresh(world_id)
    if world is None:
        return _html("gone.html", 404)
    answer = Response(json.dumps(har_of_world(world)), 200, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{world.runtime.name}.har"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _preview(engine: Engine, world_id: str, task: str, name: str) -> Response:
    """A result as the page shows it: by no link of the vendor's, so that looking is neither journalled nor struck."""
    world = engine.worlds.fresh(world_id)
    found = preview_of(engine.results, world, task, name) if world is not None else None
    if found is None:
        return _plain(404, "no such picture")
    return Response(found[0], 200, content_type=found[1], headers={"Cache-Control": "no-cache"})


def _act(engine: Engine, door: _Door, world_id: str, panel: str) -> Response:
    world = engine.worlds.fresh(world_id)
    if world is None or panel not in PANELS:
        return _html("gone.html", 404)
    try:
        said = act(engine, world, panel, request.form.to_dict(flat=False))
    except FormError as error:
        return _world(engine, door, world_id, 422, panel, error=str(error))
    every = _refresh()["every"]
    told = f"did={panel}&said={quote(said)}&sign={_sign(door, said)}"
    return _see(f"{HOME}page/{quote(world.id)}?{f'every={every}&' if every else ''}{told}#{panel}")


def _said(door: _Door) -> tuple[str, str]:
    """(panel, words) that a form's redirect carries; nothing that somebody else wrote into an address."""
    panel, said = request.args.get("did", ""), request.args.get("said", "")
    is_ours = panel in PANELS and is_same(request.args.get("sign", ""), _sign(door, said))
    return (panel, said) if is_ours else ("", "")


def _sign(door: _Door, said: str) -> str:
    return hmac.new(door.form_token.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def _refresh() -> dict[str, Any]:
    """How often the reader wants the page to load again, in seconds; 0 is never."""
    text = request.args.get("every", "")
    every = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    shown = request.args.get("show", "")
    kept = [f"show={shown}" if shown.isascii() and shown.isdigit() and len(shown) < 6 else ""]
    keep = "&".join(filter(None, [*kept, filter_of(request.args).query]))
    return {
        "every": max(2, min(600, every)) if every else 0, "proposed": REFRESH_SECONDS,
        "path": request.path, "keep": keep,
    }  # fmt: skip


def _asset(name: str) -> Response:
    if name not in ASSETS:
        return _plain(404, "no such file")
    content = _asset_bytes(name)
    answer = Response(content, content_type=ASSETS[name])
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(hashlib.sha256(content).hexdigest()[:16])
    answer.make_conditional(request)
    return answer


@cache
def _asset_bytes(name: str) -> bytes:
    return files("greycard_mocks.dashboard").joinpath("assets", name).read_bytes()


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from greycard_mocks.dashboard import text as words

    made = Environment(
        loader=PackageLoader("greycard_mocks.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "visible": words.visible, "pretty": words.pretty, "clock_time": words.clock_time,
        "calendar_time": words.calendar_time, "length": words.length, "distance": words.distance,
    }  # fmt: skip
    made.filters.update(filters)
    return made


def _html(template: str, status: int = 200, **values: Any) -> Response:
    text = _templates().get_template(template).render(**values)
    # a lone surrogate cannot be sent; `visible` has already written out those in recorded text
    answer = Response(text.encode("utf-8", "replace"), status, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _plain(status: int, words: str) -> Response:
    answer = Response(words + "\n", status, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _see(place: str) -> Response:
    answer = Response("", 303, headers={"Location": place, "Cache-Control": "no-store"})
    answer.autocorrect_location_header = False
    return answer


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
