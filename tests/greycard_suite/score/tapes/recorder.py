"""Sees what is asked of the engines of this process and what they answer, and lets them depart by a drift.

Knows the parts of an engine, no test and no verdict. It changes no answer, unless all of them are to be broken;
but refusals do not say which other reading would accept them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import SystemClock
from greycard_mocks.core.answer import Answer
from greycard_mocks.core.halt import Pause
from greycard_mocks.core.world import RESULT
from greycard_mocks.pipeline.router import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_mocks.core.answer import Readable, Request
    from greycard_mocks.core.halt import Way
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Vendor

KEPT_BYTES = 32 << 20
HELD_SECONDS = 0.02
_REAL = SystemClock()
_BROKEN = b"\x00 broken for the score"
START = 1_700_000_000.0
"""Where the time of a world begins that stands still; see `greycard_mocks.clock.VirtualClock`."""


@dataclass(slots=True)
class Seen:
    """One exchange as it was, before ids are replaced. `world` and what stands behind it are None for a stray one."""

    kind: str
    vendor: str
    operation: str
    method: str = ""
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """None where nobody read it."""

    status: int | None = None
    content_type: str = ""
    reason: str = ""
    answer: bytes = b""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    at: float | None = None
    fault: str = ""
    is_known: bool = False
    """Whether the credential opens a world."""


@dataclass(slots=True)
class Limits:
    """What one test may make happen: requests, and seconds of the vendor's time; `beyond` is told what was too much."""

    requests: int
    seconds: float
    beyond: Callable[[str], None]


