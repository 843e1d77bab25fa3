"""Looks at the pictures of a create request and says what becomes of the task.

Refused, accepted, or bound to fail.

The consequences stand in the contract data: an error at once, a final state later, or one failed item of a
batch.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.answers.results import result_format
from greycard_mocks.core.contract import DEFAULT_LINK_BYTES
from greycard_mocks.core.exchange import Refusal
from greycard_mocks.core.plan import Item
from greycard_mocks.images.store import Problem, Source, decode_inline, inspect_stream
from greycard_mocks.pipeline.picture_limits import broken_limits, scaled
from greycard_schemas.picture_limits import consequence_of, told_apart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Checked:
    """The pictures of a request: one item each, and the final state that they lead to (None.

    Nothing is wrong).
    """

    items: tuple[Item, ...]
    outcome: str | None = None
    reason: str = ""
    mask: Source | None = None


@dataclass(frozen=True, slots=True)
class _Finding:
    finding: str
    claim: str
    detail: str


def checked_pictures(engine: Engine, exchange: Exchange) -> Checked | Refusal:
    """Inspect every picture of a create request, once."""
    pictures = exchange.operation.contract["pictures"]
    mask: Source | None = None
    if "mask" in pictures:
        found_mask = _read_mask(engine, exchange, pictures)
        if isinstance(found_mask, Problem):
            return _refusal(
                exchange,
                pictures["consequences"]["mask"]["error"],
                "pictures/mask",
                found_mask.detail,
                f"/{pictures['mask']}",
            )
        mask = found_mask
    if "list" in pictures:
        return _batch(engine, exchange, pictures, mask)
    if "file" in pictures and pictures["file"] in exchange.files:
        field = pictures["file"]
        link, found = "", _read_file(engine, exchange, pictures)
    elif pictures["link"] in exchange.values:
        field = pictures["link"]
        link = exchange.values[field]
        found = _read_link(engine, exchange, pictures, link)
    else:
        return _missing(exchange, pictures)
    if isinstance(found, _Finding):
        consequence = consequence_of(pictures, found.finding)
        if "error" in consequence:
            return _refusal(exchange, consequence["error"], found.claim, found.detail, f"/{field}")
        exchange.refusal = _refusal(exchange, consequence["outcome"], found.claim, found.detail, f"/{field}")
        reason = str(exchange.runtime.states[consequence["outcome"]].get("reason", found.detail))
        return Checked((Item(link, None, 0, 0, "jpeg"),), consequence["outcome"], reason)
    item, problem = _judged(exchange, pictures, link, found)
    if problem is None:
        return Checked((item,), mask=mask)
    consequence = consequence_of(pictures, problem.finding)
    refusal = _refusal(
        exchange,
        consequence.get("error", consequence.get("outcome", "")),
        problem.claim,
        problem.detail,
        f"/{field}",
    )
    if "error" in consequence:
        return refusal
    exchange.refusal = refusal
    return Checked(
        (item,),
        consequence["outcome"],
        str(exchange.runtime.states[consequence["outcome"]].get("reason", "")),
    )


def _missing(exchange: Exchange, pictures: Mapping[str, Any]) -> Checked | Refusal:
    consequence = pictures["consequences"]["missing"]
    if "outcome" in consequence:
        return Checked((Item("", None, 0, 0, "jpeg"),), consequence["outcome"])
    detail = f"a picture is missing: send {pictures.get('file', pictures['link'])} or {pictures['link']}"
    return _refusal(exchange, consequence["error"], "pictures/consequences/missing/error", detail, "")


def _consequence_claim(pictures: Mapping[str, Any], finding: str) -> str:
    name = told_apart(pictures, finding)
    key = next(key for key in ("error", "outcome", "item") if key in pictures["consequences"][name])
    return f"pictures/consequences/{name}/{key}"


def _batch(engine: Engine, exchange: Exchange, pictures: Mapping[str, Any], mask: Source | None) -> Checked:
    items = []
    links = exchange.values.get(pictures["list"], ())
    read = engine.links.read_all(links, _link_limit(exchange, pictures))
    for index, (link, source) in enumerate(zip(links, read, strict=True)):
        found = _found(source, pictures)
        item, problem = (
            (Item(link, None, 0, 0, "jpeg"), found)
            if isinstance(found, _Finding)
            else _judged(exchange, pictures, link, found)
        )
        if problem is not None:
            reason = str(consequence_of(pictures, problem.finding)["item"])
            exchange.refusal = exchange.refusal or _refusal(
                exchange, "item", problem.claim, problem.detail, f"/{pictures['list']}/{index}"
            )
            item = Item(link, item.source, item.width, item.height, item.format, failed=True, reason=reason)
        items.append(item)
    failed = bool(items) and all(item.failed for item in items)
    return Checked(tuple(items), "failed" if failed else None, items[0].reason if failed else "", mask)


def _judged(exchange: Exchange, pictures: Mapping[str, Any], link: str, source: Source) -> tuple[Item, _Finding | None]:
    broken = next(broken_limits(source.picture, pictures, exchange.runtime.units), None)
    result = exchange.operation.contract["result"]
    width, height = scaled(source.picture.width, source.picture.height, result, exchange.values)
    item = Item(link, source, width, height, result_format(result, source.picture.format, exchange.values))
    if broken is None:
        return item, None
    finding, key, detail = broken
    claim = f"pictures/{key}" if key else _consequence_claim(pictures, finding)
    return item, _Finding(finding, claim, detail)


def _read_file(engine: Engine, exchange: Exchange, pictures: Mapping[str, Any]) -> Source | _Finding:
    stream = exchange.files[pictures["file"]]
    stream.seek(0, io.SEEK_END)
    size, limit = stream.tell(), exchange.runtime.megabytes(pictures["megabytes"])
    if size > limit:
        return _Finding(
            "file_bytes", "pictures/megabytes", f"the file has {size} bytes, {size - limit} more than {limit}"
        )
    return _found(inspect_stream(stream, engine.sources), pictures)


def _read_link(engine: Engine, exchange: Exchange, pictures: Mapping[str, Any], link: str) -> Source | _Finding:
    return _found(engine.links.read(link, _link_limit(exchange, pictures)), pictures)


def _link_limit(exchange: Exchange, pictures: Mapping[str, Any]) -> int:
    number = pictures.get("link_megabytes", pictures.get("megabytes"))
    return exchange.runtime.megabytes(number) if number is not None else DEFAULT_LINK_BYTES


def _found(found: Source | Problem, pictures: Mapping[str, Any]) -> Source | _Finding:
    if isinstance(found, Source):
        return found
    if found.finding == "link_bytes" and "megabytes" in pictures:
        limit = "link_megabytes" if "link_megabytes" in pictures else "megabytes"
        return _Finding(found.finding, f"pictures/{limit}", found.detail)
    return _Finding(found.finding, _consequence_claim(pictures, found.finding), found.detail)


def _read_mask(engine: Engine, exchange: Exchange, pictures: Mapping[str, Any]) -> Source | Problem:
    text = exchange.values[pictures["mask"]]
    if text.lower().startswith(("http://", "https://")):
        return engine.links.read(text, exchange.runtime.megabytes(pictures["megabytes"]))
    content = decode_inline(text)
    if content is None:
        return Problem("unreadable", "the mask is neither a link nor a data URI nor Base64")
    return inspect_stream(io.BytesIO(content), engine.sources)


def _refusal(exchange: Exchange, error: str, claim: str, detail: str, pointer: str) -> Refusal:
    return Refusal(error, detail, f"{exchange.operation.vendor}/{exchange.operation.name}#{claim}", pointer)
