"""The result pictures themselves: made once when somebody asks, the last ones kept, large ones as files.

Making one costs time and memory only when the picture itself is wanted. All that is told of it follows from the recipe:
width and height, and by the rule in `images/sizes.py` the length of its file as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from greycard_mocks.images.turns import SentAwayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_mocks.answers.results import Recipe
    from greycard_mocks.images.sizes import Shape
    from greycard_mocks.images.store import SourceStore
    from greycard_mocks.images.turns import Turns

KEPT_BYTES = 512 << 20
"""How many bytes of finished pictures are kept, in files and in memory."""

IN_MEMORY_BYTES = 16 << 20
SMALL_BYTES = 64 << 10
"""Smaller pictures are kept in memory."""

MAX_KEPT = 4096


class GoneError(LookupError):
    """The result cannot be made: it is too large for this mock. The message says so."""


@dataclass(frozen=True, slots=True)
class _Made:
    size: int
    content: bytes | Path
    sha256: str

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


class ResultStore:
    """Makes result pictures, each once and in its turn, and keeps the last ones."""

    def __init__(self, sources: SourceStore, turns: Turns) -> None:
        self._sources, self._turns = sources, turns
        self._made: OrderedDict[tuple[object, ...], _Made] = OrderedDict()
        self._in_memory = self._in_files = 0
        self._lock = threading.Lock()
        self._making: dict[tuple[object, ...], threading.Lock] = {}
        self._folder: Path | None = None
        self._number = 0

    def get(self, recipe: Recipe) -> bytes:
        """The picture as bytes; raises GoneError when it cannot be made."""
        with self.open(recipe) as file:
            return file.read()

    def size(self, recipe: Recipe) -> int:
        """The length of the picture's file in bytes, which is not made for it; GoneError when it cannot be made."""
        return _shape(recipe).length

    def open(self, recipe: Recipe) -> BinaryIO:
        """The picture as a file, to be closed; raises GoneError when it cannot be made."""
        key = recipe.key
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key].open()
            gate = self._making.setdefault(key, threading.Lock())
        if not gate.acquire(blocking=False):  # somebody makes it already
            with self._turns.while_waiting():
                gate.acquire()
        try:
            with self._lock:
                if key in self._made:
                    return self._made[key].open()
            return self._kept(key, self._make(recipe))
        finally:
            with self._lock:
                self._making.pop(key, None)
            gate.release()

    def digest(self, recipe: Recipe) -> str:
        """The SHA-256 of the picture's file in hexadecimal digits; empty when it is not kept (any more)."""
        with self._lock:
            made = self._made.get(recipe.key)
        return made.sha256 if made is not None else ""

    def clear(self) -> None:
        """Forget everything and remove the temporary folder."""
        with self._lock:
            self._made.clear()
            self._in_memory = self._in_files = 0
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _kept(self, key: tuple[object, ...], made: _Made) -> BinaryIO:
        with self._lock:
            self._made[key] = made
            self._count(made, 1)
            while len(self._made) > 1 and (
                self._in_memory > IN_MEMORY_BYTES or self._in_files > KEPT_BYTES or len(self._made) > MAX_KEPT
            ):
                _, oldest = self._made.popitem(last=False)
                self._count(oldest, -1)
                if isinstance(oldest.content, Path):
                    _remove(oldest.content)
            return made.open()

    def _count(self, made: _Made, sign: int) -> None:
        if isinstance(made.content, bytes):
            self._in_memory += sign * made.size
        else:
            self._in_files += sign * made.size

    def _make(self, recipe: Recipe) -> _Made:
        from greycard_mocks.images.transform import memory_for

        mask = recipe.mask.picture if recipe.mask is not None else None
        cost = memory_for(recipe.source.picture, mask, _shape(recipe))
        try:
            with self._turns.turn(cost):
                return self._written(self._blocks(recipe))
        except SentAwayError as error:
            raise GoneError(str(error)) from None
        except OSError as error:
            msg = f"a result of {recipe.width}x{recipe.height} pixels finds no room among temporary files: {error}"
            raise GoneError(msg) from None

    def _written(self, blocks: Iterable[bytes]) -> _Made:
        """Small pictures in memory, others in a file."""
        head, rest = bytearray(), iter(blocks)
        digest = hashlib.sha256()
        for block in rest:
            head += block
            if len(head) > SMALL_BYTES:
                break
        else:
            return _Made(len(head), bytes(head), hashlib.sha256(head).hexdigest())
        path = self._new_path()
        try:
            with path.open("wb") as file:
                file.write(head)
                digest.update(head)
                del head
                for block in rest:
                    file.write(block)
                    digest.update(block)
                return _Made(file.tell(), path, digest.hexdigest())
        except BaseException:
            _remove(path)
            raise

    def _new_path(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="greycard-results-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            self._number += 1
            return self._folder / str(self._number)

    def _blocks(self, recipe: Recipe) -> Iterator[bytes]:
        from greycard_mocks.images import transform

        stream = self._sources.open(recipe.source.digest)
        if stream is None:
            # the input has been forgotten to make room for newer ones; the task still has its result
            return _stand_in(recipe)
        size: dict[str, Any] = {"width": recipe.width, "height": recipe.height, "format": recipe.format}
        try:
            with stream:
                if recipe.process == "erase" and recipe.mask is not None:
                    mask = self._sources.open(recipe.mask.digest)
                    if mask is not None:
                        with mask:
                            return transform.erase(stream, mask, **size)
                if recipe.process == "cutout":
                    return transform.cut_out(stream, **size)
                if recipe.process == "mask":
                    return transform.subject_mask(stream, **size)
                if recipe.process == "tint":
                    return transform.tint(stream, number=recipe.number, **size)
                if recipe.process == "face":
                    return transform.crop_face(stream, **size)
                return transform.enlarge(stream, **size)
        except transform.CannotEnlarge:
            # whole in structure, but its pixels cannot be decoded: a vendor would still deliver something
            return _stand_in(recipe)


def _shape(recipe: Recipe) -> Shape:
    from greycard_mocks.images.sizes import CannotEnlarge

    try:
        return recipe.shape
    except CannotEnlarge as error:
        raise GoneError(error.reason) from None


def _stand_in(recipe: Recipe) -> Iterator[bytes]:
    """A test card of the promised size, length and format."""
    from greycard_mocks.images.transform import stand_in

    size: dict[str, Any] = {"width": recipe.width, "height": recipe.height, "format": recipe.format}
    return stand_in(recipe.source.picture, **size, of_face=recipe.process == "face")


def _remove(path: Path) -> None:
    """Delete a file that is no longer kept; where an open one cannot be deleted, it goes with the folder."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
