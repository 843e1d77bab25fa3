"""Holds one JSON value against one schema of the contract data and says, keyword by keyword, what holds.

A validator only says what is wrong; a verdict also needs what was exercised and held. Each keyword is
evaluated by a validator of its own; this module only walks, over schemas that it takes apart once. It says more than
`compiled`, which only tells yes or no for a whole body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.loader import once
from greycard_schemas.patches import join_pointer, pointer_parts, resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Callable

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


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one schema says: keywords, required fields, and where the schemas of its fields and entries stand."""

    keywords: tuple[tuple[str, str, Any, Callable[[Any], bool]], ...]
    """Keyword, the statement's id, the value in the schema, and whether a value satisfies it."""
    required: tuple[tuple[str, str], ...]
    """Field and the statement's id."""
    properties: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Field, its step in a pointer, and the steps to its schema."""
    items: tuple[str, ...]
    """The steps to the schema of entries; none where there is none."""


def judge(operation: Operation, reference: str, value: Any) -> list[Judgement]:
    """Every keyword that `value` exercises under the schema at `reference`, in document order."""
    found: list[Judgement] = []
    _judge(operation, tuple(pointer_parts(reference.removeprefix("#"))), value, "", found)
    return found


def _judge(operation: Operation, place: tuple[str, ...], value: Any, where: str, found: list[Judgement]) -> None:
    rules = once(operation, ("rules", place), partial(_rules_at, operation, place))
    for keyword, claim, wanted, satisfied in rules.keywords:
        holds = satisfied(value)
        found.append(Judgement(claim, holds, where, wanted, value, keyword))
        if keyword == "type" and not holds:
            return
    if isinstance(value, dict):
        if rules.required:
            seen = sorted(map(str, value))
            found += [Judgement(claim, name in value, where, name, seen, "required") for name, claim in rules.required]
        for name, step, child in rules.properties:
            if name in value:
                _judge(operation, child, value[name], where + step, found)
    if rules.items and isinstance(value, list):
        for index, item in enumerate(value):
            _judge(operation, rules.items, item, f"{where}/{index}", found)


def _rules_at(operation: Operation, place: tuple[str, ...]) -> _Rules:
    """The rules of the schema at these steps of the operation's file, or of the one that it refers to."""
    schema = resolve_pointer(operation.resource, join_pointer(place))
    if "$ref" in schema:
        further = tuple(pointer_parts(str(schema["$ref"]).removeprefix("#")))
        return once(operation, ("rules", further), lambda: _rules_at(operation, further))

    def claim(*steps: str) -> str:
        return claim_id(operation.vendor, operation.name, [*place, *steps])

    return _Rules(
        tuple((one, claim(one), schema[one], _satisfied(schema, one)) for one in KEYWORDS if one in schema),
        tuple((name, claim("required", name)) for name in schema.get("required", ())),
        tuple((name, join_pointer([name]), (*place, "properties", name)) for name in schema.get("properties", {})),
        (*place, "items") if isinstance(schema.get("items"), dict) else (),
    )


def keyword_holds(schema: dict[str, Any], keyword: str, value: Any) -> bool:
    """Whether `value` satisfies a keyword; ``x-tolerates`` and ``x-fold-case`` widen an enum."""
    return _satisfied(schema, keyword)(value)


def _satisfied(schema: dict[str, Any], keyword: str) -> Callable[[Any], bool]:
    """What tells whether a value satisfies one keyword of a schema."""
    wanted = schema[keyword]
    plain = partial(_is_valid, keyword, json.dumps(wanted))
    if keyword != "enum" or not ("x-tolerates" in schema or schema.get("x-fold-case")):
        return plain
    tolerated = schema.get("x-tolerates", ())
    folded = {str(option).upper() for option in wanted} if schema.get("x-fold-case") else None

    def widened(value: Any) -> bool:
        if value in tolerated and not isinstance(value, bool):
            return True
        if folded is not None and isinstance(value, str) and value.isascii():
            return value.upper() in folded
        return plain(value)

    return widened


_EMPTY: dict[type, Any] = {dict: {}, list: []}


def _is_valid(keyword: str, wanted: str, value: Any) -> bool:
    """Whether a value satisfies a keyword with this JSON as its value.

    Of objects and lists the fast validator is shown no more than the keyword speaks of. What is not JSON, although
    Python reads it as such (half of a surrogate pair, a number that is not finite), `jsonschema` knows.
    """
    if isinstance(value, dict | list):
        if keyword in ("minItems", "maxItems"):
            value = [0] * len(value) if isinstance(value, list) else value
        elif keyword in ("enum", "const"):
            return bool(_exact(keyword, wanted).is_valid(value))
        else:
            value = _EMPTY[type(value)]
    elif isinstance(value, float) and not isfinite(value):
        return bool(_exact(keyword, wanted).is_valid(value))
    try:
        return bool(_fast(keyword, wanted).is_valid(value))
    except ValueError:
        return bool(_exact(keyword, wanted).is_valid(value))


@cache
def _fast(keyword: str, wanted: str) -> Any:
    """The validator of one keyword, whose value is given as JSON, which can be a key of a cache."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({keyword: json.loads(wanted)})


@cache
def _exact(keyword: str, wanted: str) -> Any:
    """The same by the library that compares values as Python does."""
    from jsonschema import Draft202012Validator

    value = json.loads(wanted)
    # in JSON Schema "$" is the very end, in Python it also stands before a last newline
    if keyword == "pattern" and str(value).endswith("$"):
        value = f"{str(value)[:-1]}\\Z"
    return Draft202012Validator({keyword: value})
