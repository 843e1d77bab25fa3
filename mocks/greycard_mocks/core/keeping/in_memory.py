"""What a world holds, kept in the memory of this process."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.journal import Journal
from greycard_mocks.core.keeping.dues import Dues
from greycard_mocks.core.keeping.kept import MAX_DELETED, MAX_TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_mocks.core.keeping.dues import Due
    from greycard_mocks.core.keeping.kept import Kept, Lock
    from greycard_mocks.core.plan import TaskPlan


class InMemory:
    """What one world keeps in the memory of this process."""

    __slots__ = ("advancing", "deleted", "dues", "journal", "lock", "tasks")

    def __init__(self) -> None:
        self.lock: Lock = threading.RLock()
        self.advancing: Lock = threading.RLock()
        self.tasks: dict[str, TaskPlan] = {}  # a plain one: the garbage collector never looks at it
        self.deleted: dict[str, None] = {}
        self.dues = Dues()
        self.journal = Journal()

    def add_task(self, plan: TaskPlan) -> None:
        """As `Kept.add_task`."""
        self.tasks[plan.id] = plan
        if len(self.tasks) > MAX_TASKS:
            _forget_oldest(self.tasks, MAX_TASKS)

    def latest_tasks(self, most: int) -> list[TaskPlan]:
        """As `Kept.latest_tasks`."""
        return list(islice(reversed(self.tasks.values()), most))

    def add_deleted(self, task_id: str) -> None:
        """As `Kept.add_deleted`."""
        self.deleted[task_id] = None
        if len(self.deleted) > MAX_DELETED:
            _forget_oldest(self.deleted, MAX_DELETED)

    def replace(self, plans: Iterable[TaskPlan], deleted: Iterable[str], dues: Iterable[Due]) -> None:
        """As `Kept.replace`."""
        self.tasks.clear()
        self.tasks.update((plan.id, plan) for plan in plans)
        self.deleted.clear()
        self.deleted.update(dict.fromkeys(deleted))
        self.dues.replace(dues)

    def clear(self) -> None:
        """As `Kept.clear`."""
        self.replace((), (), ())
        self.journal.clear()

    def refresh(self) -> None:
        """As `Kept.refresh`: there are no other processes."""

    def forget(self) -> None:
        """As `Kept.forget`: the world is dropped as it is."""

    def expect(self, task_id: str) -> None:
        """As `Kept.expect`: all tasks are at hand."""

    @property
    def is_moved_elsewhere(self) -> bool:
        """As `Kept.is_moved_elsewhere`: there are none."""
        return False

    @property
    def is_seen(self) -> bool:
        """As `Kept.is_seen`: there are none."""
        return False

    def note_seen(self) -> None:
        """As `Kept.note_seen`: there are none."""


def in_memory(_: object) -> Kept:
    """Keep a world in the memory of this process."""
    return InMemory()


def _forget_oldest(kept: dict[str, Any], most: int) -> None:
    """Make room in what holds one more than `most`, for several: to find the oldest passes by all that were before."""
    for key in list(islice(kept, 1 + most // 256)):
        del kept[key]
