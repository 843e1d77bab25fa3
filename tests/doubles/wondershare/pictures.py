"""Pictures: fetches them, holds them to the limits, enlarges them or erases what the mask marks."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from PIL import Image, ImageChops, ImageOps, ImageStat

from doubles.wondershare.common import Has, Product, pick

if TYPE_CHECKING:
    from doubles.double import Outside

_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_MOST_PIXELS = 80_000_000
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class NotAPictureError(Exception):
    """Nothing that can be worked with; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One input: the picture, or the cause for which it fails."""

    link: str
    image: Image.Image | None
    reason: str = ""


def download(outside: Outside, link: str, has: Has) -> bytes:
    """What is behind a link, after at most three redirects; raises NotAPictureError."""
    for _ in range(4):
        if not link.lower().startswith(("http://", "https://")):
            break
        answer = outside.fetch(link)
        place = next((text for name, text in answer.headers.items() if name.lower() == "location"), "")
        if answer.status == 200:
            return answer.body
        if answer.status // 100 != 3 or not place or has("redirects_not_followed"):
            break
        link = urljoin(link, place)
    message = "the file cannot be downloaded"
    raise NotAPictureError(message)


def look(outside: Outside, link: str, product: Product, has: Has) -> Picture:
    """Fetch one input and hold it to the limits of the product."""
    try:
        return Picture(link, _allowed(download(outside, link, has), product, has))
    except NotAPictureError as error:
        return Picture(link, None, str(error))


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except (*_BROKEN, *_BOMBS):
        message = "the file is not a picture"
        raise NotAPictureError(message) from None


def _load(image: Image.Image) -> Image.Image:
    try:
        image.load()
    except (*_BROKEN, *_BOMBS):
        message = "the picture is damaged"
        raise NotAPictureError(message) from None
    return image


def _allowed(data: bytes, product: Product, has: Has) -> Image.Image:
    sizes = {"size_over_1_mb_refused": 1 << 20, "size_unlimited": 1 << 40, "megabyte_decimal": 50_000_000}
    if len(data) > pick(has, sizes, 50 << 20):
        message = "the file is too large"
        raise NotAPictureError(message)
    image = _open(data)
    formats = {"PNG", "JPEG", "MPO", "BMP"}
    formats -= pick(has, {"png_refused": {"PNG"}, "jpeg_refused": {"JPEG", "MPO"}, "bmp_refused": {"BMP"}}, set())
    formats |= pick(has, {"gif_accepted": {"GIF"}, "webp_accepted": {"WEBP"}}, set())
    if image.format not in formats:
        message = "the format is not supported"
        raise NotAPictureError(message)
    if why := _sides(image.size, product, has):
        raise NotAPictureError(why)
    return _load(image)


def _sides(size: tuple[int, int], product: Product, has: Has) -> str:
    """What is wrong with the sides; empty when nothing is."""
    width, height = size
    short, long = sorted(size)
    lows = {"side_min_none": 0, "side_min_512": 512, "side_257_refused": 257, "side_256_accepted": 255}
    low = pick(has, lows, 256)
    if product.erases:
        highs = {"rw_side_max_2000": 2000, "rw_side_5000_accepted": 5001, "rw_side_max_none": 100_000}
    else:
        highs = {"fsrtwo_side_max_800": 800, "fsrtwo_side_1024_accepted": 1025, "fsrtwo_side_max_none": 100_000}
        highs |= {"fsrtwo_side_999_refused": 999, "kilo_binary": 1024}
    high = pick(has, highs, product.high)
    by_area = has("limits_by_area")
    if width * height <= low * low if by_area else short <= low:
        return "the picture is too small"
    if width * height >= high * high if by_area and product.erases else long >= high:
        return "the picture is too large"
    ratio = pick(has, {"ratio_two": 2, "ratio_unlimited": 1000}, 4)
    first, second = (width, height) if has("ratio_wide_only") else (long, short)
    if first > ratio * second or (has("ratio_exclusive") and first == ratio * second):
        return "the sides are too different"
    return ""


def read_mask(data: bytes, product: Product, has: Has) -> Image.Image:
    """The mask in black and white, white where the picture is to be repaired; raises NotAPictureError."""
    image = _allowed(data, product, has) if has("mask_limited") else _load(_open(data))
    if "A" in image.getbands() or "transparency" in image.info:
        colour = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), colour)
    grey = image.convert("L").point(lambda value: 255 if value > 127 else 0)
    return ImageOps.invert(grey) if has("mask_black_marks") else grey


def render(
    source: Image.Image, mask: Image.Image | None, extension: str, product: Product, has: Has
) -> tuple[bytes, str]:
    """The result for one input: the file and its media type."""
    image = _spoiled(_plain_mode(source), has)
    image = _erased(image, mask, has) if product.erases else _enlarged(image, has)
    kind = {"jpg": "JPEG", "webp": "WEBP"}.get(extension, "PNG")
    if not product.erases:
        other = "PNG" if kind == "JPEG" else "JPEG"
        kinds = {"file_ext_swapped": other, "result_always_png": "PNG", "result_always_jpg": "JPEG"}
        kind = pick(has, {**kinds, "result_webp": "WEBP"}, kind)
    elif not extension:
        kind = pick(has, {"rw_result_jpg": "JPEG", "rw_result_webp": "WEBP"}, "PNG")
    return _encoded(image, kind, has), MEDIA_TYPES[kind]


def blank(size: tuple[int, int]) -> Image.Image:
    """A picture that shows nothing."""
    return Image.new("RGB", size, (127, 127, 127))


def _plain_mode(image: Image.Image) -> Image.Image:
    """In grey, colour, or colour with transparency."""
    if image.mode in {"L", "RGB", "RGBA"}:
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")


def _spoiled(image: Image.Image, has: Has) -> Image.Image:
    """The input after changes of what it shows."""
    width, height = image.size
    if has("result_upside_down"):
        return image.transpose(Image.Transpose.ROTATE_180)
    if has("result_mirrored"):
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if has("result_negative"):
        return ImageOps.invert(image.convert("RGB"))
    if has("result_blank"):
        return blank(image.size)
    if has("result_cropped"):
        return image.crop((width // 4, height // 4, width - width // 4, height - height // 4)).resize(image.size)
    return image


def _enlarged(image: Image.Image, has: Has) -> Image.Image:
    width, height = image.size
    factor = pick(has, {"result_not_enlarged": 1.0, "result_half": 0.5, "factor_by_area": 8**0.5}, 8.0)
    factor = min(factor, (_MOST_PIXELS / (width * height)) ** 0.5)
    if has("result_at_most_4096"):
        factor = min(factor, 4096 / max(width, height))
    methods = {"result_nearest": Image.Resampling.NEAREST, "result_lanczos": Image.Resampling.LANCZOS}
    high = 1.0 if has("result_wide_only") else factor
    size = (max(1, round(width * factor)), max(1, round(height * high)))
    return image.resize(size, pick(has, methods, Image.Resampling.BILINEAR))


def _erased(image: Image.Image, mask: Image.Image | None, has: Has) -> Image.Image:
    if mask is not None and not has("mask_ignored"):
        area = mask.resize(image.size, Image.Resampling.NEAREST)
        if has("mask_shifted"):
            area = ImageChops.offset(area, image.width // 2, image.height // 2)
        if has("mask_whole"):
            area = Image.new("L", image.size, 255)
        image = Image.composite(_filling(image, area, has), image, area)
    if has("rw_result_twice"):
        return image.resize((image.width * 2, image.height * 2), Image.Resampling.BILINEAR)
    if has("rw_result_at_most_1024") and max(image.size) > 1024:
        return ImageOps.contain(image, (1024, 1024), Image.Resampling.BILINEAR)
    return image


def _filling(image: Image.Image, area: Image.Image, has: Has) -> Image.Image:
    """What takes the place of the marked area: its surroundings, smoothed."""
    outside = ImageOps.invert(area)
    mean = ImageStat.Stat(image, outside).mean if outside.getbbox() else [127.0] * len(image.getbands())
    colour = tuple(255 if has("erased_white") else round(value) for value in mean)
    solid = Image.new(image.mode, image.size, colour[0] if len(colour) == 1 else colour)
    if has("erased_white"):
        return solid
    small = (max(1, image.width // 16), max(1, image.height // 16))
    smooth = Image.composite(solid, image, area).resize(small, Image.Resampling.BOX)
    return smooth.resize(image.size, Image.Resampling.BILINEAR)


def _encoded(image: Image.Image, kind: str, has: Has) -> bytes:
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image).convert("RGB")
    if kind == "PNG" and has("png_with_alpha"):
        image = image.convert("RGBA")
    file = io.BytesIO()
    if kind == "JPEG":
        image.save(file, kind, quality=88, progressive=has("jpeg_progressive"))
    elif kind == "PNG":
        image.save(file, kind, compress_level=1)
    else:
        image.save(file, kind, method=0, quality=85)
    return file.getvalue()
