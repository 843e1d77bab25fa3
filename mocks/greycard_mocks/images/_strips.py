"""Encode a picture strip by strip, so that a result of any size takes the memory of one strip.

JPEG: each strip is a JPEG of its own with the same tables; its scan stands between restart markers, at which every
decoder begins anew. PNG: each strip is filtered by Pillow, and one stream is deflated from all. What fits into one
strip is encoded as a whole. Knows nothing of where the pixels come from.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PIL import Image

STRIP_PIXELS = 4_000_000
_BLOCK_ROWS = 16
_MAX_BLOCKS = 65_535
"""The longest restart interval of a JPEG, in blocks of at least 8x8 pixels."""

_SOS, _SOF = 0xDA, 0xC0


def heights_of(width: int, height: int) -> Iterator[tuple[int, int]]:
    """The rows (from, to) of each strip of a picture; every one but the last has a multiple of 16."""
    rows = min(STRIP_PIXELS // width, _MAX_BLOCKS // -(-width // 8) * 8)
    rows = max(1, rows // _BLOCK_ROWS) * _BLOCK_ROWS
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def encoded(
    strip: Callable[[int, int], Image.Image], width: int, height: int, form: str, quality: int
) -> Iterator[bytes]:
    """The file of a picture in blocks; `strip` gives its rows (from, to), asked for in order.

    `form` is jpeg, png, webp or bmp, the last two encoded as a whole; `quality` (1 to 100) is for jpeg and webp.
    """
    parts = list(heights_of(width, height))
    if len(parts) == 1 or form not in _JOINED:
        yield _saved(strip(0, height), form, quality)
    else:
        yield from _JOINED[form]((strip(*part) for part in parts), height, quality)


def _saved(picture: Image.Image, form: str, quality: int, compress_level: int = 1) -> bytes:
    file = io.BytesIO()
    match form:
        case "jpeg":
            picture.save(file, "JPEG", quality=quality)
        case "webp":
            picture.save(file, "WEBP", quality=quality, method=0)
        case "png":
            picture.save(file, "PNG", compress_level=compress_level)
        case _:
            picture.save(file, "BMP")
    return file.getvalue()


def _joined_jpeg(strips: Iterable[Image.Image], height: int, quality: int) -> Iterator[bytes]:
    for number, strip in enumerate(strips):
        whole = _saved(strip, "jpeg", quality)
        scan, frame = _places(whole)
        data = scan + 2 + int.from_bytes(whole[scan + 2 : scan + 4])
        if number == 0:
            across, down = whole[frame + 11] >> 4, whole[frame + 11] & 15  # how finely the first part is sampled
            blocks = -(-strip.width // (8 * across)) * (strip.height // (8 * down))
            yield whole[: frame + 5] + height.to_bytes(2) + whole[frame + 7 : scan]
            yield b"\xff\xdd\x00\x04" + blocks.to_bytes(2) + whole[scan:data]
        else:
            yield bytes((0xFF, 0xD0 + (number - 1) % 8))
        yield whole[data:-2]
    yield b"\xff\xd9"


def _places(jpeg: bytes) -> tuple[int, int]:
    """Where the segments of the scan and of the frame begin."""
    place, frame = 2, 0
    while jpeg[place + 1] != _SOS:
        if jpeg[place + 1] == _SOF:
            frame = place
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4])
    return place, frame


def _joined_png(strips: Iterable[Image.Image], height: int, _: int) -> Iterator[bytes]:
    from PIL import Image

    deflated = zlib.compressobj(1, strategy=zlib.Z_FILTERED)
    above: Image.Image | None = None
    for strip in strips:
        # a row is filtered by the one above it, so each strip takes the last row of the one before with it
        picture = Image.new(strip.mode, (strip.width, strip.height + (above is not None)))
        if above is not None:
            picture.paste(above, (0, 0))
        picture.paste(strip, (0, picture.height - strip.height))
        head, rows = _filtered(_saved(picture, "png", 0, compress_level=0))
        if above is None:
            yield head[:8] + _chunk(b"IHDR", head[16:20] + height.to_bytes(4) + head[24:29])
        else:
            rows = rows[len(rows) // picture.height :]
        yield _chunk(b"IDAT", deflated.compress(rows))
        above = strip.crop((0, strip.height - 1, strip.width, strip.height))
    yield _chunk(b"IDAT", deflated.flush())
    yield _chunk(b"IEND", b"")


def _filtered(png: bytes) -> tuple[bytes, memoryview]:
    """The first bytes of a PNG up to the end of its IHDR chunk, and its filtered rows."""
    rows, inflated, place = [], zlib.decompressobj(), 33
    while png[place + 4 : place + 8] != b"IEND":
        length = int.from_bytes(png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            rows.append(inflated.decompress(png[place + 8 : place + 8 + length]))
        place += 12 + length
    return png[:33], memoryview(b"".join(rows))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return b"".join((len(content).to_bytes(4), kind, content, zlib.crc32(content, zlib.crc32(kind)).to_bytes(4)))


_JOINED: dict[str, Callable[[Iterable[Image.Image], int, int], Iterator[bytes]]] = {
    "jpeg": _joined_jpeg,
    "png": _joined_png,
}
