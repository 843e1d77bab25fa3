"""Where a request is looked up: in the paths that the mock was started with, or in those of the world it belongs to.

Asked only while a world is reached otherwise than the mock was started, or speaks for its vendor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.pipeline.router import Router

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.worlds import Worlds

MAX_ROUTERS = 200


class Doors:
    """The routers of one mock: the one that it was started with, and others, made when first needed."""

    def __init__(self, started: Router, worlds: Worlds) -> None:
        self._started, self._worlds = started, worlds
        self._others: dict[tuple[Runtime, ...], Router] = {}

    def router_for(self, request: Request) -> Router:
        """The router of the worlds to which a request would belong at each vendor."""
        departed = self._worlds.departed
        touched = departed.elsewhere.keys() | departed.speakers.keys()
        chosen = tuple(
            self._runtime_for(request, runtime) if runtime.name in touched else runtime
            for runtime in self._started.runtimes
        )
        if chosen == self._started.runtimes:
            return self._started
        found = self._others.get(chosen)
        if found is None:
            if len(self._others) >= MAX_ROUTERS:
                self._others.clear()
            found = self._others[chosen] = Router(chosen)
        return found

    def _runtime_for(self, request: Request, started: Runtime) -> Runtime:
        """How the vendor is for this request: as its world, as the world that speaks for all, or as started."""
        name = started.name
        for runtime, credentials in self._worlds.departed.elsewhere.get(name, {}).items():
            if runtime.scheme.account(runtime.auth, request) in credentials:
                return runtime
        credential = started.scheme.account(started.auth, request)
        world = None if credential is None else self._worlds.find(name, credential)
        if world is not None:
            return world.runtime
        if credential is not None and credential.startswith("test"):
            return started
        speaker = self._worlds.departed.speakers.get(name)
        return started if speaker is None else speaker.runtime
