"""All worlds of one process: made when first asked for, found by credential or public id, dropped when too many.

Also keeps what belongs to no world.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.journal import Journal
from greycard_mocks.core.keeping.in_memory import in_memory
from greycard_mocks.core.keeping.kept import Kept
from greycard_mocks.core.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from greycard_mocks.clock import Clock
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry, Told
    from greycard_mocks.core.scenario import Scenario

MAX_WORLDS = 2000


class Worlds:
    """The worlds of these vendors. `seed` decides their task ids, `callback_url` is where accounts hear of tasks."""

    is_shared = False
    """Whether other processes have the same worlds."""

    common: AbstractContextManager[object] = nullcontext()
    """Held from a change of whole vendors until `vendors_changed` has told of it."""

    epoch = "0"
    """The number of the last change, that was seen, of what belongs to no world."""

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        clock: Clock,
        *,
        seed: int = 0,
        speed: float = 1.0,
        callback_url: str | None = None,
        auto: bool = False,
        usual: Mapping[str, Scenario] | None = None,
        keep: Callable[[World], Kept] = in_memory,
    ) -> None:
        self._keep = keep
        self._runtimes, self._clock, self._auto = runtimes, clock, auto
        self._seed, self._speed, self._callback_url = seed, speed, callback_url
        self._usual = dict(usual or {})
        """The scenario of every task of a vendor for which no other waits."""
        self.known: OrderedDict[tuple[str, str], World] = OrderedDict()
        """By vendor and credential, the least recently used first once there are many."""

        self.is_crowded = False
        """Whether a world may soon have to give way, so that each use of one must be noted by `world`."""

        self.departed = Departed()
        """Worlds that are reached, or speak for their vendor, otherwise than the mock was started."""

        self._by_id: dict[str, World] = {}
        self._lock = threading.Lock()
        self.unmatched = Journal()
        """Requests that belong to no world: unknown paths and refused credentials."""

    def __len__(self) -> int:
        return len(self.known)

    def __iter__(self) -> Iterator[World]:
        """The worlds as they are now, the least recently used first."""
        return iter(tuple(self.known.values()))

    def world(
        self,
        vendor: str,
        credential: str,
        *,
        clock: Clock | None = None,
        speed: float | None = None,
        auto: bool | None = None,
    ) -> World:
        """The world of a credential, made when first asked for; the least recently used one gives way.

        `clock`, `speed` and `auto` are for a world that is made now; they change nothing in one that exists.
        """
        key = (vendor, credential)
        found, oldest = self.known.get(key), None
        if found is None or self.is_crowded:
            with self._lock:
                found = self.known.get(key)
                if found is None:
                    found = World(
                        self._runtimes[vendor], credential, clock or self._clock,
                        seed=self._seed, speed=self._speed if speed is None else speed,
                        auto=self._auto if auto is None else auto, keep=self._keep,
                    )  # fmt: skip
                    found.callback_url = self._callback_url
                    found.usual = self._usual.get(vendor)
                    self.made(found)
                    self.known[key] = self._by_id[found.id] = found
                    self.is_crowded = len(self.known) > MAX_WORLDS // 2
                    if len(self.known) > MAX_WORLDS:
                        _, oldest = self.known.popitem(last=False)
                        self._by_id.pop(oldest.id, None)
                else:
                    self.known.move_to_end(key)
        if oldest is not None:
            self.gives_way(oldest)
        return found

    def of_vendor(self, vendor: str) -> list[World]:
        """The worlds of one vendor."""
        return [world for (name, _), world in tuple(self.known.items()) if name == vendor]

    def find(self, vendor: str, credential: str) -> World | None:
        """The world of a credential if there is one."""
        return self.known.get((vendor, credential))

    def by_id(self, world_id: str) -> World | None:
        """The world with this public id; None when there is none."""
        return self._by_id.get(world_id)

    def fresh(self, world_id: str) -> World | None:
        """As `by_id`, and as all processes that share it have it now."""
        found = self.by_id(world_id)
        if found is not None:
            found.kept.refresh()
        return found

    def forget(self, world: World) -> None:
        """Drop a world with all that is due in it; its credential begins anew."""
        self.departed.forget(world)
        with self._lock:
            if self._by_id.get(world.id) is world:
                del self._by_id[world.id]
                self.known.pop((world.runtime.name, world.credential), None)
                self.is_crowded = len(self.known) > MAX_WORLDS // 2
        self.drop(world)

    def made(self, world: World) -> None:
        """A world has been made, and nothing has happened in it."""

    def gives_way(self, world: World) -> None:
        """A world has been dropped because there were too many."""
        self.departed.forget(world)

    def drop(self, world: World) -> None:
        """Have nothing happen any more in a world that is forgotten."""
        world.reset()

    def changing(self) -> AbstractContextManager[object]:
        """Held by whoever changes how vendors behave or which worlds are reached otherwise; before a world's lock."""
        return nullcontext()

    def vendors_changed(self) -> None:
        """How whole vendors behave has changed."""

    def catch_up(self) -> None:
        """See what other processes changed that belongs to no world."""

    @property
    def vendors(self) -> Collection[str]:
        """The names of the vendors."""
        return self._runtimes.keys()

    def record_unmatched(self, at: float, told: Told | Mapping[str, Any], kind: str = "request") -> Entry:
        """Journal one request, or download, that belongs to no world."""
        with self._lock:
            return self.unmatched.add(kind, at, told)


