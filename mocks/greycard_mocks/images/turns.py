"""Who makes a large picture when: two at a time at most, within a budget of memory, and nobody passed over for ever.

Whoever must wait waits here, in a thread of its own.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_mocks.images.memory import give_back

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

AT_ONCE = 2
MAX_PASSED = 8
"""How many smaller pictures may be made before one that waits for more memory than is free."""

LARGE_BYTES = 32 << 20
"""After a picture that took so much, memory is given back to the system."""


class SentAwayError(Exception):
    """The mock stops, and what was waited for is not made."""


@dataclass(slots=True, eq=False)
class _Waiting:
    cost: int
    passed: int = 0
    sent_away: bool = False
    called: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Hands out turns; `budget` is in bytes and holds for all pictures that are made at the same time.

    A picture that takes more is made alone.
    """

    def __init__(self, budget: int, at_once: int = AT_ONCE) -> None:
        self.budget = budget
        self._at_once = at_once
        self._lock = threading.Lock()
        self._making: list[int] = []
        self._waiting: list[_Waiting] = []
        self._stopped = False
        self.while_waiting: Callable[[], AbstractContextManager[object]] = nullcontext
        """Entered by each thread for as long as it waits; a test learns by it who does."""

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self, cost: int) -> Generator[None]:
        """Wait until `cost` bytes of memory may be used, and hold them. Raises SentAwayError when the mock stops."""
        held = min(cost, self.budget)
        self._wait(held)
        try:
            yield
        finally:
            with self._lock:
                self._making.remove(held)
                self._call()
            if cost >= LARGE_BYTES:
                give_back()

    def _wait(self, cost: int) -> None:
        mine = _Waiting(cost)
        with self._lock:
            self._waiting.append(mine)
            self._call()
            if self._stopped:
                self._send_away()
        if not mine.called.is_set():
            with self.while_waiting():
                mine.called.wait()
        if mine.sent_away:
            msg = "the mock stops; the picture is not made"
            raise SentAwayError(msg)

    @contextmanager
    def stopped(self) -> Generator[None]:
        """Meanwhile nobody waits: who does, and who would have to, is sent away, so that the mock can stop."""
        with self._lock:
            self._stopped = True
            self._send_away()
        try:
            yield
        finally:
            with self._lock:
                self._stopped = False

    def _send_away(self) -> None:
        for one in self._waiting:
            one.sent_away = True
            one.called.set()
        self._waiting.clear()

    def _call(self) -> None:
        """Give turns to those who may have them, in the order of their coming. Call under the lock."""
        for one in list(self._waiting):
            if len(self._making) >= self._at_once:
                return
            if sum(self._making) + one.cost <= self.budget:
                before = self._waiting[: self._waiting.index(one)]
                self._waiting.remove(one)
                self._making.append(one.cost)
                for other in before:
                    other.passed += 1
                one.called.set()
            elif one.passed >= MAX_PASSED:
                return
