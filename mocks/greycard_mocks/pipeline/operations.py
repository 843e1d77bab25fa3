"""What an accepted request does: create a task, read it, delete it. Returns what is to be said, or a Refusal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.answer import Refusal
from greycard_mocks.core.exchange import Checked, Said
from greycard_mocks.core.plan import Course, Item, TaskPlan, status_at
from greycard_mocks.core.scenario import timing_for
from greycard_mocks.egress.own_header import DEPTH_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.scenario import Scenario
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services
    from greycard_schemas.loader import Operation


def carry_out(services: Services, exchange: Exchange) -> Said | Refusal:
    """Carry out a request that has passed all checks."""
    world, rules = exchange.world, exchange.rules
    if world is None:  # an order without auth: every vendor's data names it, so this cannot be reached by a request
        return Refusal(exchange.runtime.auth["error"], "no credential")
    if rules.kind == "create":
        return create(services, exchange, world)
    found = find_task(exchange, world)
    if isinstance(found, Refusal):
        return found
    exchange.task = found
    if rules.kind == "read":
        return _as_it_stands(exchange, found, rules.operation)
    with world.lock:
        if found.id in world.tasks and rules.contract.get("deletes", True):
            world.delete(found.id)
    return Said(rules.operation, "deleted", found)


def create(services: Services, exchange: Exchange, world: World) -> Said | Refusal:
    """Plan one task, remember it, arrange its deliveries."""
    runtime, rules = exchange.runtime, exchange.rules
    sync: Mapping[str, Any] = rules.contract.get("sync", {})
    delivers: Mapping[str, Any] = rules.contract.get("delivers", {})
    waits = bool(sync) and (sync["always"] or exchange.values.get(sync["parameter"]) == sync["equals"])
    binary = "binary" in delivers and exchange.values.get(delivers["parameter"]) == delivers["binary"]
    if binary and delivers.get("binary_needs_sync") and not waits:
        detail = f"{delivers['parameter']}={delivers['binary']} needs {sync['parameter']}={sync['equals']}"
        claim = f"{rules.place}#delivers/binary_needs_sync"
        return Refusal(rules.refusal, detail, claim, f"/{delivers['parameter']}")
    with world.lock:
        if runtime.balance is not None:
            if world.balance < runtime.balance["cost"]:
                return Refusal(runtime.balance["error"], "the balance is used up", f"{runtime.name}#balance/error")
            world.balance -= runtime.balance["cost"]
        plan = exchange.task = _planned(exchange, world)
        world.add(plan)
        early = []
        if runtime.deliveries:
            early = services.deliveries.arrange(world, plan, exchange.request.header(DEPTH_HEADER))
    for due in early:
        services.deliveries.attempt(world, due)
    if not (waits or binary):
        return Said(rules.operation, "accepted", plan)
    # S2:26: a synchronous request is answered with the finished task; one that never ends as it stands
    if math.isfinite(plan.finished):
        exchange.pause = max(0.0, plan.finished - exchange.now)
        exchange.now = max(exchange.now, plan.finished)
    if binary and runtime.phases[status_at(plan, exchange.now)] == "succeeded":
        return Said(rules.operation, "accepted", plan, picture_only=True)
    return _as_it_stands(exchange, plan, runtime.operations[sync.get("answer_of", rules.contract["read"])])


def _planned(exchange: Exchange, world: World) -> TaskPlan:
    """The whole life of a new task, by its pictures and the scenario that waits. Call under the world's lock."""
    runtime, rules = exchange.runtime, exchange.rules
    checked = exchange.pictures or Checked(())
    scenario = world.take_scenario(rules.operation.name) if world.scenarios else world.usual
    outcome = (scenario.outcome if scenario else None) or checked.outcome or "succeeded"
    items = checked.items
    if scenario is not None and scenario.failed_items:
        items = _with_failed(items, scenario)
        if all(item.failed for item in items) and outcome == "succeeded":
            outcome = "failed"
    usual = runtime.usual_timelines.get(outcome) if scenario is None else None
    course = world.shared.course(
        rules.operation.name,
        usual or runtime.timeline(timing_for(scenario, runtime.timing), outcome),
        {k: v for k, v in exchange.values.items() if k in rules.kept},
        world.queue_length,
        checked.reason if outcome == checked.outcome else "",
    )
    return TaskPlan(world.new_id(), exchange.now, course, world.shared.pictures(items), checked.mask)


def _with_failed(items: tuple[Item, ...], scenario: Scenario) -> tuple[Item, ...]:
    return tuple(
        item.failing("made to fail by a scenario") if index in scenario.failed_items else item
        for index, item in enumerate(items)
    )


def find_task(exchange: Exchange, world: World) -> TaskPlan | Refusal:
    """The task that a read or delete names, in the world of its credential."""
    contract, place = exchange.rules.contract, f"{exchange.rules.place}#task"
    rules = contract["task"]
    task_id = exchange.values[rules["parameter"]]
    plan = world.tasks.get(task_id)
    created_by = contract["create"]
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
    course = Course(operation, runtime.timeline(runtime.timing, "succeeded"), {})
    return TaskPlan(task_id, now, course, Item.of("", None))


def _as_it_stands(exchange: Exchange, plan: TaskPlan, operation: Operation) -> Said:
    """The answer of the read operation for the task as it stands now; changes nothing."""
    runtime = exchange.runtime
    state = status_at(plan, exchange.now, runtime.relapse)
    return Said(operation, runtime.phases[state], plan, state)
