"""Makes documents that satisfy a schema: the edges of every keyword, the shortest first, without randomness.

They are candidates: who asks for a document holds it against the schemas. Knows JSON Schema, and no vendor.
"""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Schema = dict[str, Any] | bool

_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_MOST = 24
"""Documents of one part of a schema that are tried in its place."""

_LONGEST = 4096
"""Characters or items up to which a document is made."""

_DEEPEST = 12

_USUAL = ("greycard", "0", "7.5", "a", "A", "https://images.invalid/")
"""Texts that one pattern or another may want."""

_NEW_NAME = "greycard"
"""A field that no schema knows."""


def documents(schema: Schema, texts: Iterable[str] = ()) -> Iterator[Any]:
    """Documents that satisfy `schema`, simple ones first; none where none was found.

    `texts` are tried wherever a text is wanted, which is how a pattern is met.
    """
    return _valid(schema, tuple(dict.fromkeys(texts)), 0)


def texts_in(node: Any) -> list[str]:
    """Every text that stands as a value in a schema, its keywords' own words left out."""
    if isinstance(node, str):
        return [node]
    if isinstance(node, list):
        return [text for one in node for text in texts_in(one)]
    if isinstance(node, dict):
        words = ("type", "pattern", "$schema", "$ref", "x-source", "required")
        return [text for key, one in node.items() if key not in words for text in texts_in(one)]
    return []


def _valid(schema: Schema, texts: tuple[str, ...], depth: int) -> Iterator[Any]:
    """Candidates that satisfy the schema, each once."""
    import jsonschema_rs

    if depth > _DEEPEST or schema is False:
        return
    validator = jsonschema_rs.Draft202012Validator(schema)
    seen: set[str] = set()
    for value in islice(_candidates(schema, texts, depth), _MOST * _MOST):
        key = json.dumps(value)
        if key not in seen and validator.is_valid(value):
            seen.add(key)
            yield value
            if len(seen) == _MOST:
                return


def _candidates(schema: Schema, texts: tuple[str, ...], depth: int) -> Iterator[Any]:
    if isinstance(schema, bool):
        schema = {}
    if "const" in schema:
        yield schema["const"]
        return
    if "enum" in schema:
        yield from schema["enum"]
        return
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for choice in choices:
        yield from _candidates(_merged([rest, choice]), texts, depth + 1)
    if "allOf" in schema:
        yield from _candidates(_merged([rest, *schema["allOf"]]), texts, depth + 1)
    kinds = rest.get("type", _TYPES)
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield from _of_type(kind, rest, texts, depth)


def _merged(parts: list[Any]) -> dict[str, Any]:
    """One schema with the keywords of all; for candidates only, so that it need not be exact."""
    merged: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items() if isinstance(part, dict) else ():
            if key == "properties" and key in merged:
                both = {name: {"allOf": [merged[key][name], one]} for name, one in value.items() if name in merged[key]}
                merged[key] = {**merged[key], **value, **both}
            elif key == "required" and key in merged:
                merged[key] = [*dict.fromkeys([*merged[key], *value])]
            elif key == "not" and key in merged:
                merged[key] = {"anyOf": [merged[key], value]}
            else:
                merged[key] = value
    return merged


def _of_type(kind: str, schema: dict[str, Any], texts: tuple[str, ...], depth: int) -> Iterator[Any]:
    match kind:
        case "null":
            yield None
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            yield from _numbers(schema, whole=kind == "integer")
        case "string":
            yield from _texts(schema, texts)
        case "array":
            yield from _arrays(schema, texts, depth)
        case _:
            yield from _objects(schema, texts, depth)


def _numbers(schema: dict[str, Any], *, whole: bool) -> Iterator[Any]:
    near = [0, *_numbers_in(schema)]
    steps = [0, 1, -1, schema.get("multipleOf", 2), -schema.get("multipleOf", 2)]
    yield from (number + step for step in steps for number in near)
    if not whole:
        yield from (number + step for step in (0.5, -0.5) for number in near)


def _numbers_in(node: Any) -> list[Any]:
    if isinstance(node, int | float) and not isinstance(node, bool):
        return [node]
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [number for part in parts for number in _numbers_in(part)]


def _texts(schema: dict[str, Any], texts: tuple[str, ...]) -> Iterator[str]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", _LONGEST)
    if least <= _LONGEST:
        yield "x" * least
    for text in (*texts, *texts_in(schema.get("not", {})), *_USUAL):
        yield from (text, text.swapcase(), f"{text}x")
        if 0 < len(text) < least <= _LONGEST:
            yield (text * least)[:least]
    yield "x" * min(most, _LONGEST)


def _arrays(schema: dict[str, Any], texts: tuple[str, ...], depth: int) -> Iterator[list[Any]]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", _LONGEST)
    first = [next(_valid(one, texts, depth + 1), None) for one in schema.get("prefixItems", ())]
    items = list(_valid(schema.get("items", True), texts, depth + 1)) or [None]
    each = [schema[key] for key in ("items", "contains") if schema.get(key, True) is not True]
    wanted = list(_valid({"allOf": each}, texts, depth + 1)) if "contains" in schema else []
    for count in dict.fromkeys((least, least + 1, len(first), len(first) + 1, 2, min(most, least + 2), most)):
        if count > _LONGEST:
            continue
        for item in items:
            yield [*first, *([item] * count)][:count] if count else []
        yield [*first, *(items[index % len(items)] for index in range(count))][:count]
        for item in wanted:
            least_of_them = schema.get("minContains", 1)
            yield [*first, *([item] * least_of_them), *(items[:1] * max(0, count - least_of_them - len(first)))]


def _objects(schema: dict[str, Any], texts: tuple[str, ...], depth: int) -> Iterator[dict[str, Any]]:
    known = {name: one for name, one in schema.get("properties", {}).items() if one is not False}
    other = schema.get("additionalProperties", True)

    def values(name: str) -> Iterator[Any]:
        return _valid(known.get(name, other), texts, depth + 1)

    base = {name: value for name in schema.get("required", ()) for value in islice(values(name), 1)}
    names = chain(schema.get("propertyNames", {}).get("enum", ()), (_NEW_NAME,), texts)
    spare = [name for name in names if name not in known] if other is not False else []
    filler = list(islice(_valid(other, texts, depth + 1), 1)) if spare else []
    yield base
    if filler and "minProperties" in schema:
        yield {**base, **dict.fromkeys(spare[: schema["minProperties"]], filler[0])}
    for name in dict.fromkeys([*schema.get("required", ()), *known]):
        yield from ({**base, name: value} for value in values(name))
    for pattern, one in schema.get("patternProperties", {}).items():
        for value in islice(_valid(one, texts, depth + 1), 3):
            yield from ({**base, name: value} for name in _texts({"pattern": pattern}, (*texts, *known)))
    for name in spare if filler else ():
        yield {**base, name: filler[0]}
    yield {**base, **{name: value for name in known if name not in base for value in islice(values(name), 1)}}
