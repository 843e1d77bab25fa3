"""How long tasks are waited for: the user's patience once per operation whose tasks do not end, then only a while.

Knows no task and no clock; the target tells it what it has waited.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT_SECONDS = 5.0
"""The least that is waited for a task when one of its operation has used up the patience."""


@dataclass
class Waits:
    """What a run has waited for the tasks of one vendor; shared by its tests."""

    longest: float = 0.0
    last_end: float = 0.0
    """When a task of the vendor was last seen to have ended, in whichever test: others may have waited for it."""
    spent: set[str] = field(default_factory=set)
    """The operations a task of which did not end within the patience."""
    unwell: set[str] = field(default_factory=set)
    """The operations whose errors did not go away when they were asked again."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds(self, operations: Iterable[str], patience: float) -> float:
        """How long to wait for tasks of these operations: twice as long as any that has ended, where one never did."""
        with self._lock:
            if any(one not in self.spent for one in operations):
                return patience
            return min(patience, max(SHORT_SECONDS, 2 * self.longest))

    def is_hopeful(self, operation: str) -> bool:
        """Whether asking an operation again may help that answers with an error of the vendor's own."""
        return operation not in self.unwell

    def lose_hope(self, operation: str) -> None:
        """Asking again has not helped: it is not done again in this run."""
        self.unwell.add(operation)

    def note(self, waited_for: Iterable[str], running: Iterable[str], waited: float, patience: float) -> list[str]:
        """The waiting is over, and tasks of the operations in `running` have not ended: what to tell the user."""
        with self._lock:
            late = set(running) - self.spent
            if not set(running):
                self.longest = max(self.longest, waited)
            if not late or waited < patience or not set(waited_for):
                return []
            self.spent |= late
            short = min(patience, max(SHORT_SECONDS, 2 * self.longest))
        return [
            f"{one}: a task did not end within {patience:g} s (--patience); "
            f"later tasks of this operation are waited for {short:g} s only"
            for one in sorted(late)
        ]
