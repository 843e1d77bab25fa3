"""The page shows both sides of a request, filters, and stays short; presets are seen and chosen there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from greycard_mocks.core.world import World
from greycard_mocks.engine.engine import Engine

SCALE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}


@pytest.fixture
def busy(browser: FlaskClient, world: World, create: Callable[..., Any]) -> World:
    """A world with two tasks, a refusal, a path that no vendor has, and a field that was ignored."""
    world.rate_limit = None
    key = {"X-API-KEY": world.credential}
    create(browser)  # beside the first task of the world
    browser.post(SCALE, headers=key, data={"image_url": "http://localhost/needle.jpg"})
    browser.post("/api/tasks/visual/segmentation", headers=key)
    browser.get(f"{SCALE}/nothing", headers=key)
    return world


def rows(page: Any) -> list[str]:
    """The ids of the requests that are shown."""
    return [one["id"] for one in page.all("tr") if one.get("id", "").startswith("r-")]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"refused": "1"}, [5, 4, 3]),
        ({"operation": "scale.create"}, [3, 2, 1]),
        ({"operation": "unmatched"}, [4]),
        ({"operation": "result"}, []),
        ({"text": "NEEDLE"}, [3]),
        ({"text": "type is missing"}, [3]),
        ({"text": "resource not found"}, [5]),
        ({"text": "success", "refused": "1"}, []),
    ],
)
def test_requests_are_filtered(
    browser: FlaskClient, busy: World, show: Callable[..., Any], wanted: dict[str, str], numbers: list[int]
) -> None:
    """By refusal, by operation, by any text in request or answer; the filter stays in the form and in the links."""
    page = show(browser, busy, f"?{urlencode({**wanted, 'every': '5'})}")
    assert rows(page) == [f"r-{number}" for number in numbers]
    assert all(urlencode({name: text}) in page.all("meta")[-1]["content"] for name, text in wanted.items())
    fields = {one.get("name"): one for one in page.all("input")}
    assert fields["text"].get("value", "") == wanted.get("text", "")
    assert ("checked" in fields["refused"]) is ("refused" in wanted)


def test_each_request_can_be_pointed_at_and_shows_both_sides(
    browser: FlaskClient, busy: World, show: Callable[..., Any]
) -> None:
    """A refusal has an address; what was sent and what was answered stand side by side; what was ignored is named."""
    browser.post(SCALE, headers={"X-API-KEY": busy.credential}, data={"type": "clean", "callback_url": "http://me/"})
    page = show(browser, busy)
    assert {"#r-3", "#r-6"} <= {one.get("href") for one in page.all("a")}
    assert page.text.count("What was sent") == page.text.count("What was answered") == 6
    assert '"message": "parameter error"' in page.text
    assert "ignored callback_url" in " ".join(page.text.split())
    assert any("refused=1#requests" in one.get("href", "") for one in page.all("a"))


def test_a_text_in_an_address_is_no_markup(browser: FlaskClient, busy: World, show: Callable[..., Any]) -> None:
    """Nor does one that cannot be sent break the page."""
    for text in ('"><script>x</script>', "\ud800", "%", "a&b=c#d", "x" * 5000):
        page = show(browser, busy, "?" + urlencode({"text": text, "every": "5"}, errors="replace"))
        assert not page.all("script")
        assert rows(page) == []
        assert "No request is like that" in page.text


def test_the_journal_can_be_saved_as_an_archive(browser: FlaskClient, busy: World, show: Callable[..., Any]) -> None:
    """The page links to it."""
    place = f"/_mock/page/{busy.id}/har"
    assert place in [one.get("href") for one in show(browser, busy).all("a")]
    answer = browser.get(place)
    assert len(answer.get_json()["log"]["entries"]) == 5
    assert answer.headers["Content-Disposition"] == 'attachment; filename="picwish.har"'
    assert browser.get("/_mock/page/nothing/har").status_code == 404


def test_only_the_newest_task_is_open(browser: FlaskClient, busy: World, show: Callable[..., Any]) -> None:
    """The others are one line each, until they are opened."""
    page = show(browser, busy)
    assert len(page.all("article")) == 2
    assert sum("open" in one for one in page.all("details")) == 1


def test_a_preset_is_chosen_and_its_scenario_is_seen(
    browser: FlaskClient, world: World, engine: Engine, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """What each task does without a scenario stands on the page; an unknown preset changes nothing."""
    assert "Without one, every task" not in show(browser, world).text
    assert send(browser, world, "reading", do="preset", preset="tutorial").status_code == 303
    assert "Without one, every task: skip queued, skip preparing, skip waiting" in show(browser, world).text
    assert world.runtime.vendor.variants["edition"] == "current"
    assert send(browser, world, "reading", do="preset", preset="real").status_code == 422
    assert world.usual is not None
    send(browser, world, "reading", do="preset", preset="documents")
    assert world.usual is None
    assert engine.worlds.by_id(world.id) is world