class Departed:
    """Which worlds are reached otherwise than the mock was started, and which world speaks for its vendor.

    A request is looked up by its path, and its world by its key. A world whose paths or key have moved has to be found
    before both; and a request without the key of any world is answered as the world does that speaks for its vendor.
    Holds no rule about who speaks (`engine.variants` decides). Read without a lock: what is written is replaced as a
    whole.
    """

    def __init__(self) -> None:
        self.are_there = False
        """Whether any request has to be looked at before it is looked up."""

        self.elsewhere: dict[str, dict[Runtime, frozenset[str]]] = {}
        """By vendor: runtimes with other paths or keys than the mock was started with, and who has them."""

        self.speakers: dict[str, World] = {}
        """By vendor: the world in whose manner a request without a known key is answered."""

        self._lock = threading.Lock()
        self.on_change: Callable[[], None] = lambda: None
        """Called after each change."""

        self.common: AbstractContextManager[object] = nullcontext()
        """Held from a change until `on_change` has told of it."""

    def note(self, world: World, started: Runtime, *, speaks: bool) -> None:
        """Remember how a world is reached now that it has another runtime, and whether it speaks for its vendor.

        `started` is the runtime that the mock was started with.
        """
        with self.common:
            self._note(world, started, speaks=speaks)
            self.on_change()

    def _note(self, world: World, started: Runtime, *, speaks: bool) -> None:
        with self._lock:
            self._leave(world)
            runtime = world.runtime
            if runtime.doors != started.doors:
                mine = dict(self.elsewhere.get(runtime.name, {}))
                mine[runtime] = mine.get(runtime, frozenset()) | {world.credential}
                self.elsewhere = {**self.elsewhere, runtime.name: mine}
            if speaks:
                self.speakers = {**self.speakers, runtime.name: world}
            self.are_there = bool(self.elsewhere or self.speakers)

    def forget_all(self) -> None:
        """No world departs; nobody is told."""
        with self._lock:
            self.elsewhere, self.speakers, self.are_there = {}, {}, False

    def forget(self, world: World) -> None:
        """Forget a world; its vendor answers again as the mock was started."""
        if self.are_there:
            with self.common:
                with self._lock:
                    self._leave(world)
                    self.are_there = bool(self.elsewhere or self.speakers)
                self.on_change()

    def _leave(self, world: World) -> None:
        name = world.runtime.name
        if self.speakers.get(name) is world:
            self.speakers = {vendor: one for vendor, one in self.speakers.items() if one is not world}
        left = {
            runtime: others
            for runtime, keys in self.elsewhere.get(name, {}).items()
            if (others := keys - {world.credential})
        }
        rest = {vendor: one for vendor, one in self.elsewhere.items() if vendor != name}
        self.elsewhere = {**rest, name: left} if left else rest
