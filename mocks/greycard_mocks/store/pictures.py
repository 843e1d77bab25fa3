"""The bytes of input pictures where all processes find them: in the store itself, or in a folder that they share.

Each process keeps what it has seen as well, so that a picture crosses the line once.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol, cast

from greycard_mocks.images.store import BLOCK_BYTES, SMALL_BYTES, SourceStore
from greycard_mocks.store.scripts import KEEP_PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_mocks.store.keys import Keys
    from greycard_mocks.store.link import Link

PIECE_BYTES = 1 << 20
STORE_BYTES = 512 << 20
"""How many bytes of pictures are kept in the store; those that were used longest ago give way."""

FOLDER_BYTES = 4 << 30
"""The same of a folder."""


class Shelf(Protocol):
    """Where all processes find pictures, by digest."""

    def has(self, digest: bytes) -> bool:
        """Whether a picture is there; it counts as used."""
        ...

    def put(self, digest: bytes, pieces: Iterable[bytes]) -> None:
        """Keep a picture."""
        ...

    def get(self, digest: bytes) -> Iterator[bytes] | None:
        """The pieces of a picture; None when it is not there (any more)."""
        ...


class SharedSources(SourceStore):
    """As `SourceStore`, with a shelf behind it that other processes put pictures on."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._shelf = shelf

    def keep(self, stream: BinaryIO) -> bytes:
        """As `SourceStore.keep`. Raises StoreError when the shelf cannot be reached."""
        digest = super().keep(stream)
        if not self._shelf.has(digest):
            stream.seek(0)
            self._shelf.put(digest, iter(lambda: stream.read(PIECE_BYTES), b""))
        return digest

    def open(self, digest: bytes) -> BinaryIO | None:
        """As `SourceStore.open`."""
        found = super().open(digest)
        if found is not None:
            return found
        pieces = self._shelf.get(digest)
        if pieces is None:
            return None
        with tempfile.SpooledTemporaryFile(max_size=SMALL_BYTES) as file:
            for piece in pieces:
                file.write(piece)
            super().keep(cast("BinaryIO", file))
        return super().open(digest)


class InStore:
    """Pictures in the store, as lists of pieces."""

    def __init__(self, link: Link, keys: Keys, keep_seconds: float) -> None:
        self._link, self._keys, self._keep_ms = link, keys, int(keep_seconds * 1000)

    def has(self, digest: bytes) -> bool:
        """As `Shelf.has`."""
        name = digest.hex()
        now = repr(self._link.clock.now())
        kept, *_ = self._link.commands(
            ("PEXPIRE", self._keys.picture(digest), self._keep_ms), ("ZADD", self._keys.pictures, "XX", now, name),
            *(("PEXPIRE", key, self._keep_ms) for key in (self._keys.pictures, self._keys.picture_bytes)),
        )  # fmt: skip
        return bool(kept)

    def put(self, digest: bytes, pieces: Iterable[bytes]) -> None:
        """As `Shelf.put`."""
        key, size = self._keys.picture(digest), 0
        partial = f"{key}:{secrets.token_hex(4)}"
        for piece in pieces:
            size += len(piece)
            self._link.commands(("RPUSH", partial, piece), ("PEXPIRE", partial, 60_000), again=False)
        if size:
            self._link.run(
                KEEP_PICTURE, [key, partial, self._keys.pictures, self._keys.picture_bytes],
                (digest.hex(), size, self._keep_ms, STORE_BYTES, repr(self._link.clock.now()), self._keys.picture(b"")),
            )  # fmt: skip

    def get(self, digest: bytes) -> Iterator[bytes] | None:
        """As `Shelf.get`."""
        key = self._keys.picture(digest)
        count = int(self._link.command("LLEN", key))
        return (self._link.command("LINDEX", key, at) or b"" for at in range(count)) if count else None


class InFolder:
    """Pictures as files of a folder that all processes reach."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError when the folder cannot be made, or nothing can be written there."""
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        self._folder = folder
        self._written = FOLDER_BYTES

    def has(self, digest: bytes) -> bool:
        """As `Shelf.has`."""
        path = self._folder / digest.hex()
        with contextlib.suppress(OSError):
            path.touch(exist_ok=True) if path.exists() else None
        return path.exists()

    def put(self, digest: bytes, pieces: Iterable[bytes]) -> None:
        """As `Shelf.put`."""
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
                self._written += len(piece)
        Path(name).replace(self._folder / digest.hex())
        if self._written > FOLDER_BYTES // 8:
            self._written = 0
            self._make_room()

    def get(self, digest: bytes) -> Iterator[bytes] | None:
        """As `Shelf.get`."""
        try:
            file = (self._folder / digest.hex()).open("rb")
        except OSError:
            return None
        return _blocks(file)

    def _make_room(self) -> None:
        """Remove what was used longest ago, beyond the bound."""
        found = []
        for entry in os.scandir(self._folder):
            with contextlib.suppress(OSError):
                stat = entry.stat()
                found.append((stat.st_mtime, stat.st_size, entry.path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= FOLDER_BYTES:
                break
            with contextlib.suppress(OSError):
                Path(path).unlink()
                total -= size


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block
