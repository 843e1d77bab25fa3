"""A mock in memory and two that share a store are told the same history, and say the same.

Each step goes to the mock in memory, and to one of the two others, which is drawn: whatever the one has done, the
other one goes on from there. What they answer is the same to the byte, and so are the journals, the deliveries that
receivers get, and the worlds in the end.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import flask
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from greycard_mocks.clock import VirtualClock
from greycard_mocks.control.blueprint import control_blueprint
from greycard_mocks.core.answer import Request
from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.faults import KINDS
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.engine.snapshot import export_world
from greycard_mocks.images.testcards import card
from greycard_mocks.store.store import Store
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.examples.requests import addressed, base_request, broken, edges
from greycard_schemas.loader import Operation, load_contracts

CONTRACTS = load_contracts()
VENDORS = sorted(CONTRACTS)
ORIGIN, RECEIVER = "http://greycard.test", "http://receiver.test"
SECRETS = {
    "picwish": ("x-api-key", "{}"),
    "enhancor": ("x-api-key", "{}"),
    "magictiger": ("token", "{}"),
    "wondershare": ("authorization", "Basic {}"),
}
LINKS = (f"{ORIGIN}/_mock/images/300x200.jpg", f"{ORIGIN}/_mock/images/20x20.gif", "http://nowhere.test/a.jpg", "x")
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
ACKNOWLEDGED = b'{"code": 0, "msg": "", "data": {"success": true}}'

WHO = st.sampled_from((0, 1))
VENDOR = st.runner().flatmap(lambda machine: st.sampled_from((machine.vendor,) * 9 + (machine.other,)))
"""Nearly always the one that the machine is about."""

ACCOUNT = st.sampled_from(("test-a", "test-a", "test-b"))
KEY = st.sampled_from(("test-a", "test-a", "test-a", "test-b", "wrong", ""))
PATHS = st.sampled_from(("/", "//", "/api//x", "/api/tasks", "/_mock/x", "/_mock/results/x/y/z.png"))
SECONDS = st.sampled_from((0.0, 0.4, 1.0, 3.0, 12.0, 40.0, 4000.0))

OPERATIONS = {
    vendor: [one for one in contract.operations.values() if one.kind != "delivery"]
    for vendor, contract in CONTRACTS.items()
}


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
        self.clock, self._fails, self.got = clock, fails, cast("list[Any]", [])
        self.engines = [
            Engine(CONTRACTS, clock=clock, guard=cast("Any", Nowhere()), origin=ORIGIN, store=store, **options)
            for store in stores
        ]
        self._control = []
        for engine in self.engines:
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


def bodies(operation: Operation) -> st.SearchStrategy[tuple[str, bytes]]:
    """Type and bytes of a body: all well, at the edges, breaking a statement, or none at all."""
    base = base_request(operation)
    odd = [values for _, values, _ in edges(operation)] + [one.values for one in broken(operation)]
    values = st.one_of(st.just(base), st.just(base), st.sampled_from(odd or [base]))
    link = st.sampled_from((LINKS[0], *LINKS))
    kinds = st.sampled_from(("application/json", FORM, MULTIPART))
    good = st.builds(encoded, kinds, values, link)
    return st.one_of(good, good, good, st.just(("", b"")), st.just(("application/json", b"[[")))


def encoded(kind: str, values: Any, picture: str) -> tuple[str, bytes]:
    """A body in this encoding."""
    sent = addressed(values, picture, f"{RECEIVER}/hook")
    if kind == "application/json":
        return kind, json.dumps(sent).encode()
    fields = sent if isinstance(sent, dict) else {"value": sent}
    if kind != MULTIPART:
        return kind, urlencode(fields, errors="replace").encode()
    parts = [f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n'
    return kind, b"".join([*parts, head, card(40, 30, "jpeg"), b"\r\n--B--\r\n"])


def calls(*kinds: str) -> st.SearchStrategy[tuple[str, str, tuple[str, bytes]]]:
    """A request to an operation of one of these kinds."""
    table = {
        vendor: st.one_of([
            st.tuples(st.just(vendor), st.just(one.name), bodies(one))
            for one in operations if not kinds or one.kind in kinds
        ]) for vendor, operations in OPERATIONS.items()
    }  # fmt: skip
    return VENDOR.flatmap(table.__getitem__)


def departures(vendor: str) -> st.SearchStrategy[dict[str, Any]]:
    """Variants, drifts and freedoms for the control plane."""
    variants = CONTRACTS[vendor].data.get("variants", {})
    options = [{name: option} for name, rule in variants.items() for option in rule["options"]]
    drifts = st.lists(st.sampled_from(sorted(drifts_of(CONTRACTS[vendor]))), max_size=1)
    return st.one_of(
        st.sampled_from(options or [{}]),
        drifts.map(lambda ids: {"drifts": ids}),
        st.one_of(st.just([]), st.integers(0, 5)).map(lambda seed: {"freedoms": seed}),
    )


DEPARTURES = VENDOR.flatmap({one: st.tuples(st.just(one), departures(one)) for one in VENDORS}.__getitem__)


def faults() -> st.SearchStrategy[dict[str, Any]]:
    """Any fault with some of its options."""
    values = {"probability": st.sampled_from((0.5, 0.5, 1.0)), "count": st.sampled_from((1, 2, None)),
              "seconds": st.sampled_from((0.0, 0.3, 30.0)), "ttl": st.sampled_from((2, 500)),
              "distribution": st.sampled_from(("uniform", "lognormal")), "spread": st.just(0.2),
              "seed": st.integers(0, 3), "status": st.just(502), "fraction": st.just(0.3),
              "chunks": st.just(2)}  # fmt: skip
    return st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries(
            {"kind": st.just(kind)},
            optional={name: values[name] for name in (*KINDS[kind].options, "probability", "count", "seed", "ttl")},
        )
    )


def scenarios(vendor: str) -> st.SearchStrategy[dict[str, Any]]:
    """What may happen to the next tasks of a vendor."""
    lifecycle = Runtime(CONTRACTS[vendor])
    outcomes, running = st.sampled_from(lifecycle.outcomes()), st.sampled_from(lifecycle.timing.running)
    return st.fixed_dictionaries(
        {"count": st.sampled_from((1, 2, None))},
        optional={"outcome": outcomes, "finish": SECONDS, "failed_items": st.sampled_from(([0], [1])),
                  "durations": running.map(lambda state: {state: 2.5}), "skip": running.map(lambda state: [state])},
    ) | st.fixed_dictionaries({"stuck": running})  # fmt: skip


SCENARIOS = VENDOR.flatmap({one: scenarios(one) for one in VENDORS}.__getitem__)
SETTINGS = st.fixed_dictionaries(
    {}, optional={"balance": st.sampled_from((0, 2, 1e6)), "rate_limit": st.sampled_from((0, 1, 3, None)),
                  "queue_length": st.integers(0, 2), "link_life": st.sampled_from((1, None)),
                  "callback_url": st.sampled_from((f"{RECEIVER}/account", None, "nonsense"))},
)  # fmt: skip
CLOCKS = st.one_of(
    st.sampled_from(("freeze", "auto", "resume")).map(lambda action: {"action": action}),
    st.sampled_from((0.5, 3, 0)).map(lambda speed: {"action": "speed", "speed": speed}),
)
LOOKS = st.sampled_from(
    ("", "/scenarios", "/faults", "/clock", "/clock/moves", "/settings", "/tasks", "/requests", "/downloads",
     "/deliveries", "/variants", "/export", "/har"),
)  # fmt: skip


class Histories(RuleBasedStateMachine):
    """One history, told to both sides."""

    def __init__(self, make: Callable[[], Store], vendor: str) -> None:
        super().__init__()
        self.vendor, self.other = vendor, VENDORS[VENDORS.index(vendor) - 1]
        self._make, self._stores = make, cast("list[Store]", [])
        self.sides: list[Side] = []
        self.tasks: dict[str, list[str]] = {}
        self.links: list[tuple[str, str]] = []
        self.files: dict[str, Any] = {}

    @initialize(
        virtual=st.booleans(),
        auto=st.booleans(),
        fails=st.lists(st.sampled_from((200, 200, 500)), min_size=1, max_size=5),
    )
    def begin(self, *, virtual: bool, auto: bool, fails: list[int]) -> None:
        """Start all three; of the two that share a store each has connections of its own, and they have one clock."""
        made = VirtualClock if virtual else StepClock
        self._stores = [self._make(), self._make()]
        self.sides = [Side(made(), fails, [None], auto=auto), Side(made(), fails, [*self._stores], auto=auto)]

    def both(self, tell: Callable[[Side], Any]) -> Any:
        """What both sides say, which is the same."""
        here, there = map(tell, self.sides)
        assert not difference(here, there)
        return here

    @rule(who=WHO, call=calls("create"), key=ACCOUNT)
    def create(self, who: int, call: Any, key: str) -> None:
        """A request that makes a task, if it is well formed."""
        self._send(who, *call, key, "", -1)

    @rule(who=WHO, call=calls(), key=KEY, method=st.sampled_from(("", "", "", "HEAD", "PUT")), at=st.integers(-4, 3))
    def call(self, who: int, call: Any, key: str, method: str, at: int) -> None:
        """Any request, about one of the tasks that there are."""
        self._send(who, *call, key, method, at)

    @rule(who=WHO, call=calls("read", "delete"), at=st.integers(-3, 0), again=st.booleans())
    def poll(self, who: int, call: Any, at: int, *, again: bool) -> None:
        """A look at a task, or its end."""
        self._send(who, *call, "test-a", "", at)
        if again:
            self._send(1 - who, *call, "test-a", "", at)

    def _send(self, who: int, vendor: str, name: str, sent: tuple[str, bytes], key: str, method: str, at: int) -> None:
        operation = CONTRACTS[vendor].operations[name]
        tasks = self.tasks.get(vendor, [])
        known = tasks[at % len(tasks)] if tasks else "nothing"
        path, (kind, body) = operation.path, sent
        for part in path.split("/"):
            path = path.replace(part, known) if part.startswith("{") else path
        parameter = operation.contract.get("task", {}).get("parameter", "")
        if kind == "application/json" and body.startswith(b"{"):
            values = json.loads(body)
            body = json.dumps({**values, parameter: known} if parameter in values else values).encode()
        headers = {**credential(vendor, key), **({"content-type": kind} if kind else {})}
        answer = self.both(lambda side: side.ask(who, method or operation.method, path, "", headers, body))
        self._learn(vendor, key, answer["body"])

    def _learn(self, vendor: str, key: str, body: bytes) -> None:
        text = body.decode("latin-1").replace("\\/", "/")
        for rest in text.split(f"{ORIGIN}/_mock/results/")[1:]:
            self.links.append(tuple(f"/_mock/results/{rest.partition(chr(34))[0]}".partition("?")[::2]))  # type: ignore[arg-type]
        world = self.sides[0].engines[0].worlds.find(vendor, key)
        if world is not None and world.tasks:
            self.tasks[vendor] = list(world.tasks)

    @rule(who=WHO, at=st.integers(-5, -1), more=st.sampled_from(("", "", "&x=1")))
    def download(self, who: int, at: int, more: str) -> None:
        """A look at a result."""
        if self.links:
            path, query = self.links[at % len(self.links)]
            self.both(lambda side: side.ask(who, "GET", path, query + more, {}, b""))

    @rule(who=WHO, method=st.sampled_from(("GET", "POST", "OPTIONS")), vendor=VENDOR, key=KEY, path=PATHS)
    def stray(self, who: int, method: str, vendor: str, key: str, path: str) -> None:
        """A request to a path that there is not."""
        self.both(lambda side: side.ask(who, method, path, "", credential(vendor, key), b""))

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: float) -> None:
        """Let time pass where it passes by itself."""
        for side in self.sides:
            side.clock.sleep(seconds)

    @rule(who=WHO, vendor=VENDOR, key=ACCOUNT, what=st.one_of(
        st.tuples(st.just("POST"), st.just("/scenarios"), SCENARIOS),
        st.tuples(st.just("POST"), st.just("/faults"), faults()),
        st.tuples(st.just("PATCH"), st.just("/settings"), SETTINGS),
        st.tuples(st.just("POST"), st.just("/clock"), CLOCKS),
        st.tuples(st.just("POST"), st.just("/clock"), SECONDS.map(lambda s: {"action": "advance", "seconds": s})),
        st.tuples(st.just("GET"), LOOKS, st.none()),
        st.sampled_from((("DELETE", "/scenarios", None), ("DELETE", "/faults", None), ("POST", "/reset", {}),
                         ("DELETE", "", None))),
    ))  # fmt: skip
    def steer(self, who: int, vendor: str, key: str, what: tuple[str, str, Any]) -> None:
        """Anything of one world by the control plane."""
        self._steer(who, vendor, key, *what)

    def _steer(self, who: int, vendor: str, key: str, method: str, path: str, body: Any) -> Any:
        def tell(side: Side) -> Any:
            side.known(who, vendor, key)
            return side.control(who, method, f"/worlds/{vendor}:{key}{path}", body)

        return self.both(tell)[1]

    @rule(who=WHO, vendor=VENDOR, seconds=SECONDS)
    def advance(self, who: int, vendor: str, seconds: float) -> None:
        """Move the clock of a world that is used much."""
        self._steer(who, vendor, "test-a", "POST", "/clock", {"action": "advance", "seconds": seconds})

    @rule(who=WHO, choice=DEPARTURES, whole=st.booleans())
    def depart(self, who: int, choice: tuple[str, Any], *, whole: bool) -> None:
        """Another reading of the document, for one world or for the vendor as a whole."""
        vendor, body = choice
        if whole:
            self.both(lambda side: side.control(who, "PATCH", f"/vendors/{vendor}/variants", body))
        else:
            self._steer(who, vendor, "test-a", "PATCH", "/variants", body)

    @rule(who=WHO, vendor=VENDOR, key=ACCOUNT, errors=st.integers(0, 20))
    def force(self, who: int, vendor: str, key: str, errors: int) -> None:
        """The next request is refused with one of the vendor's errors."""
        names = sorted(CONTRACTS[vendor].data["errors"])

        def tell(side: Side) -> None:
            world = side.engines[who % len(side.engines)].worlds.world(vendor, key)
            with world.lock:
                world.forced_errors.append(names[errors % len(names)])

        self.both(tell)

    @rule(who=WHO, vendor=VENDOR, at=st.integers(-3, 0), url=st.sampled_from((None, f"{RECEIVER}/other", "nonsense")))
    def deliver(self, who: int, vendor: str, at: int, url: str | None) -> None:
        """Tell of a task once more."""
        tasks = self.tasks.get(vendor, ["nothing"])
        body = {"task": tasks[at % len(tasks)], **({"url": url} if url else {})}
        self._steer(who, vendor, "test-a", "POST", "/deliveries", body)

    @rule(who=WHO, vendor=VENDOR, key=ACCOUNT)
    def keep(self, who: int, vendor: str, key: str) -> None:
        """Write a world down."""
        self.files[vendor] = self._steer(who, vendor, key, "GET", "/export", None)

    @rule(who=WHO, vendor=VENDOR, key=ACCOUNT)
    def restore(self, who: int, vendor: str, key: str) -> None:
        """Have a world as it was written down."""
        if vendor in self.files:
            self._steer(who, vendor, key, "PUT", "/import", self.files[vendor])

    @rule(who=WHO)
    def reset_all(self, who: int) -> None:
        """Forget everything."""
        self.both(lambda side: side.control(who, "POST", "/reset", {}))

    @rule(who=WHO)
    def compare(self, who: int) -> None:
        """All that is known of all worlds."""
        here, there = (list(side.told(who)) for side in self.sides)
        assert not difference(here, there)

    def teardown(self) -> None:
        """Compare all at the end, as both see it."""
        try:
            if self.sides:
                self.compare(0)
                self.compare(1)
        finally:
            for store in self._stores[:1]:
                store.wipe()
            for side in self.sides:
                side.close()


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


def credential(vendor: str, key: str) -> dict[str, str]:
    """The headers for a key of a vendor."""
    name, form = SECRETS[vendor]
    secret = base64.b64encode(f"{key}:secret".encode()).decode() if vendor == "wondershare" else key
    return {name: form.format(secret)} if key else {}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_history_is_answered_alike(redis_server: Any, vendor: str) -> None:
    """Status, body, headers and reasons; journals, deliveries and worlds."""

    def machine() -> Histories:
        prefix = f"t-{secrets.token_hex(6)}"
        return Histories(lambda: Store(redis_server.url, prefix=prefix, keep_seconds=600), vendor)

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(10, settings().max_examples // 10),
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
