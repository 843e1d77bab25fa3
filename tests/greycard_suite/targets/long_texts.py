"""Cuts the long texts in a JSON document before it is parsed, so that its values take little memory. Pure.

Every part of a long text is read once, so that a document that is no JSON stays none.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from greycard_suite.evidence.redaction import KEPT_BASE64

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

LONG_TEXT = 4096
"""A text of more bytes than this is cut."""

KEPT_WORDS = 2048
"""So many characters of a long text that is no Base64 are kept, with its length and digest behind them."""

PIECE_BYTES = 64 << 10
_BACKSLASH = ord("\\")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_DATA_LINK = re.compile(r"data:[\w/+.-]+;base64,")


def without_long_texts(document: bytes | mmap, most: int) -> bytes | None:
    """The JSON document with its long texts cut; None when it is no JSON, or has more than `most` bytes even so."""
    parts = list[bytes]()
    total = kept = at = 0
    while (begin := document.find(b'"', at)) >= 0:
        end = _end_of_text(document, begin + 1)
        if end < 0 or total + begin - kept > most:
            return None
        if end - begin > LONG_TEXT:
            cut = _cut(document, begin + 1, end)
            if cut is None:
                return None
            parts += [document[kept:begin], cut]
            total += begin - kept + len(cut)
            kept = end + 1
        at = end + 1
    if total + len(document) - kept > most:
        return None
    return b"".join([*parts, document[kept:]])


def _end_of_text(document: bytes | mmap, start: int) -> int:
    """Where the quotation mark stands that ends the text; -1 when none does."""
    at = start
    while (end := document.find(b'"', at)) >= 0:
        if _backslashes_before(document, start, end) % 2 == 0:
            return end
        at = end + 1
    return -1


def _backslashes_before(document: bytes | mmap, start: int, end: int) -> int:
    at = end
    while at > start and document[at - 1] == _BACKSLASH:
        at -= 1
    return end - at


def _cut(document: bytes | mmap, start: int, end: int) -> bytes | None:
    """What stands for a long text, as JSON; None when it is no text of JSON."""
    digest, length, words, base64, is_base64 = hashlib.sha256(), 0, "", "", True
    for piece in _pieces(document, start, end):
        try:
            text: str = json.loads(f'"{piece.decode()}"')
        except ValueError:
            return None
        digest.update(text.encode("utf-8", "surrogatepass"))
        words += text[: KEPT_WORDS - len(words)] if len(words) < KEPT_WORDS else ""
        if is_base64:
            link = _DATA_LINK.match(text) if not length else None
            packed = "".join(text[link.end() if link else 0 :].split())
            is_base64 = _BASE64.match(packed) is not None
            base64 += (link[0] if link else "") + packed if len(base64) < PIECE_BYTES else ""
        length += len(text)
    if is_base64:
        prefix = _DATA_LINK.match(base64)
        shown = base64[: (prefix.end() if prefix else 0) + KEPT_BASE64]
    else:
        shown = f"{words}... ({length} characters, sha256 {digest.hexdigest()})"
    return json.dumps(shown).encode()


def _pieces(document: bytes | mmap, start: int, end: int) -> Iterator[bytes]:
    """The text between two places, in pieces that end neither in an escape nor in a character."""
    while start < end:
        stop = _between_characters(document, start, start + PIECE_BYTES) if end - start > PIECE_BYTES else end
        yield document[start:stop]
        start = stop


def _between_characters(document: bytes | mmap, start: int, stop: int) -> int:
    """The last place up to `stop` at which the text can be parted."""
    for at in range(stop, stop - 4, -1):
        if document[at] & 0xC0 != 0x80:  # else in the middle of a character of UTF-8
            stop = at
            break
    escape = document.rfind(b"\\", stop - len("\\u0000") + 1, stop)
    if escape >= 0 and _backslashes_before(document, start, escape + 1) % 2:
        return escape
    return stop
