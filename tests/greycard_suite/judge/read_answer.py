"""Reads the vendors' answers by the contract data: task id, status, error code, result links. Tolerant and pure.

The body templates say where each fact stands, so a vendor added as a folder is read without a line of code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import places
from greycard_schemas.judge import Judgement, judge
from greycard_schemas.loader import once
from greycard_schemas.patches import join_pointer, pointer_parts, resolve_pointer
from greycard_schemas.templates import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call

MISSING = object()


def at(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer, or MISSING."""
    try:
        return resolve_pointer(document, pointer)
    except ContractError:
        return MISSING


def places_in(operation: Operation, response: str, *names: str) -> tuple[str, ...]:
    """Where the body of a response has the value of one of these names, as `places_of` tells; none without it."""

    def found() -> tuple[str, ...]:
        return tuple(places_of(operation.contract["responses"].get(response, {}).get("body", {}), names))

    return once(operation, ("places in", response, names), found)


def value_of(template: Any, document: Any, *names: str) -> Any:
    """The value at the first place where a body template puts one of these names and `document` has one; or MISSING."""
    return _first(document, places_of(template, names))


def _first(document: Any, pointers: Iterable[str]) -> Any:
    values = (at(document, pointer) for pointer in pointers)
    return next((value for value in values if value is not MISSING), MISSING)


def task_id_of(operation: Operation, call: Call) -> str | None:
    """The task id in the answer to a create; None when there is none."""
    for pointer in places_in(operation, "accepted", "task.id"):
        found = at(call.json, pointer)
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found):
            return str(found)
    return None


def code_of(vendor: Vendor, call: Call) -> int | str:
    """The code of an answer: from the place where the vendor's errors carry it, otherwise the HTTP status."""
    for pointer in once(vendor, "places of codes", lambda: _places_of_codes(vendor)):
        found = at(call.json, pointer)
        if isinstance(found, int | str) and not isinstance(found, bool):
            return found
    return call.status


def _places_of_codes(vendor: Vendor) -> tuple[str, ...]:
    bodies = (error["body"] for error in vendor.data["errors"].values())
    return tuple(dict.fromkeys(pointer for body in bodies for pointer in places_of(body, ("error.code",))))


def answer_to(operation: Operation, call: Call) -> str:
    """accepted, refused, or unclear (neither the documented success nor anything that looks like a refusal)."""
    if call.status == 429 or 400 <= call.status < 500:
        return "refused"
    if call.status == 0 or call.status >= 500:
        return "unclear"
    if not 200 <= call.status < 300:
        return "unclear"
    if operation.kind == "create" and task_id_of(operation, call) is not None:
        return "accepted"
    body = call.json
    if not isinstance(body, dict):
        return "accepted" if len(call.body) > 0 and body is None and operation.kind == "create" else "unclear"
    if not _tells_status(operation, body) and _says_no(operation, body):
        return "refused"
    if operation.kind == "create":
        return "unclear"
    return "accepted"


def _tells_status(operation: Operation, body: dict[str, Any]) -> bool:
    """Whether the answer to a read tells the status of a task, whatever else it holds."""
    if operation.kind != "read":
        return False
    return _first(body, places_in(operation, "running", "task.status")) not in (MISSING, None, "")


def _says_no(operation: Operation, body: dict[str, Any]) -> bool:
    if body.get("error") or body.get("success") is False:
        return True
    for response in operation.contract["responses"].values():
        schema = operation.definition(response["schema"])
        for name in ("code", "status"):
            rule = schema.get("properties", {}).get(name, {})
            rule = operation.definition(rule["$ref"]) if "$ref" in rule else rule
            if "const" in rule and isinstance(rule["const"], int) and isinstance(body.get(name), int):
                # a success that calls itself by another number still carries its data
                return bool(body[name] != rule["const"]) and not _has_data(operation, schema, body)
    return False


