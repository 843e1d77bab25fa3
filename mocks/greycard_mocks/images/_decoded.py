"""Decode an input picture, in no more pixels than a result needs, and give rows of it in a mode that results have.

Nothing is opened before its header has been checked here: against the limit of pixels, and against the memory and the
work that the format's decoder takes for it. A JPEG is decoded smaller by its decoder, a large PNG strip by strip. A
decoded picture stays in its own mode, which is the smallest; only the rows that are asked for are converted.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from typing import IO, TYPE_CHECKING

from greycard_mocks.images._modes import part_of, shallow
from greycard_mocks.images._png_reading import smaller_png
from greycard_mocks.images._strips import STRIP_PIXELS
from greycard_mocks.images.inspect import NotAPicture, inspect
from greycard_mocks.images.sizes import MAX_INPUT_PIXELS, SMALL_PIXELS, CannotEnlarge

if TYPE_CHECKING:
    from PIL import Image

    from greycard_mocks.images.inspect import Picture

MAX_DECODING_BYTES = 272 << 20
"""What a decoder may take; a picture for which it would take more has no result of its own."""

_COPIES = {"webp": 4, "tiff": 2}
"""How many times a decoder holds the pixels, where that is more than once."""

_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
_PIXEL_BYTES_ELSE = 4
# Pillow decodes a run-length encoded BMP in Python, run by run.
_RUNS_PIXELS, _RUNS_BYTES = 4_000_000, 4 << 20

# What Pillow says of odd metadata (corrupt EXIF, say), which no result keeps.
_METADATA_WARNINGS = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)


def looked_at(source: IO[bytes] | bytes) -> Picture:
    """What the header says. Raises CannotEnlarge for what cannot be decoded; a file is left at its start."""
    try:
        facts = inspect(source)
    except NotAPicture as error:
        raise CannotEnlarge(f"it is not a picture: {error.reason}") from None
    if facts.damage is not None:
        raise CannotEnlarge(f"it is damaged: {facts.damage}")
    if facts.width * facts.height > MAX_INPUT_PIXELS:
        raise CannotEnlarge(f"it has {facts.width}x{facts.height} pixels, the limit is {MAX_INPUT_PIXELS} in all")
    return facts


def opened(source: IO[bytes] | bytes, facts: Picture, *, wanted: int, most: int = SMALL_PIXELS) -> Image.Image:
    """The first frame as displayed, in about `wanted` pixels where it has more, and at most in `most`.

    `facts` is what `looked_at` said. Raises CannotEnlarge; a file is left at its start.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    _say_nothing_of_metadata()
    try:
        picture = _decoded(file, facts, wanted, most)
        part_of(picture, (0, 0, 1, 1))  # a mode that cannot be converted is found now
    except CannotEnlarge:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every kind of error on broken pixels
        raise CannotEnlarge(f"its pixels cannot be decoded ({type(error).__name__})") from None
    finally:
        file.seek(0)
    if facts.format != "tiff":  # Pillow turns TIFF by itself
        turn = _turns().get(facts.orientation)
        picture = picture if turn is None else picture.transpose(turn)
    return picture


def decoding_bytes(picture: Picture) -> int:
    """About how many bytes of memory it takes to decode a picture, as far as its header says."""
    pixels = picture.width * picture.height
    if picture.format == "jpeg":
        return picture.held_bytes + _PIXEL_BYTES_ELSE * min(pixels, SMALL_PIXELS)
    if picture.format == "png":
        return _PIXEL_BYTES_ELSE * min(pixels, SMALL_PIXELS)
    return min(_PIXEL_BYTES_ELSE * _COPIES.get(picture.format, 1) * pixels, MAX_DECODING_BYTES)


def _decoded(file: IO[bytes], facts: Picture, wanted: int, most: int) -> Image.Image:
    from PIL import Image

    pixels = facts.width * facts.height
    if facts.format == "png" and pixels > most:
        return smaller_png(file, _times_smaller(pixels, wanted, most))
    with Image.open(file, formats=[facts.format.upper()]) as whole:
        times = _times_smaller(pixels, wanted, most)
        if facts.format == "jpeg" and times > 1:
            whole.draft(None, (max(1, whole.width // times), max(1, whole.height // times)))
        _check(whole, facts)
        whole.load()
        picture = shallow(whole) if whole.mode.startswith(("I", "F")) else whole
        if picture.width * picture.height > most:
            picture = _reduced(picture, _times_smaller(picture.width * picture.height, wanted, most))
        elif facts.format == "webp":
            picture = picture.crop((0, 0, *picture.size))  # the opened one keeps its decoder
    return picture


def _times_smaller(pixels: int, wanted: int, most: int) -> int:
    """How wide the squares are of which each becomes a pixel: as wide as leaves what is wanted, and at most `most`."""
    times = math.isqrt(pixels // max(1, min(wanted, most)))
    while pixels > most * times**2:
        times += 1
    return max(1, times)


def _check(whole: Image.Image, facts: Picture) -> None:
    """Refuse what would take too much memory or work to decode."""
    pixels = whole.width * whole.height
    needed = pixels * _PIXEL_BYTES.get(whole.mode, _PIXEL_BYTES_ELSE) * _COPIES.get(facts.format, 1) + facts.held_bytes
    if needed > MAX_DECODING_BYTES:
        raise CannotEnlarge(f"decoding it would take {needed >> 20} MiB, the limit is {MAX_DECODING_BYTES >> 20}")
    in_runs = facts.format == "bmp" and getattr(whole, "tile", [("",)])[0][0] == "bmp_rle"
    if in_runs and (pixels > _RUNS_PIXELS or facts.size_bytes > _RUNS_BYTES):
        limits = f"{_RUNS_PIXELS} pixels and {_RUNS_BYTES} bytes"
        raise CannotEnlarge(f"it is a run-length encoded BMP, of which the limits are {limits}")


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


def _reduced(picture: Image.Image, times: int) -> Image.Image:
    """A copy in which each pixel is the mean of a square of so many pixels; mode L, LA, RGB or RGBA."""
    from PIL import Image

    kept: Image.Image | None = None
    height = max(1, STRIP_PIXELS // picture.width // times) * times
    for top in range(0, picture.height, height):
        part = part_of(picture, (0, top, picture.width, min(top + height, picture.height))).reduce(times)
        if kept is None:
            kept = Image.new(part.mode, (part.width, -(-picture.height // times)))
        kept.paste(part, (0, top // times))
    return picture if kept is None else kept
