"""What asking moves: an `auto` clock goes to the next event when a poll is repeated that would get the same answer.

The rule, in full. A world's clock is `auto`, and a poll for a task that is under way was asked before at this very
moment of the world. Then, before it is answered, the clock goes to the next event: the next state of any task of this
world or the next delivery, whichever is first; while the rate lets nothing through, the opening of its window, before
which no poll could see anything else. Deliveries on the way are made. The first poll moves nothing, nor does any other
request. Each move is journalled. In a world that stands all the same, what is asked again and again is told, once.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.answer import Refusal
from greycard_mocks.core.events import next_event, why_it_stands
from greycard_mocks.core.exchange import Said
from greycard_mocks.core.halt import BLOCKS
from greycard_mocks.core.plan import status_at
from greycard_mocks.core.polls import FROZEN_POLLS
from greycard_mocks.pipeline.operations import find_task

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Answer
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.halt import Halt
    from greycard_mocks.core.polls import Key
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services

_log = logging.getLogger("greycard_mocks")


def place_to_wait(exchange: Exchange) -> str:
    """The step before which `wait_for_change` belongs, if any: the rate where the path names the task of a poll.

    Only a body that has been read tells which task another poll is about.
    """
    world = exchange.world
    if world is None or exchange.rules.kind != "read" or not world.clock.auto:
        return ""
    return "carry_out" if exchange.rules.encodings else "rate"


def before_waiting(_: Services, exchange: Exchange) -> Halt | None:
    """Deliveries may be made on the way, to receivers that take their time."""
    world = exchange.world
    return BLOCKS if world is not None and world.polls.asked(_key(exchange), world.clock.now()) else None


def wait_for_change(services: Services, exchange: Exchange) -> None:
    """Move an `auto` clock to the next event, if this request is a repeated poll that would get the same answer."""
    world = exchange.world
    if world is None:
        return
    # whoever moves this world waits for what this request is for, and the clock moves without it
    if world.polls.asked(_key(exchange), world.clock.now()) and world.advancing.acquire(blocking=False):
        try:
            _leap(services, exchange, world)
        finally:
            world.advancing.release()
    exchange.now = world.clock.now()


def _leap(services: Services, exchange: Exchange, world: World) -> None:
    now = world.clock.now()
    with world.lock:
        was_asked = world.polls.asked(_key(exchange), now)
        if world.settling or not was_asked or not _waits_for_task(exchange, world, now):
            return
        opening = _opening(exchange, world, now)
        target = opening if opening > now else next_event(world, now)
        if not math.isfinite(target):
            return
        facts: dict[str, Any] = {
            "from": now, "to": target, "seconds": target - now, "operation": exchange.name,
            "reason": f"{_question(exchange)} was asked again, and its answer would have been the same until "
            + ("the opening of the rate window" if opening > now else "the next event"),
        }  # fmt: skip
        world.journal.add("clock", target, facts)
    services.settle(world, target)


def _opening(exchange: Exchange, world: World, now: float) -> float:
    """When the rate lets this poll through; `now` where it does at once. Call under the world's lock."""
    rate = exchange.runtime.rate
    if rate is None or rate["scope"] == "create" or world.rate_limit is None or exchange.rules.encodings:
        return now  # a poll with a body comes here when the rate has let it through
    return world.window.opening(now, world.rate_limit)


def _waits_for_task(exchange: Exchange, world: World, now: float) -> bool:
    exchange.values = exchange.values or dict(exchange.parameters)
    found = find_task(exchange, world)
    if isinstance(found, Refusal):
        return False
    return exchange.runtime.phases[status_at(found, now, exchange.runtime.relapse)] == "running"


def note_poll(exchange: Exchange, outcome: Refusal | Answer | Said, answered: Answer) -> None:
    """Count a request that asks for a change and got none, in a world whose clock stands; tell what asks in vain."""
    world = exchange.world
    if world is None or not world.clock.stands:
        return
    words = _no_news(exchange, outcome, answered)
    if words is None:
        return
    with world.lock:
        count = world.polls.note(_key(exchange), exchange.now)
        if count < FROZEN_POLLS or world.polls.warning:
            return
        warning = world.polls.warning = why_it_stands(
            world, _question(exchange), words, count, is_poll=exchange.rules.kind == "read"
        )
        facts = {"operation": exchange.name, "polls": count, "reason": warning}
        world.journal.add("warning", exchange.now, facts)
    _log.warning("%s", warning)


def _no_news(exchange: Exchange, outcome: Refusal | Answer | Said, answered: Answer) -> str | None:
    """The answer in words, where it is one that time would change."""
    runtime = exchange.runtime
    if isinstance(outcome, Said):
        is_running = exchange.rules.kind == "read" and runtime.phases.get(outcome.state) == "running"
        return repr(outcome.state) if is_running else None
    if isinstance(outcome, Refusal):
        is_rate = runtime.rate is not None and outcome.error == runtime.rate["error"]
        return "that the rate is used up" if is_rate else None
    return f"the fault {answered.fault!r}" if answered.fault and answered.status >= 500 else None


def _question(exchange: Exchange) -> str:
    task = _task_id(exchange)
    return f"{exchange.name} of task {task[:100]}" if task else exchange.name


def _task_id(exchange: Exchange) -> str:
    rules = exchange.rules.contract.get("task")
    if not rules:
        return ""
    name = rules["parameter"]
    return str(exchange.parameters.get(name) or exchange.values.get(name) or "")


def task_in_path(exchange: Exchange) -> str:
    """The id of the task that the path names, if it names one."""
    rules = exchange.rules.contract.get("task")
    return str(exchange.parameters.get(rules["parameter"], "")) if rules else ""


def _key(exchange: Exchange) -> Key:
    """What makes two requests the same question; of a body that was not read its length counts."""
    request = exchange.request
    return (exchange.name, request.path, str(request.content_length), _task_id(exchange))
