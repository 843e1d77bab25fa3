"""Putting a result on the disk: streamed to a temporary file beside the target, then renamed over it.

Knows no vendor; a reader of the target never sees a half-written picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ._transport import MEBIBYTE, Transport

MAX_DOWNLOAD = 256 * MEBIBYTE


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> Path:
    """Write ``chunks`` to ``path``, all or nothing; errors of the file system are passed on."""
    target = Path(path)
    part = target.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with part.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target


def save_link(transport: Transport, url: str, path: str | os.PathLike[str], max_bytes: int) -> Path:
    """Download ``url`` to ``path``; `LinkExpired`, `NotFound`, `TransportError`, `UnexpectedResponse`."""

    def consume(chunks: Iterator[bytes]) -> Path:
        return write_atomically(path, chunks)

    return transport.fetch(url, consume, max_bytes)
