"""Makes the attempts that are due at one moment: side by side to different receivers, in order to each of them.

Receivers in this process are called in the caller's own thread, one after the other, so that a test meets its own
transactions and breakpoints; all others are sent to by a few threads, which the caller does not wait for beyond a
moment. May use threads, and no world's clock.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from greycard_mocks.clock import monotonic
from greycard_mocks.core.keeping.kept import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_mocks.core.keeping.dues import Due
    from greycard_mocks.core.world import World
    from greycard_mocks.delivery.schedule import Deliveries, Ready

WORKERS = 8
MOST = 1000
"""Attempts that are made ready at a time, so that their messages need little memory however many are due."""


def take_together(deliveries: Deliveries, world: World, upto: float) -> list[Due]:
    """The next attempt that is due at `upto`, and those at its moment, in order; at most MOST of them."""
    with world.lock:
        first = deliveries.take(world, upto)
        if first is None:
            return []
        found = [first]
        while len(found) < MOST and (due := deliveries.take(world, first.moment)) is not None:
            found.append(due)
    return found


def send_together(deliveries: Deliveries, world: World, attempts: Iterable[Due], until: float) -> tuple[int, int]:
    """Make these attempts until a moment of the monotonic clock; (how many were begun, how many could not be).

    What could not be begun is noted again as due. What has begun and is not over by then ends by itself: the guard
    sees to it.
    """
    batch = _Batch(deliveries, world, until)
    for due in attempts:
        batch.add(due)
    batch.run()
    return batch.begun, batch.left


class _Batch:
    def __init__(self, deliveries: Deliveries, world: World, until: float) -> None:
        self._deliveries, self._world, self._until = deliveries, world, until
        self._here: deque[Ready] = deque()
        self._queues: dict[str, deque[Ready]] = {}
        self._free: deque[str] = deque()
        """Receivers that are sent nothing just now and shall get more, the longest waiting first."""
        self._condition = threading.Condition()
        self._under_way = 0
        self._over = False
        self.begun = self.left = 0

    def add(self, due: Due) -> None:
        """Make an attempt ready and line it up behind the earlier ones of its receiver."""
        try:
            ready = self._deliveries.ready(self._world, due)
        except StoreError:
            self._world.dues.leave(due)
            return
        except Exception as error:  # noqa: BLE001 - one broken delivery must not end the others
            self._deliveries.broken(self._world, due, error)
            self.begun += 1
            return
        if ready is None:
            self._deliveries.drop(self._world, due)
            self.begun += 1
        elif self._deliveries.is_here(ready.message.url):
            self._here.append(ready)
        else:
            receiver = urlsplit(ready.message.url).netloc.lower()
            if receiver not in self._queues:
                self._queues[receiver] = deque()
                self._free.append(receiver)
            self._queues[receiver].append(ready)

    def run(self) -> None:
        """Send all that there is time for, and note the rest again as due."""
        for _ in range(min(WORKERS, len(self._free))):
            threading.Thread(target=self._work, name="greycard-advance", daemon=True).start()
        here = 0
        while self._here and monotonic() < self._until:
            here += 1
            self._deliveries.send(self._world, self._here.popleft())
        with self._condition:
            while (self._free or self._under_way) and (left := self._until - monotonic()) > 0:
                self._condition.wait(left)
            self._over = True
            self.begun += here
            remaining = [*self._here, *(ready for queue in self._queues.values() for ready in queue)]
        for ready in remaining:
            self._deliveries.put_back(self._world, ready.due, ready.faults)
        self.left = len(remaining)

    def _work(self) -> None:
        while True:
            with self._condition:
                if self._over or not self._free:
                    return
                receiver = self._free.popleft()
                queue = self._queues[receiver]
                ready = queue.popleft()
                self.begun += 1
                self._under_way += 1
            try:
                self._deliveries.send(self._world, ready)
            finally:
                with self._condition:
                    self._under_way -= 1
                    if queue:
                        self._free.append(receiver)
                    self._condition.notify_all()
