"""Test pictures of any size in pixels and any exact length in bytes, also broken ones, made on the spot.

A person who opens one sees a test card with its size written on it. The same arguments give the same bytes
(for one version of Pillow). It reads and writes no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from typing import Literal

from greycard_mocks.images._card_formats import LAYOUTS, Layout, lay_out

__all__ = ["Damage", "card", "card_blocks"]

Damage = Literal["truncate", "garbage"]

_SAME_FORMAT = {"jpg": "jpeg", "tif": "tiff", "bitmap": "bmp"}
# The largest side that the format can say (JPEG: that the encoder takes).
_MAX_SIDE = {"jpeg": 65_500, "png": 65_535, "bmp": 65_535, "webp": 16_383, "tiff": 65_535, "gif": 65_535}
_MAX_PIXELS = 100_000_000
_CACHED_PIXELS = 1_000_000
_MAGIC = {
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n",
    "bmp": b"BM",
    "webp": b"RIFF\0\x10\0\0WEBP",
    "tiff": b"II*\0",
    "gif": b"GIF89a",
}
_GARBAGE = b"This is text behind the first bytes of a picture. "
_GARBAGE_BYTES = 1000


def card(
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    *,
    size_bytes: int | None = None,
    seed: int = 0,
    damage: Damage | None = None,
) -> bytes:
    """A test card of `width` x `height` pixels as a jpeg, png, bmp, webp, tiff or gif file.

    `size_bytes` makes the file exactly so long, by stuffing that every decoder skips. `seed` turns the
    colours. `damage` "truncate" leaves the header whole and cuts half of the pixels off; "garbage" is the
    format's first bytes with text behind them. Raises ValueError for a format, a size or a length that cannot
    be, and then says what can.
    """
    return b"".join(card_blocks(width, height, format, size_bytes=size_bytes, seed=seed, damage=damage))


def card_blocks(
    width: int,
    height: int,
    format: str,  # noqa: A002 - the documents' word
    *,
    size_bytes: int | None = None,
    seed: int = 0,
    damage: Damage | None = None,
) -> Iterator[bytes]:
    """The same bytes as `card`, in blocks, so that the stuffing of a large file never stands in memory.

    Raises ValueError as `card` does, before the first block.
    """
    form = _checked(width, height, format, damage)
    if damage == "garbage":
        return _garbage(form, _GARBAGE_BYTES if size_bytes is None else size_bytes)
    cached = _small_layout if width * height <= _CACHED_PIXELS else _large_layout
    layout = cached(width, height, form, seed)
    kept = _kept(len(layout.pixels)) if damage else len(layout.pixels)
    if size_bytes is None:
        return layout.blocks(0, kept)
    least = layout.size(0, kept) + (0 if layout.gap == 1 else layout.gap)
    if size_bytes < least:
        kind = f"{width}x{height} {form} test card" + (f" ({damage})" if damage else "")
        raise ValueError(f"a {kind} cannot have {size_bytes} bytes; give size_bytes={least} or more")
    return layout.blocks(size_bytes - layout.size(0, kept), kept)


@lru_cache(maxsize=64)
def _small_layout(width: int, height: int, form: str, seed: int) -> Layout:
    return lay_out(width, height, form, seed)


@lru_cache(maxsize=2)
def _large_layout(width: int, height: int, form: str, seed: int) -> Layout:
    return lay_out(width, height, form, seed)


def _checked(width: int, height: int, format: str, damage: str | None) -> str:  # noqa: A002
    form = _SAME_FORMAT.get(format.lower(), format.lower())
    if form not in LAYOUTS:
        raise ValueError(f"no test card is made as {format!r}; use one of {', '.join((*LAYOUTS, *_SAME_FORMAT))}")
    if damage not in {None, "truncate", "garbage"}:
        raise ValueError(f"no damage is called {damage!r}; use 'truncate' or 'garbage'")
    if min(width, height) < 1 or max(width, height) > _MAX_SIDE[form] or width * height > _MAX_PIXELS:
        limits = f"sides from 1 to {_MAX_SIDE[form]} and at most {_MAX_PIXELS} pixels"
        raise ValueError(f"no {form} test card of {width}x{height} is made; use {limits}")
    return form


def _kept(pixels: int) -> int:
    """Half of the pixels' bytes; none of very few, because half a padded row can still be a whole picture."""
    return pixels // 2 if pixels > 16 else 0


def _garbage(form: str, size_bytes: int) -> Iterator[bytes]:
    magic = _MAGIC[form]
    least = len(magic) + len(_GARBAGE)
    if size_bytes < least:
        raise ValueError(f"a {form} with garbage cannot have {size_bytes} bytes; give size_bytes={least} or more")
    return _lines(magic, size_bytes)


def _lines(magic: bytes, size_bytes: int) -> Iterator[bytes]:
    yield magic
    whole, rest = divmod(size_bytes - len(magic), len(_GARBAGE))
    yield from repeat(_GARBAGE, whole)
    yield _GARBAGE[:rest]
