"""Drifts of requests: a field no longer needed or suddenly needed, values added, removed or renamed, limits moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.model import Facts, put, take
from greycard_schemas.examples.requests import places
from greycard_schemas.patches import join_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift, Patch
    from greycard_schemas.examples.requests import Place
    from greycard_schemas.loader import Operation

_NO_VALUE = "a value that no document names cannot be asked for"
_NO_PICTURE = "without a picture a task can only fail, and a task that is accepted and fails was refused"
_MASK = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of every field of every request."""
    for operation in facts.vendor.operations.values():
        if operation.kind == "delivery":
            continue
        yield from _addresses(facts, operation)
        for place in places(operation):
            if place.schema.get("x-in") == "path":
                continue
            if not place.where:
                yield from _required(facts, operation, place)
            else:
                yield from _values(facts, operation, place)


def _addresses(facts: Facts, operation: Operation) -> Iterator[Drift]:
    for name in operation.contract.get("urls", ()):
        yield facts.drift(
            f"{operation.name}.urls.{name}",
            "unchecked",
            f"{name} of {operation.name} need not be an address.",
            [put(operation.name, "/x-operation/urls", [one for one in operation.contract["urls"] if one != name])],
            family="address unchecked",
            claims=[f"{operation.vendor}/{operation.name}#urls"],
            severity="additive",
        )


def _title(operation: Operation, place: Place) -> str:
    return ".".join([operation.name, "request", *map(str, place.where)])


def _claim(operation: Operation, place: Place, *keyword: str) -> str:
    return claim_id(operation.vendor, operation.name, [*place.steps, *keyword])


def _required(facts: Facts, operation: Operation, place: Place) -> Iterator[Drift]:
    needed = place.schema.get("required", ())
    pointer = join_pointer(place.steps)
    task = operation.contract.get("task", {})
    for name in needed:
        schema = place.schema["properties"][name]
        if name == task.get("parameter") or schema.get("x-in") == "path":
            continue  # a task that is not named is not found, whatever the rule
        patches: list[Patch] = [put(operation.name, f"{pointer}/required", [one for one in needed if one != name])]
        patches += _without(operation, name, schema)
        yield facts.drift(
            f"{_title(operation, place)}.{name}",
            "optional",
            f"{operation.name} is carried out without {name}.",
            patches,
            family="required field optional",
            claims=[_claim(operation, place, "required", name)],
            severity="additive",
            unseen=_NO_PICTURE if name in _of_pictures(operation) else "",
        )
    for name, schema in place.schema.get("properties", {}).items():
        if name in needed or schema.get("x-file"):
            continue
        field = claim_id(operation.vendor, operation.name, [*place.steps, "properties", name])
        told = [f"{field}/default"]
        result = operation.contract.get("result", {})
        if name == result.get("parameter"):
            head = f"{operation.vendor}/{operation.name}#result/automatic/"
            told += [f"{head}{index}/factor" for index in range(len(result.get("automatic", ())))]
        yield facts.drift(
            f"{_title(operation, place)}.{name}",
            "required",
            f"{operation.name} is refused without {name}.",
            [
                put(operation.name, f"{pointer}/required", [*needed, name]),
                _sourced(operation, pointer, name),
                *_no_default(operation, pointer, name, schema),
            ],
            family="optional field required",
            claims=told,
            also=[*told, *_automatic(operation, name)],
        )


def _of_pictures(operation: Operation) -> set[str]:
    """The fields that hold the addresses of the pictures."""
    pictures = operation.contract.get("pictures", {})
    return {pictures[key] for key in ("link", "list") if key in pictures}


def _automatic(operation: Operation, name: str) -> list[str]:
    mine = name == operation.contract.get("result", {}).get("parameter")
    return [f"{operation.vendor}/{operation.name}#result/automatic/*"] if mine else []


def _sourced(operation: Operation, pointer: str, name: str) -> Patch:
    return put(operation.name, f"{pointer}/x-source/required/{name}", "assumed: a drift", "add")


def _no_default(operation: Operation, pointer: str, name: str, schema: dict[str, Any]) -> list[Patch]:
    return [take(operation.name, f"{pointer}/properties/{name}/default")] if "default" in schema else []


def _without(operation: Operation, name: str, schema: dict[str, Any]) -> list[Patch]:
    """What lets a mock carry a request out without this field."""
    contract, pointer = operation.contract, f"/$defs/request/properties/{name}/default"
    pictures = contract.get("pictures", {})
    if name == contract.get("task", {}).get("match"):
        return [take(operation.name, "/x-operation/task/match")]
    if name == pictures.get("mask"):
        return [put(operation.name, pointer, _MASK, "add")]
    if name == pictures.get("list"):
        return []  # no pictures, no results
    if name == pictures.get("link"):
        where = "/x-operation/pictures/consequences/missing"
        return [put(operation.name, where, {"outcome": "failed"}, "add")]
    if name in contract.get("urls", ()):
        return [put(operation.name, pointer, "https://192.0.2.1/nobody", "add")]
    value = schema["enum"][0] if "enum" in schema else schema.get("minimum", "greycard")
    return [put(operation.name, pointer, value, "add")]


