"""Putting a result on the disk: streamed to a temporary file beside the target, then renamed over it.

Knows no vendor; a reader of the target never sees a half-written picture. A link stays and its file is replaced;
devices and pipes stay too, and are written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ._transport import MEBIBYTE, Transport

MAX_DOWNLOAD = 256 * MEBIBYTE


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> Path:
    """Write ``chunks`` to ``path``, all or nothing where that is a file; errors of the file system are passed on."""
    target = Path(path)
    try:
        there = target.stat()
    except FileNotFoundError:
        there = None
    if there is not None and (not stat.S_ISREG(there.st_mode) or _standard(there)):
        _write_through(target, there, chunks)
        return target
    place = Path(os.path.realpath(target))
    part = place.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with part.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        if there is not None:
            shutil.copymode(place, part)
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target


def _standard(there: os.stat_result) -> int:
    """The number of the standard stream that this file is; 0 for none."""
    for number in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(number), there):
                return number
    return 0


def _write_through(target: Path, there: os.stat_result, chunks: Iterable[bytes]) -> None:
    number = _standard(there)
    try:
        # a pipe that nobody reads is an error, not a wait for ever
        opened = os.dup(number) if number else os.open(target, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from this pipe or socket", str(target)) from None
        raise
    if not number:
        os.set_blocking(opened, True)
    with os.fdopen(opened, "wb") as file:
        for chunk in chunks:
            file.write(chunk)


def save_link(transport: Transport, url: str, path: str | os.PathLike[str], max_bytes: int) -> Path:
    """Download ``url`` to ``path``; `LinkExpired`, `NotFound`, `TransportError`, `UnexpectedResponse`."""

    def consume(chunks: Iterator[bytes]) -> Path:
        return write_atomically(path, chunks)

    return transport.fetch(url, consume, max_bytes)
