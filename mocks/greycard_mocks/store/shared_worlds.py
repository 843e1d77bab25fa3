"""The worlds that several processes share: found by credential or id wherever they were made.

Also what belongs to no world: how whole vendors behave, which worlds are reached otherwise than the mock was started,
and the journal of strays. Every change of these has a number, which comes along whenever a world's lock is taken.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.worlds import MAX_WORLDS, Worlds
from greycard_mocks.store.codec import pack, unpack
from greycard_mocks.store.lease import Lease
from greycard_mocks.store.parts import choice_of
from greycard_mocks.store.section import who_is
from greycard_mocks.store.shared_journal import SharedStrays

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.store.store import Store


class SharedWorlds(Worlds):
    """As `Worlds`. Those of this process in `known` are as old as they were last used here."""

    is_shared = True

    def __init__(self, store: Store, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, keep=store.keep, **options)
        self._store = store
        self.unmatched = SharedStrays(store.link, store.keys.unmatched, store.keep_seconds)
        self.use_vendors: Callable[[Mapping[str, Runtime]], None] = lambda _: None
        """Has whole vendors behave by these runtimes in this process; the engine sets it."""

        self.common = self.departed.common = threading.RLock()
        self._changing = Lease(store, store.keys.changing)
        self._is_catching_up = False
        self.departed.on_change = self.publish
        store.changed = self._changed
        store.life.tidy = self._make_room

    def made(self, world: World) -> None:
        """As `Worlds.made`."""
        kept: Any = world.kept
        kept.first = (world.seed, world.callback_url, world.usual)

    def __len__(self) -> int:
        return int(self._store.link.command("ZCARD", self._store.keys.worlds)) + len(self._unseen())

    def _unseen(self) -> list[World]:
        """Worlds that were asked for in this process, and in which nothing has happened."""
        return [world for world in tuple(self.known.values()) if not world.kept.is_seen]

    def __iter__(self) -> Iterator[World]:
        """The worlds as they are now, the least recently used first."""
        ids = [one.decode() for one in self._store.link.command("ZRANGE", self._store.keys.worlds, 0, -1)]
        found = [world for one in ids if (world := self.by_id(one)) is not None]
        return iter([*found, *(world for world in self._unseen() if world not in found)])

    def of_vendor(self, vendor: str) -> list[World]:
        """As `Worlds.of_vendor`."""
        return [world for world in self if world.runtime.name == vendor]

    def find(self, vendor: str, credential: str) -> World | None:
        """As `Worlds.find`."""
        from greycard_mocks.core.world import world_id

        return self.by_id(world_id(vendor, credential))

    def by_id(self, world_id: str) -> World | None:
        """As `Worlds.by_id`."""
        if not world_id.isascii() or not world_id.isalnum():
            return None
        who = self._store.link.command("HGET", self._store.keys.world(world_id, "state"), "who")
        if who is None:
            mine = super().by_id(world_id)
            return mine if mine is not None and not mine.kept.is_seen else None
        vendor, credential = who_is(who)
        return self._seen(vendor, credential) if vendor in self.vendors else None

    def _seen(self, vendor: str, credential: str) -> World:
        """A world that is in the store, so that it is there no more once it is not there."""
        world = self.world(vendor, credential)
        world.kept.note_seen()
        return world

    def drop(self, world: World) -> None:
        """As `Worlds.drop`."""
        world.kept.forget()
        self._store.world_is_gone(world)

    def _make_room(self) -> None:
        """Forget the least recently used worlds where there are too many."""
        self._store.forget_unused()
        over = len(self) - MAX_WORLDS
        for one in self._store.link.command("ZRANGE", self._store.keys.worlds, 0, over - 1) if over > 0 else ():
            world = self.by_id(one.decode())
            if world is None:
                self._store.link.command("ZREM", self._store.keys.worlds, one)
            else:
                self.forget(world)

    # what belongs to no world

    @contextmanager
    def changing(self) -> Generator[None]:
        """As `Worlds.changing`: nobody else changes it meanwhile, in any process, and what others did is known."""
        with self._changing:
            self.catch_up()
            yield

    def forget(self, world: World) -> None:
        """As `Worlds.forget`."""
        with self.changing():
            super().forget(world)

    def gives_way(self, world: World) -> None:
        """As `Worlds.gives_way`: it is as reachable as before, and read again when it is asked for."""

    def vendors_changed(self) -> None:
        """As `Worlds.vendors_changed`."""
        self.publish()

    def publish(self) -> None:
        """Have all processes know how whole vendors behave, and which worlds are reached otherwise."""
        with self.common:
            if self._is_catching_up:
                return
            vendors = {name: choice_of(one) for name, one in self._store.runtimes.items()}
            speakers = self.departed.speakers
            departed = [
                (name, credential, choice_of(runtime), False)
                for name, others in self.departed.elsewhere.items()
                for runtime, credentials in others.items()
                for credential in credentials
            ]
            departed += [(name, one.credential, choice_of(one.runtime), True) for name, one in speakers.items()]
            keys = self._store.keys
            epoch = self._store.token()
            self._store.link.commands(
                ("HSET", keys.all, "vendors", pack(vendors), "departed", pack(departed), "epoch", epoch),
                ("PEXPIRE", keys.all, int(self._store.keep_seconds * 1000)),
            )
            self.epoch = epoch

    def catch_up(self) -> None:
        """As `Worlds.catch_up`."""
        found = self._store.link.command("HGET", self._store.keys.all, "epoch")
        self._changed("0" if found is None else found.decode())

    def _changed(self, epoch: str) -> None:
        """Read what belongs to no world, unless it is known as it is."""
        if epoch == self.epoch:
            return
        with self.common:
            vendors, departed = self._store.link.command("HMGET", self._store.keys.all, "vendors", "departed")
            self._is_catching_up = True
            try:
                self._use(unpack(vendors) if vendors else {}, unpack(departed) if departed else [])
            finally:
                self._is_catching_up = False
            self.epoch = epoch

    def _use(self, vendors: Mapping[str, bytes], departed: list[tuple[str, str, bytes, bool]]) -> None:
        chosen = {name: self._runtime(choice) for name, choice in vendors.items() if name in self.vendors}
        self.use_vendors(chosen)
        self.departed.forget_all()
        worlds: dict[tuple[str, str], bool] = {}
        for name, credential, choice, speaks in departed:
            if name in self.vendors:
                kept: Any = self._seen(name, credential).kept
                kept.lock.note_runtime(self._runtime(choice))
                worlds[name, credential] = worlds.get((name, credential), False) or speaks
        for (name, credential), speaks in worlds.items():
            self.departed.note(self.world(name, credential), self._store.runtimes[name], speaks=speaks)

    def _runtime(self, choice: bytes) -> Runtime:
        vendor, variants, drifts, freedoms = unpack(choice)
        return self._store.runtime_of(vendor, variants, tuple(drifts), tuple(freedoms))
