"""Whether bytes are a picture, by how they begin. Decodes nothing and knows no vendor.

The formats are those that the documents name, in and out (S0:19, S0:33, S1:55, S2:20), and GIF.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

HEAD_BYTES = 16
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")


def is_picture(head: bytes) -> bool:
    """Whether a body that begins with these bytes (16 are enough) is a JPEG, PNG, GIF, TIFF, WebP or BMP."""
    if head.startswith(_BEGINNINGS):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head[:2] == b"BM" and head[6:10] == bytes(4)  # the reserved bytes, as text may begin with BM


def with_head(parts: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a body, at least 16 where it has as many, and all of it."""
    rest = iter(parts)
    head = b""
    while len(head) < HEAD_BYTES and (part := next(rest, b"")):
        head += part
    return head, chain([head], rest)
