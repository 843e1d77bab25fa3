"""Writes a file that the user named, and leaves in its place what is none: devices, pipes and symbolic links.

A regular file is replaced at once, where a link to it points: a reader sees the old file or the new one, never a part.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Generator

    Open = contextlib.AbstractContextManager[IO[bytes]]


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file; raises OSError as `output_file` does."""
    with output_file(path) as file:
        file.write(content)


def folder_for(_: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Make the folder of a file that a command writes when its work is done; raises BadParameter where none can be."""
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = f"{path.parent} is no folder" if path.parent.exists() else error.strerror or str(error)
            msg = f"{path} cannot be written: {why}; name a file in a folder where you may write"
            raise click.BadParameter(msg, param=parameter) from None
    return path


@contextlib.contextmanager
def output_file(path: Path) -> Generator[IO[bytes]]:
    """A file to write to, in the place of `path` when the block ends; when the block fails, all is as it was.

    Devices, pipes and what standard output or error lead to are written through instead. Raises OSError, with
    a sentence as its `strerror`, for what cannot be written: a folder, a socket, a pipe that nobody reads.
    """
    there = _status(path)
    if there is None or (stat.S_ISREG(there.st_mode) and _standard(there) is None):
        with _replaced(Path(os.path.realpath(path)), there) as file:
            yield file
        return
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder; name a file", str(path))
    if stat.S_ISSOCK(there.st_mode):
        raise OSError(errno.ENXIO, "it is a socket; name a file", str(path))
    with os.fdopen(_opened(path, there), "wb") as file:
        yield file


def _status(path: Path) -> os.stat_result | None:
    """What stands there, links followed; None where there is nothing yet."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _standard(there: os.stat_result) -> int | None:
    """The number of the standard stream that leads to this file, if one does: its text and ours shall both stay."""
    for number in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(number), there):
                return number
    return None


def _opened(path: Path, there: os.stat_result) -> int:
    number = _standard(there)
    if number is not None:
        sys.stdout.flush()
        return os.dup(number)
    try:
        # not waiting for a reader of a pipe: without one that would be for ever
        opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO and stat.S_ISFIFO(there.st_mode):
            raise OSError(errno.ENXIO, "nobody reads from this pipe; start its reader first", str(path)) from None
        raise
    os.set_blocking(opened, True)
    return opened


@contextlib.contextmanager
def _replaced(target: Path, there: os.stat_result | None) -> Generator[IO[bytes]]:
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(6)}")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if there is not None:
            shutil.copymode(target, draft)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
