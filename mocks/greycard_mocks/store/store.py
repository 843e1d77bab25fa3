"""A store of worlds: the connection, the names of its keys, and what every world that is kept there needs."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import SharedClock
from greycard_mocks.store.keys import OF_A_WORLD, PREFIX, Keys
from greycard_mocks.store.life import Life
from greycard_mocks.store.link import Link
from greycard_mocks.store.parts import frozen, thaw
from greycard_mocks.store.pictures import InFolder, InStore, SharedSources
from greycard_mocks.store.shared_world import SharedWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.kept import Kept
    from greycard_mocks.core.world import World
    from greycard_mocks.images.store import SourceStore
    from greycard_mocks.store.parts import RuntimeOf

KEEP_SECONDS = 7 * 86400.0
SCRATCH_SECONDS = 3600.0


class Store:
    """Worlds in Redis or Valkey at `url`, below keys that begin with `prefix`.

    What nobody uses for `keep_seconds` is forgotten. Input pictures are kept there too, or in a `folder` that all
    processes share.
    """

    def __init__(
        self, url: str, *, prefix: str = PREFIX, keep_seconds: float = KEEP_SECONDS, folder: Path | None = None
    ) -> None:
        """Raises link.StoreUrlError, and ValueError for a prefix that cannot be one; connects to nothing yet."""
        self.url, self.prefix = url, prefix
        self.keys = Keys(prefix)
        self.clock = SharedClock()
        self.link = Link(url, self.clock)
        self.keep_seconds = keep_seconds
        self._folder = folder
        self.process = secrets.token_hex(6)
        """The name of this process among those that share the store."""

        self._tokens = itertools.count(1)
        self._first: dict[str, dict[str, bytes]] = {}
        """By world, its pieces as this process would begin it."""

        self.runtime_of: RuntimeOf = _no_runtime
        """Makes the runtime of a vendor in some variants, drifts and freedoms; the engine sets it."""

        self.runtimes: Mapping[str, Runtime] = {}
        """The vendors as they are now; the engine sets it."""

        self.changed: Callable[[str], object] = lambda _: None
        """Told the number of the last change of what belongs to no world, whenever a lock is taken."""

        self.life = Life(self)

    @property
    def is_well(self) -> bool:
        """Whether the store has answered last."""
        return self.link.is_well

    @property
    def world_count(self) -> int:
        """How many worlds there were when this process looked last."""
        return self.life.world_count

    def check(self) -> None:
        """Raises StoreError when the store does not answer, or is none."""
        self.link.command("PING")
        self.link.command("HGET", self.keys.all, "epoch")

    def sources(self) -> SourceStore:
        """Keeps the input pictures where all processes find them. Raises OSError for a folder that cannot be had."""
        shelf = InStore(self.link, self.keys, self.keep_seconds) if self._folder is None else InFolder(self._folder)
        return SharedSources(shelf)

    def token(self) -> str:
        """What nobody else has."""
        return f"{self.process}.{next(self._tokens)}"

    def keep(self, world: World) -> Kept:
        """Keep a world here."""
        return SharedWorld(self, world)

    def note_first(self, world: World) -> None:
        """Remember how this process would begin a world, which has just been made."""
        self._first[world.id] = {name: one for name, one in frozen(world).items() if name not in ("choice", "clock")}

    def is_current(self, world: World) -> bool:
        """Whether a world in which nothing has happened is as its vendor is now."""
        return self.runtimes.get(world.runtime.name) is world.runtime

    def begin_anew(self, world: World) -> None:
        """Have a world as at the beginning, of the vendor as it is now. Call under its lock."""
        world.runtime = self.runtimes.get(world.runtime.name, world.runtime)
        world.begin_anew()
        world.clock.begin_anew()
        thaw(world, self._first[world.id], self.runtime_of)

    def note_waiting(self, world_id: str) -> None:
        """Deliveries are due in a world, or being made. Call while its lock is held, before that is let go."""
        self.life.begin()
        self.link.command("SADD", self.keys.waiting, world_id)

    def note_used(self, world: World) -> None:
        """A world is used."""
        self.link.command("ZADD", self.keys.worlds, repr(self.clock.now()), world.id)

    def world_is_gone(self, world: World) -> None:
        """A world was forgotten."""
        self.link.command("ZREM", self.keys.worlds, world.id)
        self._first.pop(world.id, None)

    def wipe(self) -> None:
        """Forget every world below the prefix: only for one that nobody else has."""
        names = [
            self.keys.world(one.decode(), name)
            for one in self.link.command("ZRANGE", self.keys.worlds, 0, -1)
            for name in OF_A_WORLD
        ]
        for name in (*names, self.keys.all, self.keys.worlds, self.keys.waiting, self.keys.unmatched):
            self.link.command("DEL", name)

    def close(self) -> None:
        """End what runs in the background, and the connections."""
        self.life.close()
        self.link.close()


def scratch_store(url: str) -> Store:
    """A store below keys that nobody else has, to be wiped in the end; what is left of it is gone in an hour.

    Raises link.StoreUrlError, and StoreError when it does not answer.
    """
    store = Store(url, prefix=f"{PREFIX}-{secrets.token_hex(6)}", keep_seconds=SCRATCH_SECONDS)
    store.check()
    return store


def _no_runtime(*_: Any) -> Runtime:
    msg = "the store belongs to no engine yet"
    raise RuntimeError(msg)
