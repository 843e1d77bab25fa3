"""Body templates: filled by an interpreter or by what they are compiled to, and the names that they may ask for.

A template is JSON in which ``{"$from": name}`` takes a value, ``$as`` gives it a form, ``$by`` maps it, ``$else``
stands in for a value that is not there yet or that ``$by`` does not name, and ``{"$each": list, "$do": template}``
makes one entry for each of a list. The values come from outside: this module knows no vendor, no task and
no sample.

`render` says what a template means, for uses that are rare. `compiled` is the same for a template that is filled
again and again; a test holds the one against the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from greycard_schemas.patches import join_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    Fill = Callable[[Mapping[str, Callable[[Any], Any]], Any], Any]
    """What a template is compiled to: called with a function for each name, and with what these are asked about."""

    _Part = Callable[[Mapping[str, Callable[[Any], Any]], Any, Any], Any]
    """As `Fill`, and called with the entry of the list that is gone through, None outside of any."""

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
        *(f"result.{fact}" for fact in (*FACTS, "delivered", "mask")),
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

_FORMS = frozenset({"$as", "$by", "$else"})
"""What is done to a value before it stands in its place."""

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


def compiled(template: Any) -> Fill:
    """What fills `template` as `render` does, with all that does not change worked out beforehand.

    What it makes shares its constant parts with the template, so it is for reading only.
    """
    part = _compiled(template, inside=False)
    return lambda names, source: part(names, source, None)


def _compiled(template: Any, *, inside: bool) -> _Part:
    if _is_constant(template):
        return lambda _names, _source, _entry: template
    if isinstance(template, list):
        parts = [_compiled(one, inside=inside) for one in template]
        return lambda names, source, entry: [
            value for part in parts if (value := part(names, source, entry)) is not MISSING
        ]
    if "$from" in template:
        return _value(template, inside=inside)
    if "$each" in template:
        entries, inner = _name(template["$each"], inside=inside), _compiled(template["$do"], inside=True)
        return lambda names, source, entry: [inner(names, source, one) for one in entries(names, source, entry)]
    return _object(template, inside=inside)


def _is_constant(template: Any) -> bool:
    if isinstance(template, list):
        return all(map(_is_constant, template))
    if isinstance(template, dict):
        return "$from" not in template and "$each" not in template and all(map(_is_constant, template.values()))
    return True


def _name(name: str, *, inside: bool) -> _Part:
    if inside and name.startswith("item."):
        return lambda _names, _source, entry: entry(name)
    return lambda names, source, _entry: names[name](source)


def _value(template: Any, *, inside: bool) -> _Part:
    ask, form, otherwise = _name(template["$from"], inside=inside), template.get("$as"), template.get("$else", MISSING)
    if "$by" in template:
        by = template["$by"]

        def mapped(names: Any, source: Any, entry: Any) -> Any:
            value = ask(names, source, entry)
            return otherwise if value is MISSING else by.get(str(value), otherwise)

        return mapped
    if form is None and otherwise is MISSING:
        return ask
    formed = (lambda value: value) if form is None else (str if form == "string" else int)

    def part(names: Any, source: Any, entry: Any) -> Any:
        value = ask(names, source, entry)
        return otherwise if value is MISSING else formed(value)

    return part


def _object(template: Any, *, inside: bool) -> _Part:
    plain, others = [], []
    for key, child in template.items():
        if _is_constant(child):
            continue
        name = child.get("$from") if isinstance(child, dict) else None
        if name is None or not child.keys().isdisjoint(_FORMS) or (inside and name.startswith("item.")):
            others.append((key, _compiled(child, inside=inside)))
        else:
            plain.append((key, name))

    def part(names: Any, source: Any, entry: Any) -> Any:
        filled = template.copy()  # has all keys in their order; those that are not constant get their value
        for key, name in plain:
            value = filled[key] = names[name](source)
            if value is MISSING:
                del filled[key]
        for key, child in others:
            value = filled[key] = child(names, source, entry)
            if value is MISSING:
                del filled[key]
        return filled

    return part


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
