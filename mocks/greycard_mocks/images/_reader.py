"""What the format readers share: bounded reads at an offset, the facts they return, and the EXIF orientation.

It reads small blocks only, so a picture of any size costs the same memory. It knows no format but the little
of TIFF that EXIF is made of.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

_WINDOW_BYTES = 4096
_SCAN_BYTES = 64 * 1024
_ORIENTATION_TAG = 0x0112


class NotAPicture(ValueError):  # noqa: N818 - the name says what the file is, not that something broke
    """The bytes have no header that can be read as one of the known formats; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What a header says: the stored size in pixels, and the first damage that the walk met (None: whole)."""

    width: int
    height: int
    damage: str | None = None
    frames: int = 1
    orientation: int = 1


class Source:
    """Random access to a picture through one small window."""

    __slots__ = ("_file", "_window", "_window_start", "size")

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self.size = size
        self._window = b""
        self._window_start = 0

    def at(self, offset: int, count: int) -> bytes:
        """The `count` bytes from `offset` on; fewer where the file ends."""
        start = offset - self._window_start
        if start < 0 or start + count > len(self._window):
            self._file.seek(offset)
            self._window = self._file.read(max(count, _WINDOW_BYTES))
            self._window_start = offset
            start = 0
        return self._window[start : start + count]

    def contains(self, pattern: bytes, offset: int) -> bool:
        """Say whether two or more bytes stand somewhere from `offset` on, looking near the end first."""
        if pattern in self.at(max(offset, self.size - _WINDOW_BYTES), _WINDOW_BYTES):
            return True
        self._file.seek(offset)
        kept = b""
        while block := self._file.read(_SCAN_BYTES):
            if pattern in kept + block:
                return True
            kept = block[1 - len(pattern) :]
        return False


def checked_size(width: int, height: int) -> tuple[int, int]:
    """The size as given. Raises NotAPicture when a side is 0 or negative."""
    if width < 1 or height < 1:
        raise NotAPicture(f"the header says {width}x{height} pixels")
    return width, height


def exif_orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, of an EXIF block (with or without its `Exif` prefix); 1 when it has none."""
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return 1
    (count,) = struct.unpack_from(f"{order}H", block, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, values, value = struct.unpack_from(f"{order}HHIH", block, entry)
        if tag == _ORIENTATION_TAG:
            return value if kind == 3 and values == 1 and 1 <= value <= 8 else 1
    return 1
