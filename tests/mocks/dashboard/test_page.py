"""The page at ``/_mock/`` without a browser: what it shows, what its forms do, and whom it refuses."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.faults import KINDS
from greycard_mocks.core.plan import TaskPlan
from greycard_mocks.core.world import World
from greycard_mocks.dashboard.blueprint import HEADERS
from greycard_mocks.dashboard.text import calendar_time, clock_time, credential_shown, distance, length, visible
from greycard_mocks.dashboard.timeline import timeline_of
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.access import why_cross_site, why_host_refused, why_token_refused
from greycard_schemas.loader import load_contracts

SCALE = "/api/tasks/visual/scale"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp\u0000 \"'><img src=x onerror=alert(2)>{{1237*1009}}"
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


def create(browser: FlaskClient, key: str = "test-a", **fields: str) -> Any:
    """Create a task at PicWish."""
    form = {"type": "clean", "image_url": "http://localhost/_mock/images/64x48.png", **fields}
    return browser.post(SCALE, data=form, headers={"X-API-KEY": key})


@pytest.fixture
def world(engine: Engine, browser: FlaskClient) -> World:
    """A world of PicWish with one task."""
    assert create(browser).status_code == 200
    return engine.worlds.world("picwish", "test-a")


def show(browser: FlaskClient, world: World, query: str = "") -> Elements:
    """The page of a world."""
    answer = browser.get(f"/_mock/page/{world.id}{query}")
    assert answer.status_code == 200
    return Elements(answer.text)


def token_of(browser: FlaskClient, world: World) -> str:
    """The token in the forms of a page."""
    found = [one["value"] for one in show(browser, world).all("input") if one.get("name") == "form_token"]
    assert len(set(found)) == 1
    return found[0]


def send(browser: FlaskClient, world: World, panel: str, headers: Any = None, **fields: Any) -> Any:
    """Send one of the page's forms, with the page's token."""
    fields.setdefault("form_token", token_of(browser, world))
    return browser.post(f"/_mock/page/{world.id}/{panel}", data=fields, headers=headers)


def test_first_page_says_how_to_begin(browser: FlaskClient) -> None:
    """Without any world the page gives the base URL, a key that works and a command that creates a task."""
    page = Elements(browser.get("/_mock/").text)
    assert "http://localhost" in page.text
    assert "test-me" in page.text
    assert f"http://localhost{SCALE}" in page.text
    assert "Begin here" in page.text


def test_first_page_lists_worlds_by_vendor(browser: FlaskClient, world: World) -> None:
    """Each world is a link to its page, with its numbers of tasks and requests."""
    page = Elements(browser.get("/_mock/").text)
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


def test_page_needs_nothing_from_elsewhere(browser: FlaskClient, world: World, engine: Engine) -> None:
    """All links and sources are paths of this mock; there are no scripts and no styles in the markup."""
    engine.time.advance(world, 5)
    for page in (Elements(browser.get("/_mock/").text), show(browser, world)):
        assert page.all("script") == page.all("style") == []
        for _, attributes in page.found:
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            for name in ("src", "href", "action"):
                assert attributes.get(name, "#").startswith(("/_mock/", "#"))


def test_recorded_text_is_never_markup(engine: Engine, browser: FlaskClient) -> None:
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
    for page in (show(browser, world), Elements(browser.get("/_mock/").text)):
        assert page.all("script") == []
        assert page.all("b") == [one for one in page.all("b") if not one or set(one) == {"class"}]
        assert not [attributes for _, attributes in page.found if any(name.startswith("on") for name in attributes)]
        assert "1248133" not in page.text
        assert not set(page.text) & {"\x1b", "\0", "\u202e"}
        assert "<svg onload=alert(3)>" in page.text
    assert "{{1237*1009}}" in show(browser, world).text
    assert "<b>agent</b>" in show(browser, world).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        ("a\nb", r'a<span class="ctl">\n</span>b'),
        ("\x1b", r'<span class="ctl">\x1b</span>'),
        ("\u202e", r'<span class="ctl">\u202e</span>'),
        ("\u200b", r'<span class="ctl">\u200b</span>'),
        ("\ud800", r'<span class="ctl">\ud800</span>'),
        ("\U000e0041", r'<span class="ctl">\U000e0041</span>'),
        ("שלום", "שלום"),
        ("e\u0301\u0301\u0301", "e\u0301\u0301" + r'<span class="ctl">\u0301</span>'),
    ],
)
def test_invisible_characters_are_written_out(text: str, shown: str) -> None:
    """Controls, overrides of direction, piled marks and half characters are escapes, letters stay."""
    assert visible(text) == shown


def test_refusal_names_the_line_and_the_claim(browser: FlaskClient, world: World) -> None:
    """A refused request shows what was wrong, where, the document's line and the claim."""
    create(browser, type="wide")
    text = re.sub(r"\s+", " ", show(browser, world).text)
    assert "400refused" in text
    assert "/type breaks enum" in text
    assert "S2, line 21" in text
    assert "picwish/scale.create#request/type/enum" in text


