"""Pixels of every kind as a picture in one of the four modes that results have: L, LA, RGB or RGBA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.images._strips import heights_of

if TYPE_CHECKING:
    from PIL import Image


def part_of(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The pixels within (left, top, right, bottom), without metadata, in mode L, LA, RGB or RGBA."""
    part = picture.crop(box)
    if part.has_transparency_data:
        part = part.convert("LA" if part.mode == "LA" else "RGBA")
    else:
        part = part.convert("L" if part.mode in {"1", "L"} else "RGB")
    part.info = {}
    return part


def flattened(picture: Image.Image, form: str, *, ground: str = "white") -> Image.Image:
    """The picture on a plain ground when the format has no transparency."""
    from PIL import Image

    if picture.mode not in {"LA", "RGBA"} or form == "png":
        return picture
    flat = Image.new("RGBA", picture.size, ground)
    flat.alpha_composite(picture.convert("RGBA"))
    return flat.convert("RGB")


def shallow(deep: Image.Image) -> Image.Image:
    """A copy with eight bits a pixel; deeper pixels are scaled, not clipped."""
    from PIL import Image

    top = 65_535.0 if deep.mode.startswith("I;16") else max(1.0, _brightest(deep))
    shallow = Image.new("L", deep.size)
    for first, last in heights_of(*deep.size):
        rows = deep.crop((0, first, deep.width, last)).convert("F")
        shallow.paste(rows.point(lambda value: value * (255 / top)).convert("L"), (0, first))
    return shallow


def _brightest(deep: Image.Image) -> float:
    """The top of the range in use: 16 bits for integers beyond 8, 8 bits for the rest, 1 for fractions."""
    highest = deep.getextrema()[1]
    brightest = float(highest) if isinstance(highest, int | float) else 1.0
    return brightest if brightest > 65_535 else 65_535 if brightest > 255 else 255 if brightest > 1 else 1
