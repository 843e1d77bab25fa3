"""What an accepted request does: create a task, read it, delete it.

Returns the vendor's answer or a Refusal.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.results import CONTENT_TYPES
from greycard_mocks.answers.values import View
from greycard_mocks.core.exchange import Answer, Refusal
from greycard_mocks.core.plan import Item, TaskPlan, status_at
from greycard_mocks.core.scenario import timing_for
from greycard_mocks.delivery.schedule import DEPTH_HEADER
from greycard_mocks.pipeline.picture_checks import checked_pictures
from greycard_schemas.templates import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Operation


def behave(engine: Engine, exchange: Exchange) -> Answer | Refusal:
    """Carry out a request that has passed all checks."""
    world = exchange.world
    if world is None:  # an order without auth: every vendor's data names it, so this cannot be reached by a request
        return Refusal(exchange.runtime.auth["error"], "no credential")
    if exchange.operation.kind == "create":
        return create(engine, exchange, world)
    found = find_task(exchange, world)
    if isinstance(found, Refusal):
        return found
    exchange.task = found
    if exchange.operation.kind == "delete":
        with world.lock:
            if found.id in world.tasks and exchange.operation.contract.get("deletes", True):
                world.delete(found.id)
        return respond(engine, exchange, world, found, exchange.operation, "deleted")
    return read(engine, exchange, world, found, exchange.operation)


def create(engine: Engine, exchange: Exchange, world: World) -> Answer | Refusal:
    """Plan one task, remember it, arrange its deliveries."""
    runtime, contract = exchange.runtime, exchange.operation.contract
    checked = checked_pictures(engine, exchange)
    if isinstance(checked, Refusal):
        return checked
    delivers: Mapping[str, Any] = contract.get("delivers", {})
    sync: Mapping[str, Any] = contract.get("sync", {})
    waits = bool(sync) and (sync["always"] or exchange.values.get(sync["parameter"]) == sync["equals"])
    binary = bool(delivers) and exchange.values.get(delivers["parameter"]) == delivers["binary"]
    if binary and delivers["binary_needs_sync"] and not waits:
        detail = f"{delivers['parameter']}={delivers['binary']} needs {sync['parameter']}={sync['equals']}"
        claim = f"{runtime.name}/{exchange.operation.name}#delivers/binary_needs_sync"
        return Refusal(contract["refusal"], detail, claim, f"/{delivers['parameter']}")
    waits = waits or binary
    with world.lock:
        if runtime.balance is not None:
            if world.balance < runtime.balance["cost"]:
                return Refusal(runtime.balance["error"], "the balance is used up", f"{runtime.name}#balance/error")
            world.balance -= runtime.balance["cost"]
        scenario = world.take_scenario(exchange.operation.name)
        outcome = (scenario.outcome if scenario else None) or checked.outcome or "succeeded"
        items = checked.items
        if scenario and scenario.failed_items:
            items = tuple(_failed(item) if index in scenario.failed_items else item for index, item in enumerate(items))
            if all(item.failed for item in items) and outcome == "succeeded":
                outcome = "failed"
        plan = TaskPlan(
            id=world.new_id(),
            operation=exchange.operation.name,
            created=exchange.now,
            timeline=runtime.timeline(timing_for(scenario, runtime.timing), outcome),
            items=engine.shared_items(items),
            values=engine.shared_values(kept_values(exchange)),
            queue=world.queue_length,
            reason=checked.reason if outcome == checked.outcome else "",
            mask=checked.mask,
        )
        world.add(plan)
        exchange.task = plan
        early = engine.deliveries.arrange(world, plan, exchange.request.header(DEPTH_HEADER))
    for due in early:
        engine.deliveries.attempt(world, due)
    if not waits:
        return respond(engine, exchange, world, plan, exchange.operation, "accepted")
    # S2:26: a synchronous request is answered with the finished task; one that never ends as it stands
    if math.isfinite(plan.finished):
        world.clock.sleep(max(0.0, plan.finished - exchange.now))
        exchange.now = max(exchange.now, plan.finished)
    if binary and runtime.phase(status_at(plan, exchange.now)) == "succeeded":
        return _binary(engine, exchange, world, plan)
    return read(engine, exchange, world, plan, runtime.operations[sync["answer_of"]])


def _failed(item: Item) -> Item:
    return Item(
        item.link,
        item.source,
        item.width,
        item.height,
        item.format,
        failed=True,
        reason="made to fail by a scenario",
    )


def kept_values(exchange: Exchange) -> dict[str, Any]:
    """The values that answers may ask for later.

    Links and inline pictures are kept with the items, unknown fields not.
    """
    pictures = exchange.operation.contract.get("pictures", {})
    dropped = {pictures.get("file"), pictures.get("link"), pictures.get("list"), pictures.get("mask")}
    known = exchange.operation.request.get("properties", {})
    return {name: value for name, value in exchange.values.items() if name in known and name not in dropped}


def find_task(exchange: Exchange, world: World) -> TaskPlan | Refusal:
    """The task that a read or delete names, in the world of its credential."""
    rules = exchange.operation.contract["task"]
    task_id = exchange.values[rules["parameter"]]
    place = f"{exchange.runtime.name}/{exchange.operation.name}#task"
    plan = world.tasks.get(task_id)
    created_by = exchange.operation.contract["create"]
    if plan is None and "deleted" in rules and task_id in world.deleted:
        return Refusal(rules["deleted"], "the task was deleted", f"{place}/deleted", f"/{rules['parameter']}")
    if plan is None and rules.get("invents"):
        return _invented(exchange.runtime, str(task_id), created_by, exchange.now)
    if plan is None or plan.operation != created_by:
        detail = "no such task in the world of this credential"
        return Refusal(rules["unknown"], detail, f"{place}/unknown", f"/{rules['parameter']}")
    match = rules.get("match")
    if match and exchange.values.get(match) != plan.values.get(match):
        detail = f"the task was created with {match} {plan.values.get(match)!r}"
        return Refusal(rules["unknown"], detail, f"{place}/match", f"/{match}")
    return plan


def _invented(runtime: Runtime, task_id: str, operation: str, now: float) -> TaskPlan:
    """A task that never was, for a vendor that has drifted so far as to answer for it."""
    nothing = (Item("", None, 0, 0, "jpeg"),)
    return TaskPlan(task_id, operation, now, runtime.timeline(runtime.timing, "succeeded"), nothing, {})


def read(engine: Engine, exchange: Exchange, world: World, plan: TaskPlan, operation: Operation) -> Answer:
    """The answer of the read operation for the task as it stands now; changes nothing."""
    return respond(
        engine,
        exchange,
        world,
        plan,
        operation,
        exchange.runtime.phase(exchange.runtime.state_at(plan, exchange.now)),
    )


def respond(
    engine: Engine, exchange: Exchange, world: World, plan: TaskPlan, operation: Operation, name: str
) -> Answer:
    """Render one of an operation's answers."""
    response = operation.contract["responses"][name]
    view = View(exchange.runtime, world, plan, exchange.now, exchange.request.origin, engine.results)
    return Answer(response["http"], json.dumps(render(response["body"], view)).encode())


def _binary(engine: Engine, exchange: Exchange, world: World, plan: TaskPlan) -> Answer:
    view = View(exchange.runtime, world, plan, exchange.now, exchange.request.origin, engine.results)
    recipe = view.recipe("0")
    body = view.made(recipe) if recipe else b""
    return Answer(200, body, CONTENT_TYPES[recipe.extension] if recipe else "application/octet-stream")
