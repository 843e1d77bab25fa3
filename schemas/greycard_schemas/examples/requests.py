"""Deterministic values made from the schemas: a minimal one, the edges, and values that break exactly one claim.

No randomness and no Hypothesis here (see `strategies`); nothing is sent.
A field that counts only beside certain values of others (``x-effect-when``) is tried beside them.
A value is breakable only where it can be sent: form fields are text on the wire, so that a form cannot break
"is a string", and a path parameter cannot be left out. `unbreakable` lists those claims with the reason.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.errors import ContractError
from greycard_schemas.judge import KEYWORDS, judge, keyword_holds
from greycard_schemas.loader import once
from greycard_schemas.patches import pointer_parts, resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Operation

LINK = "https://images.invalid/input.png"
"""The address that stands for any picture in examples; see `addressed`."""

ADDRESS = "https://receiver.invalid/hook"
"""The address that stands for any receiver in examples; see `addressed`."""

_WRONG_TYPES: tuple[Any, ...] = ("greycard", 7, 7.5, True, None, [], {})


@dataclass(frozen=True, slots=True)
class Broken:
    """Request values that break exactly one claim; `values` is no object when the claim is that it must be one."""

    claim_id: str
    values: Any
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """One schema inside an operation: its steps in the file (after ``$ref``), and its steps in the value."""

    schema: dict[str, Any]
    steps: tuple[str, ...]
    where: tuple[str | int, ...]


def places(operation: Operation, reference: str = "") -> Iterator[Place]:
    """Every schema under `reference` (the request by default), outermost first, files left out."""
    start = reference or str(operation.contract["request"])
    yield from once(operation, ("places", start), lambda: tuple(_places(operation, {"$ref": start}, (), ())))


def _places(
    operation: Operation, schema: dict[str, Any], steps: tuple[str, ...], where: tuple[str | int, ...]
) -> Iterator[Place]:
    schema, steps = resolved(operation, schema, steps)
    if schema.get("x-file"):
        return
    yield Place(schema, steps, where)
    for name, child in schema.get("properties", {}).items():
        yield from _places(operation, child, (*steps, "properties", name), (*where, name))
    if "items" in schema:
        yield from _places(operation, schema["items"], (*steps, "items"), (*where, 0))


def resolved(
    operation: Operation, schema: dict[str, Any], steps: tuple[str, ...] = ()
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`schema` with its local ``$ref`` followed, and where it then stands; raises ContractError on a circle."""
    seen: set[str] = set()
    while "$ref" in schema:
        reference = str(schema["$ref"])
        if reference in seen:
            msg = f"{operation.vendor}/{operation.name}: {reference} refers to itself"
            raise ContractError(msg)
        seen.add(reference)
        schema = resolve_pointer(operation.resource, reference.removeprefix("#"))
        steps = tuple(pointer_parts(reference.removeprefix("#")))
    return schema, steps


def example(operation: Operation, schema: Mapping[str, Any]) -> Any:
    """The minimal valid value of a schema: its default, else its first or smallest; required fields only."""
    node, _ = resolved(operation, dict(schema))
    for keyword in ("default", "const", "enum"):
        if keyword in node:
            return copy.deepcopy(node[keyword][0] if keyword == "enum" else node[keyword])
    kind = node["type"][0] if isinstance(node["type"], list) else node["type"]
    if kind == "object":
        fields = node.get("properties", {})
        return {
            name: example(operation, fields[name])
            for name in node.get("required", ())
            if not fields[name].get("x-file")
        }
    if kind == "array":
        return [example(operation, node["items"]) for _ in range(node.get("minItems", 0))]
    if kind == "string":
        return _text(node)
    if kind in ("integer", "number"):
        return node.get("minimum", min(0, node.get("maximum", 0)))
    return False if kind == "boolean" else None


def _text(node: Mapping[str, Any], length: int | None = None) -> str:
    if "pattern" in node:
        for text in ("0", "1", "a", "A", "greycard", "https://images.invalid/"):
            if keyword_holds(dict(node), "pattern", text) and len(text) >= node.get("minLength", 0):
                return text
        msg = f"no sample text matches the pattern {node['pattern']!r}; give the schema an enum or a default"
        raise ContractError(msg)
    return "x" * (node.get("minLength", 0) if length is None else length)


