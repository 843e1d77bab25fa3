"""What a test left in its folder: names and contents, with placeholders where runs differ. Only reads."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from greycard_suite.score.tapes.tape import Placeholders

MOST_FILES = 200
MOST_BYTES = 32 << 20


def left_in(folders: Iterable[Path], names: Placeholders) -> list[tuple[str, str]]:
    """Name and digest of each file below these folders, at most MOST_FILES of them, by name."""
    found: list[tuple[str, str]] = []
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in _files(folder):
                if len(found) >= MOST_FILES:
                    break
                with contextlib.suppress(OSError):
                    found.append((names.text(str(path.relative_to(folder))), _digest(path, names)))
    return sorted(found)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        # SQLite's own companions of a database say nothing that its tables do not say
        if path.is_file() and not path.is_symlink() and not path.name.endswith(("-journal", "-wal", "-shm", ".pyc")):
            yield path


def _digest(path: Path, names: Placeholders) -> str:
    if path.stat().st_size > MOST_BYTES:
        return f"{path.stat().st_size} bytes"
    content = path.read_bytes()
    if content.startswith(b"SQLite format 3\x00"):
        content = _dumped(path).encode()
    with contextlib.suppress(UnicodeDecodeError):
        content = names.text(content.decode("utf-8")).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _dumped(path: Path) -> str:
    """The tables of a database as SQL, which two runs can be compared in."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return "\n".join(connection.iterdump())
    except sqlite3.Error as error:
        return f"a database that cannot be read: {error}"
