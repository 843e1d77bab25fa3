"""Encode a drawn card in each format in parts, so that its file can be stretched to an exact length.

The stretch is always legal in the format: comments, chunks that readers skip, or a gap before the pixels. It
knows nothing of how a card looks.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_mocks.images._card_drawing import PALETTE, draw_card
from greycard_mocks.images._encoders.jpeg import END, joined, saved
from greycard_mocks.images._encoders.padding import CHUNK_BYTES, jpeg_comments, png_chunk, zeros
from greycard_mocks.images._strips import heights_of

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 80
_COLOURS = len(PALETTE) // 3


@dataclass(frozen=True, slots=True)
class Layout:
    """A card in parts. The stretch stands between `before(stretch)` and `header`, in the form of `stretched`.

    `before` makes the first bytes for a given stretch, because some formats count it in their header; `gap`
    is the smallest stretch above 0 that the format can express. Where `even` is set the stretch can only have
    an even length, and an odd byte is found at the file's end instead.
    """

    before: Callable[[int], bytes]
    stretched: Callable[[int], Iterator[bytes]]
    gap: int
    header: bytes
    pixels: bytes
    tail: bytes
    even: bool = False

    def size(self, stretch: int, kept: int) -> int:
        """The length in bytes of what `blocks` yields."""
        tail = self.tail if kept == len(self.pixels) else b""
        return len(self.before(stretch)) + stretch + len(self.header) + kept + len(tail)

    def blocks(self, stretch: int, kept: int) -> Iterator[bytes]:
        """The file with so many bytes of stretch and of the pixels; fewer than all also cuts the tail."""
        odd = stretch % 2 if self.even else 0
        yield self.before(stretch - odd)
        yield from self.stretched(stretch - odd)
        yield self.header
        if kept == len(self.pixels):
            yield self.pixels
            yield self.tail + bytes(odd)
        else:
            yield self.pixels[: kept + odd]


def lay_out(width: int, height: int, form: str, seed: int) -> Layout:
    """Draw and encode a card; `form` is one of the keys of LAYOUTS."""
    return LAYOUTS[form](draw_card(width, height, seed))


def _jpeg(card: Image.Image) -> Layout:
    parts = heights_of(*card.size)
    files = [saved(card.crop((0, top, card.width, bottom)).convert("RGB"), _QUALITY) for top, bottom in parts]
    whole = joined(files, card.height)
    return Layout(lambda _: whole.start, jpeg_comments, 1, whole.tables, b"".join(whole.pixels), END)


def _png(card: Image.Image) -> Layout:
    whole = _saved(card, "PNG", bits=4, compress_level=1)
    first, end = whole.index(b"IDAT") - 4, len(whole) - 12
    return Layout(lambda _: whole[:first], png_chunk, CHUNK_BYTES, b"", whole[first:end], whole[end:])


def _bmp(card: Image.Image) -> Layout:
    row = (card.width * 4 + 31) // 32 * 4
    pixels = card.tobytes("raw", "P;4", row, -1)
    table = b"".join(PALETTE[at : at + 3][::-1] + b"\0" for at in range(0, len(PALETTE), 3))
    dib = struct.pack("<IiiHHIIiiII", 40, card.width, card.height, 1, 4, 0, len(pixels), 2835, 2835, _COLOURS, 0)

    def before(stretch: int) -> bytes:
        start = 14 + len(dib) + len(table) + stretch
        return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + dib + table

    return Layout(before, zeros, 1, b"", pixels, b"")


def _tiff(card: Image.Image) -> Layout:
    pixels = zlib.compress(card.tobytes("raw", "P;4", (card.width + 1) // 2), 1)
    colours = PALETTE + bytes(48 - len(PALETTE))
    table = b"".join(struct.pack("<16H", *(value * 257 for value in colours[part::3])) for part in range(3))
    directory = 8 + len(table) + 16

    def before(stretch: int) -> bytes:
        start = directory + 2 + 12 * len(entries) + 4 + stretch
        rows = ((tag, kind, count, start if tag == 273 else value) for tag, kind, count, value in entries)
        listing = b"".join(struct.pack("<HHII", *entry) for entry in rows)
        head = b"II*\0" + struct.pack("<I", directory) + table + struct.pack("<IIII", 72, 1, 72, 1)
        return head + struct.pack("<H", len(entries)) + listing + bytes(4)

    entries = (
        *((256, 4, 1, card.width), (257, 4, 1, card.height), (258, 3, 1, 4), (259, 3, 1, 8), (262, 3, 1, 3)),
        *((273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, card.height), (279, 4, 1, len(pixels))),
        *((282, 5, 1, 8 + len(table)), (283, 5, 1, 16 + len(table)), (296, 3, 1, 2), (320, 3, 48, 8)),
    )
    return Layout(before, zeros, 1, b"", pixels, b"")


def _webp(card: Image.Image) -> Layout:
    pixels = _saved(card.convert("RGB"), "WEBP", lossless=True, quality=0, method=0, exact=True)[12:]
    sides = (card.width - 1).to_bytes(3, "little") + (card.height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + sides

    def before(stretch: int) -> bytes:
        return b"RIFF" + struct.pack("<I", 4 + len(extended) + stretch + len(pixels)) + b"WEBP" + extended

    def chunk(stretch: int) -> Iterator[bytes]:
        if stretch:
            yield b"GRCD" + struct.pack("<I", stretch - 8)
            yield from zeros(stretch - 8)

    return Layout(before, chunk, 8, b"", pixels, b"", even=True)


def _gif(card: Image.Image) -> Layout:
    whole = _saved(card, "GIF")
    first = 13 + 3 * 2 ** ((whole[10] & 7) + 1)

    def comment(stretch: int) -> Iterator[bytes]:
        if stretch:
            yield b"!\xfe"
            left = stretch - 3
            while left:
                part = min(left, 255 if left == 257 else 256)  # a block of its length byte alone would be the end
                yield bytes([part - 1]) + b" " * (part - 1)
                left -= part
            yield b"\0"

    head = b"GIF89a" + whole[6:first]
    return Layout(lambda _: head, comment, 5, b"", whole[first:-1], whole[-1:])


LAYOUTS: dict[str, Callable[[Image.Image], Layout]] = {
    "jpeg": _jpeg,
    "png": _png,
    "bmp": _bmp,
    "webp": _webp,
    "tiff": _tiff,
    "gif": _gif,
}


def _saved(card: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    card.save(file, form, **options)
    return file.getvalue()