def base_request(operation: Operation) -> dict[str, Any]:
    """A valid request: the required fields, and an address of a picture where one can be given.

    Pictures and masks are `LINK`, other addresses `ADDRESS`; put real ones in their place with `addressed`.
    """
    values: dict[str, Any] = example(operation, operation.request)
    contract, fields = operation.contract, operation.fields
    pictures = contract.get("pictures", {})
    for name, value in values.items():
        node, _ = resolved(operation, fields[name])
        free = not {"enum", "const", "pattern", "default"}.intersection(node) and node.get("maxLength", 99) >= len(
            "greycard"
        )
        if isinstance(value, str) and free and len(value) < len("greycard"):
            values[name] = "greycard"
    for name in ("mask", *(("link",) if "list" not in pictures else ())):
        if pictures.get(name) in fields and (name == "link" or pictures[name] in values):
            values[pictures[name]] = LINK
    if pictures.get("list") in values:
        values[pictures["list"]] = [LINK]
    for name in contract.get("urls", ()):
        if name in values:
            values[name] = ADDRESS
    return values


def addressed(values: Any, picture: str, address: str = "") -> Any:
    """`values` with `picture` for every `LINK` and `address` (where given) for every `ADDRESS`."""
    if isinstance(values, dict):
        return {key: addressed(value, picture, address) for key, value in values.items()}
    if isinstance(values, list):
        return [addressed(value, picture, address) for value in values]
    return picture if values == LINK else (address or ADDRESS) if values == ADDRESS else values


def edges(operation: Operation) -> list[tuple[str, dict[str, Any], str]]:
    """Valid requests at each edge (maximum, each enum member, maxItems): (label, values, claim id)."""
    found: list[tuple[str, dict[str, Any], str]] = []
    for place in places(operation):
        if not place.where:
            continue
        for keyword, value, label in _edge_values(operation, place):
            values = _placed(operation, place, value)
            name = claim_id(operation.vendor, operation.name, [*place.steps, keyword])
            found.append((f"{_dotted(place)}: {label}", values, name))
    return found


def _edge_values(operation: Operation, place: Place) -> Iterator[tuple[str, Any, str]]:
    schema = place.schema
    for member in schema.get("enum", ()):
        yield "enum", member, f"enum member {member!r}"
        if schema.get("x-fold-case") and isinstance(member, str):
            yield "x-fold-case", member.swapcase(), f"enum member {member!r} in the other case"
    for spelling in schema.get("x-spelled", ()):
        yield "enum", spelling, f"enum member spelled {spelling!r}"
    for member in schema.get("x-tolerates", ()):
        yield "x-tolerates", member, f"tolerated {member!r}"
    for keyword in ("minimum", "maximum", "const", "default"):
        if keyword in schema:
            yield keyword, schema[keyword], f"{keyword} {schema[keyword]!r}"
    for keyword in ("minLength", "maxLength"):
        if keyword in schema and "enum" not in schema and "pattern" not in schema and _is_free_text(operation, place):
            yield keyword, _text(schema, max(1, schema[keyword])), f"{keyword} {schema[keyword]}"
    for keyword in ("minItems", "maxItems"):
        if keyword in schema:
            item = LINK if schema["items"].get("type") == "string" else example(operation, schema["items"])
            yield (
                keyword,
                [copy.deepcopy(item) for _ in range(schema[keyword])],
                f"{keyword} {schema[keyword]}",
            )
    if isinstance(schema.get("type"), list) and "null" in schema["type"]:
        yield "type", None, "null"


def _is_free_text(operation: Operation, place: Place) -> bool:
    """Whether any text of the right length is meant: not an address, not a picture, not a task's id."""
    pictures = operation.contract.get("pictures", {})
    meant = {*operation.contract.get("urls", ()), operation.contract.get("task", {}).get("parameter")}
    meant |= {pictures.get(role) for role in ("link", "inline", "list", "mask")}
    return not meant.intersection(place.where)


def broken(operation: Operation) -> list[Broken]:
    """Requests that each break exactly one claim, from a valid base request; empty for a delivery."""
    if operation.kind == "delivery":
        return []
    found: list[Broken] = []
    for place in places(operation):
        if unsendable(operation, place, ""):
            continue
        for keyword, value, label in broken_values(operation, place):
            if not unsendable(operation, place, keyword):
                name = claim_id(operation.vendor, operation.name, [*place.steps, keyword])
                values = _placed(operation, place, value)
                found.append(Broken(name, values, f"{_dotted(place)}: {label}"))
        for name in place.schema.get("required", ()):
            values = _placed(operation, place, None, without=name)
            identity = claim_id(operation.vendor, operation.name, [*place.steps, "required", name])
            found.append(Broken(identity, values, f"{_dotted(place)}: without {name}"))
    return [one for one in found if failing(operation, one.values) == [one.claim_id]]


