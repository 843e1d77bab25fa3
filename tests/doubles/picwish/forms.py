"""Reading the form of a create: what was ordered, or why it is refused."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.double import Request

MEGABYTE = 1024 * 1024
_KNOWN = {"image_url", "image_file", "type", "scale_factor", "fix_face_only", "return_type", "sync"}
_ALLOWED = {
    "type": ("clean", "face"),
    "scale_factor": ("1", "2", "4"),
    "fix_face_only": ("0", "1"),
    "return_type": ("1", "2", "3"),
    "sync": ("0", "1"),
}
_REFUSED_VALUES = {
    "type_clean_refused": ("type", "clean"),
    "type_face_refused": ("type", "face"),
    "factor_one_refused": ("scale_factor", "1"),
    "factor_two_refused": ("scale_factor", "2"),
    "factor_four_refused": ("scale_factor", "4"),
    "face_only_zero_refused": ("fix_face_only", "0"),
    "face_only_one_refused": ("fix_face_only", "1"),
    "return_one_refused": ("return_type", "1"),
    "base64_not_opened": ("return_type", "23"),
    "sync_refused": ("sync", "1"),
    "sync_zero_refused": ("sync", "0"),
}
_ACCEPTED_VALUES = {
    "factor_three_accepted": ("scale_factor", "3"),
    "face_only_two_accepted": ("fix_face_only", "2"),
    "return_four_accepted": ("return_type", "4"),
}


class RefusalError(Exception):
    """A request that is refused at once, with its code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Order:
    """What a create asks for; `content` is None when the picture is behind a link."""

    kind: str
    factor: int | None
    face_only: bool
    return_type: int
    synchronous: bool
    content: bytes | None
    url: str
    callback: str
    format: str


def size_limit(has: Callable[[str], bool], *, linked: bool) -> float:
    """The most bytes that a picture may have."""
    own = {
        "size_limit_ten": 10 * MEGABYTE,
        "size_limit_twenty": 20 * MEGABYTE,
        "size_limit_left_out": 15_000_000 - 1,
    }
    if linked and has("linked_size_unlimited"):
        return math.inf
    for trait, limit in own.items():
        if not linked and has(trait):
            return limit
    return 15_000_000 if has("megabyte_decimal") else 15 * MEGABYTE


def read_order(request: Request, has: Callable[[str], bool]) -> Order:
    """Read a create; raises RefusalError."""
    fields = _fields(request, has)
    content = _content(request, fields, has)
    kind = _kind(fields, has)
    factor = _factor(fields, has)
    face_only = _face_only(fields, kind, has)
    return_type = int(_choice(fields, "return_type", "2" if has("return_default_base64") else "1", has))
    sync = _choice(fields, "sync", "1" if has("sync_by_default") else "0", has)
    if sync != "1" and has("asynchronous_not_opened"):
        raise RefusalError(400, "asynchronous tasks are not opened for this account")
    if return_type == 3 and sync != "1" and not has("binary_accepted_without_sync"):
        raise RefusalError(400, "return_type 3 needs sync=1")
    url = "" if has("image_url_ignored") else fields.get("image_url", "")
    if content is not None and url:
        if has("both_pictures_refused"):
            raise RefusalError(400, "send either image_file or image_url")
        content, url = (None, url) if has("link_beats_file") else (content, "")
    if content is None and not url:
        if not has("no_picture_fails_later"):
            raise RefusalError(400, "a picture is missing")
        content = b""
    callback = fields.get("callback_url", "") if has("callback_parameter") else ""
    wanted = fields.get("format", "") if has("format_parameter") else ""
    return Order(kind, factor, face_only, return_type, sync == "1", content, url, callback, wanted)


def _fields(request: Request, has: Callable[[str], bool]) -> dict[str, str]:
    if request.content_type == "application/x-www-form-urlencoded" and has("multipart_only"):
        raise RefusalError(400, "the form must be multipart")
    fields = request.form()
    if has("json_bodies") and not fields:
        body: Any = request.json()
        fields = {name: str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    if has("unknown_parameters_refused") and (unknown := sorted(set(fields) - _KNOWN)):
        raise RefusalError(400, f"unknown parameters: {', '.join(unknown)}")
    return fields


def _content(request: Request, fields: dict[str, str], has: Callable[[str], bool]) -> bytes | None:
    files = request.files()
    _, content = files.get("file" if has("file_field_renamed") else "image_file", ("", None))
    if content is None and has("base64_input") and "image_base64" in fields:
        try:
            content = base64.b64decode(fields["image_base64"])
        except (binascii.Error, ValueError):
            raise RefusalError(400, "image_base64 is no base64") from None
    too_large = content is not None and len(content) > size_limit(has, linked=False)
    if too_large and not has("size_told_as_state"):
        raise RefusalError(400 if has("size_answers_400") else 413, "the file is too large")
    return content


def _choice(fields: dict[str, str], name: str, default: str, has: Callable[[str], bool]) -> str:
    value = fields.get(name, "")
    if not value:
        return default
    allowed = {*_ALLOWED[name], *(text for trait, (of, text) in _ACCEPTED_VALUES.items() if of == name and has(trait))}
    refused = "".join(text for trait, (of, text) in _REFUSED_VALUES.items() if of == name and has(trait))
    if value not in allowed or (refused and value in refused):
        raise RefusalError(422 if has("wrong_values_422") else 400, f"the value of {name} is not valid")
    return value


def _kind(fields: dict[str, str], has: Callable[[str], bool]) -> str:
    if has("type_renamed"):
        fields = {"type": fields.get("mode", "")}
    if has("type_unknown_accepted") and fields.get("type", "") not in ("", *_ALLOWED["type"]):
        return "clean"
    kind = _choice(fields, "type", "clean" if has("type_optional") else "", has)
    if not kind:
        raise RefusalError(500 if has("type_missing_answers_500") else 400, "type is missing")
    return kind


def _factor(fields: dict[str, str], has: Callable[[str], bool]) -> int | None:
    value = fields.get("scale_factor")
    if (value is None and has("factor_required")) or (value == "" and has("factor_empty_refused")):
        raise RefusalError(400, "scale_factor is missing")
    if value and not value.isdecimal() and has("factor_text_accepted"):
        return None
    chosen = _choice(fields, "scale_factor", "", has)
    return int(chosen) if chosen else None


def _face_only(fields: dict[str, str], kind: str, has: Callable[[str], bool]) -> bool:
    if kind != "face":
        if fields.get("fix_face_only") == "1" and has("face_only_with_clean_refused"):
            raise RefusalError(400, "fix_face_only needs type=face")
        return False
    if has("face_only_required") and not fields.get("fix_face_only"):
        raise RefusalError(400, "fix_face_only is missing")
    return _choice(fields, "fix_face_only", "0", has) != "0"
