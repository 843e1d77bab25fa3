"""Which worlds are reached otherwise than the mock was started, and which world speaks for its vendor.

A request is looked up by its path, and its world by its key. A world whose paths or key have moved has to be found
before both; and a request without the key of any world is answered as the world does that speaks for its vendor.
Holds no rule about who speaks (`engine.variants` decides) and looks at no request.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World


class Departed:
    """Read without a lock: what is written is replaced as a whole."""

    def __init__(self) -> None:
        self.are_there = False
        """Whether any request has to be looked at before it is looked up."""

        self.elsewhere: dict[str, dict[Runtime, frozenset[str]]] = {}
        """By vendor: runtimes with other paths or keys than the mock was started with, and who has them."""

        self.speakers: dict[str, World] = {}
        """By vendor: the world in whose manner a request without a known key is answered."""

        self._lock = threading.Lock()

    def note(self, world: World, started: Runtime, *, speaks: bool) -> None:
        """Remember how a world is reached now that it has another runtime, and whether it speaks for its vendor.

        `started` is the runtime that the mock was started with.
        """
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

    def forget(self, world: World) -> None:
        """Forget a world; its vendor answers again as the mock was started."""
        if self.are_there:
            with self._lock:
                self._leave(world)
                self.are_there = bool(self.elsewhere or self.speakers)

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
