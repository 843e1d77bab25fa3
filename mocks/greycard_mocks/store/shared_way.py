"""The way of a request where several processes share the worlds: the same steps, inside the world's lock.

Between two halts the lock is held, so that whatever the steps do there is one step for all processes. What may take
long is done without it: the steps after `BLOCKS` take it themselves for what they change. No answer leaves before it is
kept, and while the store does not answer the vendor has an error of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Answer, Refusal
from greycard_mocks.core.halt import BLOCKS, NeedsBody, Within
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.pipeline.refusals import reason_of
from greycard_mocks.pipeline.steps import way

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.halt import Way
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services

TRIES = 5


class _ChangedError(Exception):
    """What belongs to no world has changed since the request was looked up."""


def shared_way(services: Services, request: Request) -> Way:
    """Answer one request, as `steps.way` does. Yields BLOCKS first: nothing of it is for an event loop."""
    yield BLOCKS
    try:
        for _ in range(TRIES):
            inner = way(services, request)
            try:
                return (yield from _in_sections(services, request, inner, services.worlds.epoch))
            except _ChangedError:
                continue
            finally:
                inner.close()
    except StoreError as error:
        return trouble(services, request, error)
    return trouble(services, request, StoreError("whole vendors are being changed all the time"))


def _in_sections(services: Services, request: Request, inner: Way, epoch: str) -> Way:
    world: World | None = None
    is_covered, is_new = False, True
    while True:
        try:
            if is_covered and world is not None:
                with world.lock:
                    if is_new and services.worlds.epoch != epoch:
                        raise _ChangedError
                    is_new = False
                    halt = next(inner)
                    while isinstance(halt, NeedsBody) and request.is_whole:
                        halt = next(inner)
            else:
                halt = next(inner)
        except StopIteration as end:
            answered: Answer = end.value
            return answered
        if isinstance(halt, Within):
            world, is_covered = halt.world, True
            if world is not None:
                if halt.task_id:
                    world.kept.expect(halt.task_id)
            elif is_new:
                services.worlds.catch_up()
                if services.worlds.epoch != epoch:
                    raise _ChangedError
            continue
        is_covered = halt is not BLOCKS
        yield halt
        if is_covered:
            yield BLOCKS  # back from the event loop


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
