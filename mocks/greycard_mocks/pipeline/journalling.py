"""Writes each request and its answer down where the user of the mock looks for it; keeps references only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.journal import MAX_METHOD, MAX_PATH, Told, kept, shown_headers
from greycard_mocks.core.journal.answered import MAX_BODY, kept_answer
from greycard_mocks.core.manners import AS_USUAL
from greycard_mocks.core.world import RESULT

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Answer
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.pipeline.services import Services

MAX_QUERY = 8
"""So many parameters of a query are named, which no vendor's document has."""


def journal(services: Services, exchange: Exchange, answered: Answer) -> None:
    """Write down what came and what it was answered with, where the user of the mock looks for it.

    This is done for every request: it keeps references, and works out nothing that can be worked out when it is read.
    """
    request, refusal, task, world = exchange.request, exchange.refusal, exchange.task, exchange.world
    body = answered.body
    is_plain = answered.file is None and answered.instead is None and len(body) <= MAX_BODY
    told = Told(
        exchange.runtime.name,
        exchange.name,
        request.method[:MAX_METHOD],
        request.path[:MAX_PATH],
        shown_headers(request),
        kept(exchange.values),
        tuple(sorted(exchange.files)) if exchange.files else (),
        answered.status,
        task.id if task is not None else None,
        answered.reason,
        refusal.claim if refusal is not None else "",
        refusal.pointer if refusal is not None else "",
        answered.fault,
        exchange.rules.fields if exchange.rules.encodings else None,
        ignored_besides(exchange) if request.query or exchange.dropped else (),
        body if is_plain else kept_answer(answered),
        answered.content_type,
        answered.headers if answered.headers or exchange.runtime.manners is not AS_USUAL else (),
    )
    if world is None:
        answered.entry = services.worlds.record_unmatched(services.clock.now(), told)
    else:
        with world.lock:
            kind = "download" if exchange.name == RESULT else "request"
            answered.entry = world.journal.add(kind, exchange.now, told)


def ignored_besides(exchange: Exchange) -> tuple[str, ...]:
    """What was sent beside the fields and not looked at: a file as text, parameters of a query, by name only."""
    query = exchange.request.query[:MAX_PATH] if exchange.name != RESULT else ""
    names = [f"?{pair.partition('=')[0]}" for pair in query.split("&") if pair]
    return (*exchange.dropped, *dict.fromkeys(names[:MAX_QUERY]))
