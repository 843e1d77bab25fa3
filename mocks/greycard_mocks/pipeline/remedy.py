"""For a refused request the option under which the reason of the refusal would not be there, found by trying.

Each option of each variant that changes something of the operation is asked with the same values; a content type is
also held against the freedoms of the operation. What was made ready for one refusal is kept for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from greycard_mocks.pipeline.body import media_type
from greycard_mocks.pipeline.validation import why_invalid
from greycard_schemas.picture_limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_mocks.core.answer import Refusal
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.rules import Rules

MAX_FIELDS = 64
"""A request with more fields is not tried under other options."""

MISSING_PICTURE = "pictures/consequences/missing/error"
ROLES = ("file", "link", "inline", "list")


class OtherReadings(Protocol):
    """The readings under which an operation behaves otherwise than it does in `runtime`."""

    def others(self, runtime: Runtime, operation: str, claim: str) -> Iterator[tuple[str, Runtime]]:
        """(the option of the command line that chooses it, the vendor in this reading)."""
        ...

    def are_at_hand(self, runtime: Runtime, operation: str, claim: str) -> bool:
        """Whether `others` has been asked for these before, so that it takes only a moment."""
        ...


def advised(readings: OtherReadings, exchange: Exchange, refusal: Refusal) -> Refusal:
    """`refusal`, which also says what would accept the request; as it is where nothing is known to."""
    option = accepting(readings, exchange, refusal.claim)
    if not option:
        return refusal
    is_link = exchange.beyond is not None and exchange.beyond.is_link
    words = f"{option} allows more" if is_link else f"{option} accepts it"
    return msgspec.structs.replace(refusal, detail=f"{refusal.detail}; {words}")


def is_looked_for(exchange: Exchange, claim: str) -> bool:
    """Whether another reading could be one that does not refuse the request."""
    place, _, keyword = claim.partition("#")
    if place not in (exchange.rules.place, exchange.runtime.name) or len(exchange.values) > MAX_FIELDS:
        return False
    if keyword == "encodings":
        # a body that is refused although its kind is right, because it is too long, say, is not accepted elsewhere
        return _kind(exchange) not in exchange.rules.encodings
    return keyword.partition("/")[0] in ("request", "pictures", "rate")


def accepting(readings: OtherReadings, exchange: Exchange, claim: str) -> str:
    """The first option under which a request does not break `claim`; empty when there is none."""
    if not is_looked_for(exchange, claim):
        return ""
    keyword = claim.partition("#")[2]
    for option, other in readings.others(exchange.runtime, exchange.rules.operation.name, claim):
        if _is_kept(exchange, other, keyword):
            return option
    return ""


def _is_kept(exchange: Exchange, other: Runtime, keyword: str) -> bool:
    """Whether a request keeps in another reading what it breaks in its own."""
    rules = other.rules.get(exchange.rules.operation.name)
    if rules is None:  # of a vendor that was handed over loaded, no other reading may be there
        return False
    if keyword == "encodings":
        return _kind(exchange) in rules.encodings
    if keyword == MISSING_PICTURE:
        fields = {rules.pictures.get(role) for role in ROLES}
        return bool(fields & {*exchange.values, *exchange.files})
    if keyword.startswith("pictures/"):
        return _is_allowed(exchange, rules, keyword.removeprefix("pictures/"))
    if keyword.startswith("request/"):
        return _holds(exchange, rules, keyword)
    if keyword == "rate/limit":
        return other.rate is None or (other.rate["scope"] == "create" and rules.kind != "create")
    return False


def _is_allowed(exchange: Exchange, rules: Rules, limit: str) -> bool:
    """Whether what lies beyond a limit of pictures is within that of another reading."""
    beyond = exchange.beyond
    if beyond is None:
        return False
    if beyond.is_link:
        return rules.link_bytes > exchange.rules.link_bytes
    if beyond.file_bytes is not None:
        return beyond.file_bytes <= rules.file_bytes
    if beyond.body_bytes is not None:
        return beyond.body_bytes <= rules.body_bytes
    picture = beyond.picture
    if picture is None:
        return False
    if limit == "formats":
        return picture.format in rules.pictures.get("formats", ())
    return limit in LIMITS and all(
        one.allows(picture.width, picture.height, figure) for one, figure in rules.limits if one.key == limit
    )


def _kind(exchange: Exchange) -> str:
    return media_type(exchange.request.headers.get("content-type", ""))[0]


def _holds(exchange: Exchange, rules: Rules, keyword: str) -> bool:
    values = {**rules.defaults, **exchange.values}
    if rules.fits_apart_from_unknown(values):
        return True
    tried = msgspec.structs.replace(exchange, rules=rules, values=values)
    return not why_invalid(tried).claim.endswith(f"#{keyword}")
