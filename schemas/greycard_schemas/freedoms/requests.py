"""Freedoms of requests: what a vendor takes or refuses beyond what its document says of fields and encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.model import escaped, put, take
from greycard_schemas.examples.requests import places
from greycard_schemas.patches import join_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.examples.requests import Place
    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

_OTHER_ENCODINGS = ("application/json", "application/x-www-form-urlencoded")

_Changed = dict[str, tuple[list["Patch"], list[str]]]


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of fields, of encodings and of the order in which a request is checked."""
    yield from _bounds(facts)
    for operation in facts.called():
        yield from _values(facts, operation)
        yield from _addresses(facts, operation)
        yield from _encodings(facts, operation)
    yield from _order(facts)
    yield from _slashes(facts)


def _assumed_places(facts: Silences, operation: Operation, keyword: str) -> Iterator[tuple[Place, str]]:
    for place in places(operation):
        claim = claim_id(operation.vendor, operation.name, [*place.steps, keyword])
        if keyword in place.schema and place.schema.get("x-in") != "path" and facts.assumed(claim):
            yield place, claim


def _bounds(facts: Silences) -> Iterator[Freedom]:
    """Bounds that were assumed, moved in every operation at once: what is taken by one can be asked of another."""
    moves = (
        ("minLength", "empty", -1, "may be empty"),
        ("minItems", "empty", -1, "may be empty"),
        ("minimum", "lower", -1, "may be one lower"),
        ("maximum", "higher", 1, "may be one higher"),
        ("maximum", "narrower", -1, "must be one lower"),
    )
    for keyword, change, step, words in moves:
        fields: _Changed = {}
        for operation in facts.called():
            for place, claim in _assumed_places(facts, operation, keyword):
                name = ".".join(str(step) for step in place.where if step != 0) + (".item" if 0 in place.where else "")
                patches, of = fields.setdefault(name, ([], []))
                bound = place.schema[keyword] + step
                patches.append(put(operation.name, join_pointer([*place.steps, keyword]), bound))
                of.append(claim)
        for name, (patches, of) in fields.items():
            yield from facts.freedom(
                f"request.{name}.{change}",
                f"{name} of a request {words} than was assumed." if "one" in words else f"{name} of a request {words}.",
                patches,
                family="bounds of fields",
                of=of,
            )


def _values(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    for place, claim in _assumed_places(facts, operation, "x-tolerates"):
        name = place.where[-1]
        yield from facts.freedom(
            f"{operation.name}.{name}.strict",
            f"{name} of {operation.name} may have its documented values only.",
            [put(operation.name, join_pointer([*place.steps, "x-tolerates"]), [])],
            family="values of fields",
            of=[claim],
        )
    for place, claim in _assumed_places(facts, operation, "x-fold-case"):
        name, members = place.where[-1], place.schema["enum"]
        both = list(dict.fromkeys(spelled for one in members for spelled in (one, one.lower(), one.upper())))
        yield from facts.freedom(
            f"{operation.name}.{name}.one-case",
            f"{name} of {operation.name} is written in capitals or in small letters, not mixed.",
            [
                put(operation.name, join_pointer([*place.steps, "x-fold-case"]), value=False),
                put(operation.name, join_pointer([*place.steps, "enum"]), both),
            ],
            family="values of fields",
            of=[claim],
        )
    for pointer, error in operation.contract.get("refusals", {}).items():
        claim = claim_id(operation.vendor, operation.name, ["x-operation", "refusals", pointer])
        if pointer != "x-source" and facts.assumed(claim) and error != operation.contract["refusal"]:
            yield from facts.freedom(
                f"{operation.name}.{pointer.strip('/')}.plain-refusal",
                f"A malformed {pointer.strip('/')} is refused as {operation.contract['refusal']}.",
                [take(operation.name, f"/x-operation/refusals/{escaped(pointer)}")],
                family="another refusal",
                of=[claim],
            )


def _addresses(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    claim = f"{operation.vendor}/{operation.name}#urls"
    if operation.contract.get("urls") and facts.assumed(claim):
        yield from facts.freedom(
            f"{operation.name}.any-address",
            f"{' and '.join(operation.contract['urls'])} of {operation.name} may be any text.",
            [put(operation.name, "/x-operation/urls", [])],
            family="values of fields",
            of=[claim],
        )


def _encodings(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    claim = f"{operation.vendor}/{operation.name}#encodings"
    if operation.encodings and facts.assumed(claim):
        more = [one for one in _OTHER_ENCODINGS if one not in operation.encodings]
        yield from facts.freedom(
            f"{operation.name}.more-encodings",
            f"{operation.name} takes {' and '.join(more)} as well.",
            [put(operation.name, "/x-operation/encodings", [*operation.encodings, *more])] if more else [],
            family="encodings",
            of=[claim],
        )


def _order(facts: Silences) -> Iterator[Freedom]:
    claim, order = f"{facts.vendor.name}#order", list(facts.data["order"])
    if not facts.assumed(claim):
        return
    orders: dict[str, list[str]] = {
        "reversed": [order[0], *order[1:][::-1]],
        "key-last": [*order[1:], order[0]],
        "rate-first": _moved(order, "rate", 0),
        "rate-last": _moved(order, "rate", len(order)),
        "balance-first": _moved(order, "balance", 1),
    }
    for change, other in orders.items():
        if other != order and other.index("parse") < other.index("validate"):
            yield from facts.freedom(
                f"checks-{change}",
                f"Requests are checked in another order: {', '.join(other)}.",
                [put("vendor", "/order", other)],
                family="order of checks",
                of=[claim],
            )
    yield from facts.freedom(
        "checks-validated-early",
        "Requests are read and validated before anything else is looked at.",
        [put("vendor", "/order", ["parse", "validate", *(one for one in order if one not in ("parse", "validate"))])],
        family="order of checks",
        of=[claim],
    )


def _moved(order: list[str], check: str, index: int) -> list[str]:
    others: list[Any] = [one for one in order if one != check]
    others.insert(index, check)
    return others


def _slashes(facts: Silences) -> Iterator[Freedom]:
    tolerates = facts.data["paths"]["tolerate_slashes"]
    yield from facts.freedom(
        "paths.slashes",
        f"Doubled and trailing slashes in paths are {'not ' if tolerates else ''}tolerated.",
        [put("vendor", "/paths/tolerate_slashes", not tolerates)]
        if facts.assumed(f"{facts.vendor.name}#paths/tolerate_slashes")
        else [],
        family="paths",
        of=[f"{facts.vendor.name}#paths/tolerate_slashes"],
    )
