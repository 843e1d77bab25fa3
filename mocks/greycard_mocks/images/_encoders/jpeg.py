"""Encode a JPEG strip by strip, within a given length.

Each strip is a JPEG of its own with the same tables; its pixels stand between restart markers, at which every decoder
begins anew. Knows nothing of where the pixels come from.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.images._encoders.padding import jpeg_comments
from greycard_mocks.images._strips import coarser, heights_of, squares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from greycard_mocks.images._strips import Rows
    from greycard_mocks.images.sizes import Shape

QUALITY = 75
_SOS, _SOF = 0xDA, 0xC0
_HEAD_BYTES = 700
"""More than stands before the pixels of any JPEG that is made here."""

END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Joined:
    """A JPEG in parts, without its end: comments may stand between `start` and `tables`."""

    start: bytes
    tables: bytes
    pixels: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.start) + len(self.tables) + sum(map(len, self.pixels))


def jpeg_blocks(rows: Rows, shape: Shape) -> Iterator[bytes]:
    """The file of exactly `shape.length` bytes, in blocks; a strip that does not fit into its share is made coarser.

    The pixels are encoded before the first block, because the comments that fill the file up stand before them.
    """
    strips = squares(rows, shape.side, shape.width)
    room, times = shape.length - _HEAD_BYTES, 1
    files: list[bytes] = []
    for top, bottom in heights_of(shape.width, shape.height):
        strip = strips(top, bottom)
        share = room * (bottom - top) // (shape.height - top)
        times = max(1, times // 2)  # the last one's coarseness, or half of it
        file = _coarsened(strip, times, shape.side)
        while _scan_bytes(file) > share and times < max(strip.size):
            times *= 2
            file = _coarsened(strip, times, shape.side)
        room -= _scan_bytes(file)
        files.append(file)
    whole = joined(files, shape.height)
    yield whole.start
    yield from jpeg_comments(shape.length - len(whole) - len(END))
    yield whole.tables
    yield from whole.pixels
    yield END


def saved(picture: Image.Image, quality: int = QUALITY) -> bytes:
    """The file of a picture, as Pillow writes it."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def joined(files: Sequence[bytes], height: int) -> Joined:
    """Several JPEG files below each other as one of `height` rows; all but the last have a multiple of 16 rows."""
    first = files[0]
    start = 4 + int.from_bytes(first[4:6])  # SOI and the JFIF segment, which has to stay the first
    frame = _segment(first, _SOF)
    rows, width = (int.from_bytes(first[frame + at : frame + at + 2]) for at in (5, 7))
    across, down = first[frame + 11] >> 4, first[frame + 11] & 15  # how finely the first component is sampled
    interval = -(-width // (8 * across)) * (rows // (8 * down))
    restarts = b"\xff\xdd\x00\x04" + interval.to_bytes(2) if len(files) > 1 else b""
    scan, data = _segment(first, _SOS), _pixels(first)
    tables = first[start : frame + 5] + height.to_bytes(2) + first[frame + 7 : scan] + restarts + first[scan:data]
    pixels = [first[data:-2]]
    for number, file in enumerate(files[1:]):
        pixels += bytes((0xFF, 0xD0 + number % 8)), file[_pixels(file) : -2]
    return Joined(first[:start], tables, pixels)


def _coarsened(strip: Image.Image, times: int, side: int) -> bytes:
    return saved(strip if times == 1 else coarser(strip, times * side))


def _scan_bytes(file: bytes) -> int:
    """The length of its part in a joined file, with the marker before it."""
    return len(file) - _pixels(file)


def _pixels(file: bytes) -> int:
    """Where the pixels begin."""
    scan = _segment(file, _SOS)
    return scan + 2 + int.from_bytes(file[scan + 2 : scan + 4])


def _segment(file: bytes, kind: int) -> int:
    """Where the first segment of a kind begins; it is known to be there."""
    place = 2
    while file[place + 1] != kind:
        place += 2 + int.from_bytes(file[place + 2 : place + 4])
    return place
