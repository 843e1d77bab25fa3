"""What says that this process lives, and looks after the deliveries of those that have ended.

Every half second, in one thread that starts when there is something to look after: the name of this process and the
leases that it holds are renewed; worlds in which deliveries are due are looked at, and what a process had claimed that
lives no more is made again.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import GRAIN
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.store.codec import unpack_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_mocks.core.world import World
    from greycard_mocks.store.base import Base, Renewable

ROUND_SECONDS = 0.5
SHORTEST_SECONDS = 0.1
"""After how long the store is asked again when somebody needs it who may not ask."""

ALIVE_MS = 4_000
"""How long a process counts as living without a word from it."""

GRACE_ROUNDS = 2
"""While the store did not answer nobody could say that it lives; after that, all have so many rounds to say it."""

OVERDUE_SECONDS = 0.5
"""When others make an attempt that nobody has taken."""

LOOK_AGAIN_SECONDS = 5.0
"""How often the clock of a world is read anew in which something is due."""

_log = logging.getLogger("greycard_mocks")


class Life:
    """Renews and looks after; `world_of` finds a world by its id and `wake` has its deliveries made, where set."""

    def __init__(self, store: Base) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: dict[Renewable, None] = {}
        self._thread: threading.Thread | None = None
        self._is_said = False
        store.link.may_ask = self._may_ask
        self._grace = 0
        self._stop, self._wake = threading.Event(), threading.Event()
        self._looked: dict[str, float] = {}
        self.world_count = 0
        """Worlds that there were a moment ago."""

        self.world_of: Callable[[str], World | None] | None = None
        self.wake: Callable[[World], None] | None = None
        self.tidy: Callable[[], None] = lambda: None
        """Called every round; for worlds that are too many."""

    def begin(self) -> None:
        """Say that this process lives, now and from now on."""
        self.watch()
        with self._lock:
            if not self._is_said and not self._stop.is_set():
                self._say()
                self._is_said = True

    def watch(self) -> None:
        """From now on ask the store every round, so that it is known whether it answers. Waits for nothing."""
        if self._thread is None:
            with self._lock:
                self._start()

    def _may_ask(self) -> bool:
        """Whether this is the thread that asks a store which has not answered, so that no request waits for that."""
        self.watch()
        thread = self._thread
        if thread is None or not thread.is_alive() or thread is threading.current_thread():
            return True
        self._wake.set()
        return False

    def _start(self) -> None:
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, name="greycard-store", daemon=True)
            self._thread.start()

    def hold(self, lease: Renewable) -> None:
        """Renew a lease until it is let go."""
        if self._thread is None:
            self.begin()
        self._held[lease] = None

    def let_go(self, lease: Renewable) -> None:
        """Renew a lease no more."""
        self._held.pop(lease, None)

    def close(self) -> None:
        """Stop, and say that this process lives no more."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(2 * ROUND_SECONDS)
            with contextlib.suppress(StoreError):  # it ends by itself
                self._store.link.command("DEL", self._store.keys.process(self._store.process))

    def _say(self) -> None:
        self._store.link.command("SET", self._store.keys.process(self._store.process), "1", "PX", ALIVE_MS)

    def _keep_on(self) -> None:
        """Have what belongs to no world stay; what nobody keeps on is gone one day, as worlds are."""
        keep = int(self._store.keep_seconds * 1000)
        self._store.link.commands(*(("PEXPIRE", name, keep) for name in self._store.keys.of_no_world))

    def _run(self) -> None:
        while not self._stop.wait(SHORTEST_SECONDS):
            self._wake.wait(ROUND_SECONDS)
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self._say()
                self.world_count = int(self._store.link.command("ZCARD", self._store.keys.worlds))
                self._keep_on()
                for lease in tuple(self._held):
                    lease.renew()
                if self._grace:
                    self._grace -= 1
                elif self.world_of is not None and self.wake is not None:
                    self._look_after(self.world_of, self.wake)
                self.tidy()
            except StoreError:
                self._grace = GRACE_ROUNDS  # it is asked again
            except Exception:  # noqa: BLE001 - the thread has to go on
                _log.exception("looking after shared deliveries")

    def _look_after(self, world_of: Callable[[str], World | None], wake: Callable[[World], None]) -> None:
        store = self._store
        ids = [name.decode() for name in store.link.command("SMEMBERS", store.keys.waiting)]
        if not ids:
            return
        found = store.link.commands(
            *(("ZRANGE", store.keys.world(one, "due"), 0, 0) for one in ids),
            *(("HGETALL", store.keys.world(one, "claimed")) for one in ids),
        )
        firsts, claims = found[: len(ids)], [_pairs(one) for one in found[len(ids) :]]
        gone = self._gone({whose for one in claims for whose in one.values()})
        for world_id, first, claimed in zip(ids, firsts, claims, strict=True):
            if first or claimed:
                self._look_at(world_id, first, claimed, gone, world_of, wake)
            else:
                self._is_done(world_id, world_of)

    def _gone(self, names: Iterable[str]) -> set[str]:
        """Those of these processes that live no more."""
        wanted = [name for name in names if name != self._store.process]
        if not wanted:
            return set()
        alive = self._store.link.commands(*(("EXISTS", self._store.keys.process(name)) for name in wanted))
        return {name for name, lives in zip(wanted, alive, strict=True) if not lives}

    def _look_at(
        self,
        world_id: str,
        first: list[bytes],
        claimed: dict[bytes, str],
        gone: set[str],
        world_of: Callable[[str], World | None],
        wake: Callable[[World], None],
    ) -> None:
        world = world_of(world_id)
        if world is None:
            self._store.link.command("SREM", self._store.keys.waiting, world_id)
            return
        kept: Any = world.kept
        now = self._store.clock.now()
        if kept.dues.without(claimed, gone):
            with world.lock:
                taken = kept.dues.take_over(kept.dues.without(kept.dues.claims(), gone))
            if taken:
                wake(world)
                return
        if now - self._looked.get(world_id, 0.0) > LOOK_AGAIN_SECONDS:
            self._looked[world_id] = now
            kept.refresh()
        if first and unpack_due(first[0])[1].moment + OVERDUE_SECONDS <= world.clock.now() + GRAIN:
            wake(world)

    def _is_done(self, world_id: str, world_of: Callable[[str], World | None]) -> None:
        """Nothing is due in a world any more: nobody needs to look at it, unless somebody has just noted more."""
        self._looked.pop(world_id, None)
        world = world_of(world_id)
        if world is None:
            self._store.link.command("SREM", self._store.keys.waiting, world_id)
            return
        kept: Any = world.kept
        with world.lock:
            if not kept.dues.has_more:
                self._store.link.command("SREM", self._store.keys.waiting, world_id)


def _pairs(found: Any) -> dict[bytes, str]:
    """What HGETALL returns."""
    return {name: whose.decode() for name, whose in zip(found[::2], found[1::2], strict=True)}
