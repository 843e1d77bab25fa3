"""Takes in the body of an answer: whole where it is short, otherwise only what a judge looks at.

A long body waits on the disk until it has come to its end, and one at a time is looked into: no vendor can make a run
hold many of them, nor several copies of one. Sends and judges nothing.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

from greycard_client.pictures import is_picture, with_head
from greycard_suite.call import MOST_CHARACTERS, OUTLINE_CHARACTERS, DigestedBody, digested, outline, weight
from greycard_suite.lifetime.likeness import blocks_of
from greycard_suite.targets.long_texts import without_long_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PICTURE_BYTES = 80 << 20
MAX_OTHER_BYTES = 8 << 20
"""How long an answer may be that is no picture."""

WHOLE_PICTURE_BYTES = 512 << 10
"""Of a picture of more bytes remain length, digest, facts, and the colours of its blocks."""

WHOLE_BYTES = 256 << 10
"""Of any other answer of more bytes remain length and digest, and its JSON without its long texts."""

MOST_JSON_BYTES = 1 << 20
"""JSON that has more bytes, its long texts cut, counts as none."""

MOST_VALUES = 200_000
"""JSON of more values counts as none."""

_ONE_AT_A_TIME = threading.Lock()


class TooLongError(Exception):
    """A body is longer than can be kept."""


def read_body(parts: Iterable[bytes]) -> tuple[bytes, Any]:
    """What is kept of a body, a `DigestedBody` of a long one, and its JSON; None for what is none.

    Raises TooLongError when it is longer than can be kept.
    """
    head, whole = with_head(parts)
    picture = is_picture(head)
    most, size = MAX_PICTURE_BYTES if picture else MAX_OTHER_BYTES, 0
    with tempfile.SpooledTemporaryFile(max_size=WHOLE_BYTES) as file:
        for part in whole:
            size += len(part)
            if size > most:
                raise TooLongError
            file.write(part)
        file.seek(0)
        if picture and size <= WHOLE_PICTURE_BYTES:
            return file.read(), None
        if size <= WHOLE_BYTES:
            return _in_outline(file.read())
        with _ONE_AT_A_TIME:
            return (_picture(file), None) if picture else _large(file)


def _picture(file: IO[bytes]) -> bytes:
    made = digested(file)
    return DigestedBody(made.size, made.sha256, made.picture, blocks_of(file) if made.picture else None)


def _large(file: IO[bytes]) -> tuple[bytes, Any]:
    file.flush()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        size, sha256 = len(content), hashlib.sha256(content).hexdigest()
        short = without_long_texts(content, MOST_JSON_BYTES)
    return DigestedBody(size, sha256, None), None if short is None else _in_outline(short)[1]


def _in_outline(content: bytes) -> tuple[bytes, Any]:
    """The content with its JSON; of JSON that is larger than any document speaks of, what lies on top."""
    document = _parsed(content)
    if weight(document, MOST_CHARACTERS) <= MOST_CHARACTERS:
        return content, document
    body = DigestedBody(len(content), hashlib.sha256(content).hexdigest(), None)
    return body, outline(document, OUTLINE_CHARACTERS)


def _parsed(content: bytes) -> Any:
    if not content or content[:1] not in b'{["0123456789-tfn \n\r\t':
        return None
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
