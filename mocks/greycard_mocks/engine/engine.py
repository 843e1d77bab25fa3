"""All mock vendors of one process: puts the parts together; `Engine.handle` answers one request.

Knows no Flask and no socket. What comes from outside (clock, guard) is given to it; what each part can do is asked
of the part.
"""

from __future__ import annotations

import secrets
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.result_store import ResultStore
from greycard_mocks.clock import Clock, SystemClock, monotonic
from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.scenario import usual_scenario
from greycard_mocks.core.worlds import Worlds
from greycard_mocks.delivery.receivers import Transport
from greycard_mocks.delivery.schedule import Deliveries
from greycard_mocks.engine.readings import Readings
from greycard_mocks.engine.sharing import join, shared_worlds, way_of
from greycard_mocks.engine.time import Time
from greycard_mocks.engine.variants import Variants
from greycard_mocks.images.links import LinkReader
from greycard_mocks.images.memory import give_back
from greycard_mocks.images.store import SourceStore
from greycard_mocks.images.testcards import forget_cards
from greycard_mocks.images.turns import Turns
from greycard_mocks.pipeline.doors import Doors
from greycard_mocks.pipeline.router import Router
from greycard_mocks.pipeline.services import Services
from greycard_mocks.pipeline.steps import drained, way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.core.answer import Answer, Request
    from greycard_mocks.core.halt import Way
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.egress.guard import Guard
    from greycard_mocks.store.store import Store
    from greycard_schemas.loader import Vendor


class Engine:
    """The parts of one mock: `worlds`, `time`, `deliveries`, `links`, `sources`, `results`, `readings`, `variants`."""

    def __init__(  # noqa: PLR0913 - all but the first by name, all with a default
        self,
        vendors: Mapping[str, Vendor],
        *,
        clock: Clock | None = None,
        seed: int = 0,
        speed: float = 1.0,
        auto: bool = False,
        guard: Guard | None = None,
        callback_url: str | None = None,
        origin: str = "http://greycard.test",
        contracts: Sequence[Path] = (),
        patches: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        drifts: Mapping[str, Sequence[str]] | None = None,
        freedoms: Mapping[str, Sequence[str]] | None = None,
        allow: Iterable[str] = (),
        picture_memory: int = 512,
        scenarios: Mapping[str, Mapping[str, Any]] | None = None,
        store: Store | None = None,
    ) -> None:
        """`contracts` and `patches` are what `vendors` were loaded with, apart from these `drifts` and `freedoms`.

        With `auto` a repeated poll moves the clock of a world that stands.

        `allow` opens addresses that are neither public nor loopback for links and deliveries: HOST, HOST:PORT or
        CIDR. `picture_memory` is how many MiB of memory the pictures that are made at the same time may take; one that
        needs more is made alone. `scenarios` is what happens to each task of a vendor for which no other one waits.
        Raises egress.allow's AllowError for an address that cannot be read, ValueError for memory below 1.
        """
        self._given_guard = guard
        self._guard: Guard | None = None
        self._loopback = True
        self._allow = tuple(allow)
        if self._allow:
            self._guarded()  # what cannot be read is told now, not at the first link
        clock = clock or (SystemClock() if store is None else store.clock)
        self.runtimes = {
            name: Runtime(vendor, tuple((drifts or {}).get(name, ())), tuple((freedoms or {}).get(name, ())))
            for name, vendor in vendors.items()
        }
        self.readings = Readings(self.runtimes, contracts, patches or {})
        self.store = store
        make_worlds = Worlds if store is None else shared_worlds(store, self.runtimes, self.readings)
        self.worlds = make_worlds(
            self.runtimes, clock, seed=seed, speed=speed, callback_url=callback_url, auto=auto,
            usual={name: usual_scenario(self.runtimes[name], one) for name, one in (scenarios or {}).items()},
        )  # fmt: skip
        self.sources = SourceStore() if store is None else store.sources()
        if picture_memory < 1:
            msg = f"picture_memory is a number of MiB from 1 up, not {picture_memory!r:.100}"
            raise ValueError(msg)
        self.turns = Turns(picture_memory << 20)
        self.results = ResultStore(self.sources, self.turns)
        self.links = LinkReader(self._guarded, self.sources, self.turns)
        self.transport = Transport(self._guarded)
        self.deliveries = Deliveries(self.transport, self.results, origin)
        self.time = Time(self.deliveries, clock)
        self.origin = origin
        self.router = Router(self.runtimes.values())
        self.variants = Variants(self.readings, self.worlds, self.router)
        services = Services(
            self.router, self.worlds, self.links, self.sources, self.results, self.deliveries, clock,
            self.time.let_pass, self.time.settle, self.readings, Doors(self.router, self.worlds),
        )  # fmt: skip
        self.way: Callable[[Request], Way] = partial(way if store is None else way_of(store), services)
        """Answers one request; never raises for anything that a request can hold. Yields where it has to wait."""
        answering = self.way
        self.handle: Callable[[Request], Answer] = lambda request: drained(answering(request))
        """As `way`, in this thread, which waits where the request has to wait."""
        if store is not None:
            join(store, self.worlds, self.variants, self.deliveries)

    @cached_property
    def secret(self) -> bytes:
        """What nobody else knows but those that share the worlds, for what the page signs."""
        return secrets.token_bytes(32) if self.store is None else self.store.secret()

    def watch(self, tell: Callable[[Entry, float], None]) -> None:
        """Have `tell` called with the journal's entry of each request, and the seconds that its answer took.

        Of each delivery too, with 0 seconds. It is called in the thread that answers or sends, so it must neither wait
        nor raise. To be called before the engine is served; without it a request pays nothing.
        """
        self.deliveries.watch = lambda entry: tell(entry, 0.0)
        way = self.way

        def watched(request: Request) -> Way:
            begun = monotonic()
            answered = yield from way(request)
            if answered.entry is not None:
                tell(answered.entry, monotonic() - begun)
            return answered

        self.way, self.handle = watched, lambda request: drained(watched(request))

    @property
    def origin(self) -> str:
        """Scheme and host of the links in deliveries, which no request names."""
        return self.deliveries.origin

    @origin.setter
    def origin(self, value: str) -> None:
        self.deliveries.origin = value
        self.links.origins.add(value)

    def _guarded(self) -> Guard:
        """The egress guard; made when first needed."""
        if self._given_guard is not None:
            return self._given_guard
        if self._guard is None:
            from greycard_mocks.egress.allow import Allowances
            from greycard_mocks.egress.guard import Guard

            self._guard = Guard(allow=Allowances.of(self._allow), loopback=self._loopback)
        return self._guard

    def close_loopback(self) -> None:
        """Refuse links and deliveries to this machine from now on, but for what is allowed.

        For a mock that others reach: they must not reach through it what listens to this machine alone. A guard that
        was given keeps its own rules.
        """
        self._loopback, self._guard = False, None

    def forget_pictures(self) -> None:
        """Forget results and test cards, which are made again when somebody asks, and give their memory back."""
        self.results.clear()
        forget_cards()
        give_back()

    def close(self) -> None:
        """Remove temporary files; of a store the connections are closed, and what it keeps stays."""
        self.sources.close()
        self.results.clear()
        if self.store is not None:
            self.store.close()
