"""What an entry of the journal keeps of an answer: little, and made readable when somebody reads it.

A short body is kept as the bytes that were sent; of a long one its text is kept, shortened, and of a picture its size
and digest.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

from greycard_mocks.core.journal.shortened import MAX_SHORT, MAX_TEXT, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_mocks.core.answer import Answer

MAX_BODY = 4_000
"""Bytes up to which a body is kept as it is."""

MAX_PARSED = 64 << 20
"""Bytes up to which a long JSON body is parsed, so that its long texts can be cut."""


class Cut(msgspec.Struct, frozen=True, gc=False):
    """A body that was too long to be kept, or is no text: its length in bytes, its digest, and what is shown of it."""

    size: int
    sha256: str
    shown: bytes = b""
    """As JSON or text, shortened."""


def kept_answer(answer: Answer) -> bytes | Cut:
    """What an entry keeps of the body of an answer that is long, a file, or replaced by a fault."""
    if answer.instead is not None:
        return _kept(answer.instead, "")
    if answer.file is not None:
        at = answer.file.tell()
        size = answer.file.seek(0, 2)
        answer.file.seek(at)
        return Cut(size, answer.sha256)
    return _kept(answer.body, answer.content_type)


def _kept(body: bytes, content_type: str) -> bytes | Cut:
    if len(body) <= MAX_BODY:
        return body
    shown = b""
    if "json" in content_type and len(body) <= MAX_PARSED:
        try:
            value = shortened(msgspec.json.decode(body), depth=6)
            shown = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        except (ValueError, RecursionError):
            shown = body[:MAX_TEXT]
        if len(shown) > 2 * MAX_BODY:
            shown = body[:MAX_TEXT]
    elif not content_type.startswith("image/"):
        shown = body[:MAX_TEXT]
    return Cut(len(body), hashlib.sha256(body).hexdigest(), shown)


def readable_answer(
    kept: bytes | Cut, content_type: str, headers: Sequence[tuple[str, str]], fault: str = ""
) -> dict[str, Any]:
    """What `kept_answer` has kept as plain JSON: content_type, headers, size in bytes, body, and sha256 of what is cut.

    The body is a JSON value, a text, or None for a picture and whatever else is no text.
    """
    found: dict[str, Any] = {
        "content_type": content_type,
        "headers": {name[:MAX_SHORT]: value[:MAX_TEXT] for name, value in headers},
        "size": kept.size if isinstance(kept, Cut) else len(kept),
        "body": _value(kept.shown if isinstance(kept, Cut) else kept, content_type),
    }
    if isinstance(kept, Cut):
        found["sha256"] = kept.sha256
    elif found["body"] is None and kept:
        found["sha256"] = hashlib.sha256(kept).hexdigest()
    if fault:
        found["fault"] = fault
    return found


def _value(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if "json" in content_type:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    if content_type.startswith("image/"):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # of a body that was cut the last character may be broken; noise is no text
        text = body.decode("utf-8", "ignore")
        return text if len(text.encode()) > len(body) - 4 else None
