"""The mock as a Python object: start it, take one world per test, set what happens, look at what happened.

    with Mock() as mock:
        picwish = mock.vendor("picwish")
        picwish.scenario(outcome="failed")
        my_application(base_url=picwish.url, api_key=picwish.credentials["api_key"])
        picwish.assert_requested("scale.create", times=1)

Nothing heavy is imported, and no port is opened, before something is asked for that needs it.
"""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from greycard_mocks.delivery.applications import EventLoop, Received, receiving
from greycard_mocks.testing.clock_choice import DEFAULT, read_clock
from greycard_mocks.testing.vendor import VendorMock
from greycard_mocks.testing.watching import drifts_wanted, tell
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.serve import Running
    from greycard_mocks.store.store import Store
    from greycard_mocks.web.wsgi_adapter import Session

__all__ = ["IN_PROCESS_ORIGIN", "Mock", "Received", "VendorMock"]

IN_PROCESS_ORIGIN = "http://greycard.test"


class Mock:
    """All mock vendors of one process; close it, or use it as a context manager.

    `vendors` names some of them (all by default), `contracts` further folders of contract data. `variants` is
    {vendor: {variant: option}} or ["vendor.variant=option"]. With the clock "virtual" time stands still until
    a test moves it; with "auto" so does a poll that is repeated, which goes to the next event before it is answered;
    with "real" time passes, `speed` times as fast as the machine's (or "real*20"), and deliveries come by
    themselves. `in_process` never opens a port: only sessions of this object reach the mock. `allow` opens addresses
    for picture links and deliveries that are neither public nor of this machine, such as the containers of a test:
    ["app:8000", "minio:9000", "10.1.0.0/16"]. `picture_memory` is how many MiB the result pictures that are made at the
    same time may take, two at most; one that needs more is made alone. `preset` names variants and a scenario for each
    vendor (see `greycard presets`), under those of `variants`. `drifts` and `freedoms` are ids, such as
    "picwish/rate.limit-up", of what the vendors do from the start; a number draws freedoms for each vendor. `store`
    keeps the worlds in Redis or Valkey: an address such as redis://127.0.0.1:6379/0 for keys that nobody else has and
    that are gone in the end, or a `greycard_mocks.store.store.Store` that others share. Raises
    greycard_schemas' ContractError for a vendor, variant, drift or freedom that does not exist, and for `contracts` in
    which the lint finds something; ValueError for a clock, an address to allow or an amount of memory that cannot be.
    """

    def __init__(  # noqa: PLR0913 - all but the first by name, all with a default
        self,
        vendors: Iterable[str] = (),
        *,
        variants: Mapping[str, Mapping[str, str]] | Sequence[str] = (),
        clock: str = DEFAULT,
        seed: int = 0,
        speed: float = 1.0,
        contracts: Sequence[Path | str] = (),
        patches: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        in_process: bool = False,
        client: Callable[[VendorMock], Any] | None = None,
        allow: Sequence[str] = (),
        picture_memory: int = 512,
        preset: str = "documents",
        drifts: Sequence[str] = (),
        freedoms: Sequence[str] | int = (),
        store: Store | str | None = None,
    ) -> None:
        self._clock = read_clock(clock)
        if self._clock.speed is not None and speed != 1:
            msg = f"the clock {clock!r} and speed={speed!r} both say how fast time passes; give one of them"
            raise ValueError(msg)
        self.in_process = in_process
        self.client = client
        """Makes the `client` of a vendor; this package has none of its own."""
        self.before_vendor: Callable[[Engine, str], None] | None = None
        """Told when somebody asks for a vendor, before there is a world."""
        self._seed, self._speed = seed, speed if self._clock.speed is None else self._clock.speed
        self._vendors, self._variants = tuple(vendors), variants
        self._contracts, self._patches = tuple(contracts), patches
        self._allow, self._picture_memory = tuple(allow), picture_memory
        self._preset, self._drifts, self._freedoms = preset, drifts, freedoms
        self._store = store
        self._lock = threading.RLock()
        self._counter = itertools.count(1)
        self._receivers = EventLoop()
        self._run = uuid.uuid4().hex[:8]
        self._taken: dict[World, None] = {}
        self._running: Running | None = None
        self._engine: Engine | None = None
        self._scratch: Store | None = None

    @property
    def engine(self) -> Engine:
        """The engine behind it all; the contracts are loaded when it is first asked for."""
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = self._made_engine()
        return self._engine

    def _made_engine(self) -> Engine:
        from pathlib import Path

        from greycard_mocks.delivery.pump import Pump
        from greycard_mocks.engine.engine import Engine
        from greycard_schemas.loader import load_contracts, parse_variants
        from greycard_schemas.presets import preset_named

        chosen = self._variants
        if isinstance(chosen, Mapping):
            variants = {name: dict(one) for name, one in chosen.items()}
        else:
            variants = parse_variants(chosen)
        preset = preset_named(self._preset)
        variants = {
            name: {**preset.variants.get(name, {}), **variants.get(name, {})}
            for name in {*preset.variants_of(self._vendors or preset.variants), *variants}
        }
        folders = [Path(folder) for folder in self._contracts]
        if folders:
            from greycard_schemas.lint.folders import refuse_faulty

            refuse_faulty(folders)
        vendors = load_contracts(self._vendors, folders=folders, variants=variants, patches=self._patches)
        drifts, drifted = drifts_wanted(vendors)
        if drifts:
            given = {name: list(one) for name, one in (self._patches or {}).items()}
            patches = {name: [*given.get(name, ()), *drifted.get(name, ())] for name in drifts}
            departed = load_contracts(list(drifts), folders=folders, variants=variants, patches=patches)
            vendors = {name: departed.get(name, one) for name, one in vendors.items()}
        engine = Engine(
            vendors, clock=self._clock.base(), seed=self._seed, speed=self._speed, auto=self._clock.auto,
            origin=IN_PROCESS_ORIGIN, contracts=folders, patches=self._patches, allow=self._allow,
            picture_memory=self._picture_memory, drifts=drifts,
            scenarios={name: one for name, one in preset.scenarios.items() if name in vendors}, store=self._opened(),
        )  # fmt: skip
        tell(engine)
        if self._drifts or self._freedoms != ():
            _depart(engine, self._drifts, self._freedoms)
        self._pump = Pump(engine.deliveries)
        engine.deliveries.on_due = self._pump.notify
        return engine

    def _opened(self) -> Store | None:
        """Where the worlds are kept, if not in this process."""
        if not isinstance(self._store, str):
            return self._store
        from greycard_mocks.store.store import scratch_store

        self._scratch = scratch_store(self._store)
        return self._scratch

    @property
    def vendors(self) -> tuple[str, ...]:
        """The names of the vendors."""
        return tuple(self.engine.runtimes)

    @property
    def url(self) -> str:
        """Where the mock is reached: scheme, host and port, without a path.

        The server starts when this is asked for.
        """
        if self.in_process:
            return IN_PROCESS_ORIGIN
        with self._lock:
            if self._running is None:
                from greycard_mocks.serve import run

                self._running = run(self.engine)
            return self._running.url

    @cached_property
    def application(self) -> Callable[..., Iterable[bytes]]:
        """The WSGI application, for an adapter of your own."""
        from greycard_mocks.app import create_app

        return create_app(self.engine, own_hosts=("greycard.test",))

    def mount(self, session: Session) -> Session:
        """Let `session` reach the mock under http://greycard.test without a socket; returns the session."""
        from greycard_mocks.web.wsgi_adapter import mount

        def application(*given: Any) -> Any:
            return self.application(*given)  # which is made when something asks for what is no vendor's

        return mount(session, application, IN_PROCESS_ORIGIN, self.engine.handle)

    def session(self) -> Session:
        """A new `requests` session that reaches the mock under http://greycard.test without a socket."""
        from greycard_mocks.web.session import InProcessSession

        return self.mount(InProcessSession())

    def vendor(
        self,
        name: str,
        credential: str | None = None,
        *,
        clock: str | None = None,
        speed: float | None = None,
        **variants: str,
    ) -> VendorMock:
        """A fresh world at one vendor, behind a credential of its own; `variants` hold for this world alone.

        `clock` and `speed` differ from the mock's own when they are given. A `credential` must begin with
        "test"; when its world exists already it is taken as it is. Raises LookupError for an unknown vendor,
        ValueError for another credential or a clock that there is not.
        """
        if name not in self.engine.runtimes:
            msg = _no_vendor(name, self.engine)
            raise LookupError(msg)
        if self.before_vendor is not None:
            self.before_vendor(self.engine, name)
        if credential is None:
            credential = f"test-{self._run}-{os.getpid()}-{next(self._counter)}"
        elif not credential.startswith("test"):
            msg = f"the credential {credential!r} must begin with 'test'; the mock refuses every other one"
            raise ValueError(msg)
        base = auto = None
        if clock is not None:
            choice = read_clock(clock)
            if choice.speed is not None and speed is not None:
                msg = f"the clock {clock!r} and speed={speed!r} both say how fast time passes; give one of them"
                raise ValueError(msg)
            base, auto = choice.base(), choice.auto
            speed = choice.speed if speed is None else speed
        world = self.engine.worlds.world(name, credential, clock=base, speed=speed, auto=auto)
        vendor = VendorMock(self, world)
        self._taken[world] = None
        if variants:
            vendor.set_variants(**variants)
        return vendor

    def taken(self, vendor: str) -> list[World]:
        """The worlds of a vendor that `vendor` has given to somebody and that are not closed."""
        return [world for world in tuple(self._taken) if world.runtime.name == vendor]

    def give_back(self, world: World) -> None:
        """Forget a world; for `VendorMock.close`."""
        self._taken.pop(world, None)
        self.engine.worlds.forget(world)

    def change(
        self,
        vendor: str,
        *,
        drifts: Sequence[str] | None = None,
        freedoms: Sequence[str] | int | None = None,
        **variants: str,
    ) -> None:
        """Change a vendor as a whole: all its worlds, those to come, and requests that belong to none.

        What is not named stays as it is; an empty list ends drifts or freedoms, a number draws freedoms. What single
        worlds had chosen for themselves ends. Raises LookupError for an unknown vendor, ContractError, which names what
        there is, for a variant, drift or freedom that the vendor does not have.
        """
        if vendor not in self.engine.runtimes:
            msg = _no_vendor(vendor, self.engine)
            raise LookupError(msg)
        self.engine.variants.change_vendor(vendor, variants, drifts, freedoms)

    def receiver(self, application: Callable[..., Any]) -> str:
        """Let deliveries reach something in this process; returns the base address to give to the vendor.

        `application` is a WSGI application (Flask, Django, ...), an ASGI application (FastAPI, Starlette, Litestar,
        ...), or a function, plain or async, that takes one `Received` and returns an HTTP status, (status, body), or
        None for 200. The lifespan of an ASGI application is not run. Raises TypeError for anything else.
        """
        taken = receiving(application, self._receivers)
        url = f"http://receiver-{next(self._counter)}.greycard.test"
        self.engine.transport.receivers[url] = taken
        return url

    def close(self) -> None:
        """Stop the server, if one was started, and remove temporary files. May be called twice."""
        with self._lock:
            if self._running is not None:
                self._running.close()
                self._running = None
            if self._engine is not None:
                self._pump.close()
                if self._scratch is not None:
                    self._scratch.wipe()
                    self._scratch = None
                self._engine.close()
            self._receivers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _no_vendor(name: str, engine: Engine) -> str:
    known = engine.runtimes
    return f"no vendor {name!r} in this mock; it has {', '.join(known)}{similar(name, known)}"


def _depart(engine: Engine, drifts: Sequence[str], freedoms: Sequence[str] | int) -> None:
    from greycard_schemas.errors import ContractError

    for one in (*drifts, *(() if isinstance(freedoms, int) else freedoms)):
        if one.partition("/")[0] not in engine.runtimes or "/" not in one:
            msg = f"{one!r} names no vendor of this mock; write VENDOR/ID, with one of {', '.join(engine.runtimes)}"
            raise ContractError(msg)
    for name in engine.runtimes:
        mine = [one for one in drifts if one.startswith(f"{name}/")]
        free = freedoms if isinstance(freedoms, int) else [one for one in freedoms if one.startswith(f"{name}/")]
        engine.variants.start(name, mine, free)
