"""The mock without a web server: contracts, worlds and stores behind one call, `Engine.handle`.

Knows no Flask and no socket; tests use it directly. Everything it needs from outside (clock, guard) is given
to it.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from greycard_mocks.answers.results import ResultStore
from greycard_mocks.clock import Clock, SystemClock
from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.exchange import Answer, Exchange, Refusal, Request
from greycard_mocks.core.journal import SHOWN_HEADERS, Journal, shortened
from greycard_mocks.core.world import World
from greycard_mocks.delivery.schedule import Deliveries
from greycard_mocks.images.links import LinkReader
from greycard_mocks.images.store import SourceStore
from greycard_mocks.pipeline.operations import behave
from greycard_mocks.pipeline.steps import run_steps
from greycard_schemas.templates import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.core.plan import Item
    from greycard_mocks.egress.guard import Guard
    from greycard_schemas.loader import Operation, Vendor

MAX_WORLDS = 2000
MAX_SHARED = 10_000
REASON_CHARACTERS = 900


class Engine:
    """All mock vendors of one process."""

    def __init__(  # noqa: PLR0913 - all but the first by name, all with a default
        self,
        vendors: Mapping[str, Vendor],
        *,
        clock: Clock | None = None,
        seed: int = 0,
        speed: float = 1.0,
        guard: Guard | None = None,
        callback_url: str | None = None,
        origin: str = "http://greycard.test",
        contracts: Sequence[Path] = (),
        patches: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.seed, self.speed, self.callback_url = seed, speed, callback_url
        self.contracts, self.patches = tuple(contracts), dict(patches or {})
        """Where the vendors came from: needed again when a world wants other variants."""
        self.runtimes = {name: Runtime(vendor) for name, vendor in vendors.items()}
        self.other_runtimes: dict[tuple[str, tuple[tuple[str, str], ...]], Runtime] = {}
        """Runtimes of worlds in other variants, by vendor and variants: as many as there are choices."""
        self.sources = SourceStore()
        self.results = ResultStore(self.sources)
        self._guard = guard
        self.receivers: dict[str, Callable[[str, Mapping[str, str], bytes], tuple[int, bytes]]] = {}
        """In-process receivers of deliveries, by the beginning of their addresses."""
        self.deliveries = Deliveries(self)
        self.worlds: OrderedDict[tuple[str, str], World] = OrderedDict()
        self._by_id: dict[str, World] = {}
        self.strangers = Journal()
        """Requests that belong to no world: unknown paths and refused credentials."""
        self.on_due: Callable[[World], None] | None = None
        self._lock = threading.Lock()
        self._shared: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._shared_items: dict[tuple[Item, ...], tuple[Item, ...]] = {}
        self._static: dict[str, dict[str, tuple[Runtime, Operation]]] = {}
        self._dynamic: list[tuple[re.Pattern[str], str, Runtime, Operation]] = []
        for runtime in self.runtimes.values():
            for operation in runtime.operations.values():
                if operation.kind != "delivery":
                    self._route(runtime, operation)
        self.origin = origin

    @property
    def origin(self) -> str:
        """Scheme and host of the links in deliveries, which no request names."""
        return self._origin

    @origin.setter
    def origin(self, value: str) -> None:
        self._origin = value
        self.links.origins.add(value)

    @cached_property
    def guard(self) -> Guard:
        """The egress guard; made when first needed."""
        if self._guard is not None:
            return self._guard
        from greycard_mocks.egress.guard import Guard

        return Guard()

    @cached_property
    def links(self) -> LinkReader:
        """Reads pictures behind links."""
        return LinkReader(lambda: self.guard, self.sources)

    def _route(self, runtime: Runtime, operation: Operation) -> None:
        if "{" in operation.path:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
            self._dynamic.append((re.compile(pattern), operation.method, runtime, operation))
        else:
            self._static.setdefault(operation.path, {})[operation.method] = (runtime, operation)

    def match(self, method: str, path: str) -> tuple[Runtime, Operation, dict[str, str]] | None:
        """The operation for a request, with the parameters in its path; None when no vendor has it."""
        found = self._static.get(path, {}).get(method)
        if found is not None:
            return found[0], found[1], {}
        for pattern, wanted, runtime, operation in self._dynamic:
            if wanted == method and (hit := pattern.fullmatch(path)):
                return runtime, operation, {name: unquote(text) for name, text in hit.groupdict().items()}
        if "//" in path or path.endswith("/"):
            tidy = re.sub("/+", "/", path).rstrip("/")
            if tidy and tidy != path:
                again = self.match(method, tidy)
                if again and again[0].data["paths"]["tolerate_slashes"]:
                    return again
        return None

    def handle(self, request: Request) -> Answer:
        """Answer one request to a vendor; never raises for anything that a request can hold."""
        found = self.match(request.method, request.path)
        if found is None:
            return self.unmatched(request)
        return self.handle_operation(request, *found)

    def handle_operation(
        self, request: Request, runtime: Runtime, operation: Operation, parameters: Mapping[str, str]
    ) -> Answer:
        """Answer a request whose operation is known."""
        exchange = Exchange(request, runtime, operation, parameters, now=self.clock.now())
        try:
            outcome = run_steps(self, exchange) or behave(self, exchange)
        finally:
            for file in exchange.files.values():
                file.close()
        answer = self.refuse(exchange, outcome) if isinstance(outcome, Refusal) else outcome
        answer.fault, answer.world = exchange.fault, exchange.world
        if exchange.refusal is not None and not answer.reason:
            answer.reason = self.reason_of(exchange.runtime, exchange.refusal)
        self._record(exchange, answer)
        return answer

    def refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """The vendor's own refusal, with the reason for the user of the mock."""
        exchange.refusal = refusal
        return self.error_answer(exchange.runtime, refusal)

    def error_answer(self, runtime: Runtime, refusal: Refusal) -> Answer:
        """One of the vendor's errors as an answer."""
        error = runtime.errors[refusal.error]
        facts = {"error.code": error["code"], "error.message": error["message"]}
        body = json.dumps(render(error["body"], facts.__getitem__)).encode()
        return Answer(error["http"], body, reason=self.reason_of(runtime, refusal))

    def reason_of(self, runtime: Runtime, refusal: Refusal) -> str:
        """Claim, lines, pointer and words in one line of printable ASCII, fit for a header."""
        source = runtime.source_of(refusal.claim)
        parts = [refusal.claim, f"({source})" if source else "", refusal.pointer, "-", refusal.detail]
        text = " ".join(part for part in parts if part)
        return "".join(c if " " <= c <= "~" else "?" for c in text)[:REASON_CHARACTERS]

    def unmatched(self, request: Request) -> Answer:
        """The answer for a path or method that no vendor has, with the nearest operation and what differs."""
        from greycard_mocks.pipeline.near_miss import explain_unmatched

        runtime, detail = explain_unmatched(self, request)
        if runtime is None:
            body = json.dumps({"error": "not found", "detail": detail}).encode()
            answer = Answer(404, body, reason=self.reason_of(next(iter(self.runtimes.values())), Refusal("", detail)))
        else:
            rule = runtime.data["unmatched"]
            answer = self.error_answer(runtime, Refusal(rule["error"], detail, f"{runtime.name}#unmatched/error"))
        facts = {"vendor": runtime.name if runtime else None, "operation": None, **_request_facts(request),
                 "status": answer.status, "reason": answer.reason, "unmatched": True}  # fmt: skip
        world = self._world_of_stranger(runtime, request)
        if world is None:
            with self._lock:
                self.strangers.add("request", self.clock.now(), facts)
        else:
            with world.lock:
                world.journal.add("request", world.clock.now(), facts)
        return answer

    def _world_of_stranger(self, runtime: Runtime | None, request: Request) -> World | None:
        """The world whose credential came with a request for no operation.

        So that its user finds the request.
        """
        if runtime is None:
            return None
        return self.worlds.get((runtime.name, runtime.scheme.account(runtime.auth, request) or ""))

    def world(self, vendor: str, credential: str, *, clock: Clock | None = None, speed: float | None = None) -> World:
        """The world of a credential, made when first asked for; the least recently used one gives way.

        `clock` and `speed` are for a world that is made now; they change nothing in one that exists.
        """
        key = (vendor, credential)
        found = self.worlds.get(key)
        # the order matters only when a world may soon have to give way
        if found is None or len(self.worlds) > MAX_WORLDS // 2:
            with self._lock:
                found = self.worlds.get(key)
                if found is None:
                    found = World(
                        self.runtimes[vendor], credential, clock or self.clock,
                        seed=self.seed, speed=self.speed if speed is None else speed,
                    )  # fmt: skip
                    found.callback_url = self.callback_url
                    self.worlds[key] = self._by_id[found.id] = found
                    if len(self.worlds) > MAX_WORLDS:
                        _, oldest = self.worlds.popitem(last=False)
                        self._by_id.pop(oldest.id, None)
                else:
                    self.worlds.move_to_end(key)
        return found

    def forget(self, world: World) -> None:
        """Drop a world with all that is due in it; its credential begins anew."""
        with self._lock:
            if self._by_id.get(world.id) is world:
                del self._by_id[world.id]
                self.worlds.pop((world.runtime.name, world.credential), None)
        world.reset()

    def world_by_id(self, world_id: str) -> World | None:
        """The world with this public id; None when there is none."""
        return self._by_id.get(world_id)

    def shared_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """`values`, or an equal dictionary that another task already holds: keeps 100,000 tasks small."""
        try:
            key = tuple((name, type(value), value) for name, value in values.items())
            found = self._shared.get(key)
        except TypeError:
            return values
        if found is None:
            if len(self._shared) > MAX_SHARED:
                self._shared.clear()
            found = self._shared[key] = values
        return found

    def shared_items(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """`items`, or equal ones that another task already holds."""
        if len(self._shared_items) > MAX_SHARED:
            self._shared_items.clear()
        return self._shared_items.setdefault(items, items)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Send one delivery.

        To an in-process receiver when one is registered, otherwise through the guard.
        """
        for beginning, receiver in tuple(self.receivers.items()):
            # whole segments, so that receiver-1 does not get what is for receiver-10
            if url == beginning or url.startswith((f"{beginning}/", f"{beginning}?")):
                return receiver(url, headers, body)
        answer = self.guard.post(url, headers=headers, body=body)
        return answer.status, answer.body

    def wake(self, world: World) -> None:
        """Tell the pump, when there is one, that something has become due."""
        if self.on_due is not None:
            self.on_due(world)

    def advance(self, world: World, seconds: float) -> int:
        """Move a world forward and make everything that falls due, in order.

        Returns the number of attempts made.
        """
        from greycard_mocks.clock import checked_step

        target = world.clock.now() + checked_step(seconds)
        return self.settle(world, target)

    def settle(self, world: World, target: float) -> int:
        """Deliver all that is due up to `target` at its moment, then set the clock there."""
        attempts = 0
        with world.advancing:
            world.settling += 1  # keeps the pump away, so that everything happens here and in order
            try:
                while (due := self.deliveries.take(world, target)) is not None:
                    world.clock.move_to(due.moment)
                    self.deliveries.attempt(world, due)
                    attempts += 1
                world.clock.move_to(target)
            finally:
                world.settling -= 1
        self.wake(world)
        return attempts

    def freeze(self, world: World) -> None:
        """Stop a world's time; what is due waits."""
        world.clock.freeze()

    def resume(self, world: World) -> None:
        """Let a world's time pass again."""
        world.clock.resume()
        self.wake(world)

    def set_speed(self, world: World, speed: float) -> None:
        """Let a world's time pass at another speed; raises ValueError unless 0 < speed <= 1,000,000."""
        world.clock.set_speed(speed)
        self.wake(world)

    def _record(self, exchange: Exchange, answer: Answer) -> None:
        refusal = exchange.refusal
        facts = {
            "vendor": exchange.runtime.name,
            "operation": exchange.operation.name,
            **_request_facts(exchange.request),
            "values": shortened(exchange.values),
            "files": sorted(exchange.files),
            "status": answer.status,
            "task": exchange.task.id if exchange.task else None,
            "reason": answer.reason,
            "claim": refusal.claim if refusal else "",
            "pointer": refusal.pointer if refusal else "",
        }
        world = exchange.world
        if world is None:
            with self._lock:
                self.strangers.add("request", exchange.now, facts)
        else:
            with world.lock:
                world.journal.add("request", exchange.now, facts)

    def close(self) -> None:
        """Remove temporary files."""
        self.sources.close()


def _request_facts(request: Request) -> dict[str, Any]:
    shown = {name: request.headers[name][:200] for name in SHOWN_HEADERS if name in request.headers}
    return {"method": request.method[:20], "path": request.path[:300], "headers": shown}
