"""The worlds that several processes share: found by credential or id wherever they were made.

Also what belongs to no world: how whole vendors behave, which worlds are reached otherwise than the mock was started,
and the journal of strays. Every change of these has a number, which comes along whenever a world's lock is taken.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.worlds import MAX_WORLDS, Worlds
from greycard_mocks.store.codec import pack, unpack
from greycard_mocks.store.parts import choice_of
from greycard_mocks.store.section import who_is
from greycard_mocks.store.shared_journal import SharedStrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.store.store import Store


class SharedWorlds(Worlds):
    """As `Worlds`. Those of this process in `known` are as old as they were last used here."""

    is_shared = True

    def __init__(self, store: Store, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, keep=store.keep, **options)
        self._store = store
        self.unmatched = SharedStrays(store.link, store.keys.unmatched)
        self.use_vendors: Callable[[Mapping[str, Runtime]], None] = lambda _: None
        """Has whole vendors behave by these runtimes in this process; the engine sets it."""

        self._epoch = "0"
        self._common = threading.RLock()
        self._is_catching_up = False
        self.departed.on_change = self.publish
        store.life.tidy = self._make_room

    def made(self, world: World) -> None:
        """As `Worlds.made`."""
        self._store.note_first(world)

    def __len__(self) -> int:
        return int(self._store.link.command("ZCARD", self._store.keys.worlds))

    def __iter__(self) -> Iterator[World]:
        """The worlds as they are now, the least recently used first."""
        ids = [one.decode() for one in self._store.link.command("ZRANGE", self._store.keys.worlds, 0, -1)]
        return iter([world for one in ids if (world := self.by_id(one)) is not None])

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
        return self.world(vendor, credential) if vendor in self.vendors else None

    def drop(self, world: World) -> None:
        """As `Worlds.drop`."""
        world.kept.forget()
        self._store.world_is_gone(world)

    def _make_room(self) -> None:
        """Forget the least recently used worlds where there are too many."""
        over = len(self) - MAX_WORLDS
        for one in self._store.link.command("ZRANGE", self._store.keys.worlds, 0, over - 1) if over > 0 else ():
            world = self.by_id(one.decode())
            if world is None:
                self._store.link.command("ZREM", self._store.keys.worlds, one)
            else:
                self.forget(world)

    # what belongs to no world

    def vendors_changed(self) -> None:
        """As `Worlds.vendors_changed`."""
        self.publish()

    def publish(self) -> None:
        """Have all processes know how whole vendors behave, and which worlds are reached otherwise."""
        if self._is_catching_up:
            return
        with self._common:
            started = {name: choice_of(one) for name, one in self._store.runtimes.items()}
            departed = [
                (name, credential, False)
                for name, others in self.departed.elsewhere.items()
                for credentials in others.values()
                for credential in credentials
            ]
            departed += [(name, world.credential, True) for name, world in self.departed.speakers.items()]
            keys = self._store.keys
            _, epoch = self._store.link.commands(
                ("HSET", keys.all, "vendors", pack(started), "departed", pack(departed)),
                ("HINCRBY", keys.all, "epoch", 1),
            )
            self._epoch = str(epoch)

    def catch_up(self, epoch: str | None = None) -> bool:
        """See what changed that belongs to no world; whether anything did. `epoch` where it is known already."""
        if epoch is None:
            found = self._store.link.command("HGET", self._store.keys.all, "epoch")
            epoch = "0" if found is None else found.decode()
        if epoch == self._epoch:
            return False
        with self._common:
            vendors, departed = self._store.link.command("HMGET", self._store.keys.all, "vendors", "departed")
            self._is_catching_up = True
            try:
                self._use(unpack(vendors) if vendors else {}, unpack(departed) if departed else [])
            finally:
                self._is_catching_up = False
            self._epoch = epoch
        return True

    def _use(self, vendors: Mapping[str, bytes], departed: list[tuple[str, str, bool]]) -> None:
        runtimes: dict[str, Runtime] = {}
        for name, choice in vendors.items():
            if name in self._store.runtimes:
                vendor, variants, drifts, freedoms = unpack(choice)
                runtimes[name] = self._store.runtime_of(vendor, variants, tuple(drifts), tuple(freedoms))
        self.use_vendors(runtimes)
        self.departed.forget_all()
        speaking = {(name, credential) for name, credential, speaks in departed if speaks}
        for name, credential in dict.fromkeys((name, credential) for name, credential, _ in departed):
            if name in self.vendors:
                world = self.world(name, credential)
                world.kept.refresh()
                self.departed.note(world, self._store.runtimes[name], speaks=(name, credential) in speaking)
