"""The page at ``/_mock/`` without a browser: what it shows of worlds, requests, tasks and deliveries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from greycard_mocks.core.world import World
from greycard_mocks.dashboard.blueprint import HEADERS
from greycard_mocks.dashboard.world_page import STEP
from greycard_mocks.engine.engine import Engine

SCALE = "/api/tasks/visual/scale"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp\u0000 \"'><img src=x onerror=alert(2)>{{1237*1009}}"


def test_first_page_says_how_to_begin(browser: FlaskClient, elements: Callable[[str], Any]) -> None:
    """Without any world the page gives the base URL, a key that works and a command that creates a task."""
    page = elements(browser.get("/_mock/").text)
    assert "http://localhost" in page.text
    assert "test-me" in page.text
    assert f"http://localhost{SCALE}" in page.text
    assert "Begin here" in page.text


def test_first_page_lists_worlds_by_vendor(browser: FlaskClient, world: World, elements: Callable[[str], Any]) -> None:
    """Each world is a link to its page, with its numbers of tasks and requests."""
    page = elements(browser.get("/_mock/").text)
    assert f"/_mock/page/{world.id}" in [one.get("href") for one in page.all("a")]
    assert "Begin here" not in page.text


@pytest.mark.parametrize("path", ["/_mock/", "/_mock/page/{}", "/_mock/page/none", "/_mock/assets/page.css"])
def test_every_answer_carries_the_headers(browser: FlaskClient, world: World, path: str) -> None:
    """No answer may be framed, sniffed, run scripts or load from elsewhere; pages are not stored."""
    answer = browser.get(path.format(world.id))
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == ("no-cache" if "assets" in path else "no-store")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_page_needs_nothing_from_elsewhere(
    browser: FlaskClient, world: World, engine: Engine, show: Callable[..., Any], elements: Callable[[str], Any]
) -> None:
    """All links and sources are paths of this mock; there are no scripts and no styles in the markup."""
    engine.time.advance(world, 5)
    for page in (elements(browser.get("/_mock/").text), show(browser, world)):
        assert page.all("script") == page.all("style") == []
        for _, attributes in page.found:
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            for name in ("src", "href", "action"):
                assert attributes.get(name, "#").startswith(("/_mock/", "#"))


def test_recorded_text_is_never_markup(
    engine: Engine, browser: FlaskClient, show: Callable[..., Any], elements: Callable[[str], Any]
) -> None:
    """Markup and template syntax in a path, header, field, file name or key is shown as it was sent."""
    browser.post(
        SCALE, data={"type": HOSTILE, HOSTILE: "1"},
        headers={"X-API-KEY": "test-<svg onload=alert(3)>", "User-Agent": "<b>agent</b>"},
    )  # fmt: skip
    browser.get(
        f"{SCALE}/%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE",
        headers={"X-API-KEY": "test-<svg onload=alert(3)>"},
    )
    browser.get(f"{SCALE}%3Cscript%3E", headers={"X-API-KEY": "test-<svg onload=alert(3)>"})
    browser.get("/no%3Cscript%3Evendor")
    (world,) = engine.worlds
    for page in (show(browser, world), elements(browser.get("/_mock/").text)):
        assert page.all("script") == []
        assert page.all("b") == [one for one in page.all("b") if not one or set(one) == {"class"}]
        assert not [attributes for _, attributes in page.found if any(name.startswith("on") for name in attributes)]
        assert "1248133" not in page.text
        assert not set(page.text) & {"\x1b", "\0", "\u202e"}
        assert "<svg onload=alert(3)>" in page.text
    assert "{{1237*1009}}" in show(browser, world).text
    assert "<b>agent</b>" in show(browser, world).text


def test_refusal_names_the_line_and_the_claim(
    browser: FlaskClient, world: World, create: Callable[..., Any], show: Callable[..., Any]
) -> None:
    """A refused request shows what was wrong, where, the document's line and the claim."""
    create(browser, type="wide")
    text = re.sub(r"\s+", " ", show(browser, world).text)
    assert "400refused" in text
    assert "type must be one of clean, face" in text
    assert "S2, line 21" in text
    assert "picwish/scale.create#request/type/enum" in text


