"""The way of a request where several processes share the worlds: the same steps, inside the world's lock.

Between two halts the lock is held, so that whatever the steps do there is one step for all processes. What may take
long is done without it: the steps after `BLOCKS` take it themselves for what they change. No answer leaves before it is
kept, and while the store does not answer the vendor has an error of its own.
"""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Any, cast

from greycard_mocks.core.answer import Answer, Refusal
from greycard_mocks.core.halt import BLOCKS, NeedsBody, Within
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.pipeline.refusals import reason_of
from greycard_mocks.pipeline.steps import way
from greycard_mocks.web.arriving import BrokenOff

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Readable, Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.halt import Halt, Way
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services

TRIES = 5
SPOOL_BYTES = 256 << 10
BLOCK_BYTES = 64 << 10


class _ChangedError(Exception):
    """What belongs to no world has changed since the request was looked up."""


def shared_way(services: Services, request: Request) -> Way:
    """Answer one request, as `steps.way` does. Yields BLOCKS first: nothing of it is for an event loop."""
    yield BLOCKS
    try:
        for _ in range(TRIES):
            inner = way(services, request)
            try:
                return (yield from _Stretches(services, request, inner, services.worlds.epoch).way())
            except _ChangedError:
                continue
            finally:
                inner.close()
    except StoreError as error:
        return trouble(services, request, error)
    return trouble(services, request, StoreError("whole vendors are being changed all the time"))


class _Stretches:
    """The stretches of a way between its halts, each inside the lock of the world or outside."""

    def __init__(self, services: Services, request: Request, inner: Way, epoch: str) -> None:
        self._services, self._request, self._inner, self._epoch = services, request, inner, epoch
        self._world: World | None = None
        self._is_covered, self._is_first = False, True

    def way(self) -> Way:
        """All of them. Raises StoreError, and _ChangedError before anything was done."""
        strays: Any = self._services.worlds.unmatched
        while True:
            strays.gather()
            try:
                halt = self._next()
            except StopIteration as end:
                answered: Answer = end.value
                return answered
            finally:
                strays.keep()
            if isinstance(halt, Within):
                self._enter(halt)
                continue
            self._is_covered = halt is not BLOCKS
            yield halt
            if self._is_covered:
                yield BLOCKS  # back from the event loop
            if isinstance(halt, NeedsBody):
                _have_at_hand(self._request, halt.limit)

    def _enter(self, halt: Within) -> None:
        self._world, self._is_covered = halt.world, True
        if halt.world is None:
            self._services.worlds.catch_up()
            self._look_for_changes()
        elif halt.task_id:
            halt.world.kept.expect(halt.task_id)

    def _look_for_changes(self) -> None:
        if self._is_first and self._services.worlds.epoch != self._epoch:
            raise _ChangedError
        self._is_first = False

    def _next(self) -> Halt:
        if not self._is_covered or self._world is None:
            return next(self._inner)
        with self._world.lock:
            self._look_for_changes()
            halt = next(self._inner)
            while isinstance(halt, NeedsBody) and self._request.is_whole:
                halt = next(self._inner)
            return halt


def _have_at_hand(request: Request, limit: int) -> None:
    """Read a body that still comes, so that nobody waits for it while a world's lock is held."""
    if getattr(request.stream, "seekable", bool)():
        return
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - lives as long as the request
    broken: OSError | ValueError | None = None
    try:
        while file.tell() <= limit and (block := request.stream.read(BLOCK_BYTES)):
            file.write(block)
    except (OSError, ValueError) as error:
        broken = error
    file.seek(0)
    content = cast("IO[bytes]", file)
    request.stream = cast("Readable", content) if broken is None else BrokenOff(content, broken)


def trouble(services: Services, request: Request, error: StoreError) -> Answer:
    """The vendor's own error for a server that has failed, with the reason that it was the mock's store."""
    found = services.router.match(request.method, request.path)
    detail = f"the mock's own trouble, not the vendor's: {error}"
    runtime = found.route.runtime if found is not None and found.route is not None else None
    name = None if runtime is None else _server_error(runtime)
    if runtime is None or name is None:
        reason = reason_of(None, Refusal("", detail))
        return Answer(503, b'{"error": "the mock cannot reach its store"}', reason=reason)
    status, body = runtime.refusal(name, None)
    return Answer(status, body, runtime.manners.content_type, reason=reason_of(None, Refusal("", detail)))


def _server_error(runtime: Runtime) -> str | None:
    """The vendor's error with an HTTP status of 500 or more."""
    errors = runtime.data["errors"]
    return next((name for name, one in errors.items() if isinstance(one, dict) and one.get("http", 0) >= 500), None)
