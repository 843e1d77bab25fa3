"""When deliveries are due, and making one: what follows from a task's plan, a fault, and the receiver's answers.

Real time has a pump (`pump`), virtual time delivers while it is advanced (`together`). Nothing here opens a
connection: a message leaves through the `Transport`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.values import View, fresh_name
from greycard_mocks.clock import GRAIN
from greycard_mocks.core.faults import KINDS, Fault, Kind
from greycard_mocks.core.journal.shortened import shortened
from greycard_mocks.core.keeping.dues import Due
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.delivery.message import Message, address_of, is_acknowledged, message_for, shown_url
from greycard_mocks.egress.own_header import DEPTH_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from greycard_mocks.answers.result_store import ResultStore
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.receivers import Transport

REPEATED = "a process had begun this attempt and ended before it could say what came of it"
MAX_DEPTH = 3
MAX_PENDING = 200_000


@dataclass(frozen=True, slots=True)
class Ready:
    """One attempt with its message and with the faults that strike it; what is left is to send it.

    `copies` says of each copy of the message whether it is lost.
    """

    due: Due
    message: Message
    contract: Mapping[str, Any]
    """Of the operation that tells of the task."""

    faults: tuple[Fault, ...] = ()
    copies: tuple[bool, ...] = (False,)


class Deliveries:
    """Arranges and makes the deliveries of all worlds; `origin` is scheme and host of the links in them."""

    def __init__(self, transport: Transport, results: ResultStore, origin: str) -> None:
        self._transport, self._results = transport, results
        self.origin = origin
        self.on_due: Callable[[World], None] | None = None
        """Told when something has become due in a world, or its time passes in another way."""

        self.watch: Callable[[Entry], None] = lambda _: None
        """Told of each attempt that was made, by its entry in the journal."""

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
        operation = runtime.deliveries.get(plan.operation)
        if operation is None:
            return []
        if runtime.phase(plan.outcome) not in operation.contract["on"] or plan.finished == float("inf"):
            return []
        level = int(depth[:4]) if depth.isascii() and depth.isdigit() else 0
        if level >= MAX_DEPTH or len(world.dues) >= MAX_PENDING or address_of(runtime, world, plan) is None:
            return []
        moment = plan.finished + operation.contract["delay_seconds"]
        now = world.clock.now()
        if _strike(world, operation.name, now, lambda kind: kind.early) is not None:
            return _at_once(world, [Due(now, plan.id, 1, level)])
        late = _strike(world, operation.name, now, lambda kind: kind.late)
        seconds = late.seconds if late is not None else 0.0
        moment += seconds
        copies = int(operation.contract["copies"])
        if runtime.manners.deliver_early:
            if plan.finished <= now + GRAIN and not seconds:
                return _at_once(world, [Due(now, plan.id, 1, level)] * copies)
            moment = plan.finished + seconds
        for _ in range(copies):
            self._push(world, Due(moment, plan.id, 1, level))
        return []

    def _push(self, world: World, due: Due) -> None:
        world.dues.push(due)
        self.wake(world)

    def take(self, world: World, upto: float) -> Due | None:
        """The next attempt that is due at `upto`, which is under way from now on; None when there is none.

        One that the fault `reorder` strikes goes behind the attempt after it, which then passes; so of any two at
        most one is held back, and none is twice.
        """
        with world.lock:
            dues = world.dues
            while (due := dues.take(upto)) is not None:
                if due.held or not self._is_passed(world, due):
                    return due
                self._push(world, replace(due, moment=dues.first + GRAIN * 2, held=True))
                dues.done(due)
        return None

    def _is_passed(self, world: World, due: Due) -> bool:
        """Whether a fault lets the next attempt pass this one: there is one, and none passes another already."""
        plan = world.tasks.get(due.task_id)
        operation = world.runtime.deliveries.get(plan.operation) if plan is not None else None
        if operation is None or not len(world.dues) or world.dues.one_is_held:
            return False
        now = max(world.clock.now(), due.moment)
        return _strike(world, operation.name, now, lambda kind: kind.passes) is not None

    def put_back(self, world: World, due: Due, faults: Iterable[Fault] = ()) -> None:
        """Note again an attempt that was taken and not begun; what had struck it has not struck."""
        with _left_without_store(world, due), world.lock:
            for fault in faults:
                fault.used -= 1
            world.dues.done(due)
            self._push(world, due)

    def drop(self, world: World, due: Due) -> None:
        """Let go an attempt that was taken and will not be made: its task, or its address, is gone."""
        with _left_without_store(world, due), world.lock:
            world.dues.done(due)

    def under_way(self, world: World) -> int:
        """How many attempts are being made, or are due and have not been made."""
        now = world.clock.now()
        with world.lock:
            return world.dues.under_way + world.dues.upto(now)

    def attempt(self, world: World, due: Due) -> None:
        """Send one delivery and, when it is not acknowledged, note the next attempt."""
        with _left_without_store(world, due):
            ready = self.ready(world, due)
            if ready is None:
                self.drop(world, due)
            else:
                self.send(world, ready)

    def ready(self, world: World, due: Due) -> Ready | None:
        """One attempt with what it says and what strikes it; None when its task, or its address, is gone."""
        runtime, plan = world.runtime, world.tasks.get(due.task_id)
        url = address_of(runtime, world, plan) if plan is not None else None
        if plan is None or url is None:
            return None
        operation = runtime.deliveries[plan.operation]
        now = max(world.clock.now(), due.moment)
        faults, copies, forged = _faults(world, operation.name, now)
        view = View(runtime, world, plan, max(now, plan.finished), self.origin, self._results)
        if runtime.manners.fresh_links:
            view.fresh = fresh_name(world.seed, plan.id)
        return Ready(due, message_for(runtime, view, url, forged=forged), operation.contract, faults, copies)

    def again(self, world: World, task_id: str, url: str | None = None) -> None:
        """Make one more attempt for a task now, to another address where one is given; no further one follows.

        It is journalled as every other. Raises LookupError, which says why, when there is nothing to send.
        """
        runtime, plan = world.runtime, world.tasks.get(task_id)
        if not runtime.deliveries:
            msg = f"{runtime.name} sends no callbacks or webhooks"
            raise LookupError(msg)
        now = world.clock.now()
        if plan is None:
            msg = f"no task {task_id[:100]!r} in this world"
            raise LookupError(msg)
        operation = runtime.deliveries.get(plan.operation)
        if operation is None:
            msg = f"{runtime.name} sends no callback or webhook that tells of tasks of {plan.operation}"
            raise LookupError(msg)
        if plan.finished > now or runtime.phase(plan.outcome) not in operation.contract["on"]:
            msg = f"task {task_id} has not ended, so that there is nothing to tell of it"
            raise LookupError(msg)
        address = url or address_of(runtime, world, plan)
        if address is None:
            msg = f"task {task_id} has no address to deliver to; give one"
            raise LookupError(msg)
        with world.lock:
            sent = sum(entry["task"] == task_id for entry in world.journal.of_kind("delivery"))
        view = View(runtime, world, plan, now, self.origin, self._results)
        due = Due(now, task_id, sent + 1, 0)
        self._send(world, due, message_for(runtime, view, address), operation.contract)

    def is_here(self, url: str) -> bool:
        """Whether the receiver at an address is in this process."""
        return self._transport.receiver_of(url) is not None

    def send(self, world: World, ready: Ready) -> None:
        """Make one attempt and, when it is not acknowledged, note the next one."""
        due, contract = ready.due, ready.contract
        begun = max(world.clock.now(), due.moment)
        try:
            acknowledged = self._sent(world, ready)
        except StoreError:
            world.dues.leave(due)
            return
        except Exception as error:  # noqa: BLE001 - one broken delivery must not end the others
            self.broken(world, due, error, ready.message.url)
            return
        with _left_without_store(world, due), world.lock:  # that it is over and what comes next are one step
            taken_over = not acknowledged and world.dues.is_taken_over(due)
            world.dues.done(due)
            if acknowledged or taken_over or due.number >= contract["attempts"] or due.task_id not in world.tasks:
                return
            spacing = contract["spacing_seconds"]
            wait = spacing[min(due.number - 1, len(spacing) - 1)] if spacing else 1.0
            base = due.moment if world.clock.virtual or world.clock.frozen else begun
            self._push(world, Due(base + wait, due.task_id, due.number + 1, due.depth))

    def _sent(self, world: World, ready: Ready) -> bool:
        """Whether the attempt was acknowledged, or is thought to be."""
        runtime, due, message = world.runtime, ready.due, ready.message
        sent = [
            self._lose(world, due, message) if lost else self._send(world, due, message, ready.contract)
            for lost in ready.copies
        ]
        if all(ready.copies):
            return True
        if any(sent):
            for _ in range(runtime.manners.deliver_times - 1):
                self._send(world, due, message, ready.contract)
        return any(sent)

    def _lose(self, world: World, due: Due, message: Message) -> bool:
        self.watch(_record(world, due, message, None, "lost", "lost by a fault before it was sent"))
        return True

    def broken(self, world: World, due: Due, error: Exception, url: str = "") -> None:
        """Journal an attempt that the mock itself could not make."""
        facts = {
            "task": due.task_id, "attempt": due.number, "url": shown_url(url), "due": due.moment,
            "status": None, "outcome": "failed",
            "reason": f"the mock could not make this delivery: {type(error).__name__}",
        }  # fmt: skip
        with _left_without_store(world, due):
            with world.lock:
                world.dues.done(due)
                entry = world.journal.add("delivery", world.clock.now(), facts)
            self.watch(entry)

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
        self.watch(_record(world, due, message, status, "acknowledged" if acknowledged else "failed", reason))
        return acknowledged


@contextmanager
def _left_without_store(world: World, due: Due) -> Generator[None]:
    """Where worlds are kept in a store that does not answer: the attempt is made again when that is back."""
    try:
        yield
    except StoreError:
        world.dues.leave(due)


def _at_once(world: World, dues: list[Due]) -> list[Due]:
    """These attempts, which are under way from now on."""
    for due in dues:
        world.dues.begin(due)
    return dues


def _strike(world: World, operation: str, now: float, wanted: Callable[[Kind], bool]) -> Fault | None:
    """The first fault of a kind that strikes now, which uses it."""
    return next((one for one in world.faults if wanted(KINDS[one.kind]) and one.strikes(operation, now)), None)


def _faults(world: World, operation: str, now: float) -> tuple[tuple[Fault, ...], tuple[bool, ...], bool]:
    """What strikes a delivery now: the faults, whether each copy is lost, and whether the signature is forged."""
    with world.lock:
        if not world.faults:
            return (), (False,), False
        forged = _strike(world, operation, now, lambda kind: kind.forged)
        doubled = _strike(world, operation, now, lambda kind: kind.copies > 1)
        copies = KINDS[doubled.kind].copies if doubled is not None else 1
        lost = [_strike(world, operation, now, lambda kind: kind.lost) for _ in range(copies)]
    struck = tuple(one for one in (forged, doubled, *lost) if one is not None)
    return struck, tuple(one is not None for one in lost), forged is not None


def _record(world: World, due: Due, message: Message, status: int | None, outcome: str, reason: str) -> Entry:
    facts: dict[str, Any] = {
        "task": due.task_id, "attempt": due.number, "url": shown_url(message.url), "due": due.moment,
        "body": shortened(json.loads(message.body)), "status": status, "outcome": outcome, "reason": reason,
    }  # fmt: skip
    if due.again:
        facts["repeated"] = REPEATED
    with world.lock:
        return world.journal.add("delivery", world.clock.now(), facts)
