"""Read the headers of JPEG, PNG, GIF, BMP and WebP, and walk their structure to its end.

Each reader gets a `Window` on a file whose first bytes are its format's own. It never decodes or inflates anything,
reads small blocks only, so that a picture of any size costs the same memory, and each walk has a bound on its steps.
What breaks before the size is known is NotAPicture, after it a damage. TIFF stands in `_tiff`.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import IO

_MAX_SEGMENTS = 20_000
_MAX_CHUNKS = 50_000
_EXIF_BYTES = 8192
_SHORT = "the file ends inside"

# Which bit depths the PNG colour types have.
_PNG_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_MARKERS = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_COEFFICIENT_BYTES = 2
_JPEG_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})


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
    held_bytes: int = 0
    """What a decoder has to hold for the whole picture beside its pixels: the coefficients of a progressive JPEG."""


class Window:
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


def read_jpeg(source: Window) -> Facts:
    """Walk the segments up to the first scan, then look for the end-of-image marker behind it."""
    size: tuple[int, int] | None = None
    orientation = 1
    samples = components = held = 0
    offset = 2
    problem = f"it has more than {_MAX_SEGMENTS} segments"
    for _ in range(_MAX_SEGMENTS):
        head = source.at(offset, 4)
        if len(head) < 4:
            problem = f"{_SHORT} the headers"
            break
        marker = head[1]
        if head[0] == 0xFF and (marker == 0xFF or marker in _JPEG_BARE_MARKERS):
            offset += 1 if marker == 0xFF else 2
            continue
        length = head[2] << 8 | head[3]
        if head[0] != 0xFF or marker < 0xC0 or marker in {0xD8, 0xD9} or length < 2:
            problem = f"there is no segment at byte {offset}"
            break
        if marker in _JPEG_FRAME_MARKERS:
            frame = source.at(offset + 5, 4)
            if len(frame) < 4 or length < 8:
                problem = f"{_SHORT} the frame header"
                break
            height, width = struct.unpack(">HH", frame)
            size = checked_size(width, height)
            components, samples = _sampling(source, offset, width * height)
            held = _COEFFICIENT_BYTES * samples if marker in _PROGRESSIVE_MARKERS else 0
        elif marker == 0xE1 and source.at(offset + 4, 6) == b"Exif\0\0":
            orientation = exif_orientation(source.at(offset + 4, min(length - 2, _EXIF_BYTES)))
        elif marker == 0xDA:
            problem = _scan_damage(source, offset + 2 + length)
            if source.at(offset + 4, 1) < bytes((components,)):  # the other components come in other scans
                held = _COEFFICIENT_BYTES * samples
            break
        offset += 2 + length
    if size is None:
        raise NotAPicture(f"JPEG without a frame header: {problem or 'the scan comes first'}")
    return Facts(*size, damage=problem or None, orientation=orientation, held_bytes=held)


def _sampling(source: Window, frame: int, pixels: int) -> tuple[int, int]:
    """How many components a frame has, and how many samples all of them have together."""
    count = source.at(frame + 9, 1)
    listing = source.at(frame + 10, 3 * count[0] if count else 0)
    sampled = [(value >> 4) * (value & 15) for value in listing[1::3]]
    return len(sampled), pixels * sum(sampled) // max(1, *sampled) if sampled else 0


def _scan_damage(source: Window, start: int) -> str:
    if source.at(start, 2) in {b"", b"\xff\xd9"}:
        return "there are no pixels after the headers"
    return "" if source.contains(b"\xff\xd9", start) else "the file ends inside the pixels (no end-of-image marker)"


def read_png(source: Window) -> Facts:
    """Check the IHDR chunk, then step over the chunks to IEND."""
    size = _png_size(source.at(8, 25))
    frames = orientation = 1
    pixels = 0
    offset = 33
    damage: str | None = f"it has more than {_MAX_CHUNKS} chunks"
    for _ in range(_MAX_CHUNKS):
        head = source.at(offset, 8)
        kind = head[4:]
        end = offset + 12 + int.from_bytes(head[:4])
        if len(head) < 8 or end > source.size:
            damage = f"{_SHORT} a chunk or before IEND"
            break
        if not kind.isalpha():
            damage = f"there is no chunk at byte {offset}"
            break
        if kind == b"IEND":
            damage = None if pixels else "it has no pixels (IDAT is missing or empty)"
            break
        if kind == b"IDAT":
            pixels += end - offset - 12
        elif kind == b"acTL":
            frames = max(1, int.from_bytes(source.at(offset + 8, 4)))
        elif kind == b"eXIf":
            orientation = exif_orientation(source.at(offset + 8, min(end - offset - 12, _EXIF_BYTES)))
        offset = end
    return Facts(*size, damage=damage, frames=frames, orientation=orientation)


def _png_size(header: bytes) -> tuple[int, int]:
    if len(header) < 25 or header[:8] != b"\0\0\0\rIHDR":
        raise NotAPicture("PNG without a whole IHDR chunk")
    if zlib.crc32(header[4:21]) != int.from_bytes(header[21:]):
        raise NotAPicture("PNG whose IHDR checksum does not match")
    width, height, depth, colour = struct.unpack_from(">IIBB", header, 8)
    if depth not in _PNG_DEPTHS.get(colour, ()) or max(width, height) >= 2**31:
        raise NotAPicture("PNG whose IHDR chunk has values that do not exist")
    return checked_size(width, height)


def read_gif(source: Window) -> Facts:
    """Read the screen size only: frames are not counted, and an end that is missing is not noticed."""
    header = source.at(0, 13)
    if len(header) < 13:
        raise NotAPicture("GIF whose header is cut off")
    width, height, flags = struct.unpack_from("<HHB", header, 6)
    table = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    introducer = source.at(13 + table, 1)
    if introducer not in {b"", b"!", b",", b";"}:
        raise NotAPicture("GIF magic with something else behind it")
    return Facts(*checked_size(width, height), damage=None if introducer else f"{_SHORT} the headers")


def read_bmp(source: Window) -> Facts:
    """Compare the declared file size, and the place and length of the pixels, with what is there."""
    header = source.at(0, 54)
    if len(header) < 26:
        raise NotAPicture("BMP whose header is cut off")
    declared, start, dib = struct.unpack_from("<I4xII", header, 2)
    if dib == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", header, 18)
        compression = stored = 0
    elif dib in {40, 52, 56, 64, 108, 124} and len(header) >= 38:
        width, height, _, bits, compression, stored = struct.unpack_from("<iiHHII", header, 18)
    else:
        raise NotAPicture("BMP with an unknown or cut header")
    if bits not in {1, 2, 4, 8, 16, 24, 32} or compression not in {0, 1, 2, 3, 6}:
        raise NotAPicture("BMP with a pixel form that does not exist or holds another format")
    width, height = checked_size(width, abs(height))
    if compression not in {1, 2}:
        stored = (width * bits + 31) // 32 * 4 * height
    whole = 14 + dib <= start and max(start + stored, declared) <= source.size
    return Facts(width, height, damage=None if whole else f"{_SHORT} the pixels, which need {start + stored} bytes")


def read_webp(source: Window) -> Facts:
    """Read the size from the first chunk, then step over the chunks to the end that RIFF declares."""
    head = source.at(0, 30)
    width, height = checked_size(*_webp_size(head))
    end = 8 + int.from_bytes(head[4:8], "little")
    damage = None if end <= source.size else f"{_SHORT} the pixels: it declares {end} bytes and has {source.size}"
    orientation = 1
    frames = pixels = 0
    offset = 12
    for _ in range(_MAX_CHUNKS):
        head = source.at(offset, 8)
        if offset >= end or len(head) < 8:
            break
        kind, length = struct.unpack("<4sI", head)
        if offset + 8 + length > end:
            damage = damage or f"the chunk at byte {offset} is longer than the file"
        if kind == b"ANMF":
            frames += 1
        elif kind in {b"VP8 ", b"VP8L"}:
            pixels += 1
        elif kind == b"EXIF":
            orientation = exif_orientation(source.at(offset + 8, min(length, _EXIF_BYTES)))
        offset += 8 + length + length % 2
    else:
        damage = damage or f"it has more than {_MAX_CHUNKS} chunks"
    if not frames and not pixels:
        damage = damage or "it has no pixels"
    return Facts(width, height, damage=damage, frames=max(1, frames), orientation=orientation)


def _webp_size(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if len(head) < (25 if kind == b"VP8L" else 30):
        raise NotAPicture("WebP whose header is cut off")
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L" and head[20] == 0x2F:
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    raise NotAPicture("WebP without a picture chunk in front")
