"""Where the subject of a picture is said to be: an oval in its middle with a soft edge, strip by strip.

It stands for what a real vendor would find. Knows no pixel of the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.images._strips import Rows

MARGIN = 0.1
"""The part of width and height that is left free on each side of the oval."""

EDGE = 0.04
"""The part of width and height over which the edge goes from nothing to everything."""

STEPS = 8


def silhouette(size: tuple[int, int]) -> Rows:
    """Rows of a grey picture of `size` pixels: white where the subject is, black where it is not."""
    from PIL import Image, ImageDraw

    width, height = size

    def rows(top: int, bottom: int) -> Image.Image:
        strip = Image.new("L", (width, bottom - top))
        draw = ImageDraw.Draw(strip)
        for step in range(1, STEPS + 1):
            inset = MARGIN + EDGE * step / STEPS
            left, above = inset * width, inset * height
            right, below = width - 1 - left, height - 1 - above
            if left < right and above < below:
                draw.ellipse((left, above - top, right, below - top), fill=255 * step // STEPS)
        return strip

    return rows
