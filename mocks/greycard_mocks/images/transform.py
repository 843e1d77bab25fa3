"""Really produce what a vendor promises: the enlarged picture, the erased area, the cut-out, colour variants, the face.

The results are honest work of a simple kind (repeating pixels, filling, tinting), so that a person who downloads
one sees the own picture. How a result is laid out, and the length of its file, is said by `sizes`; this module may not
decide sizes or formats, which are the vendor's.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from greycard_mocks.images._decoded import decoding_bytes, looked_at, opened
from greycard_mocks.images._modes import flattened, part_of
from greycard_mocks.images._pieces import erased
from greycard_mocks.images._silhouette import silhouette
from greycard_mocks.images._strips import STRIP_PIXELS, resampled
from greycard_mocks.images.sizes import CannotEnlarge, Shape, face_side, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from greycard_mocks.images._strips import Rows
    from greycard_mocks.images.inspect import Picture

__all__ = [
    "CannotEnlarge",
    "crop_face",
    "cut_out",
    "enlarge",
    "erase",
    "memory_for",
    "stand_in",
    "subject_mask",
    "tint",
]

MASK_PIXELS = 6_000_000
"""A mask of more pixels is made smaller; its edges become a little coarser."""

_PIXEL_BYTES = 24
"""For each pixel of a strip, while it is converted, made larger and encoded."""

# assumed: dark, light. No document shows what the colour variants look like.
_TINTS = (("#1b1030", "#ffe9c9"), ("#06202b", "#e6f4ff"), ("#142208", "#f4ffe0"), ("#2b0a12", "#ffe6ea"))


def enlarge(source: IO[bytes] | bytes, *, width: int, height: int, format: str) -> Iterator[bytes]:  # noqa: A002
    """A picture in exactly `width` x `height` pixels as jpeg (jpg) or png: a file of `shape_of(...).length` bytes.

    Each pixel becomes a square, see `sizes`. The EXIF orientation is applied and no metadata is kept; of several frames
    the first is used; transparency becomes white where the format has none. Yields blocks. Memory: see `memory_for`.
    Raises, before the first block, CannotEnlarge for a picture that cannot be decoded or is too large, and for a result
    that is too large; ValueError for another format.
    """
    facts = looked_at(source)
    shape = shape_of(facts, width, height, format)
    picture = opened(source, facts, wanted=shape.columns * shape.rows)

    def rows(top: int, bottom: int) -> Image.Image:
        return flattened(part_of(picture, (0, top, picture.width, bottom)), shape.format)

    return _file(rows, picture.size, shape)


def erase(
    source: IO[bytes] | bytes,
    mask: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
) -> Iterator[bytes]:
    """Remove what the mask marks, and fill the place from its surroundings; the rest keeps its pixels.

    assumed: white marks what is erased (S3:29 does not say). A mask of another size is stretched to the
    picture. `width` and `height` are the result's, usually the picture's own. Blocks and errors as of `enlarge`,
    for the picture and for the mask (the reason then begins with "mask: ").
    """
    facts = looked_at(source)
    shape = shape_of(facts, width, height, format)
    try:
        marking = opened(mask, looked_at(mask), wanted=MASK_PIXELS // 4, most=MASK_PIXELS)
    except CannotEnlarge as error:
        raise CannotEnlarge(f"mask: {error.reason}") from None
    picture = opened(source, facts, wanted=shape.columns * shape.rows)
    return _file(erased(picture, marking), picture.size, shape)


def cut_out(source: IO[bytes] | bytes, *, width: int, height: int, format: str) -> Iterator[bytes]:  # noqa: A002
    """The subject of a picture (see `_silhouette`) on a transparent ground, in a JPEG on a white one.

    What was transparent before stays so. Blocks and errors as of `enlarge`.
    """
    from PIL import ImageChops

    facts = looked_at(source)
    shape = shape_of(facts, width, height, format)
    picture = opened(source, facts, wanted=shape.columns * shape.rows)
    subject = silhouette(picture.size)

    def rows(top: int, bottom: int) -> Image.Image:
        part = part_of(picture, (0, top, picture.width, bottom)).convert("RGBA")
        part.putalpha(ImageChops.multiply(part.getchannel("A"), subject(top, bottom)))
        return flattened(part, shape.format)

    return _file(rows, picture.size, shape)


def subject_mask(source: IO[bytes] | bytes, *, width: int, height: int, format: str) -> Iterator[bytes]:  # noqa: A002
    """The mask of `cut_out`: a grey picture, white where the subject is. Blocks and errors as of `enlarge`."""
    facts = looked_at(source)
    shape = shape_of(facts, width, height, format)
    return _file(silhouette((shape.columns, shape.rows)), (shape.columns, shape.rows), shape)


def tint(
    source: IO[bytes] | bytes,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    number: int,
) -> Iterator[bytes]:
    """One of four differently coloured pictures of the given size, `number` 1 to 4.

    assumed: each is the black and white picture in one colour scale; no document says more (S1:57).
    Blocks and errors as of `enlarge`, ValueError for another number.
    """
    from PIL import ImageOps

    if not 1 <= number <= len(_TINTS):
        raise ValueError(f"there is no colour variant {number}; ask for 1 to {len(_TINTS)}")
    dark, light = _TINTS[number - 1]
    facts = looked_at(source)
    shape = shape_of(facts, width, height, format)
    picture = opened(source, facts, wanted=shape.columns * shape.rows)

    def rows(top: int, bottom: int) -> Image.Image:
        grey = flattened(part_of(picture, (0, top, picture.width, bottom)), "jpeg").convert("L")
        return ImageOps.colorize(grey, dark, light)

    return _file(rows, picture.size, shape)


def crop_face(source: IO[bytes] | bytes, *, width: int, height: int, format: str) -> Iterator[bytes]:  # noqa: A002
    """Cut out the central square (its side half of the shorter side, at least 1 pixel) in the given size.

    It stands for the face that a real vendor would find. Blocks and errors as of `enlarge`.
    """
    facts = looked_at(source)
    shape = shape_of(facts, width, height, format, of_face=True)
    # the face has at most a quarter of the pixels
    picture = opened(source, facts, wanted=4 * shape.columns * shape.rows)
    side = face_side(*picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2

    def rows(above: int, below: int) -> Image.Image:
        return flattened(part_of(picture, (left, top + above, left + side, top + below)), shape.format)

    return _file(rows, (side, side), shape)


def stand_in(
    picture: Picture,
    *,
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    of_face: bool = False,
) -> Iterator[bytes]:
    """A test card in the place of a result whose picture is forgotten or cannot be decoded: size and length are right.

    Raises CannotEnlarge for a result that is too large.
    """
    from greycard_mocks.images._card_drawing import draw_card

    shape = shape_of(picture, width, height, format, of_face=of_face)
    card = draw_card(shape.columns, shape.rows, 0, f"{width} x {height}")
    return _file(lambda top, bottom: part_of(card, (0, top, card.width, bottom)), card.size, shape)


def memory_for(picture: Picture, mask: Picture | None, shape: Shape) -> int:
    """About how many bytes of memory it takes to make a result from a picture."""
    inputs = sum(decoding_bytes(one) for one in (picture, mask) if one is not None)
    turned = decoding_bytes(picture) if picture.orientation != 1 else 0
    encoded = shape.length if shape.format == "jpeg" and not shape.is_flat else 0
    return inputs + turned + encoded + _PIXEL_BYTES * min(shape.width * shape.height, STRIP_PIXELS)


def _file(rows: Rows, size: tuple[int, int], shape: Shape) -> Iterator[bytes]:
    """The result's file; `rows` are those of a picture of `size` pixels."""
    smaller = resampled(rows, size, (shape.columns, shape.rows))
    if shape.format == "png":
        from greycard_mocks.images._encoders.png import png_blocks

        return png_blocks(smaller, shape)
    if shape.is_flat:
        from greycard_mocks.images._encoders.flat_jpeg import flat_jpeg_blocks

        return flat_jpeg_blocks(smaller, shape)
    from greycard_mocks.images._encoders.jpeg import jpeg_blocks

    return jpeg_blocks(smaller, shape)
