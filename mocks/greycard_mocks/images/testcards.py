"""Test pictures of any size in pixels and any exact length in bytes, also broken ones, made on the spot.

A person who opens one sees a test card with its size written on it. The same arguments give the same bytes
(for one version of Pillow). It reads and writes no files.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from typing import Any, Literal

from greycard_mocks.images._card_formats import LAYOUTS, Layout, lay_out

__all__ = ["Damage", "card", "card_blocks", "forget_cards"]

Turn = Callable[[int], AbstractContextManager[Any]]

Damage = Literal["truncate", "garbage"]

_SAME_FORMAT = {"jpg": "jpeg", "tif": "tiff", "bitmap": "bmp"}
# The largest side that the format can say (JPEG: that the encoder takes).
_MAX_SIDE = {"jpeg": 65_500, "png": 65_535, "bmp": 65_535, "webp": 16_383, "tiff": 65_535, "gif": 65_535}
_MAX_PIXELS = 100_000_000
_SMALL_PIXELS = 1_000_000
_KEPT_BYTES = 32 << 20
"""How many bytes of drawn cards are kept in all; a larger one is drawn each time."""

_KEPT_CARDS = 128
# Bytes of memory for each pixel while a card is drawn and encoded.
_DRAWING = {"webp": 10}
_DRAWING_ELSE = 3
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
    turn: Turn = nullcontext,
) -> Iterator[bytes]:
    """The same bytes as `card`, in blocks, so that the stuffing of a large file never stands in memory.

    A large card is drawn within `turn`, which is told how many bytes of memory that takes. Raises ValueError as `card`
    does, before the first block.
    """
    form = _checked(width, height, format, damage)
    if damage == "garbage":
        return _garbage(form, _GARBAGE_BYTES if size_bytes is None else size_bytes)
    layout = _kept_layout(width, height, form, seed, turn)
    kept = _kept(len(layout.pixels)) if damage else len(layout.pixels)
    if size_bytes is None:
        return layout.blocks(0, kept)
    least = layout.size(0, kept) + (0 if layout.gap == 1 else layout.gap)
    if size_bytes < least:
        kind = f"{width}x{height} {form} test card" + (f" ({damage})" if damage else "")
        raise ValueError(f"a {kind} cannot have {size_bytes} bytes; give size_bytes={least} or more")
    return layout.blocks(size_bytes - layout.size(0, kept), kept)


def forget_cards() -> None:
    """Give the memory of drawn cards back; they are drawn again when somebody asks."""
    with _lock:
        _layouts.clear()


_lock = threading.Lock()
_layouts: OrderedDict[tuple[int, int, str, int], Layout] = OrderedDict()


def _kept_layout(width: int, height: int, form: str, seed: int, turn: Turn) -> Layout:
    key = (width, height, form, seed)
    with _lock:
        found = _layouts.get(key)
        if found is not None:
            _layouts.move_to_end(key)
            return found
    pixels = width * height
    cost = pixels * _DRAWING.get(form, _DRAWING_ELSE)
    with turn(cost) if pixels > _SMALL_PIXELS else nullcontext():
        made = lay_out(width, height, form, seed)
    with _lock:
        _layouts[key] = made
        while len(_layouts) > _KEPT_CARDS or sum(len(one.pixels) for one in _layouts.values()) > _KEPT_BYTES:
            _layouts.popitem(last=False)
    return made


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
