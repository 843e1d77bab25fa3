"""What the tasks of one world have in common, each once in memory. Bounded; knows no rule and no time."""

from __future__ import annotations

from typing import Any

from greycard_mocks.core.plan import Course, Item, Look

MAX_SHARED = 10_000
"""Of each kind; when there are more, those that come share among themselves only."""


class Shared:
    """Objects that tasks hold already. Call under the world's lock."""

    __slots__ = ("_courses", "_items", "_looks")

    def __init__(self) -> None:
        self._courses: dict[tuple[Any, ...], Course] = {}
        self._items: dict[str, Item] = {}
        self._looks: dict[Look, Look] = {}

    def course(
        self,
        operation: str,
        timeline: tuple[tuple[float, str], ...],
        values: dict[str, Any],
        queue: int = 0,
        reason: str = "",
    ) -> Course:
        """This course of a task, in an object that other tasks may hold already."""
        types = tuple(map(type, values.values()))  # tells 1 from True
        key = (operation, timeline, tuple(values), types, tuple(values.values()), queue, reason)
        try:
            found = self._courses.get(key)
        except TypeError:
            return Course(operation, timeline, values, queue, reason)
        if found is None:
            found = Course(operation, timeline, values, queue, reason)
            _share(self._courses, key, found)
        return found

    def pictures(self, items: tuple[Item, ...]) -> Item | tuple[Item, ...]:
        """The pictures of a task as its plan keeps them, in objects that other tasks may hold already."""
        return self._picture(items[0]) if len(items) == 1 else tuple(map(self._picture, items))

    def _picture(self, item: Item) -> Item:
        found = self._items.get(item.link)
        if found is not None and found == item:
            return found
        look = self._looks.get(item.look)
        if look is None:
            look = item.look
            _share(self._looks, look, look)
        found = Item(item.link, item.digest, look)
        _share(self._items, item.link, found)
        return found


def _share(table: dict[Any, Any], key: Any, value: Any) -> None:
    if len(table) >= MAX_SHARED:
        table.clear()
    table[key] = value
