"""The second layer of the lint, second half: the lifecycle is whole, and every body that it gives fits its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import resolved
from greycard_schemas.examples.sample_values import error_names, filled, sample_names
from greycard_schemas.judge import judge
from greycard_schemas.lint.finding import Finding
from greycard_schemas.patches import pointer_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation, Vendor


def lifecycle_findings(vendor: Vendor) -> Iterator[Finding]:
    """States that no task reaches, times that do not fit, and answers whose schema knows other states."""
    lifecycle, file = vendor.data["lifecycle"], f"{vendor.name}/vendor.json"
    faults = [*_state_faults(lifecycle), *_time_faults(lifecycle), *_outcome_faults(lifecycle)]
    yield from (Finding(file, f"/lifecycle/{key}", message) for key, message in faults)
    values = [state["value"] for state in lifecycle["states"].values()]
    for operation in vendor.of_kind("read"):
        yield from _states_of(vendor, operation, values)


def _state_faults(lifecycle: dict[str, Any]) -> Iterator[tuple[str, str]]:
    states = lifecycle["states"]
    running = [name for name, state in states.items() if state["phase"] == "running"]
    yield from (
        ("running", f"no task ever is {n!r}; put it into the order") for n in running if n not in lifecycle["running"]
    )
    yield from (("running", f"{name!r} is no running state") for name in lifecycle["running"] if name not in running)
    for phase in ("succeeded", "failed"):
        count = sum(state["phase"] == phase for state in states.values())
        if count == 0 or (phase == "succeeded" and count > 1):
            yield "states", f"there must be {'one' if count else 'a'} state of phase {phase}"
    values = [state["value"] for state in states.values()]
    if len(set(map(repr, values))) < len(values):
        yield "states", "two states have the same value"
    yield from (("absent", f"{value!r} is the value of a state") for value in lifecycle["absent"] if value in values)


def _time_faults(lifecycle: dict[str, Any]) -> Iterator[tuple[str, str]]:
    offsets, finish = lifecycle["offsets_seconds"], lifecycle["finish_seconds"]
    if len(offsets) != len(lifecycle["running"]) or offsets[0] != 0 or sorted(set(offsets)) != offsets:
        yield "offsets_seconds", "needs one time for each running state, rising from 0"
    elif finish <= offsets[-1]:
        yield "finish_seconds", "must lie after the last of offsets_seconds"
    if lifecycle.get("limit_seconds", finish + 1) <= finish:
        yield "limit_seconds", "must be longer than finish_seconds"


def _outcome_faults(lifecycle: dict[str, Any]) -> Iterator[tuple[str, str]]:
    states, outcome = lifecycle["states"], lifecycle.get("limit_outcome")
    if outcome is not None and states.get(outcome, {}).get("phase") != "failed":
        yield "limit_outcome", f"there is no failed state {outcome!r}"
    for name in lifecycle.get("item_states", {}).values():
        if name not in states:
            yield "item_states", f"there is no state {name!r}"


def _states_of(vendor: Vendor, operation: Operation, values: list[Any]) -> Iterator[Finding]:
    """The states that an operation's answers allow, taken together, are those of the lifecycle."""
    field = vendor.data["lifecycle"]["field"]
    allowed: list[Any] = []
    for answer in operation.contract["responses"].values():
        schema, _ = resolved(operation, {"$ref": answer["schema"]})
        for part in pointer_parts(field):
            if part not in schema.get("properties", {}):
                message = f"has no field at {field} (/lifecycle/field)"
                yield Finding(f"{vendor.name}/{operation.name}.json", answer["schema"].removeprefix("#"), message)
                return
            schema, _ = resolved(operation, schema["properties"][part])
        allowed += schema.get("enum", [schema["const"]] if "const" in schema else [])
    if set(map(repr, allowed)) != set(map(repr, values)):
        message = f"the answers allow the states {_listed(allowed)}, the lifecycle has {_listed(values)}"
        yield Finding(f"{vendor.name}/{operation.name}.json", "/x-operation/responses", message)


def _listed(values: list[Any]) -> str:
    return ", ".join(sorted(set(map(repr, values))))


def body_findings(vendor: Vendor) -> Iterator[Finding]:
    """Body templates that cannot be filled, or that are then not valid under the schema of the answer."""
    states = vendor.data["lifecycle"]["states"]
    for name, error in vendor.data["errors"].items():
        try:
            filled(error["body"], error_names(vendor, name))
        except (ContractError, ValueError, KeyError) as problem:
            yield Finding(f"{vendor.name}/vendor.json", f"/errors/{name}/body", str(problem))
    for operation in vendor.operations.values():
        creator = vendor.operations[operation.contract.get("create", operation.name)]
        for state, spec in states.items():
            for pointer, reference, body in _bodies(vendor, operation, spec["phase"]):
                file = f"{vendor.name}/{operation.name}.json"
                try:
                    value = filled(body, sample_names(vendor, creator, state))
                    for judgement in judge(operation, reference, value):
                        if not judgement.holds:
                            message = (
                                f"in the state {state!r} the body holds {judgement.seen!r} at "
                                f"{judgement.pointer!r}, "
                                f"where {judgement.claim} says {judgement.keyword} {judgement.expected!r}"
                            )
                            yield Finding(file, pointer, message)
                except (ContractError, ValueError, KeyError) as problem:
                    yield Finding(file, pointer, f"in the state {state!r}: {problem}")


def _bodies(vendor: Vendor, operation: Operation, phase: str) -> Iterator[tuple[str, str, Any]]:
    contract = operation.contract
    for name, answer in contract.get("responses", {}).items():
        if name == phase or (name in ("accepted", "deleted") and (name == "deleted" or phase == "running")):
            yield f"/x-operation/responses/{name}/body", answer["schema"], answer["body"]
    if operation.kind != "delivery" or phase not in contract["on"]:
        return
    reference = contract.get("request_failed", contract["request"]) if phase == "failed" else contract["request"]
    if "body_of" in contract:
        answer = vendor.operations[contract["body_of"]].contract["responses"][phase]
        yield "/x-operation/body_of", reference, answer["body"]
    elif phase in contract["bodies"]:
        yield f"/x-operation/bodies/{phase}", reference, contract["bodies"][phase]
    else:
        yield "/x-operation/bodies", reference, {}
