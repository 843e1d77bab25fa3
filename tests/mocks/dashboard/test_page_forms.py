"""The page's forms: each does what the control plane does, or says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from greycard_mocks.core.faults import KINDS
from greycard_mocks.core.world import World
from greycard_mocks.engine.engine import Engine


def test_scenario_form_decides_the_next_task(
    browser: FlaskClient,
    world: World,
    engine: Engine,
    create: Callable[..., Any],
    send: Callable[..., Any],
    elements: Callable[[str], Any],
) -> None:
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
    assert "Scenario set" in elements(browser.get(answer.headers["Location"]).text).text
    create(browser)
    plan = world.kept.latest_tasks(1)[0]
    assert plan.timeline[-1] == (7.0, "failed")
    assert "queued" not in [state for _, state in plan.timeline]
    assert not world.scenarios
    send(browser, world, "scenario", outcome="failed", count="")
    assert world.scenarios[0][1] is None
    send(browser, world, "scenario", do="clear")
    assert not world.scenarios


@pytest.mark.parametrize("kind", KINDS)
def test_fault_form_knows_every_kind(
    browser: FlaskClient, world: World, kind: str, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
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


def test_clock_form_steers_time(browser: FlaskClient, world: World, send: Callable[..., Any]) -> None:
    """Freeze, resume, speed and advance do what the control plane does."""
    start = world.clock.now()
    send(browser, world, "clock", do="freeze")
    assert world.clock.frozen
    send(browser, world, "clock", do="advance", seconds="90.5")
    assert world.clock.now() == start + 90.5
    send(browser, world, "clock", do="resume")
    assert not world.clock.frozen
    send(browser, world, "clock", do="auto")
    assert world.clock.auto
    for do in ({"do": "resume"}, {"do": "speed", "speed": "20"}):
        assert "real*20" in send(browser, world, "clock", **do).get_data(as_text=True)


def test_account_form_changes_limits(
    browser: FlaskClient, world: World, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """An emptied limit is no limit; what the vendor does not have is not offered."""
    names = {one.get("name") for one in show(browser, world).all("input")}
    assert "rate_limit" in names
    assert "callback_url" not in names
    send(browser, world, "account", rate_limit="", link_life="5", queue_length="3")
    assert (world.rate_limit, world.link_life, world.queue_length) == (None, 5.0, 3)


def test_reading_form_chooses_variants_and_drifts(
    browser: FlaskClient, world: World, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
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


def test_reading_form_chooses_freedoms_by_ids_or_a_number(
    browser: FlaskClient, world: World, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """Ids are taken as they are, a number draws them; the page shows what is in force, and an emptied field ends it."""
    send(browser, world, "reading", freedoms="free.json-reversed, free.close")
    assert world.freedoms == ("picwish/free.json-reversed", "picwish/free.close")
    assert "free.json-reversed, free.close" in show(browser, world).text
    fields = [one for one in show(browser, world).all("input") if one.get("name") == "freedoms"]
    assert [one["value"] for one in fields] == [" ".join(world.freedoms)]
    send(browser, world, "reading", drifts="rate.limit-up")
    assert world.freedoms == ("picwish/free.json-reversed", "picwish/free.close")
    send(browser, world, "reading", freedoms="7")
    assert len(world.freedoms) > 2
    send(browser, world, "reading", freedoms="")
    assert world.freedoms == ()


def test_reset_form_empties_the_world(
    browser: FlaskClient, world: World, show: Callable[..., Any], send: Callable[..., Any]
) -> None:
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
        ("reading", {"variant.edition": "current", "freedoms": "<b>no</b>"}),
        ("reading", {"variant.edition": "current", "freedoms": "9" * 30}),
    ],
)
def test_bad_fields_change_nothing(
    browser: FlaskClient,
    world: World,
    panel: str,
    fields: dict[str, str],
    send: Callable[..., Any],
    elements: Callable[[str], Any],
) -> None:
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
    page = elements(answer.text)
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


def test_the_page_says_what_moved_time_and_what_ends_a_stuck_task(
    browser: FlaskClient, world: World, send: Callable[..., Any]
) -> None:
    """The moves with their reasons, the warning of a clock that stands, and the limit beside the field."""
    world.journal.add("clock", world.clock.now(), {"seconds": 1.5, "reason": "scale.get was asked again"})
    world.polls.warning = "time stands still"
    page = browser.get(f"/_mock/page/{world.id}").get_data(as_text=True)
    assert "scale.get was asked again" in page
    assert "time stands still" in page
    end = "until its limit: timed_out after 30 s" if world.runtime.name == "picwish" else "for ever"
    assert f"Stuck {end}, in" in page
    send(browser, world, "scenario", stuck=world.runtime.timing.running[0])
    assert end in browser.get(f"/_mock/page/{world.id}").get_data(as_text=True)