def test_unmatched_request_names_the_nearest_operation(browser: FlaskClient, world: World) -> None:
    """A wrong method at a known path is shown with the operation that was meant."""
    browser.put(SCALE, headers={"X-API-KEY": "test-a"})
    assert f"scale.create is POST {SCALE}, not PUT" in show(browser, world).text
    browser.get(SCALE + "x")
    assert "the nearest is" in Elements(browser.get("/_mock/").text).text


def test_finished_task_shows_its_picture(browser: FlaskClient, world: World, engine: Engine) -> None:
    """A result is a thumbnail that the mock itself serves, until its link has expired."""
    assert show(browser, world).all("img") == []
    engine.time.advance(world, 10)
    (image,) = show(browser, world).all("img")
    assert browser.get(image["src"]).status_code == 200
    engine.time.advance(world, 4000)
    page = show(browser, world)
    assert page.all("img") == []
    assert "has expired" in page.text


def test_deliveries_show_every_attempt(browser: FlaskClient, engine: Engine) -> None:
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


def test_scenario_form_decides_the_next_task(browser: FlaskClient, world: World, engine: Engine) -> None:
    """An outcome and a pace chosen in the form come to pass for as many tasks as were asked for."""
    answer = send(
        browser,
        world,
        "scenario",
        outcome="failed",
        count="1",
        finish="7",
        skip=["queued"],
        **{"lasts.waiting": "3"},
    )
    assert answer.status_code == 303
    assert "Scenario set" in Elements(browser.get(answer.headers["Location"]).text).text
    create(browser)
    plan = next(reversed(world.tasks.values()))
    assert plan.timeline[-1] == (7.0, "failed")
    assert "queued" not in [state for _, state in plan.timeline]
    assert not world.scenarios
    send(browser, world, "scenario", outcome="failed", count="")
    assert world.scenarios[0][1] is None
    send(browser, world, "scenario", do="clear")
    assert not world.scenarios


@pytest.mark.parametrize("kind", KINDS)
def test_fault_form_knows_every_kind(browser: FlaskClient, world: World, kind: str) -> None:
    """Each kind is offered where the vendor can have it, and is switched on or refused with the reason."""
    offered = [one.get("value") for one in show(browser, world).all("option")]
    options = {"seconds": "3"} if "seconds" in KINDS[kind].options else {}
    answer = send(
        browser, world, "fault", kind=kind, count="2", ttl="60", operation="", distribution="fixed", **options
    )
    if answer.status_code == 303:
        assert kind in offered
        assert [(fault.kind, fault.count, fault.until - world.clock.now()) for fault in world.faults] == [
            (kind, 2, 60.0)
        ]
        send(browser, world, "fault", do="clear")
    else:
        assert (answer.status_code, kind in offered) == (422, False)
    assert world.faults == []


def test_clock_form_steers_time(browser: FlaskClient, world: World) -> None:
    """Freeze, resume, speed and advance do what the control plane does."""
    start = world.clock.now()
    send(browser, world, "clock", do="freeze")
    assert world.clock.frozen
    send(browser, world, "clock", do="advance", seconds="90.5")
    assert world.clock.now() == start + 90.5
    send(browser, world, "clock", do="resume")
    send(browser, world, "clock", do="speed", speed="20")
    assert (world.clock.frozen, world.clock.speed) == (False, 20.0)


