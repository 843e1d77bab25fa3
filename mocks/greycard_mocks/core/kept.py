"""Where worlds keep what they hold: the protocols, and the keeping in the memory of one process.

Everything that decides how a world goes on is either an attribute of the `World`, read and changed under its lock, or
in one of the collections here. So another way of keeping needs the lock (what others did is seen when it is taken, and
what was done is kept when it is let go) and the collections, and no rule of the vendors.
"""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.core.dues import Dues
from greycard_mocks.core.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, MutableMapping
    from types import TracebackType

    from greycard_mocks.core.dues import Due
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World

MAX_TASKS = 150_000
"""Tasks kept in one world; the oldest give way."""

MAX_DELETED = 100_000


class StoreError(Exception):
    """Where worlds are kept cannot be reached, or a world cannot be had in time; the message says what is wrong."""


class Lock(Protocol):
    """A lock that its holder may take again."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as threading has it
        """Take it; whether it was had. `timeout` is in real seconds."""
        ...

    def release(self) -> None:
        """Let it go."""
        ...

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Kept(Protocol):
    """What one world keeps beside its attributes."""

    @property
    def lock(self) -> Lock:
        """Guards the world."""
        ...

    @property
    def advancing(self) -> Lock:
        """Held by whoever moves the world's clock and makes what falls due on the way; taken before `lock`."""
        ...

    @property
    def tasks(self) -> MutableMapping[str, TaskPlan]:
        """By id, the oldest first; a new one is remembered by `add_task`."""
        ...

    @property
    def deleted(self) -> Collection[str]:
        """The ids of tasks that were deleted, the oldest first."""
        ...

    @property
    def dues(self) -> Dues:
        """The delivery attempts."""
        ...

    @property
    def journal(self) -> Journal:
        """What happened."""
        ...

    def add_task(self, plan: TaskPlan) -> None:
        """Remember a task; the oldest are forgotten when there are too many."""
        ...

    def latest_tasks(self, most: int) -> list[TaskPlan]:
        """The newest tasks, at most so many, the newest first."""
        ...

    def add_deleted(self, task_id: str) -> None:
        """Remember that a task was deleted; the oldest are forgotten when there are too many."""
        ...

    def replace(self, plans: Iterable[TaskPlan], deleted: Iterable[str], dues: Iterable[Due]) -> None:
        """Have exactly these, the oldest first; the journal stays."""
        ...

    def clear(self) -> None:
        """Forget all of it, the journal too."""
        ...

    def refresh(self) -> None:
        """See what other processes did; a world that nobody has seen yet is there from now on."""
        ...

    def forget(self) -> None:
        """Have nothing left of the world, anywhere."""
        ...

    def expect(self, task_id: str) -> None:
        """This task will be asked for when the lock has been taken."""
        ...

    @property
    def is_seen(self) -> bool:
        """Whether other processes may have seen the world, and may have forgotten it."""
        ...


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
    def is_seen(self) -> bool:
        """As `Kept.is_seen`: there are none."""
        return False


def in_memory(_: World) -> Kept:
    """Keep a world in the memory of this process."""
    return InMemory()


def _forget_oldest(kept: dict[str, Any], most: int) -> None:
    """Make room in what holds one more than `most`, for several: to find the oldest passes by all that were before."""
    for key in list(islice(kept, 1 + most // 256)):
        del kept[key]
