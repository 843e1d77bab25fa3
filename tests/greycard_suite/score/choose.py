"""Which drifts can be felt by which tests: what a test touches, drifts that come to the same, the strongest first.

Whatever cannot be excluded for certain is run. Pure functions over contract data; runs nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Vendor
    from greycard_suite.score.tapes.recorder import Recorder

STRONGEST_FIRST = ("dropped", "null", "retyped", "renamed", "changed")
"""Changes of one field of an answer, in the order in which they are tried."""

ANY = "*"
_PHASES = ("running", "succeeded", "failed")


@dataclass(frozen=True, slots=True)
class Touch:
    """What one test asked for, as far as drifts go by it; `errors` and `states` hold names, or `ANY`."""

    vendors: frozenset[str] = frozenset()
    operations: frozenset[tuple[str, str]] = frozenset()
    states: frozenset[tuple[str, str]] = frozenset()
    phases: frozenset[tuple[str, str]] = frozenset()
    errors: frozenset[tuple[str, str]] = frozenset()
    stray: bool = False
    """Whether a request was sent that no vendor has, which may be any other vendor's by a drift."""


@dataclass(frozen=True, slots=True)
class Group:
    """Drifts of one field, the strongest first, or one single drift. `same` are others that come to the same change."""

    drifts: tuple[Drift, ...]
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def touch_of(recorder: Recorder) -> Touch:
    """What the test that was just seen has touched."""
    operations = {(seen.vendor, seen.operation) for seen in recorder.seen if seen.kind == "request" and seen.vendor}
    stray = any(seen.kind == "request" and not seen.vendor for seen in recorder.seen)
    runtimes = {name: one for engine in recorder.engines for name, one in engine.runtimes.items()}
    phases = {(name, runtimes[name].phases.get(state, ANY)) for name, state in recorder.states if name in runtimes}
    errors: set[tuple[str, str]] = set()
    states = set(recorder.states)
    for seen in recorder.seen:
        if seen.kind == "request" and seen.vendor and (seen.reason or (seen.status or 500) >= 400 or seen.fault):
            runtime = runtimes[seen.vendor]
            given = [name for name in runtime.errors if runtime.refusal(name) == (seen.status, seen.answer)]
            errors |= {(seen.vendor, name) for name in given or [ANY]}
    for name, plan in recorder.tasks.values():
        if any(item.failed for item in plan.items) or runtimes[name].phases.get(plan.outcome) != "succeeded":
            errors.add((name, ANY))
    for world in recorder.worlds.values():
        if world.scenarios or world.usual is not None or world.forced_errors:
            states.add((world.runtime.name, ANY))
            errors.add((world.runtime.name, ANY))
    return Touch(
        frozenset(name for name, _ in operations), frozenset(operations), frozenset(states), frozenset(phases),
        frozenset(errors), stray,
    )  # fmt: skip


def touches(drift: Drift, touch: Touch, vendor: Vendor) -> bool:
    """Whether a test that touches this may feel the drift; only what it cannot feel for certain gets no."""
    if touch.stray:
        return True
    if drift.vendor not in touch.vendors:
        return False
    return any(_is_felt(patch, touch, vendor) for patch in drift.patches)


def _is_felt(patch: Mapping[str, Any], touch: Touch, vendor: Vendor) -> bool:
    file, steps, name = str(patch["file"]), str(patch["path"]).strip("/").split("/"), vendor.name
    asked = {operation for one, operation in touch.operations if one == name}
    if file == "vendor":
        creates = {one.name for one in vendor.of_kind("create")}
        if steps[0] == "errors":
            return _among(name, steps[1], touch.errors)
        if steps[:2] == ["lifecycle", "states"]:
            return _among(name, steps[2], touch.states)
        return bool(asked & creates) if steps[0] == "lifecycle" else True
    operation = vendor.operations[file]
    if operation.kind == "delivery":
        return operation.contract["create"] in asked
    if file not in asked and not _is_said_elsewhere(file, asked, vendor):
        return False
    if steps[:2] == ["x-operation", "responses"] and len(steps) > 2 and steps[2] in _PHASES:
        return _among(name, steps[2], touch.phases)
    return True


def _among(vendor: str, name: str, touched: frozenset[tuple[str, str]]) -> bool:
    return (vendor, name) in touched or (vendor, ANY) in touched


def _is_said_elsewhere(file: str, asked: set[str], vendor: Vendor) -> bool:
    """Whether an operation answers, or a delivery tells, in the words of another one that was not asked for."""
    for operation in vendor.operations.values():
        contract = operation.contract
        if operation.name in asked and contract.get("sync", {}).get("answer_of") == file:
            return True
        if operation.kind == "delivery" and contract.get("body_of") == file and contract["create"] in asked:
            return True
    return False


def grouped(drifts: Iterable[Drift]) -> list[Group]:
    """The drifts without those that come to the same change, those of one field together, the strongest first."""
    first: dict[str, Drift] = {}
    same: dict[str, list[str]] = {}
    for drift in drifts:
        key = drift.vendor + json.dumps(sorted(json.dumps(one, sort_keys=True) for one in drift.patches))
        kept = first.setdefault(key, drift)
        if kept is not drift:
            same.setdefault(kept.id, []).append(drift.id)
    fields: dict[str, list[Drift]] = {}
    for drift in first.values():
        place, _, change = drift.id.rpartition("-")
        fields.setdefault(place if change in STRONGEST_FIRST else drift.id, []).append(drift)
    return [
        Group(
            tuple(sorted(found, key=lambda one: (_strength(one), one.id))),
            {one.id: tuple(same[one.id]) for one in found if one.id in same},
        )
        for found in fields.values()
    ]


def _strength(drift: Drift) -> int:
    change = drift.id.rpartition("-")[2]
    return STRONGEST_FIRST.index(change) if change in STRONGEST_FIRST else len(STRONGEST_FIRST)


def follows(drift: Drift, before: Mapping[str, str]) -> str:
    """How a drift of a field is sorted by what stronger ones came to, without being run; empty where it has to be run.

    A value of the right type that is another one is felt by nobody who feels neither that it is missing, nor null, nor
    of another type. A field that is missing does not stand for one that is null: ``answer.get("message", "").upper()``
    minds only the second. A new name is one field more, which a strict reader may mind.
    """
    place, _, change = drift.id.rpartition("-")
    if change != "changed":
        return ""
    stronger = [before.get(f"{place}-{one}") for one in ("dropped", "null", "retyped")]
    if all(one == "unseen" for one in stronger):
        return "unseen"
    return "not relied on" if all(one in ("not relied on", "unseen") for one in stronger) else ""


def in_order(tests: Sequence[str], cost: Mapping[str, tuple[int, str]]) -> list[str]:
    """The tests with the cheapest first, by the number of exchanges, which is the same in every run."""
    return sorted(tests, key=lambda one: cost[one])
