"""Looks at the pictures of a create request: whether it is refused, accepted, or its task bound to fail.

The consequences stand in the contract data: an error at once, a final state later, or one failed item of a batch.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.results import result_format, scaled
from greycard_mocks.core.answer import Refusal
from greycard_mocks.core.exchange import Beyond, Checked
from greycard_mocks.core.plan import Item
from greycard_mocks.images.store import Problem, Source, decode_inline, inspect_stream
from greycard_schemas.picture_limits import consequence_of, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.rules import Rules
    from greycard_mocks.images.inspect import Picture
    from greycard_mocks.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with a picture: a name under `consequences` in the data, the claim that says so, and words."""

    finding: str
    claim: str
    detail: str


def look_at_pictures(services: Services, exchange: Exchange) -> Refusal | None:
    """Inspect every picture of a create request, once, and keep what they lead to with the exchange."""
    pictures = exchange.rules.pictures
    mask: Source | None = None
    if "mask" in pictures:
        found_mask = _read_mask(services, exchange, pictures)
        if isinstance(found_mask, Problem):
            error = pictures["consequences"]["mask"]["error"]
            return _refusal(exchange, error, "pictures/mask", found_mask.detail, f"/{pictures['mask']}")
        mask = found_mask
    if "list" in pictures:
        return _batch(services, exchange, pictures, mask)
    if "file" in pictures and pictures["file"] in exchange.files:
        field = pictures["file"]
        link, found = "", _read_file(services, exchange, pictures)
    elif pictures.get("link") in exchange.values:
        field = pictures["link"]
        link = exchange.values[field]
        found = _found(services.links.read(link, exchange.rules.link_bytes), pictures)
        if isinstance(found, _Wrong) and found.finding == "link_bytes":
            exchange.beyond = Beyond(is_link=True)
    elif pictures.get("inline") in exchange.values:
        field = pictures["inline"]
        link, found = "", _read_inline(services, exchange, field)
    else:
        return _missing(exchange, pictures)
    if isinstance(found, Source):
        item, wrong = _judged(exchange, pictures, link, found)
        if wrong is None:
            exchange.pictures = Checked((item,), mask=mask)
            return None
        words = ""
    else:
        item, wrong = Item.of(link, None), found
        words = wrong.detail
    consequence = _consequence(exchange, wrong.finding)
    refusal = _refusal(exchange, _named(consequence), wrong.claim, wrong.detail, f"/{field}")
    if "error" in consequence:
        return refusal
    exchange.refusal = refusal
    reason = str(exchange.runtime.states[consequence["outcome"]].get("reason", words))
    exchange.pictures = Checked((item,), consequence["outcome"], reason)
    return None


def _missing(exchange: Exchange, pictures: Mapping[str, Any]) -> Refusal | None:
    consequence = pictures["consequences"]["missing"]
    if "outcome" in consequence:
        exchange.pictures = Checked((Item.of("", None),), consequence["outcome"])
        return None
    fields = [pictures[one] for one in ("file", "link", "inline") if one in pictures]
    detail = f"a picture is missing: send {' or '.join(fields)}"
    return _refusal(exchange, consequence["error"], "pictures/consequences/missing/error", detail, "")


def _consequence_claim(pictures: Mapping[str, Any], finding: str) -> str:
    name = told_apart(pictures, finding)
    key = next(key for key in ("error", "outcome", "item") if key in pictures["consequences"][name])
    return f"pictures/consequences/{name}/{key}"


def _consequence(exchange: Exchange, finding: str) -> Mapping[str, Any]:
    """What follows from a finding; where no document says so, by the manners at once, or in the task."""
    runtime, rules = exchange.runtime, exchange.rules
    found = consequence_of(rules.pictures, finding)
    when = runtime.manners.pictures_checked
    if not when or not all(str(source).startswith("assumed") for source in found.get("x-source", {}).values()):
        return found
    if when == "at_create":
        return found if "error" in found else {"error": rules.refusal}
    return {"outcome": runtime.usual_failure} if "error" in found else found


def _named(consequence: Mapping[str, Any]) -> str:
    """The error or the state that a consequence leads to."""
    return str(consequence.get("error", consequence.get("outcome", "")))


def _batch(services: Services, exchange: Exchange, pictures: Mapping[str, Any], mask: Source | None) -> Refusal | None:
    """Judge every picture of a batch; in a vendor that says it at once, the first that is wrong refuses all."""
    items = []
    links = exchange.values.get(pictures["list"], ())
    read = services.links.read_all(links, exchange.rules.link_bytes)
    for index, (link, source) in enumerate(zip(links, read, strict=True)):
        found = _found(source, pictures)
        item, problem = (
            (Item.of(link, None), found) if isinstance(found, _Wrong) else _judged(exchange, pictures, link, found)
        )
        if problem is not None:
            consequence = _consequence(exchange, problem.finding)
            if "error" in consequence:
                pointer = f"/{pictures['list']}/{index}"
                return _refusal(exchange, consequence["error"], problem.claim, problem.detail, pointer)
            reason = str(consequence.get("item", problem.detail))
            exchange.refusal = exchange.refusal or _refusal(
                exchange, "item", problem.claim, problem.detail, f"/{pictures['list']}/{index}"
            )
            item = item.failing(reason)
        items.append(item)
    failed = bool(items) and all(item.failed for item in items)
    exchange.pictures = Checked(tuple(items), "failed" if failed else None, items[0].reason if failed else "", mask)
    return None


