"""The tasks of a shared world, and the ids of those that were deleted, as far as this process has seen them.

Changes are collected while the world's lock is held, and kept when it is let go.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.plan import TaskPlan
from greycard_mocks.store.codec import Timelines, pack_plan, unpack_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from greycard_mocks.core.world import World
    from greycard_mocks.store.link import Link

MAX_SEEN = 20_000
"""Tasks that are kept as objects, so that asking for one again costs nothing."""

CHUNK = 500


class SharedTasks(MutableMapping[str, TaskPlan]):
    """Tasks by id. A task never changes, so what was seen once is good until something was removed."""

    def __init__(self, link: Link, key: str, order: str, state: str, world: World) -> None:
        self._link, self._key, self._order, self._world = link, key, order, world
        self._seen: dict[str, TaskPlan] = {}
        self.added: dict[str, TaskPlan] = {}
        self.removed: dict[str, None] = {}
        self.is_cleared = False
        self.timelines = Timelines(lambda: link.command("HGET", state, "timelines"))

    def _unpacked(self, task_id: str, content: bytes) -> TaskPlan:
        return unpack_plan(task_id, content, self.timelines, self._world.shared)

    def forget_seen(self) -> None:
        """Another process has removed some."""
        self._seen.clear()

    def begin(self) -> None:
        """Nothing has changed yet."""
        self.added, self.removed, self.is_cleared = {}, {}, False

    def see(self, task_id: str, content: bytes) -> None:
        """What is kept of a task, as it was read on the way."""
        if task_id not in self._seen:
            self._remember(self._unpacked(task_id, content))

    def has_seen(self, task_id: str) -> bool:
        """Whether asking for this task costs nothing."""
        return task_id in self._seen

    def _remember(self, plan: TaskPlan) -> TaskPlan:
        if len(self._seen) >= MAX_SEEN:
            self._seen.clear()
        self._seen[plan.id] = plan
        return plan

    def _found(self, task_id: object) -> TaskPlan | None:
        if not isinstance(task_id, str):
            return None
        found = self.added.get(task_id)
        if found is not None or self.is_cleared or task_id in self.removed:
            return found
        found = self._seen.get(task_id)
        if found is None:
            content = self._link.command("HGET", self._key, name_of(task_id))
            found = None if content is None else self._remember(self._unpacked(task_id, content))
        return found

    def __getitem__(self, task_id: str) -> TaskPlan:
        found = self._found(task_id)
        if found is None:
            raise KeyError(task_id)
        return found

    def __contains__(self, task_id: object) -> bool:
        return self._found(task_id) is not None

    def __setitem__(self, task_id: str, plan: TaskPlan) -> None:
        self.removed.pop(task_id, None)
        self.added[task_id] = plan

    def __delitem__(self, task_id: str) -> None:
        if self._found(task_id) is None:
            raise KeyError(task_id)
        self._seen.pop(task_id, None)
        if self.added.pop(task_id, None) is None:
            self.removed[task_id] = None

    def __len__(self) -> int:
        kept = 0 if self.is_cleared else int(self._link.command("HLEN", self._key))
        return kept + len(self.added) - len(self.removed)

    def __iter__(self) -> Iterator[str]:
        return (plan.id for plan in self._all())

    def __reversed__(self) -> Iterator[str]:
        return (plan.id for plan in self.latest(len(self)))

    def _all(self) -> Iterator[TaskPlan]:
        """Every task, the oldest first, read a few hundred at a time."""
        if not self.is_cleared:
            start = 0
            while ids := self._link.command("LRANGE", self._order, start, start + CHUNK - 1):
                yield from self._of(ids)
                start += CHUNK
        yield from self.added.values()

    def latest(self, most: int) -> list[TaskPlan]:
        """The newest tasks, the newest first."""
        found = list(reversed(self.added.values()))
        end = -1
        while len(found) < most and not self.is_cleared:
            ids = self._link.command("LRANGE", self._order, end - CHUNK + 1, end)
            if not ids:
                break
            found += reversed(self._of(ids))
            end -= CHUNK
        return found[:most]

    def _of(self, names: list[bytes]) -> list[TaskPlan]:
        """The tasks of these names that are still there."""
        contents = self._link.command("HMGET", self._key, *names)
        ids = [id_of(name) for name in names]
        return [
            self._seen.get(task_id) or self._unpacked(task_id, content)
            for task_id, content in zip(ids, contents, strict=True)
            if content is not None and task_id not in self.removed
        ]

    def clear(self) -> None:
        """Forget all."""
        self.begin()
        self.is_cleared = True
        self._seen.clear()

    def replace(self, plans: Iterable[TaskPlan]) -> None:
        """Have exactly these."""
        self.clear()
        self.added = {plan.id: plan for plan in plans}

    def work(self) -> dict[str, list[Any]]:
        """What has to be written."""
        names = [(name_of(task_id), plan) for task_id, plan in self.added.items()]
        return {
            "tasks": [part for name, plan in names for part in (name, pack_plan(plan, self.timelines))],
            "order": [name for name, _ in names],
            "removed": [name_of(task_id) for task_id in self.removed],
        }

    def kept(self) -> None:
        """What changed is kept."""
        for plan in self.added.values():
            self._remember(plan)
        self.begin()


class SharedDeleted:
    """The ids of tasks that were deleted, the oldest first."""

    def __init__(self, link: Link, key: str) -> None:
        self._link, self._key = link, key
        self.added: dict[str, None] = {}
        self.is_cleared = False

    def begin(self) -> None:
        """Nothing has changed yet."""
        self.added, self.is_cleared = {}, False

    def _kept(self) -> list[str]:
        return [] if self.is_cleared else [id_of(name) for name in self._link.command("ZRANGE", self._key, 0, -1)]

    def __contains__(self, task_id: object) -> bool:
        if not isinstance(task_id, str):
            return False
        if task_id in self.added:
            return True
        return not self.is_cleared and self._link.command("ZSCORE", self._key, name_of(task_id)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter([*self._kept(), *self.added])

    def __len__(self) -> int:
        return len(self._kept()) + len(self.added)

    def replace(self, ids: Iterable[str]) -> None:
        """Have exactly these."""
        self.added, self.is_cleared = dict.fromkeys(ids), True

    def work(self, at: float) -> list[Any]:
        """What has to be written, for a moment of the store's clock."""
        return [part for n, task_id in enumerate(self.added) for part in (repr(at + n * 1e-6), name_of(task_id))]


def name_of(task_id: str) -> bytes:
    """An id as a name in the store."""
    return task_id.encode("utf-8", "surrogatepass")


def id_of(name: bytes) -> str:
    """The id of which this is the name."""
    return name.decode("utf-8", "surrogatepass")


if TYPE_CHECKING:
    _: Collection[str] = SharedDeleted(None, "")  # type: ignore[arg-type]
