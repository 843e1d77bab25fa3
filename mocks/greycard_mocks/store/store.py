"""A store of worlds in Redis or Valkey: what an engine is given, and what it can do with it."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.store.base import KEEP_SECONDS, Base
from greycard_mocks.store.keys import OF_A_WORLD, PREFIX
from greycard_mocks.store.life import Life
from greycard_mocks.store.pictures import InFolder, InStore, SharedSources
from greycard_mocks.store.shared_world import SharedWorld

if TYPE_CHECKING:
    from pathlib import Path

    from greycard_mocks.core.keeping.kept import Kept
    from greycard_mocks.core.world import World
    from greycard_mocks.images.store import SourceStore

SCRATCH_SECONDS = 3600.0


class Store(Base):
    """Worlds in Redis or Valkey at `url`, below keys that begin with `prefix`.

    What nobody uses for `keep_seconds` is forgotten. Input pictures are kept there too, or in a `folder` that all
    processes share.
    """

    def __init__(
        self, url: str, *, prefix: str = PREFIX, keep_seconds: float = KEEP_SECONDS, folder: Path | None = None
    ) -> None:
        """Raises link.StoreUrlError, and ValueError for a prefix that cannot be one; connects to nothing yet."""
        super().__init__(url, prefix=prefix, keep_seconds=keep_seconds)
        self._folder = folder
        self._life = Life(self)

    @property
    def life(self) -> Life:
        """What says that this process lives, and looks after deliveries."""
        return self._life

    @property
    def is_well(self) -> bool:
        """Whether the store has answered last; from the first time on it is asked every second."""
        self.life.watch()
        return self.link.is_well

    @property
    def world_count(self) -> int:
        """How many worlds there were when this process looked last."""
        return self.life.world_count

    def check(self) -> None:
        """Raises StoreError when the store does not answer, or is none."""
        self.link.command("PING")
        self.link.command("HDEL", self.keys.all, "checked")  # a replica, which nothing can be written to, refuses

    def secret(self) -> bytes:
        """What nobody else knows but the processes that share the store. Raises StoreError."""
        self.link.command("HSETNX", self.keys.all, "secret", secrets.token_bytes(32))
        found: bytes = self.link.command("HGET", self.keys.all, "secret")
        return found

    def sources(self) -> SourceStore:
        """Keeps the input pictures where all processes find them. Raises OSError for a folder that cannot be had."""
        shelf = InStore(self.link, self.keys, self.keep_seconds) if self._folder is None else InFolder(self._folder)
        return SharedSources(shelf)

    def keep(self, world: World) -> Kept:
        """Keep a world here."""
        return SharedWorld(self, world)

    def wipe(self) -> None:
        """Forget every world below the prefix: only for one that nobody else has.

        Where the store does not answer, what is there is gone when nobody has used it for `keep_seconds`.
        """
        with contextlib.suppress(StoreError):
            self._wipe()

    def _wipe(self) -> None:
        names = [
            self.keys.world(one.decode(), name)
            for one in self.link.command("ZRANGE", self.keys.worlds, 0, -1)
            for name in OF_A_WORLD
        ]
        pictures = [bytes.fromhex(one.decode()) for one in self.link.command("ZRANGE", self.keys.pictures, 0, -1)]
        names += [*map(self.keys.picture, pictures), *self.keys.of_no_world]
        for name in names:
            self.link.command("DEL", name)

    def close(self) -> None:
        """End what runs in the background, and the connections; what is kept stays."""
        self.life.close()
        self.link.close()


def scratch_store(url: str) -> Store:
    """A store below keys that nobody else has, to be wiped in the end; what is left of it is gone in an hour.

    Raises link.StoreUrlError, and StoreError when it does not answer.
    """
    store = Store(url, prefix=f"{PREFIX}-{secrets.token_hex(6)}", keep_seconds=SCRATCH_SECONDS)
    store.check()
    store.life.watch()
    return store