def test_account_form_changes_limits(browser: FlaskClient, world: World) -> None:
    """An emptied limit is no limit; what the vendor does not have is not offered."""
    names = {one.get("name") for one in show(browser, world).all("input")}
    assert "rate_limit" in names
    assert "callback_url" not in names
    send(browser, world, "account", rate_limit="", link_life="5", queue_length="3")
    assert (world.rate_limit, world.link_life, world.queue_length) == (None, 5.0, 3)


def test_reading_form_chooses_variants_and_drifts(browser: FlaskClient, world: World) -> None:
    """A world reads its document otherwise, or departs from it, and the page says so; an emptied field ends it."""
    assert {f"variant.{name}" for name in world.runtime.vendor.variants} <= {
        one.get("name") for one in show(browser, world).all("select")
    }
    send(browser, world, "reading", **{"variant.edition": "current", "drifts": "rate.limit-up, picwish/rate.limit-up"})
    assert world.runtime.vendor.variants["edition"] == "current"
    assert world.runtime.rate is not None
    assert world.runtime.rate["limit"] == 3
    text = show(browser, world).text
    assert "edition=current" in text
    assert "rate.limit-up" in text
    send(browser, world, "reading", drifts="")
    assert (world.runtime.vendor.variants["edition"], world.runtime.rate["limit"]) == ("current", 2)
    assert world.drifts == ()


def test_reset_form_empties_the_world(browser: FlaskClient, world: World) -> None:
    """After a reset there are no tasks and no requests."""
    assert send(browser, world, "reset").status_code == 303
    assert not world.tasks
    assert "No task yet" in show(browser, world).text


@pytest.mark.parametrize(
    ("panel", "fields"),
    [
        ("scenario", {"outcome": "<b>no</b>"}),
        ("scenario", {"count": "-1"}),
        ("scenario", {"count": "0"}),
        ("scenario", {"finish": "nan"}),
        ("scenario", {"lasts.nowhere": "1"}),
        ("fault", {"kind": "<b>no</b>"}),
        ("fault", {"kind": "latency", "operation": "<b>no</b>"}),
        ("fault", {"kind": "latency", "ttl": "0"}),
        ("fault", {"kind": "error_status", "status": "9" * 10}),
        ("clock", {"do": "advance", "seconds": ""}),
        ("clock", {"do": "advance", "seconds": "1e300"}),
        ("clock", {"do": "speed", "speed": "0"}),
        ("account", {"link_life": "x"}),
        ("account", {"callback_url": "javascript:alert(1)"}),
        ("reading", {"variant.edition": "<b>no</b>"}),
        ("reading", {"variant.edition": "current", "drifts": "<b>no</b>"}),
    ],
)
def test_bad_fields_change_nothing(browser: FlaskClient, world: World, panel: str, fields: dict[str, str]) -> None:
    """A field that cannot be used is explained beside its form, and nothing is changed."""
    before = (
        world.clock.now(),
        list(world.scenarios),
        list(world.faults),
        world.link_life,
        world.callback_url,
        world.runtime,
    )
    answer = send(browser, world, panel, **fields)
    assert answer.status_code == 422
    page = Elements(answer.text)
    assert [one["id"] for one in page.all("p") if one.get("role") == "alert"] == [f"{panel}-error"]
    assert "<b>no</b>" not in answer.text
    assert before == (
        world.clock.now(),
        list(world.scenarios),
        list(world.faults),
        world.link_life,
        world.callback_url,
        world.runtime,
    )


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
    browser: FlaskClient, world: World, headers: dict[str, str], fields: dict[str, str]
) -> None:
    """A form without the page's token, or from another origin, resets nothing."""
    assert send(browser, world, "reset", headers, **fields).status_code == 403
    assert world.tasks


def test_form_of_the_same_origin_passes(browser: FlaskClient, world: World) -> None:
    """What a browser sends for the page's own form is accepted."""
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert send(browser, world, "reset", headers).status_code == 303


def test_large_form_is_refused(browser: FlaskClient, world: World) -> None:
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


def test_token_opens_the_page(engine: Engine) -> None:
    """With a token the page asks for it and remembers it in a cookie that scripts do not get."""
    browser = create_app(engine, control_token="s3cret-token").test_client()
    engine.worlds.world("picwish", "test-a")
    locked = browser.get("/_mock/")
    assert (locked.status_code, "test-a" in locked.text) == (401, False)
    form_token = next(one["value"] for one in Elements(locked.text).all("input") if one["name"] == "form_token")
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


