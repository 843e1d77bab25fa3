"""The line that `serve` prints for a request: what it says of each outcome, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from greycard_mocks import Mock, VendorMock
from greycard_suite.commands.serving.one_process import _is_coloured
from greycard_suite.commands.serving.request_lines import COLOURS, JsonForm, TextForm

SCALE = "/api/tasks/visual/scale"


@pytest.fixture
def mock() -> Iterator[Mock]:
    """Vendors in this process."""
    with Mock(in_process=True) as made:
        yield made


@pytest.fixture
def picwish(mock: Mock) -> VendorMock:
    """PicWish without a rate."""
    vendor = mock.vendor("picwish")
    vendor.set_rate_limit(None)
    return vendor


def said(vendor: VendorMock, *, colour: bool = False) -> str:
    """The line for the last request."""
    form = TextForm(vendor.mock.engine.runtimes, colour=colour)
    return form.request(vendor.requests[-1], 0.0042, 0.0)


def told(vendor: VendorMock) -> dict[str, Any]:
    """The JSON object for the last request."""
    found: dict[str, Any] = json.loads(JsonForm(vendor.mock.engine.runtimes).request(vendor.requests[-1], 0.0042, 0.0))
    return found


def test_a_request_that_is_carried_out(picwish: VendorMock) -> None:
    """Status, method, path, task, time; nothing else, unless something was ignored."""
    data = {"type": "clean", "image_url": picwish.images.link()}
    task = picwish.session().post(picwish.url + SCALE, data=data).json()["data"]["task_id"]
    assert said(picwish)[8:] == f"  200  POST {SCALE}  task {task}  4.2 ms"
    assert told(picwish) == {
        "event": "request", "at": "1970-01-01T00:00:00.000+00:00", "vendor": "picwish", "operation": "scale.create",
        "method": "POST", "path": SCALE, "status": 200, "task": task, "milliseconds": 4.2, "outcome": "ok",
        "fault": None, "ignored": [], "reason": None, "claim": None, "lines": [], "option": None,
    }  # fmt: skip
    picwish.session().post(picwish.url + SCALE, data={**data, "callback_url": "http://me.test/"})
    assert said(picwish).endswith("  4.2 ms  ignored: callback_url")
    assert told(picwish)["ignored"] == ["callback_url"]


def test_a_refusal_says_why_by_which_line_and_what_would_accept_it(picwish: VendorMock) -> None:
    """In one line; a program finds the three apart."""
    picwish.session().post(picwish.url + SCALE, data={"image_url": picwish.images.link()})
    assert said(picwish).endswith("refused (S2:21): type is missing; --variant picwish.edition=current accepts it")
    found = told(picwish)
    assert (found["outcome"], found["lines"], found["option"]) == (
        "refused", ["S2:21"], "--variant picwish.edition=current",
    )  # fmt: skip
    assert found["reason"].startswith("type is missing")
    assert found["claim"] == "picwish/scale.create#request/required/type"


def test_a_task_that_will_fail_a_fault_and_an_unmatched_path(picwish: VendorMock) -> None:
    """Each is called what it is."""
    http = picwish.session()
    http.post(picwish.url + SCALE, data={"type": "clean", "image_url": "http://nobody.invalid/a.jpg"})
    assert "accepted, but its task fails (S2:" in said(picwish)
    assert told(picwish)["outcome"] == "noted"
    picwish.fault("error_status")
    http.get(f"{picwish.url}{SCALE}/x")
    assert "  503  GET " in said(picwish)
    assert "fault error_status" in said(picwish)
    http.post(f"{picwish.url}/api/tasks/visual/segmentation")
    assert "unmatched (S2:62): no operation of picwish has the path" in said(picwish)
    assert "--contracts DIR" in said(picwish)
    assert told(picwish)["outcome"] == "unmatched"


def test_a_delivery_has_a_line_too(mock: Mock) -> None:
    """Where it went, which attempt it was, and what came of it."""
    vendor = mock.vendor("magictiger")
    vendor.set_callback_url(vendor.receiver(lambda _: 500))
    body = {"picurl": vendor.images.link(), "type": 1}
    task = vendor.session().post(f"{vendor.url}/createtask", json=body).json()["data"]["taskid"]
    seen: list[Any] = []
    mock.engine.watch(lambda entry, seconds: seen.append((entry, seconds)))
    vendor.clock.advance(60)
    entry, seconds = seen[0]
    assert entry == vendor.deliveries[0]
    line = TextForm(mock.engine.runtimes, colour=False).request(entry, seconds, 0.0)
    assert f"  500  -> POST {entry['url']}  task {task}  attempt 1 failed  the answer is no acknowledgement" in line
    assert json.loads(JsonForm(mock.engine.runtimes).request(entry, seconds, 0.0)) == {
        "event": "delivery", "at": "1970-01-01T00:00:00.000+00:00", "task": task, "url": entry["url"], "attempt": 1,
        "status": 500, "outcome": "failed", "reason": "the answer is no acknowledgement",
    }  # fmt: skip


def test_colours_only_where_they_are_wanted(picwish: VendorMock) -> None:
    """The status has the colour of the outcome, and without colour no control character is printed."""
    picwish.session().get(f"{picwish.url}{SCALE}/x")
    assert "\x1b[31m\x1b[1m404" in said(picwish, colour=True)
    assert said(picwish).isprintable()
    assert set(COLOURS) == {"ok", "refused", "unmatched", "noted", "fault"}


@pytest.mark.parametrize(
    ("terminal", "environment", "wanted"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    monkeypatch: pytest.MonkeyPatch,
    *,
    terminal: bool,
    environment: dict[str, str],
    wanted: bool,
) -> None:
    """Not for files and pipes, nor where NO_COLOR says something."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: terminal))
    assert _is_coloured() is wanted


def test_what_others_sent_does_nothing_to_the_terminal(picwish: VendorMock) -> None:
    """Neither a path nor the name of a field brings control characters, or another line."""
    http = picwish.session()
    http.post(f"{picwish.url}/api/tasks/%1B%5B2J%0Ax", data={"a\x1b[2J\n": "1"})
    http.post(picwish.url + SCALE, data={"type": "clean", "a\x1b[2J\n": "1"})
    form = TextForm(picwish.mock.engine.runtimes, colour=False)
    for entry in picwish.requests:
        assert form.request(entry, 0.0, 0.0).isprintable()
        assert "\n" not in JsonForm(picwish.mock.engine.runtimes).request(entry, 0.0, 0.0)


def test_a_late_answer_is_told_in_seconds(picwish: VendorMock) -> None:
    """Milliseconds up to one second."""
    picwish.session().get(f"{picwish.url}{SCALE}/x")
    assert "  1.50 s  " in TextForm(picwish.mock.engine.runtimes, colour=False).request(picwish.requests[-1], 1.5, 0.0)
