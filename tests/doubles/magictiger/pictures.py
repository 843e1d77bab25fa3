"""Reads the pictures that customers send and makes those that they get."""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFilter

TYPES = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "BMP": "bmp", "WEBP": "webp", "GIF": "gif", "TIFF": "tif"}
"""The names of formats as the vendor tells them."""

MEDIA = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "bmp": "image/bmp", "gif": "image/gif"}

_MOST_PIXELS = 32_000_000
"""Larger results are not made: the factor is lowered, so that a large picture costs seconds and not minutes."""


class NoPictureError(Exception):
    """The file is none that can be read as a picture."""


class TooManyPixelsError(Exception):
    """The picture has far more pixels than anyone serves."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was sent or made."""

    data: bytes
    width: int
    height: int
    extension: str

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an output is made: the part of the picture (left, top, right, bottom), factor, warmth, format."""

    box: tuple[int, int, int, int]
    factor: float
    warmth: int
    extension: str
    sharpened: bool = False


def read(data: bytes) -> Picture:
    """Look at the header of a picture. Raises NoPictureError or TooManyPixelsError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as image:
                return Picture(data, image.width, image.height, TYPES.get(image.format or "", "other"))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixelsError from error
        except (OSError, ValueError, SyntaxError) as error:
            raise NoPictureError from error


def is_whole(picture: Picture) -> bool:
    """Whether all pixels can be read; very large pictures are believed."""
    if picture.width * picture.height > _MOST_PIXELS:
        return True
    return _decoded(picture) is not None


def make(picture: Picture, recipe: Recipe) -> Picture:
    """Cut, enlarge, warm and encode."""
    image = _decoded(picture) or Image.new("RGB", (picture.width, picture.height), (128, 128, 128))
    if recipe.box != (0, 0, image.width, image.height):
        image = image.crop(recipe.box)
    factor = recipe.factor
    while factor > 1 and image.width * image.height * factor * factor > _MOST_PIXELS:
        factor = max(1.0, factor / 2)
    if factor != 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.BICUBIC)
    if recipe.warmth:
        red, green, blue = image.convert("RGB").split()
        red = red.point([min(255, value + recipe.warmth) for value in range(256)])
        blue = blue.point([max(0, value - recipe.warmth) for value in range(256)])
        image = Image.merge("RGB", (red, green, blue))
    if recipe.sharpened:
        image = image.filter(ImageFilter.UnsharpMask(radius=1, percent=60))
    too_long = recipe.extension == "webp" and max(image.size) > 16383
    extension = "jpg" if image.width * image.height > _MOST_PIXELS or too_long else recipe.extension
    return Picture(_encoded(image, extension), image.width, image.height, extension)


def grey(width: int = 64, height: int = 64, extension: str = "jpg") -> Picture:
    """A grey picture, in place of one that is not to be had."""
    return Picture(_encoded(Image.new("RGB", (width, height), (128, 128, 128)), extension), width, height, extension)


@functools.lru_cache(maxsize=2)
def _decoded(picture: Picture) -> Image.Image | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(picture.data)) as image:
                image.load()
                if image.mode in {"RGB", "RGBA"}:
                    return image.copy()
                transparent = "transparency" in image.info or image.mode in {"LA", "PA"}
                return image.convert("RGBA" if transparent else "RGB")
        except (OSError, ValueError, SyntaxError):
            return None


def _encoded(image: Image.Image, extension: str) -> bytes:
    out = io.BytesIO()
    if extension == "png":
        image.save(out, "PNG", compress_level=1)
    elif extension == "webp":
        image.save(out, "WEBP", quality=80, method=0)
    else:
        image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()
