"""When deliveries are due, and making one: what follows from a task's plan, a fault, and the receiver's answers.

Real time has a pump (`pump`), virtual time delivers while it is advanced. Nothing here opens a connection: a
message leaves through the `Transport`.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.values import View, fresh_name
from greycard_mocks.clock import GRAIN
from greycard_mocks.core.faults import KINDS, Kind
from greycard_mocks.core.journal import shortened
from greycard_mocks.delivery.message import Message, address_of, is_acknowledged, message_for, shown_url
from greycard_mocks.egress.own_header import DEPTH_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.answers.results import ResultStore
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.receivers import Transport

MAX_DEPTH = 3
MAX_PENDING = 200_000
AS_USUAL = Kind("delivery")


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery attempt that is due: `number` counts from 1, `moment` is in seconds since 1970."""

    moment: float
    task_id: str
    number: int
    depth: int


class Deliveries:
    """Arranges and makes the deliveries of all worlds; `origin` is scheme and host of the links in them."""

    def __init__(self, transport: Transport, results: ResultStore, origin: str) -> None:
        self._transport, self._results = transport, results
        self._number = 0
        self.origin = origin
        self.on_due: Callable[[World], None] | None = None
        """Told when something has become due in a world, or its time passes in another way."""

    def wake(self, world: World) -> None:
        """Tell the pump, when there is one, to look at a world."""
        if self.on_due is not None:
            self.on_due(world)

    def arrange(self, world: World, plan: TaskPlan, depth: str = "") -> list[Due]:
        """Note the first attempt for a new task. Call under the world's lock.

        Returns the attempts to be made before the create request is answered: the fault `early` wants that, and so
        does a vendor that delivers early, of a task that is done at once.
        """
        runtime = world.runtime
        operation = runtime.delivery
        if operation is None or plan.operation != operation.contract["create"]:
            return []
        if runtime.phase(plan.outcome) not in operation.contract["on"] or plan.finished == float("inf"):
            return []
        level = int(depth[:4]) if depth.isascii() and depth.isdigit() else 0
        if level >= MAX_DEPTH or len(world.due) >= MAX_PENDING or address_of(runtime, world, plan) is None:
            return []
        moment = plan.finished + operation.contract["delay_seconds"]
        now = world.clock.now()
        for fault in world.faults:
            kind = KINDS[fault.kind]
            if (kind.early or kind.late) and fault.strikes(operation.name, now):
                if kind.early:
                    return [Due(now, plan.id, 1, level)]
                moment += fault.seconds
        copies = int(operation.contract["copies"])
        if runtime.manners.deliver_early:
            if plan.finished <= now + GRAIN:
                return [Due(now, plan.id, 1, level)] * copies
            moment = plan.finished
        for _ in range(copies):
            self._push(world, Due(moment, plan.id, 1, level))
        return []

    def _push(self, world: World, due: Due) -> None:
        self._number += 1
        heapq.heappush(world.due, (due.moment, self._number, due.task_id, due.number, due.depth))
        self.wake(world)

    def take(self, world: World, upto: float) -> Due | None:
        """The next attempt that is due at `upto`, removed from the list; None when there is none."""
        with world.lock:
            if not world.due or world.due[0][0] > upto + GRAIN:
                return None
            moment, _, task_id, number, depth = heapq.heappop(world.due)
            return Due(moment, task_id, number, int(depth))

    def attempt(self, world: World, due: Due) -> None:
        """Send one delivery and, when it is not acknowledged, note the next attempt."""
        runtime, plan = world.runtime, world.tasks.get(due.task_id)
        operation = runtime.delivery
        if plan is None or operation is None:
            return
        url = address_of(runtime, world, plan)
        if url is None:
            return
        now = max(world.clock.now(), due.moment)
        fault = _fault(world, operation.name, now)
        view = View(runtime, world, plan, max(now, plan.finished), self.origin, self._results)
        if runtime.manners.fresh_links:
            view.fresh = fresh_name(world.seed, plan.id)
        message = message_for(runtime, view, url, forged=fault.forged)
        if fault.passes:
            # let the next one pass: this attempt comes again right after it
            with world.lock:
                next_moment = world.due[0][0] if world.due else due.moment
                self._push(world, Due(next_moment + GRAIN * 2, due.task_id, due.number, due.depth))
            return
        contract = operation.contract
        acknowledged = False
        if fault.sent == 0:
            acknowledged = _lose(world, due, message)
        for _ in range(fault.sent):
            acknowledged = self._send(world, due, message, contract) or acknowledged
        if acknowledged and fault.sent:
            for _ in range(runtime.manners.deliver_times - 1):
                self._send(world, due, message, contract)
        if not acknowledged and due.number < contract["attempts"]:
            spacing = contract["spacing_seconds"]
            wait = spacing[min(due.number - 1, len(spacing) - 1)] if spacing else 1.0
            base = due.moment if world.clock.virtual or world.clock.frozen else now
            with world.lock:
                self._push(world, Due(base + wait, due.task_id, due.number + 1, due.depth))

    def _send(self, world: World, due: Due, message: Message, contract: Mapping[str, Any]) -> bool:
        from greycard_mocks.egress.guard import EgressError

        status, reason, acknowledged = None, "", False
        try:
            headers = {**message.headers, DEPTH_HEADER: str(due.depth + 1)}
            status, body = self._transport.post(message.url, headers, message.body)
        except EgressError as error:
            status, reason = error.status, f"{error.kind}: {error}"
        else:
            acknowledged = is_acknowledged(contract, status, body)
            reason = "" if acknowledged else "the answer is no acknowledgement"
        _record(world, due, message, status, "acknowledged" if acknowledged else "failed", reason)
        return acknowledged


def _fault(world: World, operation: str, now: float) -> Kind:
    """The kind of the fault that strikes a delivery now."""
    with world.lock:
        for fault in list(world.faults):
            kind = KINDS[fault.kind]
            if kind.group != "delivery" or kind.early or kind.late:
                continue
            if kind.passes and not world.due:
                continue  # nothing that could pass; it waits until there is
            if fault.strikes(operation, now):
                return kind
    return AS_USUAL


def _lose(world: World, due: Due, message: Message) -> bool:
    _record(world, due, message, None, "lost", "lost by a fault before it was sent")
    return True


def _record(world: World, due: Due, message: Message, status: int | None, outcome: str, reason: str) -> None:
    facts: dict[str, Any] = {
        "task": due.task_id, "attempt": due.number, "url": shown_url(message.url), "due": due.moment,
        "body": shortened(json.loads(message.body)), "status": status, "outcome": outcome, "reason": reason,
    }  # fmt: skip
    with world.lock:
        world.journal.add("delivery", world.clock.now(), facts)
