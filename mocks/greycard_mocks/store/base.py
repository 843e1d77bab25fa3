"""What every part of a store needs of it: the connection, the names of the keys, the clock, who this process is."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.clock import SharedClock
from greycard_mocks.store.keys import PREFIX, Keys
from greycard_mocks.store.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.store.parts import RuntimeOf

KEEP_SECONDS = 7 * 86400.0
FORGOTTEN_SECONDS = 120.0
"""After which what has not been noted as used is surely gone: a use is noted once a minute."""


class Renewable(Protocol):
    """What is lost unless it is renewed."""

    def renew(self) -> None:
        """Have it for another while. Raises StoreError."""
        ...


class Living(Protocol):
    """What says that this process lives, and renews what it holds."""

    def begin(self) -> None:
        """Say so, now and from now on."""
        ...

    def hold(self, lease: Renewable) -> None:
        """Renew a lease until it is let go."""
        ...

    def let_go(self, lease: Renewable) -> None:
        """Renew a lease no more."""
        ...


class Base:
    """The connection and what goes with it."""

    def __init__(self, url: str, *, prefix: str = PREFIX, keep_seconds: float = KEEP_SECONDS) -> None:
        """Raises link.StoreUrlError, and ValueError for a prefix that cannot be one; connects to nothing yet."""
        self.url, self.prefix = url, prefix
        self.keys = Keys(prefix)
        self.clock = SharedClock()
        self.link = Link(url, self.clock)
        self.keep_seconds = keep_seconds
        self.process = secrets.token_hex(6)
        """The name of this process among those that share the store."""

        self._tokens = itertools.count(1)
        self.runtime_of: RuntimeOf = _no_runtime
        """Makes the runtime of a vendor in some variants, drifts and freedoms; the engine sets it."""

        self.runtimes: Mapping[str, Runtime] = {}
        """The vendors as they are now; the engine sets it."""

        self.changed: Callable[[str], object] = lambda _: None
        """Told the number of the last change of what belongs to no world, whenever a lock is taken."""

    @property
    def life(self) -> Living:
        """What says that this process lives."""
        raise NotImplementedError

    def token(self) -> str:
        """What nobody else has."""
        return f"{self.process}.{next(self._tokens)}"

    def is_current(self, world: World) -> bool:
        """Whether a world in which nothing has happened is as its vendor is now."""
        return self.runtimes.get(world.runtime.name) is world.runtime

    def begin_anew(self, world: World) -> None:
        """Have a world as at the beginning, of the vendor as it is now. Call under its lock."""
        world.runtime = self.runtimes.get(world.runtime.name, world.runtime)
        world.begin_anew()
        world.clock.begin_anew()
        kept: Any = world.kept
        world.seed, world.callback_url, world.usual = kept.first

    def note_waiting(self, world_id: str) -> None:
        """Deliveries are due in a world, or being made. Call while its lock is held, before that is let go."""
        self.life.begin()
        self._keep(("SADD", self.keys.waiting, world_id), self.keys.waiting)

    def note_used(self, world: World) -> None:
        """A world is used."""
        keys = self.keys
        self._keep(("ZADD", keys.worlds, repr(self.clock.now()), world.id), keys.worlds, keys.all)

    def forget_unused(self) -> None:
        """Have no id stand for a world that nobody has used for so long that it is gone."""
        before = self.clock.now() - self.keep_seconds - FORGOTTEN_SECONDS
        self.link.command("ZREMRANGEBYSCORE", self.keys.worlds, "-inf", repr(before))

    def _keep(self, command: Sequence[Any], *keys: str) -> None:
        """Run a command, and have these keys kept as long as what is used now."""
        self.link.commands(command, *(("PEXPIRE", key, int(self.keep_seconds * 1000)) for key in keys))

    def world_is_gone(self, world: World) -> None:
        """A world was forgotten."""
        self.link.command("ZREM", self.keys.worlds, world.id)


def _no_runtime(*_: Any) -> Runtime:
    msg = "the store belongs to no engine yet"
    raise RuntimeError(msg)
