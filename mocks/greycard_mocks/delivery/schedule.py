"""Callbacks and webhooks: what is due when, how one is made, and what counts as delivered.

When a delivery is due follows from the plan; making its message is pure; only `Deliveries.attempt` sends,
through the function that the engine gives. Real time has a pump (`pump`), virtual time delivers while it is
advanced.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_mocks.answers.values import View
from greycard_mocks.core.faults import DELIVERY_FAULTS
from greycard_mocks.core.journal import shortened
from greycard_mocks.core.plan import GRAIN
from greycard_schemas.signatures import SIGNATURES
from greycard_schemas.templates import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

DEPTH_HEADER = "x-greycard-depth"
"""Counts how many deliveries led to a request, so that mocks that call mocks come to an end."""

MAX_DEPTH = 3
MAX_PENDING = 200_000


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery attempt that is due: `number` counts from 1, `moment` is in seconds since 1970."""

    moment: float
    task_id: str
    number: int
    depth: int


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery ready to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def message_for(runtime: Runtime, view: View, url: str, *, forged: bool = False) -> Message:
    """The message that tells of a finished task; `forged` breaks its signature."""
    operation = runtime.delivery
    assert operation is not None  # noqa: S101 - only called for vendors that deliver
    contract = operation.contract
    phase = runtime.phase(view.plan.outcome)
    if "bodies" in contract:
        template = contract["bodies"][phase]
    else:
        template = runtime.operations[contract["body_of"]].contract["responses"][phase]["body"]
    body = json.dumps(render(template, view)).encode()
    token = "forged" if forged else view.world.credential
    if "signature" in contract:
        view.signature = SIGNATURES[contract["signature"]["rule"]].of(body, token)
    headers = {
        name: str(render(value, view)) for name, value in contract.get("headers", {}).items() if name != "x-source"
    }
    return Message(url, {"Content-Type": "application/json", **headers}, body)


def is_acknowledged(contract: Mapping[str, Any], status: int, body: bytes) -> bool:
    """Whether the receiver's answer ends the delivery."""
    rule = contract["acknowledgement"]
    low, high = rule["http"]
    if not low <= status <= high:
        return False
    if "pointer" not in rule:
        return True
    try:
        node = json.loads(body)
        for part in rule["pointer"].strip("/").split("/"):
            node = node[part]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return False
    return node is rule["equals"] or (type(node) is type(rule["equals"]) and node == rule["equals"])


def address_of(runtime: Runtime, world: World, plan: TaskPlan) -> str | None:
    """Where a task's deliveries go: a field of its request, or the account's address."""
    if runtime.delivery is None:
        return None
    address = runtime.delivery.contract["address"]
    if "always" in address:
        return str(address["always"])
    return plan.values.get(address["request"]) if "request" in address else world.callback_url


class Deliveries:
    """Arranges and makes the deliveries of all worlds of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._number = 0

    def arrange(self, world: World, plan: TaskPlan, depth: str = "") -> list[Due]:
        """Note the first attempt for a new task. Call under the world's lock.

        Returns the attempts that the fault `early` wants made before the create request is answered.
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
        for fault in world.faults:
            if fault.kind == "early" and fault.matches(operation.name, world.clock.now()):
                fault.use()
                return [Due(world.clock.now(), plan.id, 1, level)]
            if fault.kind == "late" and fault.matches(operation.name, world.clock.now()):
                fault.use()
                moment += fault.seconds
        for _ in range(int(operation.contract["copies"])):
            self._push(world, Due(moment, plan.id, 1, level))
        return []

    def _push(self, world: World, due: Due) -> None:
        self._number += 1
        heapq.heappush(world.due, (due.moment, self._number, due.task_id, due.number, due.depth))
        self._engine.wake(world)

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
        fault = self._fault(world, operation.name, now)
        view = View(runtime, world, plan, max(now, plan.finished), self._engine.origin, self._engine.results)
        message = message_for(runtime, view, url, forged=fault == "bad_signature")
        if fault == "reorder":
            # let the next one pass: this attempt comes again right after it
            with world.lock:
                next_moment = world.due[0][0] if world.due else due.moment
                self._push(world, Due(next_moment + GRAIN * 2, due.task_id, due.number, due.depth))
            return
        acknowledged = False
        for _ in range(2 if fault == "duplicate" else 1):
            acknowledged = (
                self._send(world, due, message, contract=operation.contract, lost=fault == "lose") or acknowledged
            )
        contract = operation.contract
        if not acknowledged and due.number < contract["attempts"]:
            spacing = contract["spacing_seconds"]
            wait = spacing[min(due.number - 1, len(spacing) - 1)] if spacing else 1.0
            base = due.moment if world.clock.virtual or world.clock.frozen else now
            with world.lock:
                self._push(world, Due(base + wait, due.task_id, due.number + 1, due.depth))

    def _fault(self, world: World, operation: str, now: float) -> str | None:
        with world.lock:
            for fault in list(world.faults):
                if fault.kind not in DELIVERY_FAULTS or fault.kind in ("early", "late"):
                    continue
                if fault.kind == "reorder" and not world.due:
                    continue  # nothing that could pass; it waits until there is
                if fault.matches(operation, now):
                    fault.use()
                    return fault.kind
        return None

    def _send(self, world: World, due: Due, message: Message, *, contract: Mapping[str, Any], lost: bool) -> bool:
        from greycard_mocks.egress.guard import EgressError

        facts: dict[str, Any] = {
            "task": due.task_id, "attempt": due.number, "url": shown_url(message.url), "due": due.moment,
            "body": shortened(json.loads(message.body)), "status": None, "outcome": "failed", "reason": "",
        }  # fmt: skip
        acknowledged = False
        if lost:
            facts["reason"] = "lost by a fault before it was sent"
            acknowledged = True
            facts["outcome"] = "lost"
        else:
            try:
                headers = {**message.headers, DEPTH_HEADER: str(due.depth + 1)}
                status, body = self._engine.post(message.url, headers, message.body)
            except EgressError as error:
                facts["status"], facts["reason"] = error.status, f"{error.kind}: {error}"
            else:
                facts["status"] = status
                acknowledged = is_acknowledged(contract, status, body)
                facts["outcome"] = "acknowledged" if acknowledged else "failed"
                facts["reason"] = "" if acknowledged else "the answer is no acknowledgement"
        with world.lock:
            world.journal.add("delivery", world.clock.now(), facts)
        return acknowledged


def shown_url(url: str) -> str:
    """An address without credentials, cut to a length that may be logged."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?...' if parts.query else ''}"[:300]
