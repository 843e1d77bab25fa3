"""Mend a picture strip by strip: each piece is made from the few rows of the input that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.images._modes import flattened, part_of
from greycard_mocks.images._strips import heights_of, resampled

if TYPE_CHECKING:
    from PIL import Image

    from greycard_mocks.images._strips import Rows

FILL_PIXELS = 1_000_000
"""The fill of a picture with more is worked out in a smaller one, and looks as smooth as any fill."""


def erased(picture: Image.Image, mask: Image.Image) -> Rows:
    """The picture without what the mask marks: white of half strength or more, when stretched to the picture."""
    from PIL import Image

    width, height = picture.size

    def plain(top: int, bottom: int) -> Image.Image:
        return flattened(part_of(picture, (0, top, width, bottom)), "jpeg").convert("RGB")

    def black_and_white(top: int, bottom: int) -> Image.Image:
        return flattened(part_of(mask, (0, top, mask.width, bottom)), "jpeg", ground="black").convert("L")

    stretched = resampled(black_and_white, mask.size, picture.size)

    def marks(top: int, bottom: int) -> Image.Image:
        return stretched(top, bottom).point([0] * 128 + [255] * 128)

    times = _times_smaller(width, height)
    fill = _filled(_unmarked(plain, marks, (width, height), times))

    def rows(top: int, bottom: int) -> Image.Image:
        marked = marks(top, bottom)
        if marked.getbbox() is None:
            return plain(top, bottom)
        place = (0, top / times, width / times, bottom / times)
        filling = fill.resize((width, bottom - top), Image.Resampling.BILINEAR, place)
        return Image.composite(filling, plain(top, bottom), marked)

    return rows


def _times_smaller(width: int, height: int) -> int:
    times = 1
    while (width // times) * (height // times) > FILL_PIXELS:
        times *= 2
    return times


def _unmarked(plain: Rows, marks: Rows, size: tuple[int, int], times: int) -> Image.Image:
    """The picture, so many times smaller, in which what is marked is transparent."""
    from PIL import Image, ImageChops

    width, height = size
    small = Image.new("RGBA", (-(-width // times), -(-height // times)))
    for top, bottom in heights_of(width, height):
        part = plain(top, bottom).convert("RGBA")
        part.putalpha(ImageChops.invert(marks(top, bottom)))
        small.paste(part.reduce(times) if times > 1 else part, (0, top // times))
    return small


def _filled(kept: Image.Image) -> Image.Image:
    """The picture with each transparent place filled from the pixels around it.

    Transparent pixels have no weight while the picture is halved down to one pixel, so nothing of them is in any
    of the halves; on the way back up each finer half is laid over the coarser ones.
    """
    from PIL import Image

    halves = [kept]
    while max(halves[-1].size) > 1:
        halves.append(halves[-1].reduce(2))
    filled = halves.pop()
    filled.putalpha(255)
    while halves:
        finer = halves.pop()
        filled = filled.resize(finer.size, Image.Resampling.BILINEAR)
        filled.alpha_composite(finer)
    return filled.convert("RGB")
