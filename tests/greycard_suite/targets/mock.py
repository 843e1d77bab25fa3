"""The mock in this process as a target: virtual time, a fresh world for every test, no socket."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import known_secrets
from greycard_suite.clock import Pace
from greycard_suite.judge.answers import Judge
from greycard_suite.targets.images import Images
from greycard_suite.targets.receiver import Receiver
from greycard_suite.targets.target import Target
from greycard_suite.targets.wire import Budget, HttpWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.store.store import Store
    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.verdicts import Verdicts

ORIGIN = "http://greycard.test"
RECEIVER = "http://receiver.greycard.test/callback"
CAPABILITIES = frozenset(
    {"links", "bad_links", "redirects", "receiver", "virtual_time", "scenarios", "worlds", "exact_time"}
)


@dataclass(frozen=True, slots=True)
class WorldClock:
    """The clock of one world, for suite and client: sleeping advances it and makes what falls due."""

    engine: Engine
    world: World

    def now(self) -> float:
        """Seconds since 1970 in the world."""
        return self.world.clock.now()

    def sleep(self, seconds: float) -> None:
        """Advance at once."""
        if seconds > 0:
            self.engine.time.advance(self.world, seconds)


class MockTargets:
    """Makes a target with its own world for every test; one engine for all. Keeps `protocol.Targets`."""

    kind = "mock"
    recorded_kind = "mock"
    confirms = False

    def __init__(
        self, mocked: Mapping[str, Vendor], judged: Mapping[str, Vendor], *, seed: int = 0, store: Store | None = None
    ) -> None:
        from greycard_mocks.clock import VirtualClock
        from greycard_mocks.engine.engine import Engine

        self.judged = judged
        self.budget = Budget()
        self.credentials: Mapping[str, Mapping[str, str]] = {}
        self.engine: Engine = Engine(mocked, clock=VirtualClock(), seed=seed, origin=ORIGIN, store=store)
        self._app: Callable[[Any, Any], Iterable[bytes]] | None = None
        self._numbers = {name: itertools.count(1) for name in judged}

    def capabilities(self, vendor: str) -> frozenset[str]:
        """All that tests may ask for."""
        del vendor
        return CAPABILITIES

    def why_missing(self, need: str) -> str:
        """Why the mock lacks a capability."""
        return f"the mock has no {need}"

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """A fresh world of one vendor."""
        from greycard_mocks.web.session import InProcessSession
        from greycard_mocks.web.wsgi_adapter import mount

        credential = f"test-suite-{next(self._numbers[vendor])}"
        world = self.engine.worlds.world(vendor, credential)
        clock = WorldClock(self.engine, world)
        judged = self.judged[vendor]
        rate = judged.data.get("rate")
        session = mount(InProcessSession(), self._application, ORIGIN, self.engine.handle)
        pace = Pace(rate["limit"] if rate else None, rate["window_seconds"] if rate else 1.0, 0.0)
        receiver = Receiver(RECEIVER, clock)
        self.engine.transport.receivers[RECEIVER] = receiver.receive
        with world.lock:
            world.callback_url = RECEIVER
        return Target(
            "mock", Judge(judged, verdicts), ORIGIN, HttpWire(session, clock, pace, Budget(), wall=clock), clock,
            Images(f"{ORIGIN}/_mock/images/"), self.capabilities(vendor), credentials_for(judged, credential), receiver,
            MockControl(self.engine, world),
        )  # fmt: skip

    def _application(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """The Flask application, which is made when something asks for what is no vendor's."""
        if self._app is None:
            from greycard_mocks.app import create_app

            self._app = create_app(self.engine)
        return self._app(environ, start_response)

    def threads(self, vendor: str) -> int:
        """One test at a time: nobody waits."""
        del vendor
        return 1

    def clean_up(self, target: Target) -> None:
        """Nothing that a test created outlives it."""

    def is_recorded(self, vendor: str, test: str) -> bool:
        """A mock is always asked."""
        del vendor, test
        return False

    def drop_record(self, vendor: str, test: str) -> bool:
        """There is nobody else to ask."""
        del vendor, test
        return False

    def close(self) -> None:
        """Remove temporary files, and what was kept in a store."""
        if self.engine.store is not None:
            self.engine.store.wipe()
        self.engine.close()


def credentials_for(vendor: Vendor, credential: str) -> dict[str, str]:
    """What the vendor's clients are given for a credential of the mock."""
    return dict(zip(vendor.credentials, known_secrets(vendor.data["auth"], credential), strict=False))


@dataclass(frozen=True, slots=True)
class MockControl:
    """What can be done to a mock beside calling it: only tests that declare it may."""

    engine: Engine
    world: World

    def force(self, outcome: str, **more: Any) -> None:
        """The next task ends in this state."""
        from greycard_mocks.core.scenario import Scenario

        self.world.add_scenario(Scenario(outcome=outcome, **more))

    def forget_scenarios(self) -> None:
        """No task to come ends in a way of its own."""
        with self.world.lock:
            self.world.scenarios.clear()

    def set_balance(self, balance: float) -> None:
        """Set what the account has left."""
        with self.world.lock:
            self.world.balance = balance

    def fail_next(self, error: str) -> None:
        """The next request is answered with the vendor's error of that name."""
        with self.world.lock:
            self.world.forced_errors.append(error)

    def journal(self) -> list[dict[str, Any]]:
        """The journal of the world as JSON."""
        return [entry.as_json() for entry in self.world.journal.entries]

    @property
    def timing(self) -> Any:
        """The pace of the mock's tasks."""
        return self.world.runtime.timing
