"""Each documented rule of a request in both directions: accepted at the edge, refused one step beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.examples.requests import addressed, broken, edges, unbreakable
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import first_result
from greycard_suite.judge import preconditions, read_answer, refusals
from greycard_suite.judge.refused_good import name_group
from greycard_suite.judge.variants_seen import note_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


def _broken_cases(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.operations.values():
        if operation.kind == "delivery":
            continue
        named = operation.contract.get("task", {}).get("parameter")
        other: list[Any] = []
        for index, one in enumerate(broken(operation)):
            if named and isinstance(one.values, dict) and named not in one.claim_id:
                other.append(one)
            else:
                yield Case(f"{operation.name}-{index}-{one.label}", (operation.name, [one]), needs=_needs(operation))
        if other:
            # only for a task that exists does a refusal say anything about the other fields
            yield Case(
                f"{operation.name}-of-a-task",
                (operation.name, other),
                requests=len(other) + 3,
                credits=1,
                needs=("links",),
            )


def _needs(operation: Operation) -> tuple[str, ...]:
    pictures = operation.contract.get("pictures", {})
    return ("links",) if pictures and "file" not in pictures else ()


@suite_test(
    "*#request/*",
    "*#refusals/*",
    "*#urls",
    "#errors/invalid_parameter/*",
    "*#encodings",
    cases=_broken_cases,
    requests=1,
)
def test_a_request_that_breaks_one_rule_is_refused(target: Target, case: Case) -> None:
    """One wrong field is enough for a refusal, at once or by the task that fails, with a code that fits."""
    name, wrongs = case.data
    operation = target.vendor.operations[name]
    task = target.create(target.vendor.operations[operation.contract["create"]]) if case.credits else None
    if case.credits and (task is None or read_answer.answer_to(operation, target.read(task)) != "accepted"):
        return
    for wrong in wrongs:
        values, files = _completed(target, operation, wrong.values, wrong.claim_id)
        if task is not None:
            values = {**values, operation.contract["task"]["parameter"]: task.task_id}
        call = target.send(operation, values, files=files)
        situation = refusals.bad_request(operation, wrong.claim_id)
        rule = refusals.forbidden(target.judge, wrong.claim_id, situation, f"refused: {wrong.label}")
        target.refuse(rule, call, values)
    target.settle()


def _completed(target: Target, operation: Operation, values: Any, claim: str) -> tuple[Any, Any]:
    """`values` with pictures and addresses that work."""
    if operation.kind != "create" or not isinstance(values, dict):
        return values, None
    values = preconditions.adjusted(target.judge, operation, values, claim)
    size = target.good_size(operation)
    filled = addressed(
        values, target.images.link(*size, "jpg"), target.delivery_address() or "https://example.com/greycard"
    )
    pictures = operation.contract.get("pictures", {})
    if "file" in pictures and f"/{pictures['link']}/" not in claim:
        filled.pop(pictures["link"], None)
        return filled, target.upload(operation, target.images.bytes(*size, "jpg"))
    if "mask" in pictures and filled.get(pictures["mask"]) == target.images.link(*size, "jpg"):
        filled[pictures["mask"]] = target.request(operation)[pictures["mask"]]
    return filled, None


def _edge_groups(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        found = edges(operation)
        yield Case(
            operation.name,
            (operation.name, found),
            requests=len(found) * 4,
            credits=len(found),
            needs=_needs(operation),
        )


@suite_test(
    "*#request/*",
    "*#encodings",
    "*#method",
    "*#path",
    "#auth/*header",
    "#auth/scheme",
    "#paths/*",
    cases=_edge_groups,
    requests=40,
    credits=10,
)
def test_a_request_at_the_edge_of_its_rules_is_accepted(target: Target, case: Case) -> None:
    """Every allowed value, and every limit exactly, is accepted."""
    name, found = case.data
    operation = target.vendor.operations[name]
    created: list[tuple[str, str, Task | None]] = []
    refused: list[tuple[str, Any]] = []  # by themselves: with them in it a request says nothing of another field
    for label, values, claim in found:
        filled, files = _completed(target, operation, values, claim)
        call = target.send(operation, _also_needed(operation, filled), files=files, credits=1)
        asked = _on_request(operation, values)
        if target.kind != "mock" and asked and read_answer.answer_to(operation, call) == "refused":
            for parameter in asked:
                note_allowed(target.vendor, target.verdicts, operation, parameter, allowed=False)
            continue  # S2:25: only after the vendor's consent
        field = preconditions.field_of(claim)
        if read_answer.answer_to(operation, call) == "refused":
            if guilty := next((one for one in refused if one[0] != field and one in values.items()), None):
                preconditions.hinder(target.judge, operation, f"{operation.name} refuses {guilty[0]} {guilty[1]}")
                continue
            refused.append((field, values.get(field)))
            _judge_left_out(target, operation, claim, filled, files)
        task = target.expect_accepted(claim, operation, call, filled, expected=f"accepted: {label}")
        if task is not None:
            _note_reached(target, operation, filled, call)
        created.append((label, claim, task))
    target.finish(*(task for _, _, task in created))
    own = target.images.bytes(*target.good_size(operation), "jpg")
    for label, claim, task in created:
        if task is not None:
            target.expect_ended_well(claim, task, expected=f"carried out: {label}")
            first_result(target, operation, task, [own], own)


def _judge_left_out(target: Target, operation: Operation, claim: str, values: dict[str, Any], files: Any) -> None:
    """Refused for no rule that a document states: an optional field that plain requests have may be asked for."""
    left_out = {name: own for name, own in target.own_ids(operation, "greycard").items() if name not in values}
    if not left_out or preconditions.states(target.judge, claim):
        return
    call = target.send(operation, {**values, **left_out}, files=files, credits=1)
    task = target.follow(operation, call, {**values, **left_out})
    if task is not None:
        target.finish(task)
        claims = [f"{operation.vendor}/{operation.name}#request/{name}/type" for name in left_out]
        name_group(target.judge, claims, call, expected="accepted as well without a field that need not be sent")


def _on_request(operation: Operation, values: dict[str, Any]) -> list[str]:
    """The parameters whose value only some accounts may send."""
    known = operation.fields.items()
    return [name for name, schema in known if values.get(name) in schema.get("x-on-request", ())]


def _also_needed(operation: Operation, values: dict[str, Any]) -> dict[str, Any]:
    """A value that only goes together with another gets it (S2:25: a binary answer is a synchronous one)."""
    delivers, sync = operation.contract.get("delivers"), operation.contract.get("sync")
    if delivers and sync and values.get(delivers["parameter"]) == delivers["binary"]:
        return {**values, sync["parameter"]: sync["equals"]}
    return values


def _note_reached(target: Target, operation: Operation, values: dict[str, Any], call: Any) -> None:
    """An accepted request shows that method, path, encoding, key and the types of its fields are as documented."""
    place = f"{operation.vendor}/{operation.name}"
    for claim in (f"{place}#method", f"{place}#path", f"{place}#encodings", *preconditions.places_of_key(target.vendor),
                  f"{operation.vendor}#paths/prefix",
                  f"{operation.vendor}#paths/names", f"{place}#request/type"):  # fmt: skip
        if target.verdicts.has(claim):
            target.verdicts.used(claim, expected="as documented", seen="accepted", call=call)
    pictures = operation.contract.get("pictures", {})
    for key in ("file", "link", "list", "mask"):
        claim = f"{place}#pictures/{key}"
        sent = bool(call.files) if key == "file" else pictures.get(key) in values
        if key in pictures and sent and target.verdicts.has(claim):
            target.verdicts.used(claim, expected=pictures[key], seen="accepted", call=call)
    for name, schema in operation.fields.items():
        for keyword in ("type", "x-file", "minLength", "x-tolerates", "x-fold-case"):
            claim = claim_id(operation.vendor, operation.name, ["$defs", "request", "properties", name, keyword])
            sent = name in values if keyword != "x-file" else bool(call.files)
            if sent and keyword in schema and keyword in ("type", "x-file") and target.verdicts.has(claim):
                target.verdicts.used(claim, expected=schema[keyword], seen="accepted", call=call)


def _addresses(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        for name in operation.contract.get("urls", ()):
            yield Case(
                f"{operation.name}-{name}",
                (operation.name, name, f"{operation.vendor}/{operation.name}#urls"),
                needs=("links",),
            )
        consequences = operation.contract.get("pictures", {}).get("consequences", {})
        if "form" in consequences:
            name = operation.contract["pictures"]["link"]
            yield Case(
                f"{operation.name}-{name}",
                (
                    operation.name,
                    name,
                    f"{operation.vendor}/{operation.name}#pictures/consequences/form/error",
                ),
                needs=("links",),
            )


@suite_test("*#urls", "*#pictures/consequences/form/error", "#errors/invalid_picurl/*", cases=_addresses, requests=1)
def test_an_address_that_is_none_is_refused(target: Target, case: Case) -> None:
    """A field for an address does not take words that are none."""
    name, field, claim = case.data
    operation = target.vendor.operations[name]
    by_picture = "form/error" in claim
    situation = (
        refusals.bad_picture(operation, "form")
        if by_picture
        else refusals.Situation(operation, f"request/{field}", operation.contract["refusal"])
    )
    values = {**target.request(operation), field: "greycard no address"}
    rule = refusals.forbidden(target.judge, claim, situation, f"refused: {field} is no address")
    target.refuse(rule, target.send(operation, values), values)
    target.settle()


@suite_test(
    "*#urls",
    "*#request/*",
    cases=lambda vendor: [case for case in _addresses(vendor) if "form/error" not in case.data[2]],
    requests=6,
    credits=1,
)
def test_an_address_without_a_path_is_accepted(target: Target, case: Case) -> None:
    """An address that names a server only is an address."""
    name, field, _ = case.data
    operation = target.vendor.operations[name]
    address = urlsplit(target.delivery_address() or "https://example.com")
    values = {**target.request(operation), field: f"{address.scheme}://{address.netloc}"}
    claim = f"{operation.vendor}/{operation.name}#request/{field}/type"
    target.expect_accepted(claim, operation, target.send(operation, values), values, expected="accepted: no path")


def _excuses(vendor: Vendor) -> Iterable[Case]:
    return [
        Case(
            "reasons",
            [
                (claim, reason)
                for op in vendor.operations.values()
                if op.kind != "delivery"
                for claim, reason in unbreakable(op).items()
            ],
        )
    ]


@suite_test("*#request/*", cases=_excuses, requests=0)
def test_what_cannot_be_broken_says_why(target: Target, case: Case) -> None:
    """A rule that no request on the wire can break has a reason; it may still be seen to hold."""
    for claim, reason in case.data:
        target.verdicts.excuse(claim, reason)
