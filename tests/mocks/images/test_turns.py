"""Two pictures at a time, within a budget; who waits is neither forgotten nor in anybody's way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from greycard_mocks.images import turns as module
from greycard_mocks.images.turns import MAX_PASSED, SentAwayError, Turns

MIB = 1 << 20


class Makers:
    """Threads that each make a picture until they are told to end; `entered` is who has come to make one, in order."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.entered: list[str] = []
        self.sent_away: list[str] = []
        self._news = threading.Condition()
        self._waits = 0
        self._ends: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}
        turns.while_waiting = self._waiting

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._news:
            self._waits += 1
            self._news.notify_all()
        yield

    def start(self, name: str, mebibytes: float) -> None:
        """Let somebody want a turn; returns when it has it, or waits."""
        self._ends[name] = threading.Event()
        before = len(self.entered) + self._waits

        def make() -> None:
            try:
                with self.turns.turn(int(mebibytes * MIB)):
                    with self._news:
                        self.entered.append(name)
                        self._news.notify_all()
                    assert self._ends[name].wait(30)
            except SentAwayError:
                self.sent_away.append(name)

        self._threads[name] = threading.Thread(target=make, daemon=True)
        self._threads[name].start()
        with self._news:
            assert self._news.wait_for(lambda: len(self.entered) + self._waits > before, 30)

    def end(self, name: str, *then: str) -> None:
        """Let a picture be ready; returns when all of `then` have had their turn."""
        self._ends[name].set()
        self._threads[name].join(30)
        with self._news:
            assert self._news.wait_for(lambda: set(then) <= set(self.entered), 30)

    def end_all(self) -> None:
        """Let all be ready, whenever their turn comes."""
        for event in self._ends.values():
            event.set()
        for thread in self._threads.values():
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def makers() -> Iterator[Makers]:
    """With a budget of 8 MiB."""
    made = Makers(Turns(8 * MIB))
    yield made
    made.end_all()


def test_two_at_a_time(makers: Makers) -> None:
    """However much memory is left, no third one is made before one of two is ready."""
    for name in "abcd":
        makers.start(name, 2)
    assert (makers.entered, makers.turns.waiting) == (["a", "b"], 2)
    makers.end("b", "c")
    assert (makers.entered, makers.turns.waiting) == (["a", "b", "c"], 1)


def test_within_the_budget(makers: Makers) -> None:
    """Two whose memory is more than the budget together come one after the other."""
    makers.start("a", 5)
    makers.start("b", 5)
    assert (makers.entered, makers.turns.waiting) == (["a"], 1)
    makers.end("a", "b")


def test_a_picture_larger_than_the_budget_is_made_alone(makers: Makers) -> None:
    """It is made, and nothing beside it."""
    makers.start("huge", 100)
    makers.start("small", 0.001)
    assert (makers.entered, makers.turns.waiting) == (["huge"], 1)
    makers.end("huge", "small")


def test_small_ones_pass_a_large_one_but_not_for_ever(makers: Makers) -> None:
    """A large one that waits for memory holds small ones up only after so many have passed it."""
    makers.start("first", 5)
    makers.start("large", 6)
    for number in range(MAX_PASSED):
        makers.start(f"small {number}", 1)
        makers.end(f"small {number}")
    makers.start("late", 3)
    assert ("large" in makers.entered, "late" in makers.entered) == (False, False)
    makers.end("first", "large")
    assert "late" not in makers.entered
    makers.end("large", "late")


def test_when_the_mock_stops_nobody_waits(makers: Makers) -> None:
    """Who waits, and who would have to, goes without a picture; afterwards all is as before."""
    makers.start("a", 8)
    makers.start("b", 8)
    with makers.turns.stopped():
        makers._threads["b"].join(30)
        with pytest.raises(SentAwayError, match="stops"), makers.turns.turn(1):
            raise AssertionError
    assert (makers.sent_away, makers.turns.waiting) == (["b"], 0)
    makers.start("c", 1)
    makers.end("a", "c")


@pytest.mark.parametrize(("cost", "times"), [(module.LARGE_BYTES, 1), (module.LARGE_BYTES - 1, 0)])
def test_memory_goes_back_after_a_large_picture(monkeypatch: pytest.MonkeyPatch, cost: int, times: int) -> None:
    """Also when it could not be made."""
    calls: list[Callable[[], None] | None] = []
    monkeypatch.setattr(module, "give_back", lambda: calls.append(None))

    def fail() -> None:
        with Turns(1 << 30).turn(cost):
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert len(calls) == times
