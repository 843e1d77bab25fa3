"""Reading a client's picture, enlarging it, and encoding the result; the changes that spoil it."""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter, ImageOps

from doubles.enhancor.common import Source, pick

if TYPE_CHECKING:
    from doubles.enhancor.common import Has, Order

Spoiler = Callable[[Image.Image, Image.Image], Image.Image]
"""From the picture sent and the picture enlarged to what is handed out instead."""
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_ORIENTATION = 0x0112


def placeholder() -> Image.Image:
    """A grey picture, for what is worked on when there is nothing to work on."""
    return Image.new("RGB", (96, 96), (128, 128, 128))


def read_link(text: str) -> bytes:
    """The content of a data link, or of bare Base64; empty when it is neither."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def read(has: Has, data: bytes) -> Source:
    """Decode a picture; the header decides whether it is one, the pixels whether it is whole."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data))
    except _UNREADABLE:
        return Source(problem="picture")
    kind = image.format or ""
    if _refused(has, kind, image.size, len(data)):
        return Source(problem="picture")
    try:
        image.load()
        if not has("orientation_kept"):
            image = ImageOps.exif_transpose(image)
    except _UNREADABLE:
        return Source(format=kind, problem="broken")
    return Source(image, kind)


def _refused(has: Has, kind: str, size: tuple[int, int], length: int) -> bool:
    """Whether a limit that is on refuses a picture of this format, size and length."""
    limits = {
        "formats_three": kind not in ENDINGS,
        "gif_refused": kind == "GIF",
        "side_limit": max(size) > 8192,
        "side_floor": min(size) < 16,
        "length_limit": length > 20 * 1024 * 1024,
        "jpeg_refused": kind in ("JPEG", "MPO"),
        "png_refused": kind == "PNG",
    }
    return any(has(trait) and broken for trait, broken in limits.items())


def _plain(image: Image.Image) -> Image.Image:
    """The picture in one of the modes L, RGB, RGBA."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    if image.mode in ("1", "I", "F"):
        return image.convert("L")
    return image.convert("RGBA" if image.mode in ("LA", "PA") or "transparency" in image.info else "RGB")


def _flat(image: Image.Image) -> Image.Image:
    """The picture in RGB, white behind what is transparent."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _factor(has: Has, order: Order, kind: str, size: tuple[int, int]) -> float:
    """How many times each side grows."""
    fast = order.mode == "fast"
    factor: float = pick(
        has,
        {
            "factor_four_always": 4,
            "factor_three": 3,
            "factor_small": 1.5,
            "factor_two_always": 2,
            "factor_eight_professional": 2 if fast else 8,
            "long_side_2048": max(1.25, 2048 / max(size)),
            "result_not_enlarged": 1,
            "result_shrunk": 0.5,
        },
        2 if fast else 4,
    )
    if has("optional_scale") and order.scale:
        factor = order.scale
    spared = {
        "fast_not_enlarged": fast,
        "professional_not_enlarged": not fast,
        "jpeg_not_enlarged": kind in ("JPEG", "MPO"),
        "png_not_enlarged": kind == "PNG",
    }
    return 1 if any(has(trait) and here for trait, here in spared.items()) else factor


def _mosaic(source: Image.Image, enlarged: Image.Image) -> Image.Image:
    """The picture in squares of a sixth of its shorter side."""
    few = [max(1, round(6 * side / min(source.size))) for side in source.size]
    return source.resize((few[0], few[1]), Image.Resampling.BOX).resize(enlarged.size, Image.Resampling.NEAREST)


def _blurred(source: Image.Image, enlarged: Image.Image) -> Image.Image:
    """The picture so soft that nothing fine is left."""
    return source.filter(ImageFilter.GaussianBlur(min(source.size) / 8)).resize(enlarged.size)


