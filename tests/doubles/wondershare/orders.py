"""What a create asks for: reads the body and refuses what the pages do not allow."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from doubles.wondershare.common import Has, Product, RefusedError, pick
from doubles.wondershare.pictures import NotAPictureError, download, read_mask

if TYPE_CHECKING:
    from PIL import Image

    from doubles.double import Outside, Request

_JPEG, _PNG = "jpg", "png"


@dataclass(frozen=True, slots=True)
class Order:
    """A create that is in order."""

    product: Product
    links: tuple[str, ...]
    extension: str
    mask: Image.Image | None
    priority: int


def read_order(outside: Outside, request: Request, product: Product, has: Has) -> Order:
    """Read the body of a create; raises RefusedError."""
    if has("create_wants_form"):
        body: Any = request.form()
    elif request.content_type != "application/json" and not has("content_type_ignored"):
        message = "Content-Type must be application/json"
        raise RefusedError("parameter", message)
    else:
        body = request.json()
    if not isinstance(body, dict) or (has("create_wants_form") and not body):
        message = "the body cannot be read"
        raise RefusedError("parameter", message)
    known = {"images", "priority", "mask" if product.erases else "file_ext"}
    if has("unknown_fields_refused") and (unknown := sorted(set(body) - known)):
        message = f"unknown fields: {', '.join(unknown)}"
        raise RefusedError("parameter", message)
    links = _links(body, has)
    priority = _priority(body, has)
    if product.erases:
        extension = _extension(body, has) if has("rw_takes_file_ext") and "file_ext" in body else ""
        return Order(product, links, extension, _mask(outside, body, product, has), priority)
    return Order(product, links, _extension(body, has), None, priority)


def _wrong(name: str, why: str) -> RefusedError:
    return RefusedError("parameter", f"{name}: {why}")


def _links(body: dict[str, Any], has: Has) -> tuple[str, ...]:
    name = pick(has, {"images_renamed": "image_urls"}, "images")
    value = body.get(name)
    if value is None and has("images_optional"):
        return ()
    if has("images_text_wanted"):
        value = value.split(",") if isinstance(value, str) else None
    if has("images_text_accepted") and isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(link, str) for link in value):
        raise _wrong(name, "an array of links is needed")
    least = pick(has, {"images_empty_accepted": 0, "images_at_least_two": 2}, 1)
    most = pick(has, {"images_most_10": 10, "images_most_19": 19, "images_most_21": 21}, 20)
    if not least <= len(value) <= most:
        raise _wrong(name, f"{least} to {most} links are needed")
    return tuple(value[:5] if has("images_cut_to_five") else value)


def _priority(body: dict[str, Any], has: Has) -> int:
    name = pick(has, {"priority_renamed": "level"}, "priority")
    value = body.get(name)
    if value is None and has("priority_optional"):
        return 0
    if has("priority_text_wanted"):
        value = int(value) if isinstance(value, str) and value.isdigit() else None
    if has("priority_text_accepted") and isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, "a whole number is needed")
    low = pick(has, {"priority_from_one": 1, "priority_below_zero": -100}, 0)
    high = pick(has, {"priority_to_eight": 8, "priority_to_ten": 10}, 9)
    if not low <= value <= high:
        raise _wrong(name, f"must be within {low} and {high}")
    return value


def _extension(body: dict[str, Any], has: Has) -> str:
    name = pick(has, {"file_ext_renamed": "format"}, "file_ext")
    value = body.get(name)
    if value is None and has("file_ext_optional"):
        return _PNG
    if has("file_ext_any") and isinstance(value, str):
        return _JPEG if value.lower() == _JPEG else _PNG
    if not isinstance(value, str):
        raise _wrong(name, "JPG or PNG is needed")
    allowed = {_JPEG, _PNG} - pick(has, {"file_ext_png_only": {_JPEG}, "file_ext_jpg_only": {_PNG}}, set())
    if has("file_ext_webp_too"):
        allowed.add("webp")
    case_kept = not (
        (has("file_ext_upper_only") and value != value.upper())
        or (has("file_ext_lower_only") and value != value.lower())
        or (has("file_ext_mixed_refused") and value not in {value.upper(), value.lower()})
    )
    if value.lower() not in allowed or not case_kept:
        raise _wrong(name, "JPG or PNG is needed")
    return value.lower()


def _mask(outside: Outside, body: dict[str, Any], product: Product, has: Has) -> Image.Image | None:
    name = pick(has, {"mask_renamed": "mask_url"}, "mask")
    value = body.get(name)
    if value is None and has("mask_optional"):
        return None
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, "a link or Base64 is needed")
    try:
        return read_mask(_mask_bytes(outside, value.strip(), has), product, has)
    except NotAPictureError as error:
        raise _wrong(name, str(error)) from None


def _mask_bytes(outside: Outside, value: str, has: Has) -> bytes:
    if value.lower().startswith(("http://", "https://")):
        if has("mask_link_refused"):
            raise _wrong("mask", "Base64 is needed")
        return download(outside, value, has)
    if has("mask_base64_refused"):
        raise _wrong("mask", "a link is needed")
    try:
        if value.lower().startswith("data:"):
            head, _, rest = value.partition(",")
            data = unquote_to_bytes(rest)
            return base64.b64decode(data, validate=True) if head.lower().endswith(";base64") else data
        if has("mask_bare_refused"):
            raise _wrong("mask", "a link or a data URI is needed")
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("mask", "is neither a link nor Base64") from None
