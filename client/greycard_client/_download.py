"""Putting a result on the disk: streamed to a temporary file beside the target, then renamed over it.

Knows no vendor; a reader of the target never sees a half-written picture, nor what is no picture. A link stays and
its file is replaced; devices and pipes stay too, and are written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from ._transport import MEBIBYTE, Transport
from .errors import UnexpectedResponse
from .pictures import is_picture, with_head

MAX_DOWNLOAD = 256 * MEBIBYTE


class SaveOptions(TypedDict, total=False):
    """The keyword arguments of every ``save``; all may be left out."""

    max_bytes: int
    """The longest result that is kept; 256 MiB by default."""
    deadline: float
    """Seconds for all of the download, further tries and redirects included; by default those of the client."""
    any_body: bool
    """Keep what came whatever it is; by default only what begins as a picture does."""


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


def save_link(
    transport: Transport,
    url: str,
    path: str | os.PathLike[str],
    *,
    max_bytes: int = MAX_DOWNLOAD,
    deadline: float | None = None,
    any_body: bool = False,
) -> Path:
    """Download ``url`` to ``path``; `LinkExpired`, `NotFound`, `TransportError`, `UnexpectedResponse`."""

    def consume(parts: Iterator[bytes]) -> Path:
        return write_atomically(path, parts if any_body else _pictures_only(parts, transport))

    return transport.fetch(url, consume, max_bytes, deadline)


def save_content(
    transport: Transport,
    content: bytes,
    path: str | os.PathLike[str],
    *,
    max_bytes: int = MAX_DOWNLOAD,
    deadline: float | None = None,
    any_body: bool = False,
) -> Path:
    """Write what an answer held to ``path``; `UnexpectedResponse`. Nothing is loaded, so only ``any_body`` counts."""
    del max_bytes, deadline
    return write_atomically(path, [content] if any_body else _pictures_only([content], transport))


def _pictures_only(parts: Iterable[bytes], transport: Transport) -> Iterator[bytes]:
    head, whole = with_head(parts)
    if not is_picture(head):
        msg = f"{transport.vendor}: the result is {'not a picture' if head else 'empty'}; any_body=True keeps it"
        raise UnexpectedResponse(msg, excerpt=transport.scrub.excerpt(head))
    yield from whole
