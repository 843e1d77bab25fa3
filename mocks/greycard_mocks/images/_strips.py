"""A picture strip by strip: what is made so takes the memory of one strip, whatever its size.

`Rows` is a picture that is not there as a whole: a function that gives its rows from `top` to `bottom`, asked for in
order. It encodes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    Rows = Callable[[int, int], Image.Image]

STRIP_PIXELS = 250_000
"""Small, because each thread's heap keeps about as much as its largest strip took."""

_BLOCK_ROWS = 16
_MAX_BLOCKS = 65_535
"""The longest restart interval of a JPEG, in blocks of at least 8x8 pixels."""


def heights_of(width: int, height: int) -> Iterator[tuple[int, int]]:
    """The rows (from, to) of each strip of a picture; every one but the last has a multiple of 16."""
    rows = min(STRIP_PIXELS // width, _MAX_BLOCKS // -(-width // 8) * 8)
    rows = max(1, rows // _BLOCK_ROWS) * _BLOCK_ROWS
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def resampled(rows: Rows, size: tuple[int, int], wanted: tuple[int, int]) -> Rows:
    """A picture of `size` pixels in the `wanted` size, as resampled as a whole but for rounding."""
    from PIL import Image

    if size == wanted:
        return rows
    (width, height), scale = size, size[1] / wanted[1]
    margin = math.ceil(max(1.0, scale)) + 1

    def strip(top: int, bottom: int) -> Image.Image:
        start, end = top * scale, min(bottom * scale, height)
        first, last = max(0, math.floor(start) - margin), min(height, math.ceil(end) + margin)
        place = (0, start - first, width, end - first)
        return rows(first, last).resize((wanted[0], bottom - top), Image.Resampling.BILINEAR, place)

    return strip


def squares(rows: Rows, side: int, width: int) -> Rows:
    """A picture in which each pixel of another one is a square; of the last column only what lies within `width`."""
    from PIL import Image

    if side == 1:
        return rows

    def strip(top: int, bottom: int) -> Image.Image:
        first, last = top // side, -(-bottom // side)
        place = (0, top / side - first, width / side, bottom / side - first)
        return rows(first, last).resize((width, bottom - top), Image.Resampling.NEAREST, place)

    return strip


def coarser(picture: Image.Image, side: int) -> Image.Image:
    """A picture of the same size in squares, each of the mean of its pixels."""
    from PIL import Image

    few = picture.reduce(side)
    place = (0, 0, picture.width / side, picture.height / side)
    return few.resize(picture.size, Image.Resampling.NEAREST, place)
