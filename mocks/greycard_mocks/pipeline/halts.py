"""Whether a step of a request may have to wait: for the body, a connection, a file, or a picture that is being made.

One function for each step that ever does. None means that it needs nothing but a moment of this thread, which is
so for nearly every request; a server that answers many at a time relies on that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.faults import KINDS
from greycard_mocks.core.halt import BLOCKS
from greycard_mocks.pipeline.body import media_type
from greycard_mocks.pipeline.remedy import is_looked_for

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Refusal
    from greycard_mocks.core.exchange import Exchange, Said
    from greycard_mocks.core.halt import Halt
    from greycard_mocks.pipeline.services import Services


def before_signature(_: Services, exchange: Exchange) -> Halt | None:
    """A signed request is held against its whole body."""
    if not exchange.runtime.scheme.signs or exchange.world is None or exchange.request.content_length == 0:
        return None
    return exchange.rules.needs_body


def before_body(_: Services, exchange: Exchange) -> Halt | None:
    """The body, unless there is none, or it comes in an encoding that is refused unread."""
    rules, request = exchange.rules, exchange.request
    if not rules.encodings or request.content_length == 0:
        return None
    mimetype, _options = media_type(request.headers.get("content-type", ""))
    return rules.needs_body if mimetype in rules.encodings else None


def before_pictures(services: Services, exchange: Exchange) -> Halt | None:
    """Pictures that must be fetched, drawn or decoded."""
    pictures, values = exchange.rules.pictures, exchange.values
    if exchange.files or "mask" in pictures or pictures.get("inline") in values:
        return BLOCKS
    links = values.get(pictures["list"], ()) if "list" in pictures else (values.get(pictures.get("link", "")),)
    known, limit = services.links.at_hand, exchange.rules.link_bytes
    return None if all(link is None or known(link, limit) for link in links) else BLOCKS


def before_deliveries(_: Services, exchange: Exchange) -> Halt | None:
    """A vendor may tell of the task before it answers the create, by its manners or by a fault."""
    if exchange.rules.kind != "create" or not exchange.runtime.deliveries:
        return None
    faults = exchange.world.faults if exchange.world is not None else ()
    early = exchange.runtime.manners.deliver_early or any(KINDS[fault.kind].early for fault in faults)
    return BLOCKS if early else None


def before_download(_services: Services, _exchange: Exchange) -> Halt:
    """The picture may have to be made."""
    return BLOCKS


def before_refusing(services: Services, exchange: Exchange, refusal: Refusal) -> Halt | None:
    """Other readings of the vendor have to be made ready once, to say which one would accept the request."""
    if not is_looked_for(exchange, refusal.claim):
        return None
    known = services.readings.are_at_hand(exchange.runtime, exchange.rules.operation.name, refusal.claim)
    return None if known else BLOCKS


def before_rendering(exchange: Exchange, said: Said) -> Halt | None:
    """An answer may hold a picture; how long its file is follows from the task."""
    if said.picture_only:
        return BLOCKS
    delivers = exchange.runtime.rules[said.task.operation].contract.get("delivers")
    if not delivers or "base64" not in delivers:
        return None
    return BLOCKS if said.task.values.get(delivers["parameter"]) == delivers["base64"] else None