def failing(operation: Operation, values: Any) -> list[str]:
    """The ids of the request claims that `values` break, in document order."""
    reference = str(operation.contract["request"])
    return [found.claim for found in judge(operation, reference, values) if not found.holds]


def unbreakable(operation: Operation) -> dict[str, str]:
    """Claim id to the reason, for every constraining request claim that `broken` gives no example of."""
    if operation.kind == "delivery":
        return {}
    given = {one.claim_id for one in broken(operation)}
    reasons: dict[str, str] = {}
    for place in places(operation):
        named = [*(["required", name] for name in place.schema.get("required", ()))]
        for steps in (*([keyword] for keyword in KEYWORDS if keyword in place.schema), *named):
            name = claim_id(operation.vendor, operation.name, [*place.steps, *steps])
            if name not in given:
                reasons[name] = unsendable(operation, place, steps[0]) or "each breach breaks another claim as well"
    return reasons


def unsendable(operation: Operation, place: Place, keyword: str) -> str:
    """Why a breach of `keyword` at a place cannot be put on the wire; an empty text when it can.

    An empty `keyword` asks about a breach of anything there.
    """
    if operation.kind == "read" and not operation.encodings:
        return "a path parameter is text and cannot be left out"
    if place.schema.get("x-in") == "path":
        return "a path parameter is text and cannot be left out"
    form = bool(operation.encodings) and "application/json" not in operation.encodings
    if form and keyword == "type" and (not place.where or "string" in place.schema["type"]):
        return "a form is a set of texts"
    return ""


def broken_values(operation: Operation, place: Place) -> Iterator[tuple[str, Any, str]]:
    """Keyword, value and label of values that break one keyword of the place's schema and nothing else of it."""
    schema = place.schema
    for keyword in KEYWORDS:
        if keyword not in schema:
            continue
        for value in _candidates(operation, schema, keyword):
            others = (other for other in KEYWORDS if other in schema and other != keyword)
            if keyword_holds(schema, keyword, value):
                continue
            if keyword == "type" or all(keyword_holds(schema, other, value) for other in others):
                yield keyword, value, f"breaks {keyword} with {_shown(value)}"


def _candidates(operation: Operation, schema: dict[str, Any], keyword: str) -> list[Any]:
    wanted = schema[keyword]
    text = "string" in schema["type"]
    match keyword:
        case "type":
            form = "application/json" not in operation.encodings
            return ["greycard", "7.5"] if form else list(_WRONG_TYPES)
        case "enum" | "const":
            members = wanted if keyword == "enum" else [wanted]
            numbers = [member for member in members if isinstance(member, int)]
            others = ["greycard", ""] if text else [max(numbers) + 1, min(numbers) - 1] if numbers else []
            return [*others, *(one for one in schema.get("x-plausible", ()) if one not in others)]
        case "minimum":
            return [wanted - 1]
        case "maximum":
            return [wanted + 1]
        case "minLength":
            return ["x" * (wanted - 1)] if wanted else []
        case "maxLength":
            return ["x" * (wanted + 1)]
        case "minItems" | "maxItems":
            count = wanted - 1 if keyword == "minItems" else wanted + 1
            item = LINK if schema["items"].get("type") == "string" else example(operation, schema["items"])
            return [[copy.deepcopy(item) for _ in range(count)]] if count >= 0 else []
        case _:
            return ["\u00b7", ""]


def _placed(operation: Operation, place: Place, value: Any, without: str = "") -> Any:
    """A base request with `value` at the place, or with the place's field `without` left out."""
    base: Any = base_request(operation)
    where: list[Any] = [*place.where]
    for name, effective in place.schema.get("x-effect-when", {}).items():
        base[name] = copy.deepcopy(effective[0])
    if not where:
        if not without:
            return value
        return {name: part for name, part in base.items() if name != without}
    node = base
    steps: list[Any] = []
    for step in where[:-1]:
        steps.append(step)
        node = _step(operation, node, step, steps)
    if without:
        target = _step(operation, node, where[-1], where)
        target.pop(without, None)
    elif isinstance(node, list):
        node[:] = [value]
    else:
        node[where[-1]] = value
    return base


def _step(operation: Operation, node: Any, step: Any, where: list[Any]) -> Any:
    """Goes one step into a value and makes what is missing there."""
    if (isinstance(node, dict) and step not in node) or (isinstance(node, list) and not node):
        schema = next(place.schema for place in places(operation) if list(place.where) == where)
        made = example(operation, schema)
        if isinstance(node, dict):
            node[step] = made
        else:
            node.append(made)
    return node[step]


def _dotted(place: Place) -> str:
    return ".".join(map(str, place.where)) or "request"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:30]}... ({len(value)} long)"
