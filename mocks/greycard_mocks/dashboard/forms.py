"""What the forms of the page ask for, carried out on one world: scenario, fault, clock, account, reading, reset.

Takes fields as text and raises FormError with words for the reader; knows no Flask. What is possible is said
by the modules that the control plane uses too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.faults import FaultError, kinds_of
from greycard_mocks.core.scenario import Scenario, ScenarioError
from greycard_mocks.core.settings import SettingError, apply_settings
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

    Fields = Mapping[str, Sequence[str]]

MAX_NUMBER = 1e9


class FormError(ValueError):
    """A field cannot be used; the message says which and what to write."""


def fault_groups(runtime: Runtime) -> list[tuple[str, tuple[str, ...]]]:
    """The kinds of faults that a vendor can have, in groups."""
    groups: list[tuple[str, tuple[str, ...]]] = [("Connection", kinds_of("wire")), ("Answer", kinds_of("answer"))]
    return [*groups, ("Delivery", kinds_of("delivery"))] if runtime.deliveries else groups


def act(engine: Engine, world: World, panel: str, fields: Fields) -> str:
    """Carry out one form; returns what was done, in words.

    Raises FormError, and changes nothing, when a field cannot be used.
    """
    try:
        return _ACTS[panel](engine, world, fields)
    except (ScenarioError, FaultError, SettingError) as error:
        raise FormError(str(error)) from None


def _scenario(_: Engine, world: World, fields: Fields) -> str:
    if _text(fields, "do") == "clear":
        with world.lock:
            count = len(world.scenarios)
            world.scenarios.clear()
        return f"{count} scenarios removed; tasks go as usual."
    durations = {name.removeprefix("lasts."): number for name in fields if name.startswith("lasts.")
                 and (number := _number(fields, name, "lasts")) is not None}  # fmt: skip
    world.add_scenario(
        Scenario(
            outcome=_text(fields, "outcome") or None,
            durations=durations,
            stuck=_text(fields, "stuck") or None,
            skip=tuple(fields.get("skip", ())),
            repeat=tuple(fields.get("repeat", ())),
            finish=_number(fields, "finish", "ends after"),
            count=_whole(fields, "count", "tasks"),
            operation=_text(fields, "operation") or None,
        )
    )
    return "Scenario set for the tasks to come."


def _fault(_: Engine, world: World, fields: Fields) -> str:
    if _text(fields, "do") == "clear":
        with world.lock:
            count = len(world.faults)
            world.faults.clear()
        return f"{count} faults healed."
    options: dict[str, Any] = {}
    for name in ("seconds", "probability", "spread", "fraction"):
        if (number := _number(fields, name, name)) is not None:
            options[name] = number
    for name in ("status", "chunks", "seed"):
        if (whole := _whole(fields, name, name)) is not None:
            options[name] = whole
    for name in ("distribution", "operation"):
        # the form always has a distribution; fixed is what there is without one
        if (text := _text(fields, name)) and text != "fixed":
            options[name] = text
    kind = _text(fields, "kind")
    options["count"] = _whole(fields, "count", "times")
    world.add_fault(kind, ttl=_number(fields, "ttl", "heals after"), **options)
    return f"Fault {kind} switched on."


def _clock(engine: Engine, world: World, fields: Fields) -> str:
    todo = _text(fields, "do")
    if todo == "freeze":
        engine.time.freeze(world)
        return "Time stands still; it moves only when you advance it."
    if todo == "auto":
        engine.time.use_auto(world)
        return "Time stands still; a poll that is repeated moves it to the next event."
    if todo == "resume":
        try:
            engine.time.resume(world)
        except ValueError as error:
            raise FormError(str(error)) from None
        return "Polls move time again." if world.clock.auto else "Time passes again."
    if todo == "speed":
        speed = _number(fields, "speed", "speed")
        try:
            engine.time.set_speed(world, 1.0 if speed is None else speed)
        except ValueError as error:
            raise FormError(str(error)) from None
        return f"Time runs at {world.clock.speed:g} times the usual speed."
    seconds = _number(fields, "seconds", "seconds")
    if seconds is None:
        msg = "seconds: write how far to advance, for example 3600"
        raise FormError(msg)
    try:
        attempts = engine.time.advance(world, seconds)
    except ValueError as error:
        raise FormError(str(error)) from None
    late = engine.time.under_way(world)
    more = f" {late} more are still under way; advance by 0 to go on." if late else ""
    return f"Advanced by {seconds:g} s; {attempts} delivery attempts were made on the way.{more}"


def _account(_: Engine, world: World, fields: Fields) -> str:
    """Only the fields that the form has are changed; an empty one means no limit, no queue, or nowhere."""
    wanted: dict[str, Any] = {}
    if "balance" in fields:
        wanted["balance"] = _number(fields, "balance", "balance")
    if "link_life" in fields:
        wanted["link_life"] = _number(fields, "link_life", "links live")
    if "rate_limit" in fields:
        wanted["rate_limit"] = _whole(fields, "rate_limit", "requests")
    if "queue_length" in fields:
        wanted["queue_length"] = _whole(fields, "queue_length", "queue ahead") or 0
    if "callback_url" in fields:
        wanted["callback_url"] = _text(fields, "callback_url") or None
    apply_settings(world, wanted)
    return "Account changed."


def _reading(engine: Engine, world: World, fields: Fields) -> str:
    """The variants that the form names, and exactly the drifts and freedoms that it names; or a whole preset."""
    if _text(fields, "do") == "preset":
        name = _text(fields, "preset")
        try:
            engine.variants.use_preset(world, name)
        except ContractError as error:
            raise FormError(str(error)) from None
        return f"The preset {name} is in force for the tasks to come."
    known = world.runtime.data.get("variants", {})
    wanted = {name: _text(fields, f"variant.{name}") for name in known if f"variant.{name}" in fields}
    drifts, freedoms = _ids(fields, "drifts"), _ids(fields, "freedoms")
    seed = _whole(fields, "freedoms", "freedoms") if freedoms and len(freedoms) == 1 and freedoms[0].isdigit() else None
    try:
        engine.variants.change(world, wanted, drifts, freedoms if seed is None else seed)
    except ContractError as error:
        raise FormError(str(error)) from None
    if world.drifts:
        return "The vendor has drifted."
    free = f" {len(world.freedoms)} freedoms are in force." if world.freedoms else ""
    return f"The document is read so from now on; tasks under way go on.{free}"


def _reset(_: Engine, world: World, __: Fields) -> str:
    world.reset()
    return "The world is back at its beginning."


_ACTS: dict[str, Callable[[Engine, World, Fields], str]] = {
    "scenario": _scenario, "fault": _fault, "clock": _clock, "account": _account,
    "reading": _reading, "reset": _reset,
}  # fmt: skip

PANELS = tuple(_ACTS)


def _ids(fields: Fields, name: str) -> tuple[str, ...] | None:
    """The ids in a field, each once; None where the form has no such field."""
    return tuple(dict.fromkeys(_text(fields, name).replace(",", " ").split())) if name in fields else None


def _text(fields: Fields, name: str) -> str:
    found = fields.get(name, ())
    return found[-1].strip() if found else ""


def _number(fields: Fields, name: str, label: str) -> float | None:
    """A field as a number from 0 to MAX_NUMBER; None when it is empty."""
    text = _text(fields, name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 4 * MAX_NUMBER:
        msg = f"{label}: write a number from 0 to {4 * MAX_NUMBER:,.0f}, not {text[:60]!r}"
        raise FormError(msg)
    return number


def _whole(fields: Fields, name: str, label: str) -> int | None:
    """A field as a whole number; None when it is empty."""
    text = _text(fields, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        msg = f"{label}: write a whole number, not {text[:60]!r}"
        raise FormError(msg)
    return int(text)
