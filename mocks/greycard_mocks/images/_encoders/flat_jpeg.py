"""Write a JPEG in which each block of 8x8 pixels has one colour, without a DCT and without an encoder.

Such a block is nothing but its difference to the block before it, and the sign that nothing else follows. The code
table that is written here gives each difference a code of such a length that the block has two bytes in all, neither
of them 0xFF. So the whole picture is a look-up in two tables, and its length is known in advance. Brightness has 128
steps, so that each difference of two bytes of a `bytes` object is one byte, too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from greycard_mocks.images._encoders.padding import jpeg_comments
from greycard_mocks.images._strips import heights_of
from greycard_mocks.images.sizes import FLAT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from greycard_mocks.images._strips import Rows
    from greycard_mocks.images.sizes import Shape

_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_STEP = 16
"""What a block's mean is divided by; a step of brightness is worth 8."""
_GREY = 64
"""The middle of the 128 steps, from which the first block of each component counts."""
_CATEGORIES = range(7, -1, -1)
"""How many bits a difference has, the shortest code first: 8 bits for those of 7 bits, up to 15 for no difference."""


def flat_jpeg_blocks(rows: Rows, shape: Shape) -> Iterator[bytes]:
    """The file of exactly `shape.length` bytes, in blocks, of a picture of `shape.columns` x `shape.rows` pixels."""
    tables = _tables(shape.width, shape.height)
    yield _START
    length = FLAT_BYTES * shape.columns * shape.rows + 2
    yield from jpeg_comments(shape.length - len(_START) - len(tables) - length)
    yield tables
    before = [_GREY, _GREY, _GREY]
    for top, bottom in heights_of(shape.columns, shape.rows):
        colours = rows(top, bottom).convert("RGB").convert("YCbCr")
        pixels = bytearray(FLAT_BYTES * colours.width * colours.height)
        for number, component in enumerate(colours.split()):
            steps = component.point(_to_steps())
            difference = _differences(steps, before[number])
            before[number] = steps.tobytes()[-1]
            for byte, table in enumerate(_codes()):
                pixels[2 * number + byte :: FLAT_BYTES] = difference.translate(table)
        yield bytes(pixels)
    yield b"\xff\xd9"


def _differences(steps: Image.Image, before: int) -> bytes:
    """What each pixel is more than the one before it, modulo 256; the first one is preceded by `before`."""
    from PIL import Image, ImageChops

    shifted = Image.frombytes("L", steps.size, bytes((before,)) + steps.tobytes()[:-1])
    return ImageChops.subtract_modulo(steps, shifted).tobytes()


def _to_steps() -> list[int]:
    return [min(127, (value + 1) // 2) for value in range(256)]


@cache
def _codes() -> tuple[bytes, bytes]:
    """The first and the second byte of a block, by its difference modulo 256."""
    words = [0] * 256
    code = 0
    for bits in _CATEGORIES:  # canonical codes: each is the one before plus 1, with a bit more
        for difference in range(-(2**bits) + 1, 2**bits):
            if difference.bit_length() == bits:
                value = difference if difference >= 0 else difference + 2**bits - 1
                words[difference % 256] = code << (bits + 1) | value << 1  # the last bit says that nothing follows
        code = (code + 1) << 1
    return bytes(word >> 8 for word in words), bytes(word & 255 for word in words)


def _tables(width: int, height: int) -> bytes:
    """All between the start and the pixels: steps, frame, codes, and the head of the one scan."""
    return b"".join(
        (
            _segment(0xDB, bytes((0, *([_STEP] * 64)))),
            _segment(0xC0, b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x03\x01\x11\0\x02\x11\0\x03\x11\0"),
            _segment(0xC4, b"\x00" + _counts(range(8, 16)) + bytes(_CATEGORIES)),
            _segment(0xC4, b"\x10" + _counts(range(1, 2)) + b"\0"),
            _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0"),
        )
    )


def _counts(lengths: range) -> bytes:
    """How many codes there are of each length from 1 to 16 bits: one of each that is given."""
    return bytes(length in lengths for length in range(1, 17))


def _segment(kind: int, content: bytes) -> bytes:
    return bytes((0xFF, kind)) + (2 + len(content)).to_bytes(2) + content
