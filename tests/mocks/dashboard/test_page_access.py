"""Whom the page refuses: other sites, foreign hosts, and who has no token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from greycard_mocks.app import create_app
from greycard_mocks.core.world import World
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.access import why_cross_site, why_host_refused, why_token_refused


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({}, {"form_token": ""}),
        ({}, {"form_token": "0" * 64}),
        ({}, {"form_token": "é"}),
        ({"Origin": "http://evil.example"}, {}),
        ({"Origin": "null"}, {}),
        ({"Origin": "http://localhost:81"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"Sec-Fetch-Site": "same-site"}, {}),
    ],
)
def test_forms_of_other_sites_are_refused(
    browser: FlaskClient, world: World, headers: dict[str, str], fields: dict[str, str], send: Callable[..., Any]
) -> None:
    """A form without the page's token, or from another origin, resets nothing."""
    assert send(browser, world, "reset", headers, **fields).status_code == 403
    assert world.tasks


def test_form_of_the_same_origin_passes(browser: FlaskClient, world: World, send: Callable[..., Any]) -> None:
    """What a browser sends for the page's own form is accepted."""
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert send(browser, world, "reset", headers).status_code == 303


def test_large_form_is_refused(browser: FlaskClient, world: World, send: Callable[..., Any]) -> None:
    """A form of more than 64 KiB is not read."""
    assert send(browser, world, "account", link_life="1" * 70_000).status_code == 413


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", "", "10.0.0.9"],
)
def test_foreign_host_is_refused(browser: FlaskClient, world: World, host: str) -> None:
    """A name that another name server may have pointed here gets neither page nor style."""
    for path in ("/_mock/", f"/_mock/page/{world.id}", "/_mock/assets/page.css"):
        assert browser.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "127.0.0.1:9", "127.3.2.1", "[::1]:8080", "x.localhost", "localhost."],
)
def test_own_hosts_pass(host: str) -> None:
    """Every way to write this machine passes."""
    assert why_host_refused({"host": host}, ()) is None
    assert why_host_refused({"host": "ci-box:80"}, ("CI-box",)) is None


def test_guard_asks_for_the_token() -> None:
    """With a token a request without it, or with another, is refused; one that carries it passes."""
    host = {"host": "localhost"}
    assert why_token_refused(host, None) is None
    assert "missing" in (why_token_refused(host, "s3cret") or "")
    assert "wrong" in (why_token_refused({"authorization": "Bearer é"}, "s3cret") or "")
    assert "missing" in (why_token_refused({"authorization": "Basic s3cret"}, "s3cret") or "")
    assert why_token_refused({**host, "authorization": "bearer s3cret"}, "s3cret") is None
    assert why_token_refused({**host, "x-greycard-token": "s3cret"}, "s3cret") is None
    assert why_cross_site({"origin": "http://[bad", "host": "localhost"}) is not None
    assert "s3cret" not in str(why_token_refused({"x-greycard-token": "no"}, "s3cret"))


def test_token_opens_the_page(engine: Engine, elements: Callable[[str], Any]) -> None:
    """With a token the page asks for it and remembers it in a cookie that scripts do not get."""
    browser = create_app(engine, control_token="s3cret-token").test_client()
    engine.worlds.world("picwish", "test-a")
    locked = browser.get("/_mock/")
    assert (locked.status_code, "test-a" in locked.text) == (401, False)
    form_token = next(one["value"] for one in elements(locked.text).all("input") if one["name"] == "form_token")
    assert browser.post("/_mock/login", data={"token": "s3cret-token"}).status_code == 403
    assert browser.post("/_mock/login", data={"token": "wrong", "form_token": form_token}).status_code == 403
    assert browser.get("/_mock/").status_code == 401
    opened = browser.post("/_mock/login", data={"token": "s3cret-token", "form_token": form_token})
    assert opened.status_code == 303
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "s3cret-token" not in cookie
    assert "test-a" in browser.get("/_mock/").text
    assert browser.get("/_mock/assets/page.css").status_code == 200
    bearer = create_app(engine, control_token="s3cret-token").test_client()
    assert bearer.get("/_mock/", headers={"Authorization": "Bearer s3cret-token"}).status_code == 200
