"""Drifts of callbacks and webhooks: missing, doubled, early, unsigned, elsewhere, too often, with other fields."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.answers import changes, edited, failing, schema_at
from greycard_schemas.drifts.model import Facts, put, take
from greycard_schemas.examples.requests import places
from greycard_schemas.templates import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Operation


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of every delivery."""
    for operation in facts.vendor.of_kind("delivery"):
        yield from _sending(facts, operation)
        yield from _headers(facts, operation)
        yield from _body(facts, operation)


def _sending(facts: Facts, operation: Operation) -> Iterator[Drift]:
    name, contract = operation.name, operation.contract
    place, where = f"{operation.vendor}/{name}#", "/x-operation"
    sent = [f"{place}on/succeeded", f"{place}address/request", f"{place}address/account"]
    unseen = (
        "nothing arrives either where the address is not registered with the vendor"
        if "account" in contract["address"]
        else ""
    )
    yield facts.drift(
        name,
        "missing",
        f"No {name} is ever sent.",
        [put(name, f"{where}/on", [])],
        family="delivery missing",
        claims=sent[:1],
        also=sent,
        why="what does not arrive may have gone elsewhere",
        unseen_live=unseen,
    )
    yield facts.drift(
        name,
        "elsewhere",
        f"The {name} goes to an address that nobody gave.",
        [put(name, f"{where}/address/always", "http://192.0.2.1/greycard-elsewhere", "add")],
        family="delivery wrongly addressed",
        claims=[*sent[1:], sent[0]],
        also=sent,
        why="what goes elsewhere does not arrive",
        unseen_live=unseen,
    )
    yield facts.drift(
        name,
        "early",
        f"The {name} says that a task is done before it is.",
        [put(name, f"{where}/delay_seconds", -1.5)],
        family="delivery early",
        severity="silent",
        claims=sent[:1],
    )
    yield facts.drift(
        f"{name}.copies",
        "doubled",
        f"Every {name} is sent three times, whatever the receiver answers.",
        [put(name, f"{where}/copies", 3)],
        family="delivery doubled",
        severity="silent",
        claims=[f"{place}copies"],
        also=[f"{place}acknowledgement/*", f"{place}attempts"],
        why="a copy after the acknowledgement looks like one more attempt",
    )
    attempts = contract["attempts"]
    for change, value in (("too-many", attempts + 1), ("too-few", max(1, attempts - 2)), ("once", 1)):
        yield facts.drift(
            f"{name}.attempts",
            change,
            f"A {name} that fails is tried {value} times in all.",
            [put(name, f"{where}/attempts", value)],
            family="delivery attempts",
            severity="silent",
            claims=[f"{place}attempts"],
        )
    ignored = {"http": [599, 599]} if "pointer" not in contract["acknowledgement"] else {"equals": "greycard"}
    yield facts.drift(
        f"{name}.acknowledgement",
        "ignored",
        f"A {name} that was acknowledged is sent again.",
        [put(name, f"{where}/acknowledgement/{key}", value) for key, value in ignored.items()],
        family="retried after acknowledgement",
        severity="silent",
        claims=[f"{place}copies", f"{place}acknowledgement/equals", f"{place}acknowledgement/pointer"],
        also=[f"{place}acknowledgement/*", f"{place}attempts"],
        why="an attempt after the acknowledgement is one too many",
    )


def _headers(facts: Facts, operation: Operation) -> Iterator[Drift]:
    name, place = operation.name, f"{operation.vendor}/{operation.name}#"
    signed = operation.contract.get("signature", {}).get("header")
    for header in operation.contract.get("headers", {}):
        if header == "x-source":
            continue
        pointer = f"/x-operation/headers/{header}"
        claims = [f"{place}headers/{header}", *([f"{place}signature/header"] if header == signed else [])]
        yield facts.drift(
            f"{name}.headers.{header}",
            "dropped",
            f"The {name} comes without the header {header}.",
            [take(name, pointer)],
            family="delivery unsigned",
            claims=claims,
        )
        if operation.contract["headers"][header] == {"$from": "account.token"}:
            yield facts.drift(
                f"{name}.headers.{header}",
                "wrong",
                f"The header {header} of the {name} is not the account's.",
                [put(name, pointer, "greycard-another")],
                family="delivery with a wrong token",
                claims=claims[:1],
            )


def _body(facts: Facts, operation: Operation) -> Iterator[Drift]:
    contract, name = operation.contract, operation.name
    own = "bodies" in contract
    bodies: dict[str, Any] = {}
    for phase in contract["on"]:
        other = None if own else facts.vendor.operations[contract["body_of"]].contract["responses"]
        bodies[phase] = copy.deepcopy(contract["bodies"][phase] if other is None else other[phase]["body"])
    template, reference = bodies["succeeded"], contract["request"]
    for path in fields_of(template):
        field = tuple(step for step in path if step != "$do")
        schema = schema_at(operation, reference, field) or {}
        kinds = schema.get("type", "string")
        means = [
            claim_id(operation.vendor, name, [*place.steps, "x-means"])
            for place in places(operation, reference)
            if "x-means" in place.schema and place.where[: len(field)] == field
        ]
        dotted = ".".join(field)
        for change, said, edits in changes(template, path, number="integer" in kinds or "number" in kinds):
            drifted = edited(template, edits)
            claims = failing(facts, operation, reference, drifted, "succeeded")
            yield facts.drift(
                f"{name}.{dotted}",
                change,
                f"{dotted} in the {name} {said}.",
                [put(name, "/x-operation/bodies", {**bodies, "succeeded": drifted}, "add")],
                family=f"delivery field {change}",
                severity="silent" if change == "changed" else "breaking",
                claims=claims,
                also=[*means, *_unnamed(operation, field, schema, means)],
                why="a field that is not there in its form says nothing",
            )
        meaning = str(schema.get("x-means", ""))
        if meaning and meaning != "picture.link":
            yield from _untrue(
                facts,
                operation,
                field,
                {**bodies, "succeeded": edited(template, [("replace", path, _another(meaning))])},
                means,
            )


def _another(meaning: str) -> Any:
    group, _, fact = meaning.partition(".")
    swapped = {"width": "height", "height": "width", "size": "width"}
    if fact in swapped:
        return {"$from": f"{group}.{swapped[fact]}"}
    return {"$from": "picture.link"} if fact == "link" else "6a4eab77-0000-4000-8000-00000000f00d"


def _untrue(
    facts: Facts, operation: Operation, field: tuple[str, ...], bodies: dict[str, Any], means: list[str]
) -> Iterator[Drift]:
    dotted = ".".join(field)
    yield facts.drift(
        f"{operation.name}.{dotted}",
        "untrue",
        f"{dotted} in the {operation.name} is that of something else.",
        [put(operation.name, "/x-operation/bodies", bodies, "add")],
        family="meaning swapped",
        severity="silent",
        claims=means,
        also=_unnamed(
            operation,
            field,
            {"x-means": "task.id"} if "task.id" in str(means) or field[-1] in ("taskid", "request_id") else {},
            means,
        ),
    )


def _unnamed(operation: Operation, field: tuple[str, ...], schema: dict[str, Any], means: list[str]) -> list[str]:
    """A delivery that does not name its task cannot be told from none, nor counted."""
    del field
    place = f"{operation.vendor}/{operation.name}#"
    names_task = schema.get("x-means") == "task.id" or (len(means) > 1 and schema.get("type") == "object")
    return [f"{place}on/*", f"{place}address/*", f"{place}attempts", f"{place}copies"] if names_task else []
