"""Freedoms of callbacks and webhooks: when, how often and under which signature, where nobody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.drifts.model import put
from greycard_schemas.freedoms.answers import ADDED
from greycard_schemas.freedoms.lifecycle import QUICK, unseen_running
from greycard_schemas.freedoms.model import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

ONCE = "the vendor tries a delivery once, so that nothing follows"


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of every delivery."""
    for operation in facts.vendor.of_kind("delivery"):
        yield from _times(facts, operation)
        yield from _attempts(facts, operation)
        yield from _failures(facts, operation)
        yield from _forms(facts, operation)
        yield from _manners(facts, operation)


def _times(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    name, place = operation.name, f"{operation.vendor}/{operation.name}#"
    if not facts.stated(f"{place}delay_seconds"):
        for seconds in (0.4, 2):
            yield from facts.freedom(
                f"{name}.after-{seconds}",
                f"The {name} comes {seconds:g} s after the end.",
                [put(name, "/x-operation/delay_seconds", seconds)],
                family="time of deliveries",
                of=[f"{place}delay_seconds"],
            )
    if not facts.stated(f"{place}spacing_seconds"):
        for change, spacing in (("even", [2, 2, 2]), ("quick", [0.1, 0.1, 0.1]), ("slow", [5, 10, 20])):
            yield from facts.freedom(
                f"{name}.retries-{change}",
                f"The {name} is tried again after {spacing[0]:g}, {spacing[1]:g} and {spacing[2]:g} s.",
                [put(name, "/x-operation/spacing_seconds", spacing)],
                family="time of deliveries",
                of=[f"{place}spacing_seconds"],
            )


def _attempts(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    name, place = operation.name, f"{operation.vendor}/{operation.name}#"
    if not facts.stated(f"{place}attempts"):
        for change, attempts in (("often", 6), ("once", 1)):
            yield from facts.freedom(
                f"{name}.tried-{change}",
                f"The {name} is tried {'once only' if attempts == 1 else f'{attempts} times'}.",
                [put(name, "/x-operation/attempts", attempts)],
                family="attempts",
                of=[f"{place}attempts"],
                hides={f"{place}acknowledgement/*": ONCE} if attempts == 1 else {},
            )
    http = operation.contract["acknowledgement"]["http"]
    if facts.assumed(f"{place}acknowledgement/http"):
        for change, low, high in (("any-success", 200, 299), ("any-answer", 100, 599), ("only-200", 200, 200)):
            span = f"{low} to {high}" if high > low else f"{low}"
            if [low, high] != http:
                yield from facts.freedom(
                    f"{name}.acknowledged-by-{change}",
                    f"The {name} counts as received when the answer is HTTP {span}.",
                    [put(name, "/x-operation/acknowledgement/http", [low, high])],
                    family="acknowledgement",
                    of=[f"{place}acknowledgement/http"],
                )


def _failures(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    name, contract = operation.name, operation.contract
    claim = f"{operation.vendor}/{name}#on/failed"
    if facts.assumed(claim):
        yield from facts.freedom(
            f"{name}.success-only",
            f"No {name} tells of a failure.",
            [put(name, "/x-operation/on", [one for one in contract["on"] if one != "failed"])],
            family="deliveries of failures",
            of=[claim, f"{operation.vendor}/{name}#request_failed"],
        )
    reference = contract.get("request_failed", "")
    if not (reference and facts.assumed(f"{operation.vendor}/{name}#request_failed")):
        return
    said = [
        claim
        for claim in facts.claims
        if claim.startswith(f"{operation.vendor}/{name}#{reference.rpartition('/')[2]}/")
    ]
    body = contract.get("bodies", {}).get("failed")
    if body is None:
        yield from _own_failure(facts, operation, said)
        return
    words, numbers = dict(body), dict(body)
    for field in leaves(body):
        value = body[field[0]]
        if isinstance(value, str):
            words[field[0]] = value.upper()
            numbers[field[0]] = 0
    of = [*said, f"{operation.vendor}/{name}#request_failed"]
    for change, other in (
        ("words", {**words, "error": {"message": "could not be processed", "code": 17}, "result": None}),
        ("numbers", {**numbers, "result": ""}),
        ("bare", {key: value for key, value in body.items() if isinstance(value, dict)}),
    ):
        yield from facts.freedom(
            f"{name}.failed-{change}",
            f"The {name} about a failure has another form ({change}).",
            [put(name, "/x-operation/bodies/failed", other)],
            family="deliveries of failures",
            of=[one for one in of if not one.endswith("minLength")],
        )


def _own_failure(facts: Silences, operation: Operation, said: list[str]) -> Iterator[Freedom]:
    """A delivery that repeats an answer, but for a failure, of which its document does not speak."""
    name, repeated = operation.name, operation.contract["body_of"]
    done = facts.vendor.operations[repeated].contract["responses"]["succeeded"]["body"]
    failed = {"success": False, "id": {"$from": "task.id"}, "message": {"$from": "task.reason"}}
    yield from facts.freedom(
        f"{name}.failed-other",
        f"The {name} about a failure has a form of its own.",
        [put(name, "/x-operation/bodies", {"succeeded": done, "failed": failed}, "add")],
        family="deliveries of failures",
        of=[one for one in said if not one.endswith("minLength")],
        keeps=[(repeated, "/x-operation/responses/succeeded/body")],
    )


def _forms(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    name, contract = operation.name, operation.contract
    header = contract.get("signature", {}).get("header")
    if header and not facts.stated(f"{operation.vendor}/{name}#signature/rule"):
        yield from facts.freedom(
            f"{name}.other-signature",
            f"The {name} is signed by another rule.",
            [put(name, f"/x-operation/headers/{header}", "0123456789abcdef0123456789abcdef")],
            family="signature",
            of=[f"{operation.vendor}/{name}#signature/rule"],
        )
    if "bodies" in contract:
        yield from facts.freedom(
            f"{name}.more-fields",
            f"The {name} has a field that no document names.",
            [
                put(name, f"/x-operation/bodies/{phase}/{field}", value, "add")
                for phase, body in contract["bodies"].items()
                for field, value in ADDED.items()
                if phase != "x-source" and field not in body
            ],
            family="additional fields",
        )


def _manners(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    name = operation.name
    copies = f"{operation.vendor}/{name}#copies"
    yield from facts.freedom(
        f"{name}.twice",
        f"Every {name} is sent twice, the second time as the first.",
        [put("vendor", "/manners/deliver_times", 2, "add")],
        family="delivery doubled",
        of=[] if facts.stated(copies) else [copies],
        hides={f"{operation.vendor}/{name}#copies": "a second identical delivery says nothing against the first"},
    )
    yield from facts.freedom(
        f"{name}.early",
        f"The {name} comes before the answer to the create that it belongs to.",
        [put("vendor", "/manners/deliver_early", value=True, op="add")],
        family="time of deliveries",
        hides=unseen_running(facts, QUICK),
        keeps=[
            ("vendor", "/lifecycle/finish_seconds"),
            ("vendor", "/lifecycle/offsets_seconds"),
            (name, "/x-operation/delay_seconds"),
        ],
    )
    headers = {"User-Agent": "vendor-hooks/2.1", "X-Request-Id": "5f0c", "X-Retry-Num": "0"}
    yield from facts.freedom(
        f"{name}.more-headers",
        f"The {name} carries headers that no document names.",
        [put("vendor", "/manners/delivery_headers", headers, "add")],
        family="headers",
    )
