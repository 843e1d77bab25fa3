"""Really produce what a vendor promises: the enlarged picture, the erased area, colour variants, the face.

The results are honest work of a simple kind (resampling, filling, tinting), so that a person who downloads
one sees the own picture. It may not decide sizes or formats, which are the vendor's, and it never opens a
picture before its header has been checked against the limits here.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import IO, TYPE_CHECKING

from greycard_mocks.images.inspect import NotAPicture, inspect

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MAX_INPUT_PIXELS", "MAX_OUTPUT_PIXELS", "CannotEnlarge", "crop_face", "enlarge", "erase", "tint"]

MAX_INPUT_PIXELS = 9216 * 9216
MAX_OUTPUT_PIXELS = 4 * MAX_INPUT_PIXELS

_MAX_SIDE = {"jpeg": 65_500, "png": 65_500, "bmp": 65_500, "webp": 16_383}
# assumed: dark, light. No document shows what the colour variants look like.
_TINTS = (("#1b1030", "#ffe9c9"), ("#06202b", "#e6f4ff"), ("#142208", "#f4ffe0"), ("#2b0a12", "#ffe6ea"))


# What Pillow says of odd metadata (corrupt EXIF, say), which no result keeps.
_METADATA_WARNINGS = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)


class CannotEnlarge(Exception):  # noqa: N818 - the name says what is not possible
    """There is no result: `reason` says what about the picture, or about the wanted size, prevents it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def enlarge(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> bytes:
    """Resample a picture to exactly `width` x `height` pixels and encode it as jpeg, png, webp or bmp.

    The EXIF orientation is applied and no metadata is kept; of several frames the first is used; transparency
    becomes white where the format has none. `quality` (1 to 100) is for jpeg and webp. Raises CannotEnlarge
    for a picture that cannot be decoded or is over MAX_INPUT_PIXELS, and for a result over MAX_OUTPUT_PIXELS
    (the largest takes some 2 GB of memory while it is made); ValueError for another format.
    """
    form = _result_format(format, width, height)
    return _encoded(_resized(_flattened(_opened(source), form), width, height), form, quality)


def erase(
    source: IO[bytes] | bytes,
    mask: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> bytes:
    """Remove what the mask marks, and fill the place from its surroundings; the rest keeps its pixels.

    assumed: white marks what is erased (S3:29 does not say). A mask of another size is stretched to the
    picture. `width` and `height` are the result's, usually the picture's own. Raises CannotEnlarge as
    `enlarge` does, for the picture and for the mask (its reason then begins with "mask: ").
    """
    from PIL import Image

    form = _result_format(format, width, height)
    picture = _flattened(_opened(source), "jpeg").convert("RGB")
    try:
        marks = _flattened(_opened(mask), "jpeg", ground="black").convert("L")
    except CannotEnlarge as error:
        raise CannotEnlarge(f"mask: {error.reason}") from None
    marks = marks.resize(picture.size, Image.Resampling.BILINEAR).point([0] * 128 + [255] * 128)
    erased = Image.composite(_filled(picture, marks), picture, marks)
    return _encoded(_resized(erased, width, height), form, quality)


def tint(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    count: int,
    quality: int = 90,
) -> list[bytes]:
    """Make `count` (1 to 4) differently coloured pictures of the given size from one.

    assumed: each is the black and white picture in one colour scale; no document says more (S1:57).
    Raises CannotEnlarge as `enlarge` does, ValueError for another count.
    """
    from PIL import ImageOps

    if not 1 <= count <= len(_TINTS):
        raise ValueError(f"{count} colour variants cannot be made; ask for 1 to {len(_TINTS)}")
    form = _result_format(format, width, height)
    grey = _resized(_flattened(_opened(source), "jpeg").convert("L"), width, height)
    return [_encoded(ImageOps.colorize(grey, dark, light), form, quality) for dark, light in _TINTS[:count]]


def crop_face(
    source: IO[bytes] | bytes,
    *,
    format: str,  # noqa: A002 - the documents' word
    quality: int = 90,
) -> bytes:
    """Cut out the central square whose side is half of the shorter side (rounded down, at least 1 pixel).

    It stands for the face that a real vendor would find. Raises CannotEnlarge as `enlarge` does.
    """
    picture = _opened(source)
    side = max(1, min(picture.size) // 2)
    form = _result_format(format, side, side)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    face = picture.crop((left, top, left + side, top + side))
    return _encoded(_flattened(face, form), form, quality)


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


def _opened(source: IO[bytes] | bytes) -> Image.Image:
    """The decoded first frame as displayed, in mode L, LA, RGB or RGBA."""
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
        with Image.open(file, formats=[facts.format.upper()]) as opened:
            opened.load()
            picture = _eight_bit(opened)
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every kind of error on broken pixels
        raise CannotEnlarge(f"its pixels cannot be decoded ({type(error).__name__})") from None
    finally:
        file.seek(0)
    if facts.format != "tiff":  # Pillow turns TIFF by itself
        turn = _turns().get(facts.orientation)
        picture = picture if turn is None else picture.transpose(turn)
    return picture


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


def _eight_bit(opened: Image.Image) -> Image.Image:
    """A copy without metadata in mode L, LA, RGB or RGBA; deeper pixels are scaled, not clipped."""
    if opened.mode.startswith(("I", "F")):
        deep = opened.convert("F")
        top = 65_535.0 if opened.mode.startswith("I;16") else max(1.0, _brightest(deep))
        picture = deep.point(lambda value: value * (255 / top)).convert("L")
    elif opened.has_transparency_data:
        picture = opened.convert("LA" if opened.mode == "LA" else "RGBA")
    else:
        picture = opened.convert("L" if opened.mode in {"1", "L"} else "RGB")
    picture.info = {}
    return picture


def _brightest(deep: Image.Image) -> float:
    """The top of the range in use: 16 bits for integers beyond 8, 8 bits for the rest, 1 for fractions."""
    extrema = deep.getextrema()
    brightest = extrema[1] if isinstance(extrema[1], float) else 1.0
    return brightest if brightest > 65_535 else 65_535 if brightest > 255 else 255 if brightest > 1 else 1


def _flattened(picture: Image.Image, form: str, *, ground: str = "white") -> Image.Image:
    """The picture on a plain ground when the format has no transparency, or gets it wrong (bmp)."""
    from PIL import Image

    if picture.mode not in {"LA", "RGBA"} or form in {"png", "webp"}:
        return picture
    flat = Image.new("RGBA", picture.size, ground)
    flat.alpha_composite(picture.convert("RGBA"))
    return flat.convert("RGB")


def _resized(picture: Image.Image, width: int, height: int) -> Image.Image:
    from PIL import Image

    if picture.size == (width, height):
        return picture
    # Bicubic: a third of the time of Lanczos on large results, and nobody compares a mock's sharpness.
    return picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _filled(picture: Image.Image, marks: Image.Image) -> Image.Image:
    """The picture with each marked place filled from the unmarked pixels around it.

    Marked pixels have no weight while the picture is halved down to one pixel, so nothing of them is in any
    of the halves; on the way back up each finer half is laid over the coarser ones.
    """
    from PIL import Image, ImageChops

    kept = picture.convert("RGBA")
    kept.putalpha(ImageChops.invert(marks))
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


def _encoded(picture: Image.Image, form: str, quality: int) -> bytes:
    file = io.BytesIO()
    match form:
        case "jpeg":
            picture.save(file, "JPEG", quality=quality)
        case "webp":
            picture.save(file, "WEBP", quality=quality, method=0)
        case "png":
            picture.save(file, "PNG", compress_level=1)
        case _:
            picture.save(file, "BMP")
    return file.getvalue()
