"""What the control plane changes: plain functions over engine, world and a JSON object.

Knows no HTTP but statuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.control import views
from greycard_mocks.core.bounds import is_whole
from greycard_mocks.core.faults import FaultError
from greycard_mocks.core.scenario import ScenarioError, make_scenario
from greycard_mocks.core.settings import SettingError, apply_settings
from greycard_mocks.engine.snapshot import export_world, import_file
from greycard_mocks.engine.world_file import WorldFileError
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

MAX_CREDENTIAL = 200
MAX_SEED = 2**63


class ControlError(Exception):
    """A request to the control plane that cannot be done: HTTP status, a short title, and what to do instead."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title


def find_world(engine: Engine, text: str) -> World:
    """The world with this id, or of ``vendor:credential``, which is made when it is the first to ask."""
    vendor, colon, credential = text.partition(":")
    if not colon:
        found = engine.worlds.fresh(text)
        if found is None:
            msg = f"no world {text[:100]!r}; see /_mock/worlds, or write VENDOR:CREDENTIAL (picwish:test-1)"
            raise ControlError(404, "no such world", msg)
        return found
    runtime = find_vendor(engine, vendor)
    if not credential.isprintable() or not 0 < len(credential) <= MAX_CREDENTIAL:
        raise ControlError(404, "no such world", f"a credential has 1 to {MAX_CREDENTIAL} printable characters")
    if runtime.auth["enforced"] and not credential.startswith("test"):
        raise ControlError(404, "no such world", "a credential begins with 'test'; every other one is refused")
    found = engine.worlds.world(vendor, credential)
    found.kept.refresh()
    return found


