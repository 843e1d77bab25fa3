"""Lets a running mock go on with other contract data: its worlds stay, with their tasks, clocks and journals.

Nothing is judged here: whoever calls has looked at the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.contract import Runtime
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Vendor


def use_contracts(
    engine: Engine,
    vendors: Mapping[str, Vendor],
    *,
    drifts: Mapping[str, Sequence[str]] | None = None,
    freedoms: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Go on with these contracts; returns a sentence for each thing that could not be kept.

    Requests that are under way end as they began. Tasks stay, apart from those of an operation or in a state that is
    gone. `drifts` and `freedoms` are those that `vendors` were loaded with.
    """
    made = {
        name: Runtime(vendor, tuple((drifts or {}).get(name, ())), tuple((freedoms or {}).get(name, ())))
        for name, vendor in vendors.items()
    }
    before = dict(engine.runtimes)
    for name, runtime in made.items():
        if name in before:  # a request that has found its operation already ends by what that was
            runtime.rules = {**before[name].rules, **runtime.rules}
    engine.runtimes.update(made)
    for name in set(engine.runtimes) - set(made):
        del engine.runtimes[name]
    engine.readings.forget()
    engine.router.use(engine.runtimes.values())
    told = [f"{name} is gone, with all its worlds" for name in before if name not in made]
    for world in engine.worlds:
        name = world.runtime.name
        if name not in made:
            engine.worlds.forget(world)
        else:
            told += _carried_over(engine, world, before[name])
    return told


def _carried_over(engine: Engine, world: World, before: Runtime) -> Iterator[str]:
    """Bring one world to its vendor's new data, in the variants, drifts and freedoms that it has chosen itself."""
    base = engine.runtimes[world.runtime.name]
    runtime = base
    if world.runtime is not before:
        try:
            runtime = engine.readings.runtime(base.name, world.runtime.vendor.variants, world.drifts, world.freedoms)
        except ContractError as error:
            yield f"world {world.id} of {base.name} is as the mock was started, for its choice is gone: {error}"
    with world.lock:
        gone = [task for task, plan in world.tasks.items() if not _is_known(runtime, plan)]
        for task in gone:
            del world.tasks[task]
        world.scenarios = type(world.scenarios)(
            one for one in world.scenarios if one[0].outcome is None or one[0].outcome in runtime.states
        )
    engine.variants.carry_over(world, runtime)
    if gone:
        many = f"{len(gone)} task{'s' if len(gone) > 1 else ''}"
        yield f"world {world.id} of {base.name}: {many} of an operation or in a state that is gone, forgotten"


def _is_known(runtime: Runtime, plan: TaskPlan) -> bool:
    operation = runtime.operations.get(plan.operation)
    if operation is None or operation.kind != "create":
        return False
    return all(state in runtime.states for _, state in plan.timeline)
