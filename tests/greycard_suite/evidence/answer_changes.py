"""How the answers of one run differ from those of another: by a schema of all that was seen before.

Breaking: an answer came that this schema does not admit. Additive: one came that it admits, with a field that no
answer had before. Only tests that both runs have are compared, so that another choice of tests changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_suite.evidence.answer_fields import AnswerFields

    Schema = dict[str, Any]
    Forms = list[tuple[Any, int]]
    """Forms of answers, each with the number of answers that had it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One thing that all answers had in common: the types of a field, or that it is there."""

    name: str
    schema: Schema
    types: str = ""
    """Empty where the rule is that the field is there."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Answers of one kind in the newer run."""

    vendor: str
    subject: str
    forms: Forms

    def breaking(self, schema: Schema) -> list[Any]:
        """The forms that a schema does not admit."""
        import jsonschema_rs

        legal = jsonschema_rs.Draft202012Validator(schema)
        return [form for form, _ in self.forms if not legal.is_valid(form)]

    def times(self, shown: list[Any]) -> str:
        """In how many answers, where it was not in all of them."""
        texts = set(map(json.dumps, shown))  # in Python 0 equals False
        count = sum(times for form, times in self.forms if json.dumps(form) in texts)
        every = sum(times for _, times in self.forms)
        return f" (in {count} of {every} answers)" if count < every else ""


def answer_changes(old: AnswerFields, new: AnswerFields) -> Iterator[Change]:
    """What the answers of the newer run have, lack, or hold otherwise; every change with an answer that came."""
    for vendor, operation, kind in sorted(set(old.answers) & set(new.answers)):
        was, now = (one.answers[vendor, operation, kind] for one in (old, new))
        tests = was.tests & now.tests
        schema = schema_of([form for form, _ in was.of(tests)])
        seen = _Kind(vendor, f"{vendor}/{operation}: {kind}", now.of(tests))
        yield from _added(seen, schema)
        yield from _lacking(seen, schema)
        yield from _retyped(seen, schema)


def _added(seen: _Kind, schema: Schema) -> Iterator[Change]:
    known = {rule.name for rule in _rules(schema)}
    forms = [(form, [rule.name for rule in _rules(schema_of([form]))]) for form, _ in seen.forms]
    added = _outermost({name for _, names in forms for name in names if name not in known and not name.endswith("[]")})
    if added:
        yield Change(
            "additive", "field", seen.vendor, seen.subject, "", ", ".join(added),
            f"The answer has {_fields(added, 'new')}", direction="answer",
            witness=next(form for form, names in forms if added[0] in names),
        )  # fmt: skip


def _lacking(seen: _Kind, schema: Schema) -> Iterator[Change]:
    together: dict[str, tuple[list[str], list[Any]]] = {}
    for rule in [one for one in _rules(schema) if not one.types]:
        shown = seen.breaking(rule.schema)
        if shown:
            together.setdefault(json.dumps(shown), ([], shown))[0].append(rule.name)
    for names, shown in together.values():
        yield Change(
            "breaking", "field", seen.vendor, seen.subject, ", ".join(names), "",
            f"The answer always had {_fields(names, '')}, and no longer has{seen.times(shown)}",
            direction="answer", witness=shown[0],
        )  # fmt: skip


def _retyped(seen: _Kind, schema: Schema) -> Iterator[Change]:
    for rule in [one for one in _rules(schema) if one.types]:
        shown = seen.breaking(rule.schema)
        if shown:
            now = next(one.types for one in _rules(schema_of(shown)) if one.name == rule.name and one.types)
            yield Change(
                "breaking", "field", seen.vendor, f"{seen.subject}: {rule.name}", rule.types, now,
                f"The type of this field has changed{seen.times(shown)}", direction="answer", witness=shown[0],
            )  # fmt: skip


def schema_of(forms: list[Any]) -> Schema:
    """What these values have in common: types, fields that are always there, and the same of fields and items."""
    objects, lists = ([one for one in forms if isinstance(one, kind)] for kind in (dict, list))
    names = dict.fromkeys(name for one in objects for name in one)
    items = [item for one in lists for item in one]
    schema: Schema = {"type": list(dict.fromkeys(_type(one) for one in forms))}
    if objects:
        schema["properties"] = {name: schema_of([one[name] for one in objects if name in one]) for name in names}
        schema["required"] = [name for name in names if all(name in one for one in objects)]
    if items:
        schema["items"] = schema_of(items)
    return schema


def _rules(schema: Schema, where: str = "") -> Iterator[_Rule]:
    """The rules that the schema consists of, each as a schema of its own."""
    if where:
        yield _Rule(where, {"type": schema["type"]}, types=" or ".join(sorted(schema["type"])))
    for name in schema.get("required", ()):
        yield _Rule(f"{where}.{name}".removeprefix("."), {"required": [name]})
    for name, child in schema.get("properties", {}).items():
        for rule in _rules(child, f"{where}.{name}".removeprefix(".")):
            yield _Rule(rule.name, {"properties": {name: rule.schema}}, rule.types)
    if "items" in schema:
        for rule in _rules(schema["items"], f"{where}[]"):
            yield _Rule(rule.name, {"items": rule.schema}, rule.types)


def _type(value: Any) -> str:
    names: dict[type, str] = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _outermost(names: Iterable[str]) -> list[str]:
    """Field names without those that lie within another one of them."""
    found = sorted(names)
    return [name for name in found if not any(name.startswith((f"{other}.", f"{other}[]")) for other in found)]


def _fields(names: list[str], word: str) -> str:
    number = "a" if len(names) == 1 and word else "this" if len(names) == 1 else str(len(names)) if word else "these"
    return " ".join(part for part in (number, word, "field" if len(names) == 1 else "fields") if part)
