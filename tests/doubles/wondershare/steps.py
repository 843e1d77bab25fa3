"""Steps that change one place of an answer before it is sent; a place that is not there is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Step = Callable[[dict[str, Any]], None]


def _holders(node: Any, names: list[str]) -> Iterator[dict[str, Any]]:
    """The objects that hold the last name of a path; `*` stands for every entry of a list."""
    if len(names) == 1:
        if isinstance(node, dict):
            yield node
    elif names[0] == "*":
        for entry in node if isinstance(node, list) else ():
            yield from _holders(entry, names[1:])
    elif isinstance(node, dict) and names[0] in node:
        yield from _holders(node[names[0]], names[1:])


def drop(path: str) -> Step:
    """Leave a field out."""
    names = path.split(".")

    def step(payload: dict[str, Any]) -> None:
        for holder in _holders(payload, names):
            holder.pop(names[-1], None)

    return step


def rename(path: str, new: str) -> Step:
    """Give a field another name."""
    names = path.split(".")

    def step(payload: dict[str, Any]) -> None:
        for holder in _holders(payload, names):
            if names[-1] in holder:
                holder[new] = holder.pop(names[-1])

    return step


def put(path: str, make: Callable[[Any], Any]) -> Step:
    """Replace the value of a field by what is made of it; null is left alone."""
    names = path.split(".")

    def step(payload: dict[str, Any]) -> None:
        for holder in _holders(payload, names):
            if holder.get(names[-1]) is not None:
                holder[names[-1]] = make(holder[names[-1]])

    return step


def fix(path: str, value: Any) -> Step:
    """Replace the value of a field by one that is always the same."""
    return put(path, lambda _: value)


def add(path: str, **values: Any) -> Step:
    """Add fields to the objects at a path; an empty path is the answer itself."""
    names = [*path.split("."), ""] if path else [""]

    def step(payload: dict[str, Any]) -> None:
        for holder in _holders(payload, names):
            for name, value in values.items():
                holder.setdefault(name, value)

    return step
