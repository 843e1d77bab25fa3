"""The page of an engine whose clock stands, read without a browser."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.world import World
from greycard_mocks.engine.engine import Engine
from greycard_schemas.loader import load_contracts

SCALE = "/api/tasks/visual/scale"
VOID = {"meta", "link", "input", "img", "br"}


class Elements(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is opened."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Elements end in the order in which they were opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of one name."""
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def engine() -> Engine:
    """All vendors on a clock that stands still."""
    return Engine(load_contracts(), clock=VirtualClock(), origin="http://localhost")


@pytest.fixture
def browser(engine: Engine) -> FlaskClient:
    """A reader on this machine."""
    return create_app(engine).test_client()


@pytest.fixture
def create() -> Callable[..., Any]:
    """Creates a task at PicWish."""

    def order(browser: FlaskClient, key: str = "test-a", **fields: str) -> Any:
        form = {"type": "clean", "image_url": "http://localhost/_mock/images/64x48.png", **fields}
        return browser.post(SCALE, data=form, headers={"X-API-KEY": key})

    return order


@pytest.fixture
def world(engine: Engine, browser: FlaskClient, create: Callable[..., Any]) -> World:
    """A world of PicWish with one task."""
    assert create(browser).status_code == 200
    return engine.worlds.world("picwish", "test-a")


@pytest.fixture
def elements() -> type[Elements]:
    """Parses a page into its elements and its text."""
    return Elements


@pytest.fixture
def show() -> Callable[..., Elements]:
    """The page of a world, parsed."""

    def page(browser: FlaskClient, world: World, query: str = "") -> Elements:
        answer = browser.get(f"/_mock/page/{world.id}{query}")
        assert answer.status_code == 200
        return Elements(answer.text)

    return page


@pytest.fixture
def send(show: Callable[..., Elements]) -> Callable[..., Any]:
    """Sends one of the page's forms, with the page's token."""

    def token_of(browser: FlaskClient, world: World) -> str:
        """The token in the forms of a page."""
        found = [one["value"] for one in show(browser, world).all("input") if one.get("name") == "form_token"]
        assert len(set(found)) == 1
        return found[0]

    def post(browser: FlaskClient, world: World, panel: str, headers: Any = None, **fields: Any) -> Any:
        fields.setdefault("form_token", token_of(browser, world))
        return browser.post(f"/_mock/page/{world.id}/{panel}", data=fields, headers=headers)

    return post
