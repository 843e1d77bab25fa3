"""Answers a request that no vendor has: with the nearest operation, and what differs from it in words."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Answer, Refusal
from greycard_mocks.core.journal import request_facts
from greycard_mocks.core.journal.answered import readable_answer
from greycard_mocks.core.paths import OWN, is_own
from greycard_mocks.pipeline.base_url import at_base_url, is_base_url
from greycard_mocks.pipeline.refusals import error_answer, reason_of
from greycard_mocks.pipeline.router import ALIKE

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.manners import Manners
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.router import Route, Router
    from greycard_mocks.pipeline.services import Services
    from greycard_schemas.loader import Operation

MAX_PATH = 200
NO_SUCH_PATH = "no such path"
"""What the vendor's refusal says: its own text may speak of a task, which is not what is missing here."""

BEYOND = "a feature that the documents leave out is added with --contracts DIR ('greycard contracts new' writes it)"


@dataclass(frozen=True, slots=True)
class Stray:
    """The answer to a request that no vendor has, in whose world and manners it is sent, where these are known."""

    answer: Answer
    world: World | None = None
    manners: Manners | None = None


def unmatched(services: Services, router: Router, request: Request) -> Stray:
    """The answer for a path or method that no vendor has, journalled where its sender looks for it."""
    if is_own(request.path):
        detail = f"{request.method} {request.path[:200]} is no part of the control plane; see {OWN}/openapi.json"
        problem = {"type": "about:blank", "title": "not found", "status": 404, "detail": detail}
        return Stray(Answer(404, json.dumps(problem).encode(), "application/problem+json"))
    if is_base_url(request):
        return Stray(at_base_url(services.router, request))
    runtime, detail = explain_unmatched(router, request)
    world = _world_of(services, runtime, request)
    if world is not None:
        world.kept.refresh()
        runtime = world.runtime  # the world may behave otherwise than its vendor
    if runtime is None:
        body = json.dumps({"error": "not found", "detail": detail}).encode()
        answer = Answer(404, body, reason=reason_of(None, Refusal("", detail)))
    else:
        rule = runtime.data["unmatched"]
        refusal = Refusal(rule["error"], detail, f"{runtime.name}#unmatched/error")
        answer = error_answer(runtime, refusal, NO_SUCH_PATH)
    facts = {"vendor": runtime.name if runtime else None, "operation": None, **request_facts(request),
             "status": answer.status, "reason": answer.reason, "unmatched": True,
             "answer": readable_answer(answer.body, answer.content_type, answer.headers)}  # fmt: skip
    if world is None:
        answer.entry = services.worlds.record_unmatched(services.clock.now(), facts)
    else:
        with world.lock:
            answer.entry = world.journal.add("request", world.clock.now(), facts)
    return Stray(answer, world, runtime.manners if runtime is not None else None)


def _world_of(services: Services, runtime: Runtime | None, request: Request) -> World | None:
    """The world whose credential came with a request for no operation, so that its user finds the request."""
    if runtime is None:
        return None
    return services.worlds.find(runtime.name, runtime.scheme.account(runtime.auth, request) or "")


def explain_unmatched(router: Router, request: Request) -> tuple[Runtime | None, str]:
    """(the vendor to whose family the path belongs, a sentence that says what to send instead)."""
    path = request.path[:MAX_PATH]
    tidy = re.sub("/+", "/", path).rstrip("/")
    for pattern, route in router.shapes:
        if route.method != request.method and pattern.fullmatch(tidy):
            called = f"{route.operation.name} is {route.method} {route.path}, not {request.method[:20]}"
            return route.runtime, called + _lines(route.operation, "method")
    owner = router.owner_of(path)
    said = f"no operation of {owner.name} has the path {path}" if owner else f"no vendor has the path {path}"
    nearest = _nearest(router, owner, tidy)
    if nearest is not None:
        said += f"; the nearest is {nearest.operation.name}: {nearest.method} {nearest.path}"
        return owner, f"{said}{_lines(nearest.operation, 'path')}; {BEYOND}"
    families = [f"{route.runtime.name} {route.path}" for route in router.routes if route.operation.kind == "create"]
    return owner, f"{said}; vendors have, for example, {', '.join(families)}; {BEYOND}"


def _nearest(router: Router, owner: Runtime | None, path: str) -> Route | None:
    """The operation of a vendor whose path is most like this one; of any vendor only one that may have been meant."""
    routes = [route for route in router.routes if owner is None or route.runtime is owner]
    likeness = [difflib.SequenceMatcher(None, route.path, path).ratio() for route in routes]
    most = max(likeness, default=0.0)
    return routes[likeness.index(most)] if routes and (owner is not None or most >= ALIKE) else None


def _lines(operation: Operation, key: str) -> str:
    source = str(operation.contract.get("x-source", {}).get(key, ""))
    return f" ({source})" if source and not source.startswith("assumed") else ""