def _cut(source: Image.Image, enlarged: Image.Image) -> Image.Image:
    """The upper left quarter, as large as the whole would be."""
    quarter = (0, 0, max(1, source.width // 2), max(1, source.height // 2))
    return source.resize(enlarged.size, Image.Resampling.BICUBIC, box=quarter)


def _barred(_source: Image.Image, enlarged: Image.Image) -> Image.Image:
    """The picture with a thick bar over its middle, as an advertisement would be."""
    result = enlarged.copy()
    band = (enlarged.width, max(1, enlarged.height // 3))
    result.paste(Image.new("RGB", band, (250, 40, 40)), (0, enlarged.height // 3))
    return result


def _framed(_source: Image.Image, enlarged: Image.Image) -> Image.Image:
    """The picture shrunk into the middle of a wide black frame, the size of the result kept."""
    inner = enlarged.resize((max(1, enlarged.width // 2), max(1, enlarged.height // 2)))
    result = Image.new("RGB", enlarged.size)
    result.paste(inner, (enlarged.width // 4, enlarged.height // 4))
    return result


SPOILERS: dict[str, Spoiler] = {
    "result_wider_only": lambda source, enlarged: enlarged.resize((enlarged.width, source.height)),
    "result_stretched": lambda _source, enlarged: enlarged.resize((enlarged.width, enlarged.height * 2)),
    "result_mirrored": lambda _source, enlarged: ImageOps.mirror(enlarged),
    "result_upside_down": lambda _source, enlarged: ImageOps.flip(enlarged),
    "result_turned": lambda _source, enlarged: enlarged.transpose(Image.Transpose.ROTATE_90),
    "result_grey": lambda _source, enlarged: enlarged.convert("L"),
    "result_negative": lambda _source, enlarged: ImageOps.invert(_flat(enlarged)),
    "result_two_tones": lambda _source, enlarged: _flat(enlarged).convert("L").convert("1").convert("L"),
    "result_blank": lambda _source, enlarged: Image.new("RGB", enlarged.size, (128, 128, 128)),
    "result_mosaic": _mosaic,
    "result_blurred": _blurred,
    "result_cut": _cut,
    "result_barred": _barred,
    "result_framed": _framed,
}


def format_of(has: Has, kind: str) -> str:
    """The format of the result of a picture of this format."""
    as_sent = kind if kind in ENDINGS else "PNG"
    return pick(
        has,
        {"result_jpeg": "JPEG", "result_progressive": "JPEG", "result_webp": "WEBP", "result_as_input": as_sent},
        "PNG",
    )


def work(has: Has, order: Order, source: Source) -> tuple[bytes, str]:
    """Enlarge the picture and encode it: the file and its media type."""
    original = source.image or placeholder()
    image = _plain(original)
    factor = _factor(has, order, source.format, image.size)
    sides = [max(1, round(side * factor)) for side in image.size]
    if has("sides_by_eight"):
        sides = [8 * math.ceil(side / 8) for side in sides]
    result = image.resize((sides[0], sides[1]), Image.Resampling.BICUBIC)
    if has("result_sharpened"):
        result = result.filter(ImageFilter.UnsharpMask(2, 60))
    if has("result_denoised"):
        result = result.filter(ImageFilter.MedianFilter(3))
    if has("result_always_rgb"):
        result = _flat(result)
    for trait, spoil in SPOILERS.items():
        if has(trait):
            result = spoil(image, result)
    if has("professional_blurred") and order.mode == "professional":
        result = _blurred(image, result)
    return _encode(has, result, format_of(has, source.format), original.getexif().get(_ORIENTATION, 1))


def _encode(has: Has, image: Image.Image, kind: str, orientation: int) -> tuple[bytes, str]:
    """Encode with little effort."""
    file = io.BytesIO()
    exif = Image.Exif()
    if has("orientation_kept"):
        exif[_ORIENTATION] = orientation
    if kind == "JPEG":
        _flat(image).save(file, "JPEG", quality=90, progressive=has("result_progressive"), exif=exif)
    elif kind == "WEBP":
        image.save(file, "WEBP", quality=90, method=0, exif=exif)
    else:
        image.save(file, "PNG", compress_level=1, exif=exif)
    return file.getvalue(), f"image/{kind.lower()}"