def _has_data(operation: Operation, schema: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether an answer holds any of the values that the document lists for a success."""
    rule = schema.get("properties", {}).get("data", {})
    rule = operation.definition(rule["$ref"]) if "$ref" in rule else rule
    data = body.get("data")
    known = rule.get("properties", {})
    return isinstance(data, dict) and any(data.get(name) not in NOTHING for name in known)


def status_of(vendor: Vendor, call: Call) -> Any:
    """The task status in the answer to a read, or MISSING."""
    return at(call.json, vendor.data["lifecycle"]["field"])


def state_of(vendor: Vendor, value: Any) -> str | None:
    """The name of the state written as `value`, as number or string; None when the vendor has no such state."""
    if isinstance(value, bool) or value is MISSING:
        return None
    states = vendor.data["lifecycle"]["states"]
    return next((name for name, state in states.items() if str(state["value"]) == str(value)), None)


def phase_of(vendor: Vendor, operation: Operation, call: Call) -> tuple[str, list[Judgement]]:
    """(running, succeeded or failed; what the answer's schema says of it).

    An unknown status takes the best fit; where no document has a table of statuses, what the answer shows decides.
    """
    state = state_of(vendor, status_of(vendor, call))
    responses = operation.contract["responses"]
    if state is not None and states_are_documented(vendor):
        phase = str(vendor.data["lifecycle"]["states"][state]["phase"])
        return phase, judged_as(operation, phase, call)
    if not states_are_documented(vendor) and (error_shown(operation, call) or not _looks_ended(operation, call)):
        phase = "failed" if error_shown(operation, call) and not result_links(operation, call) else "running"
        phase = "succeeded" if result_links(operation, call) else phase
        return phase, judged_as(operation, phase, call)
    candidates = (
        ("running",)
        if not _looks_ended(operation, call)
        else ("succeeded",)
        if result_links(operation, call)
        else ("failed", "succeeded")
    )
    if is_failure(vendor, status_of(vendor, call)):
        candidates = ("failed",)
    fits = [(phase, judged_as(operation, phase, call)) for phase in candidates if phase in responses]
    return min(fits, key=lambda fit: sum(not one.holds for one in fit[1]))


def phase_seen(vendor: Vendor, operation: Operation, call: Call) -> str | None:
    """The phase that the answer to a read tells without doubt; None when its status alone does not say it."""
    state = state_of(vendor, status_of(vendor, call))
    told = None if state is None else str(vendor.data["lifecycle"]["states"][state]["phase"])
    if states_are_documented(vendor):
        return told
    if result_links(operation, call):
        return "succeeded"
    return "failed" if error_shown(operation, call) else "running" if told == "running" else None


def judged_as(operation: Operation, phase: str, call: Call) -> list[Judgement]:
    """What the schema of a phase says of an answer; items that failed are held to what a failed answer needs."""
    responses = operation.contract["responses"]
    found = judge(operation, responses[phase]["schema"], call.json)
    failed = failed_items(operation, call) if phase == "succeeded" else ()
    if not failed or "failed" not in responses:
        return found
    inside = tuple(f"{pointer}/" for pointer in failed)

    def of_failed(one: Judgement) -> bool:
        return f"{one.pointer}/".startswith(inside)

    instead = [one for one in judge(operation, responses["failed"]["schema"], call.json) if of_failed(one)]
    return [one for one in found if not of_failed(one)] + instead


def states_are_documented(vendor: Vendor) -> bool:
    """Whether a document says how the states are written; of a vendor without any, whether its data do."""
    states = vendor.data["lifecycle"]["states"].values()
    return not vendor.sources or any(not str(state["x-source"]["value"]).startswith("assumed") for state in states)


def is_failure(vendor: Vendor, value: Any) -> bool:
    """Whether an unknown number lies where all failures and nothing else lie: below zero."""
    states = vendor.data["lifecycle"]["states"].values()
    if not isinstance(value, int) or isinstance(value, bool) or value >= 0:
        return False
    return all(isinstance(one["value"], int) and (one["value"] < 0) == (one["phase"] == "failed") for one in states)


def error_shown(operation: Operation, call: Call) -> bool:
    """Whether an answer to a read carries the code of a failure."""
    return _first(call.json, places_in(operation, "failed", "task.errorcode")) not in (MISSING, *NOTHING)


NOTHING = (None, "", 0, "0", False)
"""What stands where there is no value."""
NO_REASON = frozenset({"", "0", "-", "ok", "success", "succeeded", "none", "null", "n/a"})
"""What stands as the reason of something that did not fail."""


def items_of(operation: Operation, call: Call) -> dict[str, dict[str, Any]]:
    """The entries of a batch in the answer to a read, by their JSON pointers: result, status and reason of each."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("result", "status", "reason"):
        for pointer in places_in(operation, "succeeded", f"item.{name}"):
            base, _, field = pointer.partition("/*/")
            entries = at(call.json, base)
            listed: list[Any] = entries if isinstance(entries, list) else []
            for index, entry in enumerate(listed):
                value = at(entry, f"/{field}") if isinstance(entry, dict) else MISSING
                found.setdefault(f"{base}/{index}", {})[name] = value
    return found


def item_places(operation: Operation) -> tuple[str, ...]:
    """Where the answer about a finished batch has the results of its pictures."""
    return places_in(operation, "succeeded", "item.result")


def item_lists(operation: Operation) -> list[str]:
    """The names of the fields that list the pictures of a batch."""
    return [pointer.partition("/*/")[0].rpartition("/")[2] for pointer in item_places(operation)]


def has_link(item: dict[str, Any]) -> bool:
    """Whether an entry of a batch gives a result."""
    return str(item.get("result")).startswith(("http://", "https://"))


def has_reason(item: dict[str, Any]) -> bool:
    """Whether an entry of a batch says why it failed."""
    reason = item.get("reason")
    return reason is not MISSING and reason is not None and str(reason).strip().lower() not in NO_REASON


def failed_items(operation: Operation, call: Call) -> tuple[str, ...]:
    """The pointers of the entries that failed: without a result, and with a reason or another status than the good."""
    items = items_of(operation, call)
    good = {str(item.get("status")) for item in items.values() if has_link(item)}
    return tuple(
        pointer
        for pointer, item in items.items()
        if not has_link(item) and (has_reason(item) or (good and str(item.get("status")) not in good))
    )


def _looks_ended(operation: Operation, call: Call) -> bool:
    """Whether an answer holds what only the answers about ended tasks hold: a result, items, a moment of completion."""
    if result_links(operation, call):
        return True
    early = places_in(operation, "running", "task.completed")
    for phase in ("succeeded", "failed"):
        if any(
            at(call.json, pointer) is not MISSING
            for pointer in places_in(operation, phase, "task.completed")
            if pointer not in early
        ):
            return True
        for pointer in places_in(operation, phase, "item.status"):
            if list(_all_at(call.json, pointer_parts(pointer))):
                return True
    return False


def result_links(operation: Operation, call: Call) -> list[str]:
    """Every link to a result picture in the answer to a read."""
    found: list[str] = []
    for pointer in places_in(operation, "succeeded", "result.link", "result.delivered", "item.result", "item.link"):
        values = _all_at(call.json, pointer_parts(pointer))
        found.extend(one for one in values if isinstance(one, str) and one.startswith(("http://", "https://")))
    return list(dict.fromkeys(found))


def main_link(operation: Operation, call: Call) -> str | None:
    """The link to the result itself, not to a part of it such as a face."""
    for pointer in places_in(operation, "succeeded", "result.link", "result.delivered", "item.result"):
        for value in _all_at(call.json, pointer_parts(pointer)):
            if isinstance(value, str) and value.startswith(("http://", "https://")):
                return value
    return None


def item_states(vendor: Vendor, operation: Operation, call: Call) -> list[str | None]:
    """The states of the single pictures of a batch, where the answer gives them."""
    pointers = places_in(operation, "succeeded", "item.status")
    return [state_of(vendor, value) for pointer in pointers for value in _all_at(call.json, pointer_parts(pointer))]


def values_at(document: Any, pointer: str) -> Iterator[Any]:
    """Every value at a JSON pointer in which ``*`` is each entry of a list."""
    yield from _all_at(document, pointer_parts(pointer))


def _all_at(node: Any, parts: list[str]) -> Iterator[Any]:
    if not parts:
        yield node
    elif parts[0] == "*":
        for item in node if isinstance(node, list) else ():
            yield from _all_at(item, parts[1:])
    elif isinstance(node, dict) and parts[0] in node:
        yield from _all_at(node[parts[0]], parts[1:])


def unknown_fields(operation: Operation, schema: dict[str, Any], value: Any, where: str = "") -> Iterator[str]:
    """Fields of an answer that its schema does not know, as dotted names."""
    if "$ref" in schema:
        schema = operation.definition(schema["$ref"])
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, child in value.items():
            if name not in known:
                yield f"{where}{name}"
            else:
                yield from unknown_fields(operation, known[name], child, f"{where}{name}.")
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for child in value[:3]:
            yield from unknown_fields(operation, schema["items"], child, f"{where}[].")


def meanings(operation: Operation, reference: str, *, in_items: bool = False) -> tuple[tuple[str, str, str], ...]:
    """(statement id, JSON pointer in the answer, meaning) of each field with a documented meaning."""
    return once(operation, ("meanings", reference, in_items), lambda: tuple(_meanings(operation, reference, in_items)))


def _meanings(operation: Operation, reference: str, in_items: bool) -> Iterator[tuple[str, str, str]]:  # noqa: FBT001 - one of two
    for place in places(operation, reference):
        if "x-means" in place.schema and (0 in place.where) is in_items:
            claim = claim_id(operation.vendor, operation.name, [*place.steps, "x-means"])
            yield claim, join_pointer(list(place.where)), place.schema["x-means"]


def owed(
    operation: Operation, reference: str, sent: Mapping[str, Any], judgements: Iterable[Judgement]
) -> list[Judgement]:
    """The judgements without those that miss the echo of an optional field that was not `sent`: it has no value."""
    echoes = {
        pointer
        for _, pointer, meaning in meanings(operation, reference)
        if meaning.startswith("request.") and sent.get(meaning.removeprefix("request.")) in (None, "")
    }
    return [
        one
        for one in judgements
        if one.holds or one.keyword != "required" or f"{one.pointer}/{one.expected}" not in echoes
    ]


def result_claims(operation: Operation) -> list[str]:
    """The statements that a finished answer gives the result picture."""
    reference = operation.contract["responses"]["succeeded"]["schema"]
    return [
        claim
        for in_items in (False, True)
        for claim, _, meaning in meanings(operation, reference, in_items=in_items)
        if meaning in ("result.link", "result.delivered")
    ]


def result_fields(operation: Operation) -> list[str]:
    """The names of the fields in which a finished answer gives its result."""
    pointers = places_in(operation, "succeeded", "result.link", "result.delivered", "item.result")
    return [pointer.rpartition("/")[2] for pointer in pointers]
