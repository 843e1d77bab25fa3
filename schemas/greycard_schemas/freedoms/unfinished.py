"""Freedoms of what has no value yet: before the end and after a failure a field may be null, absent or empty.

Bound there is only what identifies the task and tells its state, and what a document says of that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.answers import schema_at
from greycard_schemas.drifts.model import put, take
from greycard_schemas.examples.requests import places
from greycard_schemas.freedoms.model import at, keywords_at, kinds_at, leaves, pointer
from greycard_schemas.patches import pointer_parts
from greycard_schemas.templates import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

_EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "array": [], "object": {}, "boolean": False}
_WORDS = {
    "null": "is null",
    "absent": "is left out",
    "empty": "is empty or 0",
    "minus-one": "is -1 where it is a number",
    "full": "says that it is complete",
}

_PHASES = {"running": "before the end", "failed": "after a failure"}
Field = tuple[str, ...]


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of the answers of every read about tasks that run or have failed."""
    for operation in facts.vendor.of_kind("read"):
        for phase, when in _PHASES.items():
            if phase in operation.contract["responses"]:
                yield from _unfinished(facts, operation, phase, when)


def free_fields(facts: Silences, operation: Operation, phase: str) -> list[Field]:
    """The fields of the answer in this phase that no document binds then."""
    answer = operation.contract["responses"][phase]
    body, state = answer["body"], tuple(pointer_parts(facts.data["lifecycle"]["field"]))
    found = []
    for field in leaves(body):
        value = at(body, field)
        names = {part.name for part in parts_of(value)}
        schema = schema_at(operation, answer["schema"], field) or {}
        told = "const" in schema and any(
            facts.stated(claim) for claim in keywords_at(operation, answer["schema"], field, "const")
        )
        code = "const" in schema and len(field) == 1
        if not (field == state[: len(field)] or "task.id" in names or told or code):
            found.append(field)
    return found


def _unfinished(facts: Silences, operation: Operation, phase: str, when: str) -> Iterator[Freedom]:
    responses = operation.contract["responses"]
    schemas = [responses[one]["schema"] for one in (phase, "succeeded") if one in responses]
    place, body = f"/x-operation/responses/{phase}/body", responses[phase]["body"]
    errors = [part.path for part in parts_of(responses["failed"]["body"]) if part.name == "task.errorcode"]
    changes: dict[str, dict[Field, Patch]] = {one: {} for one in _WORDS}
    for field in free_fields(facts, operation, phase):
        where, kinds = pointer(place, field), kinds_at(operation, schemas, field)
        kind = next((one for one in kinds if one in _EMPTY), "string")
        changes["null"][field] = put(operation.name, where, None)
        changes["absent"][field] = take(operation.name, where)
        untrue = phase == "failed" and field in errors  # a code of 0 says that nothing went wrong
        if at(body, field) != _EMPTY[kind] and not untrue:
            changes["empty"][field] = put(operation.name, where, _EMPTY[kind])
        if kind in ("integer", "number") and field not in errors:
            changes["minus-one"][field] = put(operation.name, where, -1)
        if phase == "running" and {part.name for part in parts_of(at(body, field))} == {"task.progress"}:
            changes["full"][field] = put(operation.name, where, 100)
    for change, patches in changes.items():
        keyword = {"minus-one": "minimum", "full": "maximum", "null": "type"}.get(change)
        yield from facts.freedom(
            f"{operation.name}.{phase}-{change}",
            f"What {operation.name} does not know {when} {_WORDS[change]}.",
            patches.values(),
            family="no value yet",
            of=[claim for field in patches for claim in _said(facts, operation, phase, field, keyword)]
            if keyword
            else [],
            hides=dict.fromkeys(only_shown_by(operation, {phase: patches}), f"the vendor says nothing of it {when}"),
        )


def _said(facts: Silences, operation: Operation, phase: str, field: Field, *keywords: str) -> list[str]:
    """What these keywords say of a field, in the answers of the operation and in the deliveries that repeat them."""
    responses = operation.contract["responses"]
    found = [
        claim for answer in responses.values() for claim in keywords_at(operation, answer["schema"], field, *keywords)
    ]
    for delivery in facts.vendor.of_kind("delivery"):
        contract = delivery.contract
        if contract.get("body_of") == operation.name and phase in contract["on"]:
            found += keywords_at(delivery, contract.get(f"request_{phase}", contract["request"]), field, *keywords)
    return found


def only_shown_by(operation: Operation, fields: Mapping[str, Iterable[Field]]) -> list[str]:
    """The statements that only these fields of these answers show, by the name of the answer."""
    gone: set[str] = set()
    left: set[str] = set()
    for name, answer in operation.contract["responses"].items():
        missing = [tuple(step for step in field if step != "$do") for field in fields.get(name, ())]
        for place in places(operation, answer["schema"]):
            where = tuple(str(step) for step in place.where if step != 0)
            mine = {
                claim_id(operation.vendor, operation.name, [*place.steps, keyword])
                for keyword in place.schema.get("x-source", {})
                if keyword != "required"
            }
            if any(where[: len(field)] == field for field in missing):
                gone |= mine
            elif not _may_be_silent(name, fields):
                left |= mine
            for field in place.schema.get("required", ()):
                claim = claim_id(operation.vendor, operation.name, [*place.steps, "required", field])
                inner = any((*where, field)[: len(one)] == one for one in missing)
                if inner:
                    gone.add(claim)
                elif not _may_be_silent(name, fields):
                    left.add(claim)
    return sorted(gone - left)


def _may_be_silent(name: str, fields: Mapping[str, Iterable[Field]]) -> bool:
    """Whether an answer may be as silent as these are, by another freedom or because it never comes."""
    return name in _PHASES and fields.keys() <= _PHASES.keys()
