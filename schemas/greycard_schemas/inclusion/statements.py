"""Takes a schema of the contract data apart into its statements, each as a schema of its own.

A document satisfies the whole exactly when it satisfies all of them, so that whether something is still allowed can be
decided for each statement, with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.compiled import plain_schema
from greycard_schemas.examples.requests import Place, places
from greycard_schemas.judge import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation

    Schema = dict[str, Any] | bool

_FEW = 1024
"""Spellings of a word in either case up to which they are listed, which the algebra decides exactly."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One keyword of one place, or one required field. `id` is the claim's; `schema` says it and nothing else."""

    id: str
    schema: Schema


def statements(operation: Operation, reference: str) -> list[Statement]:
    """What the schema at a reference such as ``#/$defs/request`` consists of, outermost first."""
    found = []
    for place in places(operation, reference):
        for steps, schema in _of_place(operation, place):
            identity = claim_id(operation.vendor, operation.name, [*place.steps, *steps])
            found.append(Statement(identity, _within(place.where, schema)))
    return found


def whole(operation: Operation, reference: str, *, closed: bool = False) -> Schema:
    """The schema at a reference as plain JSON Schema; `closed` admits no field that it does not name.

    An object for which no field is named stays open.
    """
    schema: Schema = plain_schema(operation, _listed(operation.definition(reference), operation))
    return _closed(schema) if closed else schema


def fields(operation: Operation, reference: str) -> dict[tuple[str | int, ...], tuple[str, ...]]:
    """Where in a document each named field stands, by its steps, and the steps to its schema."""
    return {place.where: place.steps for place in places(operation, reference) if place.where}


def without_field(where: tuple[str | int, ...]) -> Schema:
    """The schema of documents that have no field at these steps; 0 stands for any entry of a list."""
    return _within(where, schema=False)


def _of_place(operation: Operation, place: Place) -> Iterator[tuple[tuple[str, ...], Schema]]:
    for keyword in KEYWORDS:
        if keyword in place.schema:
            wider = ("x-fold-case", "x-tolerates") if keyword == "enum" else ()
            node = {key: place.schema[key] for key in (keyword, *wider) if key in place.schema}
            yield (keyword,), plain_schema(operation, _listed(node, operation))
    for name in place.schema.get("required", ()):
        yield ("required", name), {"required": [name]}


def _within(where: tuple[str | int, ...], schema: Schema) -> Schema:
    """The schema that asks this of what stands at these steps, and nothing of anything else."""
    for step in reversed(where):
        schema = {"items": schema} if isinstance(step, int) else {"properties": {step: schema}}
    return schema


def _closed(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    if schema.get("properties"):
        closed["properties"] = {name: _closed(child) for name, child in schema["properties"].items()}
        closed["additionalProperties"] = False
    if "items" in schema:
        closed["items"] = _closed(schema["items"])
    return closed


def _listed(node: Any, operation: Operation) -> Any:
    """`node` with words in either case listed instead of described by a pattern, where there are few."""
    if isinstance(node, list):
        return [_listed(one, operation) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _listed(operation.definition(str(node["$ref"])), operation)
    found = {key: _listed(value, operation) if key != "x-source" else value for key, value in node.items()}
    if node.get("x-fold-case") is True and isinstance(node.get("enum"), list):
        spelled = [_spellings(word) for word in node["enum"]]
        if sum(map(len, spelled)) <= _FEW:
            found.pop("x-fold-case")
            found["enum"] = [word for words in spelled for word in words]
    return found


def _spellings(word: str) -> list[str]:
    if len(word) > _FEW.bit_length():
        return [""] * (_FEW + 1)
    return ["".join(letters) for letters in product(*(dict.fromkeys((one, one.upper(), one.lower())) for one in word))]