class Recorder:
    """Watches every engine of this process; `begin` and `end` frame one test.

    `departures` has ids and patches of the drifts of each vendor, made for `plain`, its contract as it is loaded
    without options. With `broken` every answer is an error that no document has, and no delivery can be read. With
    `held` 0 or 1 every other request waits a moment, so that of two which are sent at once the other one comes first.
    """

    def __init__(
        self,
        departures: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]] | None = None,
        plain: Mapping[str, Vendor] | None = None,
        *,
        broken: bool = False,
        held: int | None = None,
    ) -> None:
        self._departures, self._plain, self._broken = dict(departures or {}), dict(plain or {}), broken
        self._held = held
        self._limits: Limits | None = None
        self._requests = 0
        self.names: list[tuple[str, str]] = []
        """Further texts that differ from run to run, with their placeholders."""

        self.engines: list[Engine] = []
        self.seen: list[Seen] = []
        self.worlds: dict[str, World] = {}
        """Every world that something was asked of, by its id, in the order in which they appeared."""

        self.tasks: dict[str, tuple[str, TaskPlan]] = {}
        """Vendor and plan of every task by its id, in the order in which they were created."""

        self.states: set[tuple[str, str]] = set()
        """Vendor and state of all that tasks pass through."""

    def drifts(self, vendors: Mapping[str, Vendor]) -> Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]]:
        """Ids and patches for those of these vendors that are to depart."""
        found: dict[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]] = {}
        for name, (ids, patches) in self._departures.items():
            if name in vendors:
                vendor, plain = vendors[name], self._plain.get(name)
                if plain is not None and vendor.variants != plain.variants:
                    from greycard_schemas.drifts.catalogue import patches_for

                    found[name] = (ids, patches_for(vendor, ids))
                else:
                    found[name] = (ids, patches)
        return found

    def made(self, engine: Engine) -> None:
        """Stand between an engine and whoever asks it."""
        self.engines.append(engine)
        router = Router(engine.runtimes.values())
        handle, way, post = engine.handle, engine.way, engine.transport.post

        def handled(request: Request) -> Answer:
            seen = self._begun(engine, router, request)
            request.stream = tee = _Tee(request.stream)
            _REAL.sleep(self._wait())
            answer = handle(request)
            self._done(engine, seen, tee, answer)
            return self._as_sent(answer)

        def on_the_way(request: Request) -> Way:
            seen, tee = self._begun(engine, router, request), None
            if self._wait():
                yield Pause(self._wait(), _REAL)
            halts = way(request)
            while True:
                if not isinstance(request.stream, _Tee):
                    request.stream = tee = _Tee(request.stream)
                try:
                    halt = next(halts)
                except StopIteration as end:
                    answer = end.value
                    break
                yield halt
            self._done(engine, seen, tee, answer)
            return self._as_sent(answer)

        def posted(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
            seen = Seen("delivery", "", "", "POST", url, headers=dict(headers), body=body)
            self.seen.append(seen)
            try:
                seen.status, seen.answer = post(url, headers, _BROKEN if self._broken else body)
            except Exception as error:
                seen.reason = type(error).__name__
                raise
            return seen.status, seen.answer

        engine.handle, engine.way = handled, on_the_way
        engine.transport.post = posted  # type: ignore[method-assign]
        # what would accept a refused request is read by nobody here, and finding it under a drift takes more time than
        # the test
        engine.readings.are_tried = False

    def begin(self, limits: Limits | None = None) -> None:
        """Forget what was seen; from now on it belongs to another test."""
        self._limits, self._requests = limits, 0
        self.seen, self.worlds, self.tasks, self.states = [], {}, {}, set()

    def _begun(self, engine: Engine, router: Router, request: Request) -> Seen:
        found = router.match(request.method, request.path)
        route = found.route if found is not None else None
        if found is not None and route is None:
            world = engine.worlds.by_id(found.parameters["world"])
            vendor, operation = (world.runtime.name if world else ""), RESULT
        elif route is not None:
            vendor, operation = route.runtime.name, route.operation.name
            world = _world_of(engine, route.runtime.name, request)
        else:
            world, vendor, operation = None, "", f"{request.method} {request.path}"
            for name in engine.runtimes:
                world = world or _world_of(engine, name, request)
        seen = Seen(
            "request", vendor, operation, request.method, request.path, request.query, dict(request.headers)
        )  # fmt: skip
        seen.at, seen.is_known = _moment(world), world is not None
        self.seen.append(seen)
        self._requests += 1
        limits = self._limits
        if limits is not None and self._requests > limits.requests:
            limits.beyond("it went on asking, far beyond what it asks otherwise")
        if limits is not None and (seen.at or 0.0) > limits.seconds:
            limits.beyond("it went on waiting, for hours of the vendor's time")
        return seen

    def _done(self, engine: Engine, seen: Seen, tee: _Tee | None, answer: Answer) -> None:
        seen.body = tee.content if tee is not None else None
        seen.status, seen.content_type, seen.reason, seen.fault = (
            answer.status, answer.content_type, answer.reason, answer.fault,
        )  # fmt: skip
        if answer.file is not None:
            answer.load()
        seen.answer = answer.body if answer.instead is None else answer.instead
        seen.answer_headers = dict(answer.headers)
        for world in engine.worlds:
            self._note(world)

    def _note(self, world: World) -> None:
        name = world.runtime.name
        if world.id not in self.worlds and (world.tasks or world.journal.count):
            self.worlds[world.id] = world
        for task, plan in list(world.tasks.items()):
            if task not in self.tasks:
                self.tasks[task] = (name, plan)
                self.states.update((name, state) for _, state in plan.timeline)

    def _wait(self) -> float:
        """Real seconds for which the request that has just begun is held."""
        return HELD_SECONDS if self._held is not None and self._requests % 2 == self._held else 0.0

    def _as_sent(self, answer: Answer) -> Answer:
        return Answer(500, _BROKEN, "text/plain") if self._broken else answer


class _Tee:
    """A request's body that remembers what was read of it."""

    def __init__(self, inner: Readable) -> None:
        self._inner = inner
        self._blocks: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """As of any stream."""
        block = self._inner.read(size)
        self._size += len(block)
        self._digest.update(block)
        if self._size <= KEPT_BYTES:
            self._blocks.append(block)
        return block

    @property
    def content(self) -> bytes | None:
        """What was read; of a body that is too large a line with its digest, None where nothing was."""
        if self._size == 0:
            return None
        if self._size > KEPT_BYTES:
            return f"{self._size} bytes, sha256 {self._digest.hexdigest()}".encode()
        return b"".join(self._blocks)


def _world_of(engine: Engine, vendor: str, request: Request) -> World | None:
    runtime = engine.runtimes[vendor]
    try:
        credential = runtime.scheme.account(runtime.auth, request)
    except (LookupError, ValueError):
        return None
    return engine.worlds.find(vendor, credential) if credential else None


def _moment(world: World | None) -> float | None:
    return round(world.clock.now() - START, 3) if world is not None and world.clock.virtual else None