def test_words_in_an_address_are_not_taken_for_the_mocks_own(browser: FlaskClient, world: World) -> None:
    """A message that somebody wrote into a link is not shown."""
    assert "all is lost" not in show(browser, world, "?did=clock&said=all+is+lost&sign=0").text


def test_refresh_is_chosen_by_the_reader(browser: FlaskClient, world: World) -> None:
    """The page loads itself again only when asked to, no faster than every two seconds."""
    assert [one for one in show(browser, world).all("meta") if one.get("http-equiv")] == []
    (meta,) = [one for one in show(browser, world, "?every=0001").all("meta") if one.get("http-equiv")]
    assert meta["content"] == f"2; url=/_mock/page/{world.id}?every=2"
    for every in ("x", "-1", "٣", "9" * 50):
        assert show(browser, world, f"?every={every}&show={every}").all("meta")


def test_long_lists_are_cut(browser: FlaskClient, world: World) -> None:
    """At first twenty entries are shown, more on demand."""
    world.rate_limit = None
    for _ in range(24):
        create(browser)
    assert len(show(browser, world).all("article")) == 20
    assert len(show(browser, world, "?show=100").all("article")) == 25


def test_controls_are_labelled(browser: FlaskClient, world: World) -> None:
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


def plan_of(*timeline: tuple[float, str]) -> TaskPlan:
    """A task that was created at 1000."""
    return TaskPlan("t", "op", 1000.0, timeline, (), {})


def test_timeline_is_drawn_to_scale() -> None:
    """A state that lasts twice as long is twice as wide, and the moment lies where it belongs."""
    drawn = timeline_of(
        plan_of((0, "a"), (1, "b"), (3, "end")), 1002.0, lambda s: "succeeded" if s == "end" else "running"
    )
    first, second, end = drawn.segments
    assert math.isclose(second.width, 2 * first.width, abs_tol=0.01)
    assert math.isclose(drawn.now, 2 * first.width, abs_tol=0.01)
    assert math.isclose(end.x + end.width, 100, abs_tol=0.01)
    assert [segment.current for segment in drawn.segments] == [False, True, False]
    assert drawn.summary == "a from 0 s, b from 1 s, end from 3 s; now b, 2 s after the creation"


@pytest.mark.parametrize("now", [1000.0, 1000.5, 1e6, 1e15])
@pytest.mark.parametrize("end", [0.0, 1e-9, 0.5, 1e9, math.inf])
def test_every_timeline_can_be_drawn(now: float, end: float) -> None:
    """No length and no moment breaks the drawing; everything lies between 0 and 100 percent."""
    drawn = timeline_of(plan_of((0, "a"), (end, "b")), now, lambda _: "running", [(now + 5, "due", "x")])
    places = [drawn.now, *(one.x for one in drawn.segments), *(one.x for one in drawn.ticks)]
    places += [one.x for one in drawn.marks]
    assert all(0 <= place <= 100 for place in places)
    assert len(drawn.ticks) < 15
    assert drawn.endless == math.isinf(end)


def test_times_are_words() -> None:
    """Lengths and moments are readable, and a moment beyond the calendar is a number."""
    assert [length(one) for one in (0.25, 59.94, 65, 3600, 90061, math.inf)] == [
        "0.25 s", "59.9 s", "1 min 5 s", "1 h", "1 d 1 h", "for ever",
    ]  # fmt: skip
    assert (distance(10, 10), distance(8, 10), distance(12.5, 10)) == ("now", "2 s ago", "in 2.5 s")
    assert clock_time(0.5) == "00:00:00.500"
    assert clock_time(1e18) == "1000000000000000000"
    assert calendar_time(1e18).endswith("s since 1970")
    assert calendar_time(0) == "1970-01-01 00:00:00"


def test_real_keys_are_not_shown() -> None:
    """Only credentials that begin with test, which are made up, appear."""
    assert credential_shown("test-a") == "test-a"
    assert credential_shown("test" + "x" * 99).endswith("…")
    assert "sk-live" not in credential_shown("sk-live-1")
