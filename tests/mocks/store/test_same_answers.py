"""A mock in memory and two that share a store are told the same history, and say the same.

Each step goes to the mock in memory, and to one of the two others, which is drawn: whatever the one has done, the
other one goes on from there. What they answer is the same to the byte, and so are the journals, the deliveries that
receivers get, and the worlds in the end.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from greycard_mocks.clock import VirtualClock
from greycard_mocks.store.store import Store
from histories.drawn import (
    ACCOUNT,
    CLOCKS,
    DEPARTURES,
    KEY,
    LOOKS,
    PATHS,
    SCENARIOS,
    SECONDS,
    SETTINGS,
    VENDOR,
    VENDORS,
    WHO,
    calls,
    credential,
    faults,
)
from histories.sides import CONTRACTS, ORIGIN, RECEIVER, Side, StepClock, difference

Call = tuple[str, str, tuple[str, bytes]]
"""Vendor, operation, and type and bytes of a body."""


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
        usual=st.booleans(),
        fails=st.lists(st.sampled_from((200, 200, 500)), min_size=1, max_size=5),
    )
    def begin(self, *, virtual: bool, auto: bool, usual: bool, fails: list[int]) -> None:
        """Start all three; of the two that share a store each has connections of its own, and they have one clock."""
        made = VirtualClock if virtual else StepClock
        self._stores = [self._make(), self._make()]
        options: dict[str, Any] = {"auto": auto, "scenarios": {self.vendor: {"finish": 7}} if usual else None}
        self.sides = [Side(made(), fails, [None], **options), Side(made(), fails, [*self._stores], **options)]

    def both(self, tell: Callable[[Side], Any]) -> Any:
        """What both sides say, which is the same."""
        here, there = map(tell, self.sides)
        assert not difference(here, there)
        return here

    @rule(who=WHO, call=calls("create"), key=ACCOUNT)
    def create(self, who: int, call: Any, key: str) -> None:
        """A request that makes a task, if it is well formed."""
        self._send(who, call, key, "", -1)

    @rule(who=WHO, call=calls(), key=KEY, method=st.sampled_from(("", "", "", "HEAD", "PUT")), at=st.integers(-4, 3))
    def call(self, who: int, call: Any, key: str, method: str, at: int) -> None:
        """Any request, about one of the tasks that there are."""
        self._send(who, call, key, method, at)

    @rule(who=WHO, call=calls("read"), at=st.integers(-3, -1), times=st.sampled_from((1, 2, 3, 12)))
    def poll(self, who: int, call: Any, at: int, times: int) -> None:
        """Looks at a task, here and there in turn."""
        for number in range(times):
            self._send((who + number) % 2, call, "test-a", "", at)

    @rule(who=WHO, call=calls("read"), seed=st.integers(0, 50), kind=st.sampled_from(("error_status", "truncate")))
    def doubt(self, who: int, call: Any, seed: int, kind: str) -> None:
        """A fault that strikes by chance, here and there."""
        fault = {"kind": kind, "probability": 0.5, "count": None, "seed": seed}
        self._steer(who, call[0], "test-a", "POST", "/faults", fault)
        for number in range(8):
            self._send((who + number) % 2, call, "test-a", "", -1)

    @rule(who=WHO, call=calls("delete", "read"), at=st.integers(-3, -1))
    def delete(self, who: int, call: Any, at: int) -> None:
        """The end of a task, where a vendor has one."""
        self._send(who, call, "test-a", "", at)

    def _send(self, who: int, call: Call, key: str, method: str, at: int) -> None:
        vendor, name, (kind, body) = call
        operation = CONTRACTS[vendor].operations[name]
        tasks = self.tasks.get(vendor, [])
        known = tasks[at % len(tasks)] if tasks else "nothing"
        path = operation.path
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

    @rule(who=WHO, vendor=VENDOR, key=ACCOUNT, seed=st.integers(0, 2))
    def restore(self, who: int, vendor: str, key: str, seed: int) -> None:
        """Have a world as it was written down, but for the seed of the ids to come."""
        if vendor in self.files:
            self._steer(who, vendor, key, "PUT", "/import", {**self.files[vendor], "seed": seed})

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


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_history_is_answered_alike(redis_server: Any, vendor: str) -> None:
    """Status, body, headers and reasons; journals, deliveries and worlds."""

    def machine() -> Histories:
        prefix = f"t-{secrets.token_hex(6)}"
        return Histories(lambda: Store(redis_server.url, prefix=prefix, keep_seconds=600), vendor)

    run_state_machine_as_test(
        cast("Any", machine),
        settings=settings(
            max_examples=max(10, settings().max_examples // 8),
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
