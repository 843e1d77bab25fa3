"""Deliveries in real time: one thread waits for the next due moment over all worlds, a few threads send.

Only worlds whose time passes by itself are served; frozen ones wait until they are advanced or resumed, those
on a virtual clock are delivered to while they are advanced. No thread exists before something is due.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from greycard_mocks.clock import GRAIN, monotonic
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.delivery.message import address_of

if TYPE_CHECKING:
    from greycard_mocks.core.keeping.dues import Due
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.schedule import Deliveries

WORKERS = 8
PER_RECEIVER = 2
"""Deliveries under way to one host and port, so that many tasks cannot be aimed at one victim."""

MAX_READY = 10_000
"""Deliveries taken out of their worlds that wait for a free thread."""

LONGEST_WAIT_SECONDS = 3600.0
SHORTEST_WAIT_SECONDS = 0.0005
WITHOUT_STORE_SECONDS = 0.5
"""After how long worlds are looked at again that are kept in a store which does not answer."""

STOP_SECONDS = 12.0
"""How long `close` waits for deliveries under way: a little longer than the guard's deadline for one."""


@dataclass(frozen=True, slots=True)
class _Job:
    world: World
    due: Due


class Pump:
    """Makes deliveries when they are due. Give `notify` to them as `on_due`."""

    def __init__(self, deliveries: Deliveries, *, workers: int = WORKERS, per_receiver: int = PER_RECEIVER) -> None:
        self._deliveries = deliveries
        self._workers, self._per_receiver = workers, per_receiver
        self._condition = threading.Condition()
        self._waiting: dict[str, World] = {}
        self._ready: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._ready_count = 0
        self._busy: dict[str, int] = {}
        self._sending: set[threading.Thread] = set()
        self._thread: threading.Thread | None = None
        self._news = False
        self._stopped = False
        self._left: list[_Job] = []
        """Taken, and not begun when this was stopped."""

    def notify(self, world: World) -> None:
        """Something has become due in `world`, or its time passes in another way. Never waits long."""
        if world.clock.virtual:
            return
        with self._condition:
            if self._stopped:
                return
            self._waiting[world.id] = world
            self._news = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="greycard-pump", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def close(self) -> None:
        """Stop: nothing more is sent, deliveries under way are waited for. May be called twice."""
        with self._condition:
            self._stopped = True
            self._left += [job for jobs in self._ready.values() for job in jobs]
            self._ready.clear()
            self._condition.notify_all()
            threads = [*self._sending, *([self._thread] if self._thread else [])]
        deadline = monotonic() + STOP_SECONDS
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - monotonic()))
        for job in self._left:
            self._deliveries.put_back(job.world, job.due)
        self._left.clear()

    def _run(self) -> None:
        while True:
            with self._condition:
                if self._stopped:
                    return
                self._news = False
                worlds = list(self._waiting.values())
            wait = LONGEST_WAIT_SECONDS
            for world in worlds:
                try:
                    wait = min(wait, self._serve(world))
                except StoreError:  # what is due stays where it is
                    wait = min(wait, WITHOUT_STORE_SECONDS)
            with self._condition:
                if self._ready_count >= MAX_READY:
                    self._condition.wait(0.05)  # senders are behind; what is due stays in its world meanwhile
                elif not self._news and not self._stopped:
                    self._condition.wait(max(SHORTEST_WAIT_SECONDS, wait))

    def _serve(self, world: World) -> float:
        """Hand over what is due in one world; the real seconds until its next attempt."""
        while not _is_left_alone(world) and self._ready_count < MAX_READY:
            due = self._deliveries.take(world, world.clock.now())
            if due is None:
                break
            self._hand_over(_Job(world, due))
        with world.lock:
            moment = world.dues.first
            if moment == math.inf:
                with self._condition:
                    self._waiting.pop(world.id, None)
                return LONGEST_WAIT_SECONDS
        if _is_left_alone(world):
            return LONGEST_WAIT_SECONDS  # whoever ends that state notifies
        return (moment - world.clock.now() - GRAIN) / world.clock.speed

    def _hand_over(self, job: _Job) -> None:
        try:
            plan = job.world.tasks.get(job.due.task_id)
        except StoreError:
            job.world.dues.leave(job.due)
            raise
        url = address_of(job.world.runtime, job.world, plan) if plan is not None else None
        if url is None:
            self._deliveries.drop(job.world, job.due)
            return
        receiver = urlsplit(url).netloc.lower()
        with self._condition:
            if self._stopped:
                self._left.append(job)
                return
            self._ready.setdefault(receiver, deque()).append(job)
            self._ready_count += 1
            if len(self._sending) < self._workers and self._busy.get(receiver, 0) < self._per_receiver:
                thread = threading.Thread(target=self._send_all, name="greycard-sender", daemon=True)
                self._sending.add(thread)
                thread.start()

    def _next(self) -> tuple[str, _Job] | None:
        """The next job whose receiver has room, receivers in turn. Call under the condition."""
        if self._stopped:
            return None
        for receiver in self._ready:
            if self._busy.get(receiver, 0) < self._per_receiver:
                jobs = self._ready[receiver]
                job = jobs.popleft()
                self._ready_count -= 1
                if jobs:
                    self._ready.move_to_end(receiver)
                else:
                    del self._ready[receiver]
                return receiver, job
        return None

    def _send_all(self) -> None:
        while True:
            with self._condition:
                found = self._next()
                if found is None:
                    self._sending.discard(threading.current_thread())
                    return
                receiver, job = found
                self._busy[receiver] = self._busy.get(receiver, 0) + 1
            try:
                self._deliveries.attempt(job.world, job.due)
            except Exception as error:  # noqa: BLE001 - one broken delivery must not end the others
                self._note(job, error)
            finally:
                with self._condition:
                    self._busy[receiver] -= 1
                    if not self._busy[receiver]:
                        del self._busy[receiver]

    def _note(self, job: _Job, error: Exception) -> None:
        world, due = job.world, job.due
        try:
            plan = world.tasks.get(due.task_id)
        except StoreError:
            world.dues.leave(due)
            return
        url = address_of(world.runtime, world, plan) if plan is not None else None
        self._deliveries.broken(world, due, error, url or "")


def _is_left_alone(world: World) -> bool:
    """Whether time does not pass by itself in a world, or somebody moves it and makes what falls due on the way."""
    return world.settling > 0 or world.clock.frozen or world.kept.is_moved_elsewhere