def _broken_limits(picture: Picture, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Breach, key of the limit and reason for each limit that this picture breaks; the key is empty for damage."""
    formats = rules.pictures["formats"]
    if picture.format not in formats:
        yield "format", "formats", f"the format is {picture.format}; accepted are {', '.join(formats)}"
    for limit, figure in rules.limits:
        if not limit.allows(picture.width, picture.height, figure):
            size = f"{picture.width}x{picture.height}"
            yield limit.breach, limit.key, f"the picture is {size}; {limit.detail.format(figure)}"
    if picture.damaged:
        yield "damaged", "", f"the file is damaged: {picture.damage}"


def _is_within(picture: Picture, rules: Rules) -> bool:
    """Whether a picture breaks no limit: what nearly every one is asked, and nothing else."""
    if picture.damage is not None or picture.format not in rules.pictures["formats"]:
        return False
    short, long = min(picture.width, picture.height), max(picture.width, picture.height)
    for limit, figure in rules.limits:
        side, bound = (short if limit.side == "short" else long), (figure * short if limit.side == "ratio" else figure)
        if not limit.holds(side, bound):
            return False
    return True


def _judged(exchange: Exchange, pictures: Mapping[str, Any], link: str, source: Source) -> tuple[Item, _Wrong | None]:
    broken = (
        None if _is_within(source.picture, exchange.rules) else next(_broken_limits(source.picture, exchange.rules))
    )
    result = exchange.rules.contract["result"]
    width, height = scaled(source.picture.width, source.picture.height, result, exchange.values)
    item = Item.of(link, source, width, height, result_format(result, source.picture.format, exchange.values))
    if broken is None:
        return item, None
    finding, key, detail = broken
    exchange.beyond = exchange.beyond or Beyond(picture=source.picture)
    claim = f"pictures/{key}" if key else _consequence_claim(pictures, finding)
    return item, _Wrong(finding, claim, detail)


def _read_file(services: Services, exchange: Exchange, pictures: Mapping[str, Any]) -> Source | _Wrong:
    stream = exchange.files[pictures["file"]]
    stream.seek(0, io.SEEK_END)
    size, limit = stream.tell(), exchange.rules.file_bytes
    if size > limit:
        exchange.beyond = Beyond(file_bytes=size)
        return _Wrong(
            "file_bytes", "pictures/megabytes", f"the file has {size} bytes, {size - limit} more than {limit}"
        )
    return _found(inspect_stream(stream, services.sources), pictures)


def _read_inline(services: Services, exchange: Exchange, field: str) -> Source | _Wrong:
    content = decode_inline(exchange.values[field])
    if content is None:
        found: Source | Problem = Problem("unreadable", f"{field} is neither a data URI nor Base64")
        return _found(found, exchange.rules.pictures)
    size, limit = len(content), exchange.rules.file_bytes
    if size > limit:
        exchange.beyond = Beyond(file_bytes=size)
        return _Wrong("file_bytes", "pictures/megabytes", f"the picture has {size} bytes, more than {limit}")
    return _found(inspect_stream(io.BytesIO(content), services.sources), exchange.rules.pictures)


def _found(found: Source | Problem, pictures: Mapping[str, Any]) -> Source | _Wrong:
    if isinstance(found, Source):
        return found
    if found.finding == "link_bytes" and "megabytes" in pictures:
        limit = "link_megabytes" if "link_megabytes" in pictures else "megabytes"
        return _Wrong(found.finding, f"pictures/{limit}", found.detail)
    return _Wrong(found.finding, _consequence_claim(pictures, found.finding), found.detail)


def _read_mask(services: Services, exchange: Exchange, pictures: Mapping[str, Any]) -> Source | Problem:
    text = exchange.values[pictures["mask"]]
    if text.lower().startswith(("http://", "https://")):
        return services.links.read(text, exchange.rules.file_bytes)
    content = decode_inline(text)
    if content is None:
        return Problem("unreadable", "the mask is neither a link nor a data URI nor Base64")
    return inspect_stream(io.BytesIO(content), services.sources)


def _refusal(exchange: Exchange, error: str, claim: str, detail: str, pointer: str) -> Refusal:
    return Refusal(error, detail, f"{exchange.rules.place}#{claim}", pointer)
