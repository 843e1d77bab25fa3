"""Reading pictures, choosing the factor, enlarging and encoding."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMATS = ("JPEG", "PNG", "BMP", "DIB", "WEBP", "TIFF", "GIF")
_NAMES = {"MPO": "jpeg", "DIB": "bmp"}
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_UNREADABLE = (OSError, ValueError, SyntaxError, LookupError, TypeError, EOFError, struct.error, *_BOMBS)
_DECODED_AT_MOST = 6000


@dataclass(frozen=True, slots=True)
class Picture:
    """What the header of a picture says; its pixels have been read once as well."""

    format: str
    width: int
    height: int

    @property
    def long_side(self) -> int:
        """The longer of the two sides."""
        return max(self.width, self.height)


def read(content: bytes) -> Picture | None:
    """Read a picture whole; None when it is none or is cut off."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            name = image.format or ""
            picture = Picture(_NAMES.get(name, name.lower()), *image.size)
            if picture.long_side <= _DECODED_AT_MOST:
                image.load()
    except _UNREADABLE:
        return None
    return picture


def automatic_factor(long_side: int, has: Callable[[str], bool]) -> int:
    """How often a picture is enlarged when no factor was asked for."""
    for trait, factor in (("automatic_always_two", 2), ("automatic_keeps_size", 1)):
        if has(trait):
            return factor
    small, middle = (512, 1024) if has("newer_thresholds") else (500, 1000)
    small -= has("automatic_500_left_out")
    middle -= has("automatic_1000_left_out")
    if long_side <= small:
        if long_side <= 10 and has("ten_pixels_kept"):
            return 1
        return 2 if has("automatic_small_doubled") else 4
    if long_side <= middle:
        return 1 if has("automatic_middle_kept") else 2
    return 2 if has("automatic_large_doubled") and long_side <= 2048 else 1


def reaches(long_side: int, asked: int, has: Callable[[str], bool]) -> bool:
    """Whether a factor that was asked for has an effect on a picture of this size."""
    limits = {1: 4096, 2: 1000, 3: 1000, 4: 500}
    if has("newer_thresholds"):
        limits.update({2: 1024, 4: 512})
    if has("forced_two_1000_left_out"):
        limits[2] = 999
    if has("forced_four_500_left_out"):
        limits[4] = 499
    return long_side <= limits[asked]


def factor_of(long_side: int, asked: int | None, has: Callable[[str], bool]) -> int:
    """How often a picture is enlarged."""
    if has("never_enlarged"):
        return 1
    if asked is None or has("factor_ignored"):
        return automatic_factor(long_side, has)
    if not reaches(long_side, asked, has) and not has("forced_too_large_enlarges"):
        return automatic_factor(long_side, has) if has("forced_too_large_automatic") else 1
    swaps = {"factor_one_doubles": (1, 2), "factor_two_gives_four": (2, 4), "factor_four_gives_two": (4, 2)}
    for trait, (wanted, given) in swaps.items():
        if asked == wanted and has(trait):
            return given
    return asked


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or (image.mode == "P" and "transparency" in image.info):
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGB")


def enlarge(content: bytes, factor: int, kind: str, *, face_only: bool, has: Callable[[str], bool]) -> Image.Image:
    """The picture, enlarged; how the pixels are made depends on the kind of repair."""
    with Image.open(io.BytesIO(content)) as opened:
        image = _plain(opened if has("orientation_kept") else ImageOps.exif_transpose(opened))
    if factor > 1:
        faces = Image.Resampling.BILINEAR if face_only else Image.Resampling.BICUBIC
        method = Image.Resampling.LANCZOS if kind == "clean" else faces
        image = image.resize((image.width * factor, image.height * factor), method)
    return _spoil(image, has)


def _spoil(image: Image.Image, has: Callable[[str], bool]) -> Image.Image:
    """What the changes do to the finished picture."""
    width, height = image.size
    if has("result_flat"):
        return Image.new("RGB", image.size, (128, 128, 128))
    if has("result_upside_down"):
        return image.transpose(Image.Transpose.ROTATE_180)
    if has("result_inverted"):
        return ImageOps.invert(image.convert("RGB"))
    if has("result_cropped"):
        part = (width // 4, height // 4, max(width - width // 4, 1), max(height - height // 4, 1))
        return image.crop(part).resize(image.size)
    sizes = {
        "result_one_pixel_short": (max(width - 1, 1), max(height - 1, 1)),
        "result_square": (max(width, height), max(width, height)),
        "result_sides_swapped": (height, width),
    }
    for trait, size in sizes.items():
        if has(trait):
            return image.resize(size)
    return image


def encode(image: Image.Image, name: str) -> bytes:
    """The picture as a file of this format, quickly rather than small."""
    target = io.BytesIO()
    if name == "png":
        image.save(target, "PNG", compress_level=1)
    elif name == "webp":
        image.save(target, "WEBP", quality=85, method=0)
    elif name in ("bmp", "tiff"):
        image.convert("RGB").save(target, name.upper())
    else:
        image.convert("RGB").save(target, "JPEG", quality=88)
    return target.getvalue()
