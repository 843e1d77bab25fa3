"""The thread behind the lines of `serve`: nobody waits for it, nothing is lost unsaid, and a reader may go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.core.journal import Entry
from greycard_suite.commands.serving.request_log import AT_ONCE, RequestLog

SECONDS = 20.0


class Plain:
    """A form that says the number of an entry."""

    def request(self, entry: Entry, seconds: float, at: float) -> str:
        """The number."""
        del seconds, at
        return str(entry.number)

    def dropped(self, count: int) -> str:
        """The count."""
        return f"dropped {count}"


class Output:
    """Takes text when it is allowed to, and says when it is asked."""

    def __init__(self, *, open_at_once: bool = True) -> None:
        self.text = ""
        self.asked, self.may_go_on = threading.Event(), threading.Event()
        if open_at_once:
            self.may_go_on.set()

    def __call__(self, text: str) -> None:
        """Wait, then take it."""
        self.asked.set()
        assert self.may_go_on.wait(SECONDS)
        self.text += text


def note(log: RequestLog, *numbers: int) -> None:
    """Requests with these numbers."""
    for number in numbers:
        log.note(Entry(number, "request", 0.0, {}), 0.0)


def test_all_lines_are_written_in_order_what_came_before_the_start_first() -> None:
    """Also more than are written together, and the last words come last."""
    output = Output()
    log = RequestLog(Plain(), output)
    note(log, *range(3 * AT_ONCE))
    log.start()
    note(log, *range(3 * AT_ONCE, 3 * AT_ONCE + 5))
    log.close("end")
    assert output.text.split() == [*(str(n) for n in range(3 * AT_ONCE + 5)), "end"]


def test_a_slow_reader_holds_nobody_up_and_is_told_what_it_missed() -> None:
    """Whoever notes a request returns while the output stands still; what found no room is counted once."""
    output = Output(open_at_once=False)
    log = RequestLog(Plain(), output, most=10)
    log.start()
    note(log, 0)
    assert output.asked.wait(SECONDS)
    note(log, *range(1, 31))  # in this thread: it would never come back if it waited for the output
    output.may_go_on.set()
    log.close()
    assert output.text.split("\n") == [*(str(n) for n in range(11)), "dropped 20", ""]


def test_an_output_that_never_takes_anything_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end waits a moment, then goes without."""
    monkeypatch.setattr("greycard_suite.commands.serving.request_log.END_SECONDS", 0.01)
    output = Output(open_at_once=False)
    log = RequestLog(Plain(), output)
    log.start()
    note(log, 1)
    assert output.asked.wait(SECONDS)
    log.close("end")
    assert output.text == ""
    output.may_go_on.set()


def test_when_nobody_reads_any_more_nothing_is_kept() -> None:
    """The thread ends, and requests are noted no more."""
    gone = threading.Event()

    def write(_: str) -> None:
        gone.set()
        raise BrokenPipeError

    log = RequestLog(Plain(), write)
    log.start()
    note(log, 1)
    assert gone.wait(SECONDS)
    log.close()
    note(log, 2, 3)
    assert not log._waiting


def test_a_log_that_was_never_started_can_be_closed() -> None:
    """As when the server cannot listen."""
    output: Callable[[str], Any] = Output()
    RequestLog(Plain(), output).close("end")
