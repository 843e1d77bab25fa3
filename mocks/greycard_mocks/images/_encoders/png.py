"""Encode a PNG whose rows repeat, strip by strip, within a given length.

A row of squares is deflated once. The rows below it that are the same consist of "as above" for every pixel, which is
deflated in advance. Knows nothing of where the pixels come from.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.images._encoders.padding import CHUNK_BYTES, png_chunk
from greycard_mocks.images._strips import coarser, heights_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from greycard_mocks.images._strips import Rows
    from greycard_mocks.images.sizes import Shape

_COLOUR_TYPES = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}
_AS_LEFT, _AS_ABOVE = b"\x01", b"\x02"
_START = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES, _TAIL_BYTES = len(_START) + 25 + 14, 18 + 12
"""All but the pixels and what fills the file up."""

_LARGE_PIXELS = 8_000_000
"""In more pixels only repeated bytes are looked for, which takes half the time."""


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Rows that are as the one above: deflated, how many bytes that is inflated, and their Adler-32."""

    packed: bytes
    length: int
    checksum: int

    def after(self, checksum: int) -> int:
        """The Adler-32 of something and these rows behind it."""
        low, high = checksum & 0xFFFF, checksum >> 16
        high += self.length * (low - 1) + (self.checksum >> 16)
        low += (self.checksum & 0xFFFF) - 1
        return high % 65_521 << 16 | low % 65_521


def png_blocks(rows: Rows, shape: Shape) -> Iterator[bytes]:
    """The file of exactly `shape.length` bytes, in blocks, of a picture of `shape.columns` x `shape.rows` pixels.

    A strip that does not fit into its share of the length is made coarser.
    """
    strategy = zlib.Z_RLE if shape.columns * shape.rows > _LARGE_PIXELS else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, strategy=strategy)
    room, times, checksum = shape.length - _HEAD_BYTES - _TAIL_BYTES - CHUNK_BYTES, 1, 1
    repeats: tuple[_Repeats, _Repeats] | None = None
    for top, bottom in heights_of(shape.columns, shape.rows):
        strip = rows(top, bottom)
        if repeats is None:
            repeats = _repeats_of(shape, len(strip.getbands()))
            yield _START + _chunk(b"IHDR", _header(shape, strip.mode)) + _chunk(b"IDAT", b"\x78\x01")
        here = [repeats[0]] * (bottom - top)
        if bottom == shape.rows:
            here[-1] = repeats[1]
        share = room * (bottom - top) // (shape.rows - top)
        times = max(1, times // 2)  # the last one's coarseness, or half of it
        while True:
            trial = packer.copy()
            chunk, after = _deflated(trial, strip if times == 1 else coarser(strip, times), shape, here, checksum)
            if len(chunk) <= share or times >= max(strip.size):
                break
            times *= 2
        packer, checksum = trial, after
        room -= len(chunk)
        yield chunk
    yield _chunk(b"IDAT", b"\x03\x00" + checksum.to_bytes(4))
    yield from png_chunk(CHUNK_BYTES + room)
    yield _chunk(b"IEND", b"")


def _deflated(
    packer: Any, strip: Image.Image, shape: Shape, repeats: Sequence[_Repeats], checksum: int
) -> tuple[bytes, int]:
    """The chunk of a strip, in which each row is followed by its repeats, and the checksum behind it."""
    packed = []
    for row, after in zip(_filtered(strip, shape), repeats, strict=True):
        packed.append(packer.compress(row))
        checksum = zlib.adler32(row, checksum)
        if shape.side > 1:
            packed += packer.flush(zlib.Z_FULL_FLUSH), after.packed  # nothing later refers to what was before
            checksum = after.after(checksum)
    packed.append(packer.flush(zlib.Z_FULL_FLUSH))
    return _chunk(b"IDAT", b"".join(packed)), checksum


def _filtered(strip: Image.Image, shape: Shape) -> Iterator[bytes]:
    """The rows of squares, each pixel as its difference to the one on its left: none within a square."""
    from PIL import Image, ImageChops

    channels, side = len(strip.getbands()), shape.side
    width = strip.width * channels
    values = Image.frombytes("L", (width, strip.height), strip.tobytes())
    left = Image.new("L", values.size)
    left.paste(values, (channels, 0))
    differences = ImageChops.subtract_modulo(values, left).tobytes()
    for start in range(0, len(differences), width):
        row = differences[start : start + width]
        if side > 1:
            wide = bytearray(width * side)
            for channel in range(channels):
                wide[channel :: channels * side] = row[channel::channels]
            row = bytes(wide[: shape.width * channels])
        yield _AS_LEFT + row


def _repeats_of(shape: Shape, channels: int) -> tuple[_Repeats, _Repeats]:
    """What follows each row of squares, and what follows the last one, of which less may lie within the picture."""
    last = shape.height - (shape.rows - 1) * shape.side
    row = _AS_ABOVE + bytes(shape.width * channels)
    return _repeated(row, shape.side - 1), _repeated(row, last - 1)


def _repeated(row: bytes, count: int) -> _Repeats:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, strategy=zlib.Z_RLE)
    packed, checksum = [], 1
    for _ in range(count):
        packed.append(packer.compress(row))
        checksum = zlib.adler32(row, checksum)
    packed.append(packer.flush(zlib.Z_FULL_FLUSH) if count else b"")
    return _Repeats(b"".join(packed), count * len(row), checksum)


def _header(shape: Shape, mode: str) -> bytes:
    return shape.width.to_bytes(4) + shape.height.to_bytes(4) + bytes((8, _COLOUR_TYPES[mode], 0, 0, 0))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return b"".join((len(content).to_bytes(4), kind, content, zlib.crc32(content, zlib.crc32(kind)).to_bytes(4)))
