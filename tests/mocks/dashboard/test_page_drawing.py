"""How the page writes text, times and credentials, and draws a timeline."""

from __future__ import annotations

import math

import pytest

from greycard_mocks.core.plan import Course, TaskPlan
from greycard_mocks.dashboard.text import calendar_time, clock_time, credential_shown, distance, length, visible
from greycard_mocks.dashboard.timeline import timeline_of


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


def plan_of(*timeline: tuple[float, str]) -> TaskPlan:
    """A task that was created at 1000."""
    return TaskPlan("t", 1000.0, Course("op", timeline, {}), ())


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
