"""The one interpreter of body templates, and the names that a template may ask for.

A template is JSON in which ``{"$from": name}`` takes a value, ``$as`` gives it a form, ``$by`` maps it, ``$else``
stands in for a value that is not there yet or that ``$by`` does not name, and ``{"$each": list, "$do": template}``
makes one entry for each of a list. The values come from one lookup function: this module knows no vendor, no task and
no sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from greycard_schemas.patches import join_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

FACTS = ("link", "width", "height", "size", "extension")
"""What a template may ask about a picture that was sent, and about one that was made."""

ITEM_NAMES = {
    "task.items": ("result", "status", "reason"),
    "task.faces": (*(f"input_{fact}" for fact in FACTS), *FACTS),
}
"""What ``item.`` may name, by the list that ``$each`` goes through."""

NAMES = frozenset(
    {
        *(f"task.{name}" for name in ("id", "status", "progress", "created", "completed", "elapsed_ms", "reason")),
        *(f"task.{name}" for name in ("errorcode", "queue", "price", "wait", "faces_count")),
        *(f"picture.{fact}" for fact in FACTS),
        *(f"result.{fact}" for fact in (*FACTS, "delivered")),
        "account.token",
        "delivery.signature",
    }
)
"""Every name that the body of an answer or a delivery may ask for, besides ``request.<field>`` and an item's names."""

ERROR_NAMES = frozenset({"error.code", "error.message"})
"""Every name that the body of a refusal may ask for."""


class Missing:
    """The value of a name that has none yet; the key that asks for it is left out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

_NESTED = (dict, list)
"""What JSON is made of, besides plain values."""


def render(template: Any, lookup: Callable[[str], Any]) -> Any:
    """`template` with every ``$from`` replaced by what `lookup` gives; what is MISSING is left out.

    For a list that ``$each`` goes through `lookup` gives one lookup function for each entry, which is asked for the
    names that begin with ``item.``. MISSING itself when the whole template asks for what is not there.
    """
    if isinstance(template, dict):
        if "$from" in template:
            value = lookup(template["$from"])
            if value is MISSING:
                return template.get("$else", MISSING)
            if "$by" in template:
                return template["$by"].get(str(value), template.get("$else", MISSING))
            form = template.get("$as")
            if form is None:
                return value
            return str(value) if form == "string" else int(value)
        if "$each" in template:
            inner = template["$do"]
            return [render(inner, _in_entry(lookup, entry)) for entry in lookup(template["$each"])]
        filled = {}
        for key, part in template.items():
            value = render(part, lookup) if type(part) in _NESTED else part
            if value is not MISSING:
                filled[key] = value
        return filled
    if isinstance(template, list):
        return [value for part in template if (value := render(part, lookup)) is not MISSING]
    return template


def _in_entry(lookup: Callable[[str], Any], entry: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda name: entry(name) if name.startswith("item.") else lookup(name)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a template: the steps to it (``$do`` for each entry of a list), and the lists that it stands in."""

    path: tuple[str, ...]
    node: Any
    lists: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """The name whose value stands here; None where the template asks for nothing."""
        return self.node.get("$from") if isinstance(self.node, dict) else None

    @property
    def items(self) -> str | None:
        """The name of the list that the entries here are made from; None where there are none."""
        return self.node.get("$each") if isinstance(self.node, dict) else None


def parts_of(template: Any) -> Iterator[Part]:
    """Every part of a template, outermost first."""
    return _parts(template, (), ())


def _parts(node: Any, path: tuple[str, ...], lists: tuple[str, ...]) -> Iterator[Part]:
    yield Part(path, node, lists)
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _parts(child, (*path, str(index)), lists)
    elif isinstance(node, dict) and "$each" in node:
        yield from _parts(node["$do"], (*path, "$do"), (*lists, node["$each"]))
    elif isinstance(node, dict) and "$from" not in node:
        for key, child in node.items():
            yield from _parts(child, (*path, key), lists)


def names_of(template: Any) -> tuple[str, ...]:
    """The names that a template asks its lookup for, each once; those that entries of a list are asked for excepted."""
    outer = (part for part in parts_of(template) if not part.lists)
    return tuple(dict.fromkeys(name for part in outer for name in (part.name, part.items) if name))


def fields_of(template: Any) -> Iterator[tuple[str, ...]]:
    """The steps to every field of a template, outermost first; what a constant list holds is no field."""
    if isinstance(template, dict) and "$each" in template:
        for path in fields_of(template["$do"]):
            yield ("$do", *path)
    elif isinstance(template, dict) and "$from" not in template:
        for key, child in template.items():
            yield (key,)
            for path in fields_of(child):
                yield (key, *path)


def places_of(template: Any, names: Container[str]) -> Iterator[str]:
    """JSON pointers at which a filled template has the value of one of these names; ``*`` is each entry of a list."""
    for part in parts_of(template):
        if part.name is not None and part.name in names:
            yield join_pointer("*" if step == "$do" else step for step in part.path)


def lists_of(template: Any, name: str) -> Iterator[str]:
    """JSON pointers at which a filled template has one entry for each of the list of this name."""
    for part in parts_of(template):
        if part.items == name:
            yield join_pointer(part.path)
