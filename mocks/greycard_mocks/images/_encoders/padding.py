"""Bytes that make a file longer and that every reader skips, for each format that has such."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = bytes(64 * 1024)
CHUNK_BYTES = 12
"""The shortest chunk of a PNG."""


def zeros(count: int) -> Iterator[bytes]:
    """So many zero bytes, in blocks of at most 64 KiB."""
    while count > 0:
        yield _BLOCK[:count]
        count -= len(_BLOCK)


def jpeg_comments(length: int) -> Iterator[bytes]:
    """So many bytes, from 0 up, for a place before any segment of a JPEG but the first two."""
    while length >= 4:
        part = min(length, 65537)
        yield b"\xff\xfe" + (part - 2).to_bytes(2) + bytes(part - 4)
        length -= part
    yield b"\xff" * length  # fill bytes, which may stand before any marker


def png_chunk(length: int) -> Iterator[bytes]:
    """One chunk of so many bytes, from `CHUNK_BYTES` up; none for 0."""
    if length:
        head = b"grCd"  # ancillary, private, safe to copy
        yield (length - CHUNK_BYTES).to_bytes(4) + head
        checksum = zlib.crc32(head)
        for block in zeros(length - CHUNK_BYTES):
            checksum = zlib.crc32(block, checksum)
            yield block
        yield checksum.to_bytes(4)