def test_unmatched_request_names_the_nearest_operation(
    browser: FlaskClient, world: World, show: Callable[..., Any], elements: Callable[[str], Any]
) -> None:
    """A wrong method at a known path is shown with the operation that was meant."""
    browser.put(SCALE, headers={"X-API-KEY": "test-a"})
    assert f"scale.create is POST {SCALE}, not PUT" in show(browser, world).text
    browser.get(SCALE + "x")
    assert "the nearest is" in elements(browser.get("/_mock/").text).text


def test_finished_task_shows_its_picture(
    browser: FlaskClient, world: World, engine: Engine, show: Callable[..., Any]
) -> None:
    """A result is a thumbnail that the mock itself serves, until its link has expired."""
    assert show(browser, world).all("img") == []
    engine.time.advance(world, 10)
    (image,) = show(browser, world).all("img")
    assert browser.get(image["src"]).status_code == 200
    engine.time.advance(world, 4000)
    page = show(browser, world)
    assert page.all("img") == []
    assert "has expired" in page.text


def test_deliveries_show_every_attempt(browser: FlaskClient, engine: Engine, show: Callable[..., Any]) -> None:
    """Attempts stand in their order, with the receiver's status; one that is due is announced."""
    statuses = iter([500, 204])
    engine.transport.receivers["http://hook.test"] = lambda *_: (next(statuses), b"")
    body = {
        "img_url": "http://localhost/_mock/images/64x48.png",
        "webhookUrl": "http://hook.test/a?secret=1",
        "mode": "fast",
    }
    assert browser.post("/api/upscaler/v1/queue", json=body, headers={"x-api-key": "test-e"}).status_code == 200
    world = engine.worlds.world("enhancor", "test-e")
    engine.time.advance(world, 2.5)
    text = re.sub(r"\s+", " ", show(browser, world).text)
    assert "1 failed 500" in text
    assert "2 due in 0.5 s" in text
    engine.time.advance(world, 1)
    text = re.sub(r"\s+", " ", show(browser, world).text)
    assert "2 acknowledged 204" in text
    assert "http://hook.test/a?..." in text


def test_words_in_an_address_are_not_taken_for_the_mocks_own(
    browser: FlaskClient, world: World, show: Callable[..., Any]
) -> None:
    """A message that somebody wrote into a link is not shown."""
    assert "all is lost" not in show(browser, world, "?did=clock&said=all+is+lost&sign=0").text


def test_refresh_is_chosen_by_the_reader(browser: FlaskClient, world: World, show: Callable[..., Any]) -> None:
    """The page loads itself again only when asked to, no faster than every two seconds."""
    assert [one for one in show(browser, world).all("meta") if one.get("http-equiv")] == []
    (meta,) = [one for one in show(browser, world, "?every=0001").all("meta") if one.get("http-equiv")]
    assert meta["content"] == f"2; url=/_mock/page/{world.id}?every=2"
    for every in ("x", "-1", "٣", "9" * 50):
        assert show(browser, world, f"?every={every}&show={every}").all("meta")


def test_long_lists_are_cut(
    browser: FlaskClient, world: World, create: Callable[..., Any], show: Callable[..., Any]
) -> None:
    """At first some entries are shown, more on demand."""
    world.rate_limit = None
    for _ in range(24):
        create(browser)
    assert len(show(browser, world).all("article")) == STEP
    assert len(show(browser, world, "?show=100").all("article")) == 25


def test_controls_are_labelled(browser: FlaskClient, world: World, show: Callable[..., Any]) -> None:
    """Each field has a label, each id is unique, each table has headers, each picture a description."""
    page = show(browser, world)
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {one.get("for") for one in page.all("label")}
    for one in [*page.all("input"), *page.all("select")]:
        if one.get("type") not in ("hidden", "checkbox"):
            assert one["id"] in labelled
    for _, attributes in page.found:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name) is None or attributes[name] in ids
    assert all("alt" in one for one in page.all("img"))
    assert {one["href"].removeprefix("#") for one in page.all("a") if one["href"].startswith("#")} <= set(ids)
