"""Differences that contradict no document: a suite that judges a vendor by its document must not mind them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.answers import edited
from greycard_schemas.drifts.model import Facts, Harmless, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Patch

_OTHER_HTTP = {200: 400, 400: 422, 401: 403, 404: 410, 500: 503, 413: 400}


def differences(facts: Facts) -> Iterator[Harmless]:
    """Every harmless difference of one vendor."""
    for name, sentence, patches in (
        *_answers(facts),
        *_refusals(facts),
        *_variants(facts),
        *_lives(facts),
        *_ids(facts),
        *_deliveries(facts),
        *_rest(facts),
    ):
        if patches:
            yield Harmless(f"{facts.vendor.name}/harmless.{name}", facts.vendor.name, sentence, tuple(patches))


Made = tuple[str, str, list[dict[str, Any]]]


def _answers(facts: Facts) -> Iterator[Made]:
    added, statuses = [], []
    for operation in facts.vendor.operations.values():
        for name, answer in operation.contract.get("responses", {}).items():
            place = f"/x-operation/responses/{name}"
            added.append(put(operation.name, f"{place}/body/greycard_more", {"seen": [1, None, "x"]}, "add"))
            if isinstance(answer["body"].get("data"), dict):
                added.append(put(operation.name, f"{place}/body/data/greycard_more", "x", "add"))
            claim = f"{operation.vendor}/{operation.name}#responses/{name}/http"
            if claim in facts.claims and not facts.stated(claim):
                statuses.append(put(operation.name, f"{place}/http", 201 if name == "accepted" else 202))
    yield "more-fields", "Answers have fields that no document names.", added
    yield "other-successes", "Successes come under another HTTP status, where the document names none.", statuses


def _refusals(facts: Facts) -> Iterator[Made]:
    messages, codes, statuses = [], [], []
    for name, error in facts.data["errors"].items():
        place = f"{facts.vendor.name}#errors/{name}"
        messages.append(put("vendor", f"/errors/{name}/message", "Nope \u2014 \u4e0d\u884c"))
        if not facts.stated(f"{place}/code"):
            codes.append(
                put("vendor", f"/errors/{name}/code", error["code"] + 5000 if error["code"] > 999 else error["code"])
            )
        if not facts.stated(f"{place}/http"):
            statuses.append(put("vendor", f"/errors/{name}/http", _OTHER_HTTP.get(error["http"], 400)))
    yield "other-messages", "Refusals say something else.", messages
    yield (
        "other-codes",
        "Refusals carry other codes, where the document gives none.",
        [one for one in codes if _changes(facts, one)],
    )
    yield "other-statuses", "Refusals come under another HTTP status, where the document names none.", statuses
    envelope = [
        put("vendor", f"/errors/{name}/http", 200)
        for name in facts.data["errors"]
        if facts.data["errors"][name]["http"] != 200
        and facts.claims[f"{facts.vendor.name}#errors/{name}/http"].origin == "contradictory"
    ]
    yield "envelope", "Refusals come under HTTP 200 with the code in the body, as the document allows.", envelope


def _changes(facts: Facts, patch: Patch) -> bool:
    node: Any = facts.data
    for step in patch["path"].strip("/").split("/"):
        node = node[step]
    return bool(node != patch["value"])


def _variants(facts: Facts) -> Iterator[Made]:
    """Either form where a document contradicts itself, or gives a figure with two readings."""
    for name, spec in facts.data.get("variants", {}).items():
        if not (spec.get("contradictory") or spec.get("two_readings")):
            continue
        for option, chosen in spec["options"].items():
            yield f"{name}.{option}", f"{spec['says']} {option}.", copy.deepcopy(chosen["patch"])


def _lives(facts: Facts) -> Iterator[Made]:
    life = facts.data["lifecycle"]
    for index, state in enumerate(life["running"]):
        running = [one for one in life["running"] if one != state]
        offsets = [one for number, one in enumerate(life["offsets_seconds"]) if number != index]
        if running:
            offsets[0] = 0
            yield (
                f"without-{state}",
                f"No task is ever seen {state}.",
                [put("vendor", "/lifecycle/running", running), put("vendor", "/lifecycle/offsets_seconds", offsets)],
            )
    if not facts.stated(f"{facts.vendor.name}#lifecycle/running"):
        yield (
            "other-order",
            "The running states come in another order.",
            [put("vendor", "/lifecycle/running", life["running"][::-1])],
        )
    quick = [offset / 100 for offset in life["offsets_seconds"]]
    yield (
        "quick",
        "Tasks are done almost at once.",
        [put("vendor", "/lifecycle/offsets_seconds", quick), put("vendor", "/lifecycle/finish_seconds", 0.02)],
    )
    slow = min(20, life.get("limit_seconds", 40) / 2)
    yield "slow", f"Tasks take {slow:g} s.", [put("vendor", "/lifecycle/finish_seconds", slow)]


def _ids(facts: Facts) -> Iterator[Made]:
    for form in ("uuid", "hex24", "numeric"):
        if form != facts.data.get("ids", {}).get("form", "uuid"):
            ids = {"form": form, "x-source": {"form": "assumed: another form of ids"}}
            yield f"ids-{form}", f"Task ids have another form: {form}.", [put("vendor", "/ids", ids, "add")]


def _deliveries(facts: Facts) -> Iterator[Made]:
    for operation in facts.vendor.of_kind("delivery"):
        name, contract, place = operation.name, operation.contract, f"{operation.vendor}/{operation.name}#"
        if not facts.stated(f"{place}delay_seconds"):
            yield f"{name}.later", f"The {name} comes 2 s after the end.", [put(name, "/x-operation/delay_seconds", 2)]
        if not facts.stated(f"{place}spacing_seconds"):
            yield (
                f"{name}.slower-retries",
                f"The {name} is tried again after 2 s each time.",
                [put(name, "/x-operation/spacing_seconds", [2, 2, 2])],
            )
        if not facts.stated(f"{place}attempts"):
            yield f"{name}.more-attempts", f"The {name} is tried six times.", [put(name, "/x-operation/attempts", 6)]
            yield f"{name}.one-attempt", f"The {name} is tried once only.", [put(name, "/x-operation/attempts", 1)]
        header = contract.get("signature", {}).get("header")
        if header and not facts.stated(f"{place}signature/rule"):
            yield (
                f"{name}.other-signature",
                f"The {name} is signed by another rule.",
                [put(name, f"/x-operation/headers/{header}", "0123456789abcdef0123456789abcdef")],
            )
        if "bodies" in contract:
            bodies = {
                phase: body if phase == "x-source" else edited(body, [("add", ("greycard_more",), 1)])
                for phase, body in contract["bodies"].items()
            }
            yield (
                f"{name}.more-fields",
                f"The {name} has a field that no document names.",
                [put(name, "/x-operation/bodies", bodies)],
            )


def _rest(facts: Facts) -> Iterator[Made]:
    order = facts.data["order"]
    yield (
        "other-checks",
        "Requests are checked in another order.",
        [put("vendor", "/order", [order[0], *order[1:][::-1]])] if _reversible(order) else [],
    )
    for operation in facts.vendor.of_kind("create"):
        place, result = f"{operation.vendor}/{operation.name}#", operation.contract.get("result", {})
        if "fixed" in result and not facts.stated(f"{place}result/fixed"):
            yield (
                f"{operation.name}.other-size",
                "Results have another size, where the document names none.",
                [put(operation.name, "/x-operation/result/fixed", result["fixed"] + 1)],
            )
        price = operation.contract.get("price", {}).get("by_value", {})
        if price:
            yield (
                f"{operation.name}.other-prices",
                "Tasks cost something else.",
                [
                    put(operation.name, f"/x-operation/price/by_value/{name}", 58.5)
                    for name in price
                    if name != "x-source"
                ],
            )
    if "rate" in facts.data and not facts.stated(f"{facts.vendor.name}#rate/scope"):
        yield "rate-of-creates", "Only creates count towards the rate.", [put("vendor", "/rate/scope", "create")]


def _reversible(order: list[str]) -> bool:
    """A body is read before it is judged, whatever the order of the rest."""
    return order[1:][::-1].index("parse") < order[1:][::-1].index("validate")
