"""Really produce what a vendor promises: the enlarged picture, the erased area, colour variants, the face.

The results are honest work of a simple kind (resampling, filling, tinting), so that a person who downloads
one sees the own picture. It may not decide sizes or formats, which are the vendor's, and it never opens a
picture before its header has been checked against the limits here.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from greycard_mocks.images._decoded import MAX_INPUT_PIXELS, CannotEnlarge, flattened, opened, part_of
from greycard_mocks.images._pieces import erased, resampled
from greycard_mocks.images._strips import STRIP_PIXELS, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from greycard_mocks.images.inspect import Picture

__all__ = [
    "MAX_INPUT_PIXELS",
    "MAX_OUTPUT_PIXELS",
    "CannotEnlarge",
    "crop_face",
    "enlarge",
    "erase",
    "memory_for",
    "tint",
]

MAX_OUTPUT_PIXELS = 4 * MAX_INPUT_PIXELS

_PIXEL_BYTES = 4
_STRIPS_AT_ONCE = 4
"""One strip is resampled, converted, joined with a row, and encoded."""

_MAX_SIDE = {"jpeg": 65_500, "png": 65_500, "bmp": 65_500, "webp": 16_383}
# assumed: dark, light. No document shows what the colour variants look like.
_TINTS = (("#1b1030", "#ffe9c9"), ("#06202b", "#e6f4ff"), ("#142208", "#f4ffe0"), ("#2b0a12", "#ffe6ea"))


def enlarge(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> Iterator[bytes]:
    """Resample a picture to exactly `width` x `height` pixels and encode it as jpeg, png, webp or bmp, in blocks.

    The EXIF orientation is applied and no metadata is kept; of several frames the first is used; transparency
    becomes white where the format has none. `quality` (1 to 100) is for jpeg and webp. Memory: the decoded input
    and a few strips of the result (`memory_for`). Raises, before the first block, CannotEnlarge for a picture that
    cannot be decoded or is over MAX_INPUT_PIXELS, and for a result over MAX_OUTPUT_PIXELS; ValueError for another
    format.
    """
    form = _result_format(format, width, height)
    picture = opened(source)

    def rows(top: int, bottom: int) -> Image.Image:
        return flattened(part_of(picture, (0, top, picture.width, bottom)), form)

    return encoded(resampled(rows, picture.size, (width, height)), width, height, form, quality)


def erase(
    source: IO[bytes] | bytes,
    mask: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> Iterator[bytes]:
    """Remove what the mask marks, and fill the place from its surroundings; the rest keeps its pixels.

    assumed: white marks what is erased (S3:29 does not say). A mask of another size is stretched to the
    picture. `width` and `height` are the result's, usually the picture's own. Blocks and errors as of `enlarge`,
    for the picture and for the mask (the reason then begins with "mask: ").
    """
    form = _result_format(format, width, height)
    picture = opened(source)
    try:
        marking = opened(mask)
    except CannotEnlarge as error:
        raise CannotEnlarge(f"mask: {error.reason}") from None
    strips = resampled(erased(picture, marking), picture.size, (width, height))
    return encoded(strips, width, height, form, quality)


def tint(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    number: int,
    quality: int = 90,
) -> Iterator[bytes]:
    """One of four differently coloured pictures of the given size, `number` 1 to 4.

    assumed: each is the black and white picture in one colour scale; no document says more (S1:57).
    Blocks and errors as of `enlarge`, ValueError for another number.
    """
    from PIL import ImageOps

    if not 1 <= number <= len(_TINTS):
        raise ValueError(f"there is no colour variant {number}; ask for 1 to {len(_TINTS)}")
    dark, light = _TINTS[number - 1]
    form = _result_format(format, width, height)
    picture = opened(source)

    def rows(top: int, bottom: int) -> Image.Image:
        return flattened(part_of(picture, (0, top, picture.width, bottom)), "jpeg").convert("L")

    grey = resampled(rows, picture.size, (width, height))
    return encoded(lambda top, bottom: ImageOps.colorize(grey(top, bottom), dark, light), width, height, form, quality)


def crop_face(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> Iterator[bytes]:
    """Cut out the central square (its side half of the shorter side, at least 1 pixel) in the given size.

    It stands for the face that a real vendor would find. Blocks and errors as of `enlarge`.
    """
    form = _result_format(format, width, height)
    picture = opened(source)
    side = max(1, min(picture.size) // 2)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2

    def rows(above: int, below: int) -> Image.Image:
        return flattened(part_of(picture, (left, top + above, left + side, top + below)), form)

    return encoded(resampled(rows, (side, side), (width, height)), width, height, form, quality)


def memory_for(picture: Picture, mask: Picture | None, width: int, height: int, format: str) -> int:  # noqa: A002
    """About how many bytes of memory it takes to make a result of `width` x `height` pixels from a picture."""
    inputs = sum(_decoding(one) for one in (picture, mask) if one is not None)
    pixels = width * height
    strips = pixels if format in ("webp", "bmp") else min(pixels, STRIP_PIXELS)
    return inputs + _STRIPS_AT_ONCE * _PIXEL_BYTES * strips


def _decoding(picture: Picture) -> int:
    """Bytes while a picture is decoded: itself, once more when it is turned, twice more in the decoder of WebP."""
    times = 1 + (picture.orientation != 1) + 2 * (picture.format == "webp")
    return _PIXEL_BYTES * picture.width * picture.height * times


def _result_format(format: str, width: int, height: int) -> str:  # noqa: A002
    form = {"jpg": "jpeg"}.get(format.lower(), format.lower())
    if form not in _MAX_SIDE:
        raise ValueError(f"no result is made as {format!r}; use one of {', '.join(_MAX_SIDE)}")
    if min(width, height) < 1 or max(width, height) > _MAX_SIDE[form] or width * height > MAX_OUTPUT_PIXELS:
        raise CannotEnlarge(
            f"a {form} result of {width}x{height} pixels is not made: the limits are sides from 1 to "
            f"{_MAX_SIDE[form]} and {MAX_OUTPUT_PIXELS} pixels"
        )
    return form
