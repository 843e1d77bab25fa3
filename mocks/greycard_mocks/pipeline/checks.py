"""The checks that a request has to pass before it is carried out: each refuses, or lets it go on (None).

A vendor's data say in which order they come (`order`); `steps` takes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Refusal
from greycard_mocks.core.events import remedy_for_rate
from greycard_mocks.core.exchange import Beyond
from greycard_mocks.pipeline.auth import unknown_credential, wrong_signature
from greycard_mocks.pipeline.body import BodyError, coerced, media_type, parse_form, read_body
from greycard_mocks.pipeline.json_body import parse_json
from greycard_mocks.pipeline.refusals import oversize, unreadable
from greycard_mocks.pipeline.validation import malformed_url, misspelled, why_invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.pipeline.services import Services

    Check = Callable[[Services, Exchange], Refusal | None]


def authenticate(_: Services, exchange: Exchange) -> Refusal | None:
    """Without a valid credential: the vendor's own refusal."""
    if exchange.world is None:
        return unknown_credential(exchange)
    return wrong_signature(exchange, exchange.world.credential) if exchange.runtime.scheme.signs else None


def check_size(_: Services, exchange: Exchange) -> Refusal | None:
    """Refuse a body by its declared length, before any of it is read."""
    length = exchange.request.content_length
    if length is None or length <= exchange.rules.body_bytes:
        return None
    exchange.beyond = Beyond(body_bytes=length)
    rules = exchange.rules
    most = f"a picture may have {rules.file_bytes}" if rules.file_bytes else f"at most {rules.body_bytes} are read"
    return oversize(exchange, f"the body has {length} bytes; {most}")


def check_rate(_: Services, exchange: Exchange) -> Refusal | None:
    """Let through at most the documented number of requests in any window."""
    rate, world = exchange.runtime.rate, exchange.world
    if rate is None or world is None or world.rate_limit is None:
        return None
    if rate["scope"] == "create" and exchange.rules.kind != "create":
        return None
    with world.lock:
        if world.window.admit(exchange.now, world.rate_limit):
            return None
    detail = f"more than {world.rate_limit} requests within {rate['window_seconds']} s"
    if remedy := remedy_for_rate(world, rate["window_seconds"]):
        detail = f"{detail}; {remedy}"
    return Refusal(rate["error"], detail, f"{exchange.runtime.name}#rate/limit")


def parse(_: Services, exchange: Exchange) -> Refusal | None:
    """Read the body in one of the operation's encodings, and the parameters in the path."""
    rules, request = exchange.rules, exchange.request
    if not rules.encodings:
        exchange.values = dict(exchange.parameters)
        return None
    mimetype, options = media_type(request.headers.get("content-type", ""))
    if mimetype not in rules.encodings:
        accepted = " or ".join(rules.encodings)
        return Refusal(
            rules.refusal, f"Content-Type is {mimetype or 'missing'}; send {accepted}", f"{rules.place}#encodings"
        )
    try:
        if mimetype == "application/json":
            exchange.values = parse_json(read_body(request.stream, request.content_length, rules.body_bytes))
        else:
            fields, exchange.files = parse_form(
                request.stream, request.content_length, mimetype, options, rules.body_bytes, rules.inline_bytes
            )
            exchange.values = coerced(fields, rules.numbers)
    except BodyError as error:
        return unreadable(exchange, error)
    return None


def validate(_: Services, exchange: Exchange) -> Refusal | None:
    """Hold the values against the operation's request schema."""
    rules, values = exchange.rules, exchange.values
    for name in rules.only_files:
        # S2:20 and S2:35: a picture may come as a file or as a link; a file sent as text is no file
        if values.pop(name, None) is not None:
            exchange.dropped += (name,)
    for name, default in rules.defaults.items():
        values.setdefault(name, default)
    try:
        fits = rules.fits(values)
    except ValueError:
        fits = rules.fits_apart_from_unknown(values)
    if not fits:
        return why_invalid(exchange)
    if not values.keys() <= rules.fields.keys():
        exchange.refusal = misspelled(exchange)
    return malformed_url(exchange) if rules.urls else None


def check_balance(_: Services, exchange: Exchange) -> Refusal | None:
    """Refuse a create that the account cannot pay; nothing is taken yet."""
    balance, world = exchange.runtime.balance, exchange.world
    if balance is None or world is None or world.balance >= balance["cost"]:
        return None
    detail = f"the balance is {world.balance:g}, a task costs {balance['cost']}; the setting 'balance' adds to it"
    return Refusal(balance["error"], detail, f"{exchange.runtime.name}#balance/error")


CHECKS: dict[str, Check] = {
    "auth": authenticate,
    "size": check_size,
    "rate": check_rate,
    "parse": parse,
    "validate": validate,
    "balance": check_balance,
}
"""The checks by the names that a vendor's `order` uses."""

OF_CREATES = ("size", "balance")
"""The checks that only creates have to pass."""