def add_scenario(_: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Queue a scenario."""
    try:
        return views.scenario(world, world.add_scenario(make_scenario(**body)))
    except ScenarioError as error:
        raise ControlError(422, "no such scenario", str(error)) from None


def clear_scenarios(engine: Engine, world: World) -> dict[str, Any]:
    """Forget all scenarios."""
    with world.lock:
        world.scenarios.clear()
    return views.scenarios(engine, world)


def add_fault(_: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Switch a fault on."""
    options = {name: value for name, value in body.items() if name != "kind"}
    try:
        return world.add_fault(str(body.get("kind")), **options).as_json()
    except FaultError as error:
        raise ControlError(422, "no such fault", str(error)) from None


def clear_faults(engine: Engine, world: World) -> dict[str, Any]:
    """Switch all faults off."""
    with world.lock:
        world.faults = []
    return views.faults(engine, world)


def set_clock(engine: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """``{"action": "freeze" | "auto" | "resume" | "advance" | "speed", "seconds": ..., "speed": ...}``."""
    needs = {"freeze": (), "auto": (), "resume": (), "advance": ("seconds",), "speed": ("speed",)}
    action = body.get("action")
    if not isinstance(action, str) or action not in needs:
        msg = f"action must be one of {', '.join(needs)}, not {action!r:.100}{similar(action, needs)}"
        raise ControlError(422, "no such action", msg)
    wanted = ("action", *needs[action])
    if set(body) != set(wanted):
        raise ControlError(422, "wrong fields", f"{action} takes exactly {', '.join(wanted)}")
    attempts = 0
    try:
        if action == "freeze":
            engine.time.freeze(world)
        elif action == "auto":
            engine.time.use_auto(world)
        elif action == "resume":
            engine.time.resume(world)
        elif action == "advance":
            attempts = engine.time.advance(world, body["seconds"])
        else:
            engine.time.set_speed(world, body["speed"])
    except (ValueError, TypeError, OverflowError) as error:
        raise ControlError(422, "no such time", str(error)) from None
    return {**views.clock(engine, world), "delivery_attempts": attempts}


def change_variants(engine: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let the world behave by other variants, drifts and freedoms, all or none; what is not named stays as it is."""
    from greycard_schemas.errors import ContractError

    if set(body) == {"preset"}:
        try:
            engine.variants.use_preset(world, str(body["preset"]))
        except ContractError as error:
            raise ControlError(422, "no such preset", str(error)) from None
        return views.variants(engine, world)
    options, drifts, freedoms = _departures(body)
    try:
        engine.variants.change(world, options, drifts, freedoms)
    except ContractError as error:
        raise ControlError(422, "no such variant", str(error)) from None
    return views.variants(engine, world)


def change_vendor(engine: Engine, vendor: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """As `change_variants`, for all worlds of a vendor, those to come, and requests that belong to none."""
    from greycard_schemas.errors import ContractError

    find_vendor(engine, vendor)
    options, drifts, freedoms = _departures(body)
    try:
        return views.variants_of(engine.variants.change_vendor(vendor, options, drifts, freedoms))
    except ContractError as error:
        raise ControlError(422, "no such variant", str(error)) from None


def find_vendor(engine: Engine, name: str) -> Runtime:
    """How the mock has a vendor."""
    runtime = engine.runtimes.get(name)
    if runtime is None:
        msg = f"no vendor {name[:100]!r}; this mock has {', '.join(engine.runtimes)}{similar(name, engine.runtimes)}"
        raise ControlError(404, "no such vendor", msg)
    return runtime


def _departures(body: Mapping[str, Any]) -> tuple[dict[str, str], list[str] | None, Any]:
    """The variants, drifts and freedoms that are asked for; None where nothing is said of them."""
    drifts, freedoms = body.get("drifts"), body.get("freedoms")
    options = {name: option for name, option in body.items() if name not in ("drifts", "freedoms")}
    if not all(isinstance(option, str) for option in options.values()):
        raise ControlError(422, "no such variant", 'write {"variant": "option"}; see GET for what there is')
    if "drifts" in body and not _is_ids(drifts):
        raise ControlError(422, "no such drift", 'write {"drifts": ["ID", ...]}; an empty list ends them')
    if "freedoms" in body and not (_is_ids(freedoms) or is_whole(freedoms, 0, MAX_SEED)):
        raise ControlError(
            422,
            "no such freedom",
            'write {"freedoms": ["ID", ...]}, or {"freedoms": SEED} with a whole number; an empty list ends them',
        )
    return options, drifts, freedoms


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def deliver(engine: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """``{"task": ID, "url": ADDRESS}``: send the delivery of a task that has ended once more, now."""
    from greycard_mocks.egress.guard import EgressError, check_url_form

    task, url = body.get("task"), body.get("url")
    if not set(body) <= {"task", "url"} or not isinstance(task, str) or not isinstance(url, str | None):
        raise ControlError(422, "wrong fields", 'write {"task": "ID"}, with "url" for another address')
    try:
        if url is not None:
            check_url_form(url)
        engine.deliveries.again(world, task, url)
    except LookupError as error:
        raise ControlError(422, "nothing to deliver", str(error)) from None
    except EgressError as error:
        raise ControlError(422, "no such address", f"url must be an absolute http or https URL: {error}") from None
    return views.entries(world, "delivery", {"limit": "1"})


def change_settings(engine: Engine, world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change some settings; all or none."""
    try:
        apply_settings(world, body)
    except SettingError as error:
        raise ControlError(422, "no such setting", str(error)) from None
    return views.settings(engine, world)


def reset(engine: Engine, world: World, _: Mapping[str, Any]) -> dict[str, Any]:
    """Back to the beginning; clock, callback address and variants stay."""
    world.reset()
    return views.world(engine, world)


def reset_all(engine: Engine, _: Mapping[str, Any]) -> dict[str, Any]:
    """Forget every world; vendors that were changed as a whole are as the mock was started."""
    worlds = list(engine.worlds)
    for one in worlds:
        engine.worlds.forget(one)
    engine.variants.rebase()
    engine.worlds.unmatched.clear()
    engine.forget_pictures()
    return {"forgotten": len(worlds)}


def forget(engine: Engine, world: World) -> dict[str, Any]:
    """Forget one world."""
    engine.worlds.forget(world)
    return {"forgotten": 1}


def export(engine: Engine, world: World) -> dict[str, Any]:
    """The whole state as JSON."""
    return export_world(engine, world)


def load(engine: Engine, world: World, body: bytes) -> dict[str, Any]:
    """Replace the state by an exported one; all or nothing."""
    try:
        import_file(engine, world, body)
    except WorldFileError as error:
        msg = f"{error}; send what GET /export gave, unchanged"
        raise ControlError(422, "no such world file", msg) from None
    return views.world(engine, world)
