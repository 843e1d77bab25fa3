"""A world as JSON, and back: all that decides how it goes on, and the small pictures that its results need.

The journal is not part of it. Import is all or nothing: a file is judged whole before the world is touched.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from greycard_mocks.core.faults import COMMON_OPTIONS, KINDS, Fault, FaultError, make_fault
from greycard_mocks.core.keeping.dues import Due
from greycard_mocks.core.plan import Item, TaskPlan
from greycard_mocks.core.scenario import Scenario, ScenarioError, checked, make_scenario
from greycard_mocks.core.settings import SettingError, checked_address, settings_of
from greycard_mocks.core.shared import Shared
from greycard_mocks.engine.world_file import WorldFileError, judge_world, read_world_file
from greycard_mocks.images.store import Source, inspect_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

_T = TypeVar("_T")

VERSION = 1
PICTURE_BYTES = 1 << 20
"""Larger pictures are left out of an export; results that need them are gone after the import."""

ALL_PICTURES_BYTES = 16 << 20


def export_world(engine: Engine, world: World) -> dict[str, Any]:
    """The whole state of a world as plain JSON."""
    with world.lock:
        tasks = list(world.tasks.values())
        exported = {
            "greycard_world": VERSION,
            "vendor": world.runtime.name,
            "variants": dict(world.runtime.vendor.variants),
            "drifts": list(world.drifts),
            "freedoms": list(world.freedoms),
            "clock": {"now": world.clock.now(), "speed": world.clock.speed, "frozen": world.clock.frozen},
            "seed": world.seed,
            "counter": world.counter,
            "settings": settings_of(world),
            "scenarios": [{**scenario.as_json(), "left": left} for scenario, left in world.scenarios],
            "usual": None if world.usual is None else world.usual.as_json(),
            "faults": [fault.as_json() for fault in world.faults],
            "deleted": list(world.deleted),
            "arrivals": list(world.window.moments),
            "due": [
                {"moment": due.moment, "task": due.task_id, "number": due.number, "depth": due.depth}
                | ({"held": True} if due.held else {})
                for due in world.dues.listed()
            ],
        }
    exported["tasks"] = [_task_as_json(plan) for plan in tasks]
    exported["pictures"] = _pictures(engine, tasks)
    return exported


def import_world(engine: Engine, world: World, data: Mapping[str, Any]) -> None:
    """Replace a world's state by an exported one.

    Raises WorldFileError and changes nothing when it does not fit.
    """
    judge_world(data)
    _replace(engine, world, data)


def import_file(engine: Engine, world: World, content: bytes) -> None:
    """As `import_world` does, from the JSON text of an export; needs little more memory than the world itself.

    Raises BodyError as well, for what is no JSON object.
    """
    _replace(engine, world, read_world_file(content))


def _replace(engine: Engine, world: World, data: Mapping[str, Any]) -> None:
    from greycard_schemas.errors import ContractError

    if data["vendor"] != world.runtime.name:
        msg = f"/vendor: the file is a world of {data['vendor']}, not of {world.runtime.name}"
        raise WorldFileError(msg)
    try:
        runtime = engine.readings.runtime(
            data["vendor"], data["variants"], data.get("drifts", ()), data.get("freedoms", ())
        )
        engine.variants.check(world, runtime)
    except ContractError as error:
        msg = f"/variants, /drifts or /freedoms: {error}"
        raise WorldFileError(msg) from None
    shared = Shared()
    tasks = {task["id"]: _task(shared, runtime, task, f"/tasks/{i}") for i, task in enumerate(data["tasks"])}
    scenarios = deque(_scenario(runtime, one, f"/scenarios/{i}") for i, one in enumerate(data["scenarios"]))
    usual = _usual(runtime, data["usual"]) if data.get("usual") is not None else None
    faults = [_fault(fault, data["clock"]["now"], f"/faults/{i}") for i, fault in enumerate(data["faults"])]
    _located(lambda: checked_address(data["settings"]["callback_url"]), "/settings/callback_url")
    dues = [
        Due(float(one["moment"]), one["task"], one["number"], one["depth"], held=bool(one.get("held")))
        for one in data["due"]
    ]
    _keep_pictures(engine, data["pictures"])
    with world.advancing, engine.worlds.changing(), world.lock:
        world.reset()
        engine.variants.give(world, runtime)
        world.clock.restore(data["clock"]["now"], speed=data["clock"]["speed"], frozen=data["clock"]["frozen"])
        world.seed, world.counter = data["seed"], data["counter"]
        for name, value in data["settings"].items():
            setattr(world, name, value)
        world.shared = shared
        world.scenarios, world.faults = scenarios, faults
        if "usual" in data:  # not in files of older releases
            world.usual = usual
        world.window.moments = deque(data["arrivals"])
        world.kept.replace(tasks.values(), data["deleted"], dues)
    engine.deliveries.wake(world)


def _source_as_json(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {"digest": source.digest.hex(), **msgspec.structs.asdict(source.picture)}


def _task_as_json(plan: TaskPlan) -> dict[str, Any]:
    return {
        "id": plan.id, "operation": plan.operation, "created": plan.created,
        "timeline": [[offset if math.isfinite(offset) else None, state] for offset, state in plan.timeline],
        "items": [
            {
                "link": item.link, "source": _source_as_json(item.source),
                "width": item.width, "height": item.height, "format": item.format,
                "failed": item.failed, "reason": item.reason,
            }
            for item in plan.items
        ],
        "values": dict(plan.values), "queue": plan.queue, "reason": plan.reason,
        "mask": _source_as_json(plan.mask),
    }  # fmt: skip


def _pictures(engine: Engine, tasks: list[TaskPlan]) -> dict[str, str]:
    found: dict[str, str] = {}
    total = 0
    for plan in tasks:
        for source in (*(item.source for item in plan.items), plan.mask):
            if source is None or source.digest.hex() in found or source.picture.size_bytes > PICTURE_BYTES:
                continue
            if total + source.picture.size_bytes > ALL_PICTURES_BYTES:
                return found
            stream = engine.sources.open(source.digest)
            if stream is not None:
                with stream:
                    found[source.digest.hex()] = base64.b64encode(stream.read()).decode()
                total += source.picture.size_bytes
    return found


def _keep_pictures(engine: Engine, pictures: Mapping[str, str]) -> None:
    for digest, text in pictures.items():
        try:
            found = inspect_stream(io.BytesIO(base64.b64decode(text, validate=True)), engine.sources)
        except (binascii.Error, ValueError):
            found = None
        if not isinstance(found, Source) or found.digest.hex() != digest:
            msg = f"/pictures/{digest}: not the Base64 of the picture with this digest"
            raise WorldFileError(msg)


def _source(data: Mapping[str, Any] | None) -> Source | None:
    from greycard_mocks.images.inspect import Picture

    if data is None:
        return None
    facts = {name: value for name, value in data.items() if name != "digest"}
    return Source(Picture(**facts), bytes.fromhex(data["digest"]))


def _item(data: Mapping[str, Any]) -> Item:
    item = Item.of(data["link"], _source(data["source"]), data["width"], data["height"], data["format"])
    return item.failing(data["reason"]) if data["failed"] else item


def _task(shared: Shared, runtime: Runtime, data: Mapping[str, Any], where: str) -> TaskPlan:
    operation = runtime.operations.get(data["operation"])
    if operation is None or operation.kind != "create":
        msg = f"{where}/operation: {runtime.name} has no create operation {data['operation']!r}"
        raise WorldFileError(msg)
    timeline = tuple((math.inf if offset is None else float(offset), state) for offset, state in data["timeline"])
    offsets = [offset for offset, _ in timeline]
    if offsets != sorted(offsets) or any(state not in runtime.states for _, state in timeline):
        msg = f"{where}/timeline: must rise and hold states of {runtime.name}: {', '.join(runtime.states)}"
        raise WorldFileError(msg)
    if runtime.phase(timeline[-1][1]) == "running":
        msg = f"{where}/timeline: the last state must be final, one of {', '.join(runtime.outcomes())}"
        raise WorldFileError(msg)
    items = tuple(_item(item) for item in data["items"])
    course = shared.course(data["operation"], timeline, data["values"], data["queue"], data["reason"])
    return TaskPlan(data["id"], data["created"], course, shared.pictures(items), _source(data["mask"]))


def _scenario(runtime: Runtime, data: Mapping[str, Any], where: str) -> tuple[Scenario, int | None]:
    wanted = {name: value for name, value in data.items() if name != "left"}
    return _located(lambda: checked(make_scenario(**wanted), runtime), where), data["left"]


def _usual(runtime: Runtime, data: Mapping[str, Any]) -> Scenario:
    return _located(lambda: checked(make_scenario(**data), runtime), "/usual")


def _fault(data: Mapping[str, Any], now: float, where: str) -> Fault:
    kind = KINDS.get(data["kind"])
    # an export names every option, those of other kinds too
    taken = (*COMMON_OPTIONS, *(kind.options if kind else ()))
    options = {name: value for name, value in data.items() if name in taken}
    fault = _located(lambda: make_fault(data["kind"], options, now=now), where)
    fault.used = data.get("used", 0)
    if data.get("until") is not None:
        fault.until = data["until"]
    return fault


def _located(make: Callable[[], _T], where: str) -> _T:
    try:
        return make()
    except (ScenarioError, FaultError, SettingError) as error:
        msg = f"{where}: {error}"
        raise WorldFileError(msg) from None
