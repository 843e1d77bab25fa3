"""Holds one JSON value against one schema of the contract data and says, keyword by keyword, what holds.

A validator only says what is wrong; a verdict also needs what was exercised and held. Each keyword is
evaluated by `jsonschema` on its own; this module only walks. It is the slow, exact reading: for fast yes or
no see `compiled`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.patches import join_pointer, pointer_parts, resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation

KEYWORDS = (
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
)
"""The constraining keywords of the closed vocabulary, besides required, properties, items and $ref."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one keyword says about one place: `pointer` is where in the value, `claim` the statement's id."""

    claim: str
    holds: bool
    pointer: str
    expected: Any
    seen: Any
    keyword: str


def judge(operation: Operation, reference: str, value: Any) -> Iterator[Judgement]:
    """Every keyword that `value` exercises under the schema at `reference`, in document order."""
    parts = pointer_parts(reference.removeprefix("#"))
    yield from _judge(operation, resolve_pointer(operation.resource, join_pointer(parts)), parts, value, [])


def _judge(
    operation: Operation, schema: dict[str, Any], place: list[str], value: Any, where: list[str | int]
) -> Iterator[Judgement]:
    if "$ref" in schema:
        parts = pointer_parts(str(schema["$ref"]).removeprefix("#"))
        yield from _judge(operation, resolve_pointer(operation.resource, join_pointer(parts)), parts, value, where)
        return

    def made(steps: list[str], keyword: str, *, holds: bool, expected: Any, seen: Any) -> Judgement:
        name = claim_id(operation.vendor, operation.name, [*place, *steps])
        return Judgement(name, holds, join_pointer(where), expected, seen, keyword)

    for keyword in KEYWORDS:
        if keyword in schema:
            holds = keyword_holds(schema, keyword, value)
            yield made([keyword], keyword, holds=holds, expected=schema[keyword], seen=value)
            if keyword == "type" and not holds:
                return
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            yield made(
                ["required", name],
                "required",
                holds=name in value,
                expected=name,
                seen=sorted(map(str, value)),
            )
        for name, child in schema.get("properties", {}).items():
            if name in value:
                yield from _judge(operation, child, [*place, "properties", name], value[name], [*where, name])
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from _judge(operation, schema["items"], [*place, "items"], item, [*where, index])


def keyword_holds(schema: dict[str, Any], keyword: str, value: Any) -> bool:
    """Whether `value` satisfies a keyword; ``x-tolerates`` and ``x-fold-case`` widen an enum."""
    wanted = schema[keyword]
    if keyword == "enum":
        if value in schema.get("x-tolerates", ()) and not isinstance(value, bool):
            return True
        if schema.get("x-fold-case") and isinstance(value, str) and value.isascii():
            return value.upper() in {str(option).upper() for option in wanted}
    # in JSON Schema "$" is the very end, in Python it also stands before a last newline
    if keyword == "pattern" and str(wanted).endswith("$"):
        wanted = f"{str(wanted)[:-1]}\\Z"
    return bool(_single(keyword, json.dumps(wanted)).is_valid(value))


@cache
def _single(keyword: str, wanted: str) -> Any:
    """The validator of one keyword, whose value is given as JSON, which can be a key of a cache."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator({keyword: json.loads(wanted)})
