"""What one world keeps where several processes share it: its lock, its tables, its deliveries, its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.store.keys import OF_A_WORLD
from greycard_mocks.store.lease import Lease
from greycard_mocks.store.section import Section
from greycard_mocks.store.shared_dues import SharedDues
from greycard_mocks.store.shared_journal import SharedJournal
from greycard_mocks.store.tables import SharedDeleted, SharedTasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_mocks.core.keeping.dues import Due
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.scenario import Scenario
    from greycard_mocks.core.world import World
    from greycard_mocks.store.base import Base


class SharedWorld:
    """As `core.kept.Kept`, in a store."""

    def __init__(self, store: Base, world: World) -> None:
        key = {name: store.keys.world(world.id, name) for name in OF_A_WORLD}
        self._store = store
        self.tasks = SharedTasks(store.link, key["tasks"], key["order"], key["state"], world)
        self.deleted = SharedDeleted(store.link, key["deleted"])
        self.dues = SharedDues(store.link, key["due"], key["claimed"], store.process)
        self.journal = SharedJournal(store.link, key["journal"])
        self.lock = Section(store, world, self)
        self.advancing = Lease(store, key["advancing"])
        self.removals = 0
        """How often tasks were removed, so that others do not go by what they have seen."""

        self.is_moved_elsewhere = False
        """Whether another process is moving this world's clock."""

        self.is_forgotten = False
        self.first: tuple[int, str | None, Scenario | None] = (world.seed, None, None)
        """Seed, callback address and usual scenario as this process would begin the world."""

    # what the lock says

    def open(self, count: int, first: float, under_way: int) -> None:
        """The lock is held."""
        self.tasks.begin()
        self.deleted.begin()
        self.journal.begin()
        self.dues.open(count, first, under_way)
        self.is_forgotten = False

    def close(self, *, is_kept: bool) -> None:
        """The lock is let go."""
        if is_kept:
            self.tasks.kept()
        self.tasks.begin()
        self.deleted.begin()
        self.journal.begin()
        self.dues.close(is_kept=is_kept)
        self.is_forgotten = False

    def forget_seen(self) -> None:
        """Go by nothing that was read before."""
        self.tasks.forget_seen()

    def begin_anew(self) -> None:
        """There is nothing yet."""
        self.tasks.forget_seen()
        self.tasks.timelines.use(b"")
        self.dues.begin_anew()
        self.journal.count = self.removals = 0

    def work(self) -> dict[str, list[Any]]:
        """What has to be written, by the names that the script knows; empty where nothing changed."""
        tasks, dues = self.tasks, self.dues
        work: dict[str, list[Any]] = {}
        if tasks.added or tasks.removed:
            work |= tasks.work()
        if tasks.removed or tasks.is_cleared:
            self.removals += 1
        if self.deleted.added:
            work["deleted"] = self.deleted.work(self._store.clock.now())
        if dues.has_work:
            work |= dues.work()
        if self.journal.added:
            work["journal"] = self.journal.work()
        return work

    @property
    def flags(self) -> str:
        """What has to be forgotten first, as the script knows it."""
        return ("c" if self.tasks.is_cleared else "") + ("j" if self.journal.is_cleared else "")

    def parts(self) -> dict[str, bytes]:
        """Small pieces, beside those of `parts`."""
        return {
            "removals": str(self.removals).encode(),
            "dues": self.dues.part(),
            "timelines": self.tasks.timelines.packed,
        }

    # as `Kept` has it

    def add_task(self, plan: TaskPlan) -> None:
        """As `Kept.add_task`."""
        self.tasks[plan.id] = plan

    def latest_tasks(self, most: int) -> list[TaskPlan]:
        """As `Kept.latest_tasks`."""
        return self.tasks.latest(most)

    def add_deleted(self, task_id: str) -> None:
        """As `Kept.add_deleted`."""
        self.deleted.added[task_id] = None

    def replace(self, plans: Iterable[TaskPlan], deleted: Iterable[str], dues: Iterable[Due]) -> None:
        """As `Kept.replace`."""
        self.tasks.replace(plans)
        self.deleted.replace(deleted)
        self.dues.replace(dues)

    def clear(self) -> None:
        """As `Kept.clear`."""
        self.replace((), (), ())
        self.journal.clear()

    def refresh(self) -> None:
        """As `Kept.refresh`."""
        with self.lock:
            pass

    def expect(self, task_id: str) -> None:
        """As `Kept.expect`."""
        self.lock.wanted = task_id

    @property
    def is_seen(self) -> bool:
        """As `Kept.is_seen`."""
        return bool(self.lock.version)

    def note_seen(self) -> None:
        """As `Kept.note_seen`."""
        self.lock.version = self.lock.version or "-"

    def forget(self) -> None:
        """As `Kept.forget`."""
        with self.lock:
            self.clear()
            self.is_forgotten = True
