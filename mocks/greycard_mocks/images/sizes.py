"""How a result is laid out, and how many bytes its file has: known from the task alone, before any picture is made.

A result consists of squares: it is drawn as a smaller picture, each pixel of which becomes a square of `side` times
`side` pixels. The side is the factor by which the picture grows; where the result would be too much work, it is larger
and the smaller picture has fewer pixels. A picture that is enlarged 8 times is exactly this, and little work.

The length in bytes is a rule, too: some bytes for each pixel and each row, and a multiple of the input's own length, up
to a most that even noise hardly needs. What is drawn is fitted into the length, strip by strip, by making a strip that
needs more coarser, and is filled up to it with what readers skip (comments in a JPEG, a private chunk in a PNG). So a
length can be told at once, and is the length of the file that is made later, or of the one made again.

It opens no picture and knows no vendor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.images.inspect import Picture

MAX_INPUT_PIXELS = 9216 * 9216
MAX_OUTPUT_PIXELS = 4 * MAX_INPUT_PIXELS
MAX_SIDE = 65_500

SMALL_PIXELS = 5000 * 5000
"""The smaller picture, of which a result is drawn, has at most so many pixels."""

BLOCK = 8
"""A JPEG is made of blocks of 8x8 pixels. Squares of this side take no work for their pixels."""

_JPEG_PIXELS = 100_000_000
"""A JPEG of more pixels has squares of `BLOCK` pixels."""
_PNG_PIXELS = 32_000_000
"""So many pixels stand in the rows of a PNG that are not repeated."""
_MAX_PNG_SIDE = 16

FLAT_HEAD_BYTES = 173
FLAT_BYTES = 6
"""A JPEG of flat blocks has so many bytes before its pixels, and for each block; and two at its end."""

_LEAST_BYTES = 1200
"""For the head and tables of any file."""

# Of a JPEG: for each 16x16 pixels of one colour, and for each pixel at most, of noise.
_JPEG_UNIT_BYTES, _JPEG_MOST = 8, 0.5

# Of a PNG: for each row of squares; for each pixel, as the same as the one above; for each square of a plain picture,
# and of noise, when a square is a pixel and when it is not.
_PNG_ROW_BYTES, _PNG_REPEATED, _PNG_PLAIN, _PNG_MOST, _PNG_MOST_SQUARES = 48, 0.005, 0.6, 3.1, 5.0

_TIMES_INPUT = {("jpeg", True): 20, ("jpeg", False): 6, ("png", True): 30, ("png", False): 4}
"""How many times the input's bytes photographs need, by the result's format, and whether the input's loses something.

Measured with photographs of every quality, screenshots and noise; a file that loses something is short.
"""
_LOSSY = frozenset({"jpeg", "webp", "gif", "tiff"})


class CannotEnlarge(Exception):  # noqa: N818 - the name says what is not possible
    """There is no result: `reason` says what about the picture, or about the wanted size, prevents it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shape:
    """How a result is laid out. `columns` and `rows` are the sides of the smaller picture; all in pixels."""

    width: int
    height: int
    format: str
    side: int
    length: int
    """Of the file, in bytes."""

    @property
    def columns(self) -> int:
        """How many squares stand side by side, the last one cut off where the width is no multiple."""
        return -(-self.width // self.side)

    @property
    def rows(self) -> int:
        """How many squares stand above each other."""
        return -(-self.height // self.side)

    @property
    def is_flat(self) -> bool:
        """Whether it is a JPEG in which each block has one colour."""
        return self.format == "jpeg" and self.side == BLOCK


def shape_of(picture: Picture, width: int, height: int, format: str, *, of_face: bool = False) -> Shape:  # noqa: A002
    """The layout of a result of `width` x `height` pixels that is made from a picture, or from the face in it.

    Raises CannotEnlarge for a result that is not made because of its size, ValueError for another format than jpeg
    (jpg) and png.
    """
    form = {"jpg": "jpeg"}.get(format.lower(), format.lower())
    if form not in ("jpeg", "png"):
        raise ValueError(f"no result is made as {format!r}; use one of jpeg, png")
    if min(width, height) < 1 or max(width, height) > MAX_SIDE or width * height > MAX_OUTPUT_PIXELS:
        raise CannotEnlarge(
            f"a result of {width}x{height} pixels is not made: the limits are sides from 1 to {MAX_SIDE} and "
            f"{MAX_OUTPUT_PIXELS} pixels"
        )
    face = face_side(picture.width, picture.height)
    side = _side((face, face) if of_face else (picture.width, picture.height), width, height, form)
    length = _jpeg_length(picture, width, height, side) if form == "jpeg" else _png_length(picture, width, height, side)
    return Shape(width, height, form, side, length)


def face_side(width: int, height: int) -> int:
    """The side in pixels of the square that stands for the one face: half the short side, at least 1."""
    return max(1, min(width, height) // 2)


def _side(size: tuple[int, int], width: int, height: int, form: str) -> int:
    """The factor, or more where the result is large."""
    least = -(-width * height // _PNG_PIXELS)
    if form == "jpeg":
        least = BLOCK if width * height > _JPEG_PIXELS else 1
    side = max(least, min(_times(size[0], width), _times(size[1], height)))
    while -(-width // side) * -(-height // side) > SMALL_PIXELS:
        side += 1
    return min(side, BLOCK if form == "jpeg" else _MAX_PNG_SIDE)


def _times(few: int, many: int) -> int:
    """How many pixels one of `few` becomes, when they become `many`: as often as it goes, or one more if that fits."""
    few = max(1, few)
    more = -(-many // few)
    return more if -(-many // more) == few else max(1, many // few)


def _jpeg_length(picture: Picture, width: int, height: int, side: int) -> int:
    if side == BLOCK:
        return FLAT_HEAD_BYTES + FLAT_BYTES * -(-width // BLOCK) * -(-height // BLOCK) + 2
    least = _JPEG_UNIT_BYTES * -(-width // 16) * -(-height // 16)
    most = int(_JPEG_MOST * width * height)
    return _LEAST_BYTES + max(least, min(least + _of_input(picture, "jpeg"), most))


def _png_length(picture: Picture, width: int, height: int, side: int) -> int:
    rows = -(-height // side)
    squares = -(-width // side) * rows
    least = _LEAST_BYTES + _PNG_ROW_BYTES * rows + int(_PNG_REPEATED * width * height)
    most = int((_PNG_MOST if side == 1 else _PNG_MOST_SQUARES) * squares)
    return least + min(int(_PNG_PLAIN * squares) + _of_input(picture, "png"), most)


def _of_input(picture: Picture, form: str) -> int:
    return _TIMES_INPUT[form, picture.format in _LOSSY] * picture.size_bytes
