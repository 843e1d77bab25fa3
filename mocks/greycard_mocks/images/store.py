"""Input pictures: uploaded, linked or written into the request, inspected once and kept for the results.

Contents are kept by digest, small ones in memory, others in a temporary folder; the oldest give way.
Links are fetched by the function that the engine gives; this module opens no connection itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

if TYPE_CHECKING:
    from greycard_mocks.images.inspect import Picture

SMALL_BYTES = 64 << 10
IN_MEMORY_BYTES = 32 << 20
"""How many bytes of small pictures are kept in memory in all; further ones are files as the large ones are."""

BLOCK_BYTES = 64 << 10


class Source(msgspec.Struct, frozen=True, gc=False):
    """One input picture: its facts, and the digest under which its bytes are kept."""

    picture: Picture
    digest: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no usable picture: one of the names under `consequences` in the contract data."""

    finding: str
    detail: str


@dataclass
class SourceStore:
    """Keeps the bytes of input pictures by digest; bounded, the oldest are forgotten first."""

    max_entries: int = 4096
    max_bytes: int = 1 << 30
    _entries: dict[bytes, bytes | int] = field(default_factory=dict)
    """By digest the bytes of a picture, or how many there are in its file; the oldest first."""

    _total: int = 0
    _in_memory: int = 0
    _folder: Path | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, stream: BinaryIO) -> bytes:
        """Store everything in `stream`, block by block; returns its digest."""
        digest, size = hashlib.blake2b(digest_size=16), 0
        stream.seek(0)
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
        name = digest.digest()
        with self._lock:
            if name in self._entries:
                self._entries[name] = self._entries.pop(name)
                return name
            stream.seek(0)
            if size <= SMALL_BYTES and self._in_memory + size <= IN_MEMORY_BYTES:
                self._entries[name] = stream.read()
                self._in_memory += size
            else:
                self._write(name, stream)
                self._entries[name] = size
            self._total += size
            if len(self._entries) > self.max_entries:
                for oldest in list(islice(self._entries, 1 + self.max_entries // 256)):
                    self._forget(oldest)
            while self._total > self.max_bytes and len(self._entries) > 1:
                self._forget(next(iter(self._entries)))
        return name

    def open(self, digest: bytes) -> BinaryIO | None:
        """The bytes kept under `digest`, or None when they have been forgotten."""
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None:
                return None
            if isinstance(entry, bytes):
                return io.BytesIO(entry)
            return (self._folder or Path()).joinpath(digest.hex()).open("rb")

    def close(self) -> None:
        """Forget everything and remove the temporary folder."""
        with self._lock:
            self._entries.clear()
            self._total = self._in_memory = 0
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _write(self, name: bytes, stream: BinaryIO) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="greycard-"))
        with self._folder.joinpath(name.hex()).open("wb") as file:
            shutil.copyfileobj(stream, file, BLOCK_BYTES)

    def _forget(self, name: bytes) -> None:
        entry = self._entries.pop(name)
        if isinstance(entry, bytes):
            self._total -= len(entry)
            self._in_memory -= len(entry)
        else:
            self._total -= entry
            if self._folder is not None:
                self._folder.joinpath(name.hex()).unlink(missing_ok=True)


def inspect_stream(stream: BinaryIO, store: SourceStore) -> Source | Problem:
    """Look at a picture and keep it; a Problem when its header cannot be read."""
    from greycard_mocks.images.inspect import NotAPicture, inspect

    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(0)
    try:
        picture = inspect(stream, size)
    except NotAPicture as error:
        return Problem("unreadable", str(error))
    return Source(picture, store.keep(stream))


def decode_inline(text: str) -> bytes | None:
    """The bytes of a data URI or of bare Base64; None when `text` is neither."""
    if text.startswith("data:"):
        head, comma, text = text.partition(",")
        if not comma or not head.endswith(";base64"):
            return None
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
