"""All that a world holds beside its collections, as a few named pieces of bytes, and back.

A piece is written only where it has changed, and read only where another process changed it.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.faults import Fault
from greycard_mocks.core.polls import Polls
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.store.codec import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World

    RuntimeOf = Callable[[str, Mapping[str, str], tuple[str, ...], tuple[str, ...]], Runtime]

SETTINGS = ("balance", "rate_limit", "queue_length", "link_life", "callback_url", "seed")
_OF_A_FAULT = (
    "kind", "operation", "count", "probability", "until", "seconds", "distribution", "spread", "status", "fraction",
    "chunks", "seed", "used",
)  # fmt: skip
_OF_A_SCENARIO = tuple(one.name for one in dataclasses.fields(Scenario))


def frozen(world: World) -> dict[str, bytes]:
    """The pieces of a world as it is now. Call under its lock."""
    faults, polls = world.faults, world.polls
    return {
        "choice": choice_of(world.runtime),
        "clock": pack(world.clock.as_kept()),
        "settings": pack([getattr(world, name) for name in SETTINGS]),
        "window": pack(list(world.window.moments)),
        "waiting": pack((
            [(_scenario(one), left) for one, left in world.scenarios],
            None if world.usual is None else _scenario(world.usual),
            list(world.forced_errors),
        )) if world.scenarios or world.usual or world.forced_errors else b"",
        "faults": pack([_fault(one) for one in faults]) if faults else b"",
        "counts": pack((world.counter, world.reads, world.journal.count)),
        "polls": pack((polls.moment, list(polls.counts.items()), polls.warning)) if polls.counts or polls.warning
        else b"",
    }  # fmt: skip


def thaw(world: World, parts: Mapping[str, bytes], runtime_of: RuntimeOf) -> None:
    """Have a world be as these pieces say; what is not among them stays. Call under its lock."""
    if "choice" in parts:
        vendor, variants, drifts, freedoms = unpack(parts["choice"])
        world.runtime = runtime_of(vendor, variants, tuple(drifts), tuple(freedoms))
        moments, world.window = world.window.moments, world.limiter()
        world.window.moments = moments
    for name, content in parts.items():
        read = _READ.get(name)
        if read is not None:
            read(world, unpack(content) if content else None)


def choice_of(runtime: Runtime) -> bytes:
    """By which variants, drifts and freedoms a vendor behaves."""
    return pack((runtime.name, dict(runtime.vendor.variants), runtime.drifts, runtime.freedoms))


def _settings(world: World, values: Any) -> None:
    for name, value in zip(SETTINGS, values, strict=True):
        setattr(world, name, value)


def _window(world: World, moments: Any) -> None:
    world.window.moments = deque(moments)


def _waiting(world: World, data: Any) -> None:
    scenarios, usual, errors = data or ([], None, [])
    world.scenarios = deque((_as_scenario(one), left) for one, left in scenarios)
    world.usual = None if usual is None else _as_scenario(usual)
    world.forced_errors = deque(errors)


def _counts(world: World, data: Any) -> None:
    world.counter, world.reads, world.journal.count = data


def _polls(world: World, data: Any) -> None:
    if data is None:
        world.polls = Polls()
    else:
        moment, counts, warning = data
        world.polls = Polls(moment, {tuple(key): count for key, count in counts}, warning)


def _faults(world: World, data: Any) -> None:
    world.faults = [_as_fault(one) for one in data or ()]


_READ: dict[str, Callable[[World, Any], None]] = {
    "clock": lambda world, data: world.clock.use_kept(data),
    "settings": _settings,
    "window": _window,
    "waiting": _waiting,
    "faults": _faults,
    "counts": _counts,
    "polls": _polls,
}


def _scenario(scenario: Scenario) -> list[Any]:
    return [getattr(scenario, name) for name in _OF_A_SCENARIO]


def _as_scenario(data: Any) -> Scenario:
    values: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in zip(_OF_A_SCENARIO, data, strict=True)
    }
    return Scenario(**values)


def _fault(fault: Fault) -> list[Any]:
    return [*(getattr(fault, name) for name in _OF_A_FAULT), fault.chance()]


def _as_fault(data: Any) -> Fault:
    *values, chance = data
    fault = Fault(**dict(zip(_OF_A_FAULT, values, strict=True)))
    fault.use_chance(chance)
    return fault
