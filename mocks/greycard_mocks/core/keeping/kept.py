"""What a world needs of whatever keeps what it holds, so that it can be kept in this process or elsewhere.

Everything that decides how a world goes on is either an attribute of the `World`, read and changed under its lock, or
in one of the collections here. So another way of keeping needs the lock (what others did is seen when it is taken, and
what was done is kept when it is let go) and the collections, and no rule of the vendors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from greycard_mocks.core.journal import Journal
from greycard_mocks.core.keeping.dues import Dues

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, MutableMapping
    from types import TracebackType

    from greycard_mocks.core.keeping.dues import Due
    from greycard_mocks.core.plan import TaskPlan

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
    def is_moved_elsewhere(self) -> bool:
        """Whether another process is moving the world's clock."""
        ...

    @property
    def is_seen(self) -> bool:
        """Whether other processes may have seen the world, and may have forgotten it."""
        ...

    def note_seen(self) -> None:
        """Another process has seen the world."""
        ...
