"""Mocks side by side: their engines, the time and the receiver that those of a side have in common, what they tell."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import flask
import msgspec

from greycard_mocks.control.blueprint import control_blueprint
from greycard_mocks.core.answer import Request
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.engine.snapshot import export_world
from greycard_mocks.store.store import Store
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts()
ORIGIN, RECEIVER = "http://greycard.test", "http://receiver.test"
ACKNOWLEDGED = b'{"code": 0, "msg": "", "data": {"success": true}}'
READINGS = Engine(CONTRACTS).readings


class StepClock:
    """Real time to whoever asks, which passes when the test says so or somebody sleeps."""

    def __init__(self) -> None:
        self._now = 1_700_000_000.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self._now += max(0.0, seconds)


class Nowhere:
    """An egress guard behind which there is nothing."""

    def fetch(self, url: str, **_: Any) -> Any:
        """Refuse every address."""
        raise EgressError("unreachable", f"there is no {url}")

    post = fetch


class Side:
    """Engines that share their worlds, one where they are in memory; their clock, and the receiver of deliveries."""

    def __init__(self, clock: Any, fails: list[int], stores: list[Store | None], **options: Any) -> None:
        self.clock, self._fails = clock, fails
        self.got: list[Any] = []
        self.engines = [
            Engine(CONTRACTS, clock=clock, guard=cast("Any", Nowhere()), origin=ORIGIN, store=store, **options)
            for store in stores
        ]
        self._control = []
        for engine in self.engines:
            share_readings(engine)
            engine.transport.receivers[RECEIVER] = self._receive
            app = flask.Flask(__name__)
            app.register_blueprint(control_blueprint(engine))
            self._control.append(app.test_client())

    def _receive(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.got.append((url, dict(headers), body))
        status = self._fails[len(self.got) % len(self._fails)]
        return status, ACKNOWLEDGED if status == 200 else b""

    def ask(self, who: int, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Any:
        """All that an answer is made of, but its entry in the journal, which is compared apart."""
        given = {"host": "greycard.test", "content-length": str(len(body)), **headers}
        request = Request(method, path, query, given, io.BytesIO(body), len(body), ORIGIN)
        answer = self.engines[who % len(self.engines)].handle(request)
        answer.load()
        told = msgspec.structs.asdict(answer)
        clock, manners = told.pop("clock"), told.pop("manners")
        del told["entry"], told["file"]
        return {**told, "now": clock and clock.now(), "manners": manners is not None}

    def control(self, who: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """What the control plane answers."""
        client = self._control[who % len(self._control)]
        answer = client.open(f"/_mock{path}", method=method, json=body, headers={"Host": "localhost"})
        return answer.status_code, json.loads(answer.data)

    def known(self, who: int, vendor: str, credential: str) -> None:
        """Have a world used, so that it is there for everybody."""
        self.engines[who % len(self.engines)].worlds.world(vendor, credential).kept.refresh()

    def told(self, who: int) -> Iterator[Any]:
        """What one engine has to say of all that happened."""
        engine = self.engines[who % len(self.engines)]
        engine.worlds.catch_up()
        for world in sorted(engine.worlds, key=lambda world: world.id):
            exported = export_world(engine, world)
            yield world.id, world.credential, exported, world.clock.kind, world.polls.warning
            yield world.journal.count, [entry.as_json() for entry in world.journal.entries]
            yield list(world.tasks), [plan.id for plan in world.kept.latest_tasks(3)], len(world.tasks)
            yield len(world.dues), world.dues.first, engine.time.under_way(world), len(world.deleted)
        yield engine.worlds.unmatched.count, [entry.as_json() for entry in engine.worlds.unmatched.entries]
        yield len(engine.worlds), len(self.got)
        for name, runtime in engine.runtimes.items():
            yield name, dict(runtime.vendor.variants), runtime.drifts, runtime.freedoms
        yield self.got

    def close(self) -> None:
        """Give everything back."""
        for engine in self.engines:
            engine.close()


def share_readings(engine: Engine) -> None:
    """Have other readings of the documents made once for all examples: they never change, and take longest."""
    for name in ("_others", "_impossible", "_plain", "_drifts_of", "_freedoms_of"):
        setattr(engine.readings, name, getattr(READINGS, name))


def difference(here: Any, there: Any, at: str = "") -> str:
    """Where two values differ first, and how; empty where they do not."""
    if here == there:
        return ""
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        pairs = [(str(key), here[key], there[key]) for key in here]
    elif isinstance(here, list | tuple) and isinstance(there, list | tuple) and len(here) == len(there):
        pairs = [(str(n), one, other) for n, (one, other) in enumerate(zip(here, there, strict=True))]
    found = (difference(one, other, f"{at}/{name}") for name, one, other in pairs)
    return next((one for one in found if one), f"{at}: {here!r:.600} in memory, {there!r:.600} in the store")