def _values(facts: Facts, operation: Operation, place: Place) -> Iterator[Drift]:
    schema, pointer = place.schema, join_pointer(place.steps)
    title = _title(operation, place)
    if "enum" in schema:
        yield from _enum(facts, operation, place)
    for keyword, step in (("minimum", 1), ("maximum", 1), ("minItems", 1), ("maxItems", 1), ("maxLength", 8)):
        if keyword not in schema:
            continue
        for change, value in (("up", schema[keyword] + step), ("down", schema[keyword] - step)):
            looser = (change == "up") == keyword.startswith("max")
            yield facts.drift(
                f"{title}.{keyword}",
                change,
                f"{title.rpartition('.')[2]} of {operation.name}: {keyword} is {value} instead of {schema[keyword]}.",
                [put(operation.name, f"{pointer}/{keyword}", value)],
                family="limit of a field moved",
                claims=[_claim(operation, place, keyword)],
                severity="additive" if looser else "breaking",
            )
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        yield facts.drift(
            f"{title}.type",
            "no-null",
            f"{title.rpartition('.')[2]} of {operation.name} may no longer be null.",
            [put(operation.name, f"{pointer}/type", [kind for kind in kinds if kind != "null"])],
            family="type narrowed",
            claims=[_claim(operation, place, "type")],
        )
    if "application/json" in operation.encodings and kinds == "integer" and "enum" not in schema:
        yield facts.drift(
            f"{title}.type",
            "loosened",
            f"{title.rpartition('.')[2]} of {operation.name} is taken as text as well.",
            [put(operation.name, f"{pointer}/type", ["integer", "string"]), *_matchless(operation)],
            family="type widened",
            claims=[_claim(operation, place, "type")],
            severity="additive",
        )


def _matchless(operation: Operation) -> list[Patch]:
    return [take(operation.name, "/x-operation/task/match")] if "match" in operation.contract.get("task", {}) else []


def _enum(facts: Facts, operation: Operation, place: Place) -> Iterator[Drift]:
    schema, title = place.schema, _title(operation, place)
    path, members = join_pointer([*place.steps, "enum"]), list(schema["enum"])
    name, claims = title.rpartition(".")[2], [_claim(operation, place, "enum")]
    last = members[-1]
    shows = shown_by(operation, str(name), last)
    numbers = all(isinstance(member, int) for member in members)
    new: Any = max(members) + 1 if numbers else "greycard-ultra"
    yield facts.drift(
        f"{title}.enum",
        "added",
        f"{name} of {operation.name} may be {new} as well.",
        [put(operation.name, path, [*members, new])],
        family="enum value added",
        claims=claims,
        severity="additive",
        unseen="" if numbers else _NO_VALUE,
    )
    if len(members) > 1:
        yield facts.drift(
            f"{title}.enum",
            "removed",
            f"{name} of {operation.name} may no longer be {last}.",
            [put(operation.name, path, members[:-1])],
            family="enum value removed",
            claims=claims,
            also=shows,
            why="what a value brings about is not seen once the value is refused",
            unseen_live=_on_request(schema, last),
        )
    renamed = [*members[1:], new]
    yield facts.drift(
        f"{title}.enum",
        "renamed",
        f"{name} of {operation.name} calls {members[0]} {new} instead.",
        [put(operation.name, path, renamed), *_renamed_default(operation, place, members[0], new)],
        family="enum value renamed",
        claims=claims,
        also=[
            *shown_by(operation, str(name), members[0]),
            f"{claims[0].removesuffix('enum')}default",
            f"{operation.vendor}/*#{name}/enum",
        ],
        why="what a value brings about is not seen once the value is refused",
    )
    if not numbers:
        yield facts.drift(
            f"{title}.enum",
            "unchecked",
            f"{name} of {operation.name} may be any text.",
            [take(operation.name, path)],
            family="enum unchecked",
            claims=claims,
            severity="additive",
        )


def _renamed_default(operation: Operation, place: Place, old: Any, new: Any) -> list[Patch]:
    if place.schema.get("default", None) != old:
        return []
    return [put(operation.name, join_pointer([*place.steps, "default"]), new)]


def _on_request(schema: dict[str, Any], value: Any) -> str:
    return "the document grants this value on request only (S2:25)" if value in schema.get("x-on-request", ()) else ""


def shown_by(operation: Operation, name: str, value: Any) -> list[str]:
    """The claims that only a request with this value shows."""
    contract, place = operation.contract, f"{operation.vendor}/{operation.name}#"
    found = []
    for key in ("sync", "delivers", "result", "price"):
        spec = contract.get(key, {})
        if spec.get("parameter") == name:
            found += [
                f"{place}{key}/{other}" for other, one in spec.items() if one == value and type(one) is type(value)
            ]
            found += [f"{place}{key}/by_value/{value}", f"{place}{key}/parameter"]
            for index, rule in enumerate(spec.get("forced", ())):
                found += [f"{place}{key}/forced/{index}/*"] if rule["factor"] == value else []
            found += [f"{place}sync/*"] if key == "delivers" else []
            if key == "sync":
                found += [f"{place}sync/*", f"{place}delivers/*"]
    return found
