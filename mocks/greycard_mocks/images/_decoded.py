"""Decode an input picture once, and give rows of it in a mode that results are made from.

A decoded picture stays in its own mode, which is the smallest; only the rows that are asked for are converted.
Nothing is opened before its header has been checked against the limit here.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import IO, TYPE_CHECKING

from greycard_mocks.images._strips import heights_of
from greycard_mocks.images.inspect import NotAPicture, inspect

if TYPE_CHECKING:
    from PIL import Image

MAX_INPUT_PIXELS = 9216 * 9216

# What Pillow says of odd metadata (corrupt EXIF, say), which no result keeps.
_METADATA_WARNINGS = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)


class CannotEnlarge(Exception):  # noqa: N818 - the name says what is not possible
    """There is no result: `reason` says what about the picture, or about the wanted size, prevents it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def opened(source: IO[bytes] | bytes) -> Image.Image:
    """The decoded first frame as displayed. Raises CannotEnlarge; a file is left at its start."""
    from PIL import Image

    try:
        facts = inspect(source)
    except NotAPicture as error:
        raise CannotEnlarge(f"it is not a picture: {error.reason}") from None
    if facts.damage is not None:
        raise CannotEnlarge(f"it is damaged: {facts.damage}")
    if facts.width * facts.height > MAX_INPUT_PIXELS:
        raise CannotEnlarge(f"it has {facts.width}x{facts.height} pixels, the limit is {MAX_INPUT_PIXELS} in all")
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    _say_nothing_of_metadata()
    try:
        with Image.open(file, formats=[facts.format.upper()]) as whole:
            whole.load()
            picture = _shallow(whole) if whole.mode.startswith(("I", "F")) else whole
            part_of(picture, (0, 0, 1, 1))  # a mode that cannot be converted is found now
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every kind of error on broken pixels
        raise CannotEnlarge(f"its pixels cannot be decoded ({type(error).__name__})") from None
    finally:
        file.seek(0)
    if facts.format != "tiff":  # Pillow turns TIFF by itself
        turn = _turns().get(facts.orientation)
        picture = picture if turn is None else picture.transpose(turn)
    return picture


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
    """The picture on a plain ground when the format has no transparency, or gets it wrong (bmp)."""
    from PIL import Image

    if picture.mode not in {"LA", "RGBA"} or form in {"png", "webp"}:
        return picture
    flat = Image.new("RGBA", picture.size, ground)
    flat.alpha_composite(picture.convert("RGBA"))
    return flat.convert("RGB")


def _say_nothing_of_metadata() -> None:
    """Keep Pillow's warnings about metadata off the console, and from becoming errors where warnings are errors.

    By a filter that stays: `catch_warnings` would put back the filters of another thread, or of a test that is over.
    """
    if _METADATA_WARNINGS not in warnings.filters:
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def _turns() -> dict[int, Image.Transpose]:
    from PIL.Image import Transpose

    return {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }


def _shallow(deep: Image.Image) -> Image.Image:
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
