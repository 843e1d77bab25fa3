"""The image origin ``/_mock/images/<width>x<height>.<format>``: test pictures of any size and exact byte length.

Parameters: ``bytes=N`` exact length of the file; ``damage=truncate`` or ``garbage``; ``status=404`` answers
with that status; ``redirect=1`` answers 302; ``seed=N`` another picture. This module makes bytes, it serves
nothing.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_mocks.images.testcards import Damage, Turn

IMAGES_PATH = "/_mock/images/"

_NAME = re.compile(r"(?P<width>[0-9]{1,5})x(?P<height>[0-9]{1,5})\.(?P<format>[a-z]{3,4})", re.IGNORECASE)
MAX_BYTES = 256 << 20
MAX_SIDE = 20_000
MAX_PIXELS = 110_000_000

CONTENT_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp", "webp": "image/webp",
    "tiff": "image/tiff", "tif": "image/tiff", "gif": "image/gif",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One wanted test picture (sides in pixels, length in bytes)."""

    width: int
    height: int
    format: str
    size_bytes: int | None = None
    damage: Damage | None = None
    status: int = 200
    redirect: bool = False
    seed: int = 0

    @property
    def content_type(self) -> str:
        """The media type of the picture."""
        return CONTENT_TYPES[self.format]


def parse_image_request(name: str, query: str) -> ImageRequest:
    """What ``400x300.jpg`` with this query asks for; raises ValueError saying what is wrong."""
    match = _NAME.fullmatch(name)
    if match is None or match["format"].lower() not in CONTENT_TYPES:
        msg = f"write <width>x<height>.<format> with one of {', '.join(CONTENT_TYPES)}, for example 400x300.jpg"
        raise ValueError(msg)
    width, height = int(match["width"]), int(match["height"])
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        msg = f"{width}x{height} is out of range: sides 1 to {MAX_SIDE}, at most {MAX_PIXELS} pixels"
        raise ValueError(msg)
    options = dict(parse_qsl(query, keep_blank_values=True))
    for key in options:
        if key not in ("bytes", "damage", "status", "redirect", "seed"):
            msg = f"unknown parameter {key!r}; known are bytes, damage, status, redirect, seed"
            raise ValueError(msg)
    damage: Damage | None = None
    match options.get("damage"):
        case None:
            pass
        case "truncate" | "garbage" as wanted:
            damage = wanted
        case _:
            msg = "damage must be truncate or garbage"
            raise ValueError(msg)
    return ImageRequest(
        width, height, match["format"].lower(),
        size_bytes=_number(options, "bytes", 1, MAX_BYTES) if "bytes" in options else None,
        damage=damage,
        status=_number(options, "status", 200, 599) if "status" in options else 200,
        redirect=options.get("redirect", "0") not in ("", "0"),
        seed=_number(options, "seed", 0, 1 << 31) if "seed" in options else 0,
    )  # fmt: skip


def image_blocks(wanted: ImageRequest, turn: Turn = nullcontext) -> Iterator[bytes]:
    """The bytes of the picture in blocks; raises ValueError when it cannot be made that small.

    A large one is drawn within `turn`, see `testcards.card_blocks`.
    """
    from greycard_mocks.images.testcards import card_blocks

    blocks = card_blocks(
        wanted.width,
        wanted.height,
        wanted.format,
        size_bytes=wanted.size_bytes,
        seed=wanted.seed,
        damage=wanted.damage,
        turn=turn,
    )
    long = wanted.size_bytes is not None and wanted.size_bytes > 1 << 20 and wanted.damage is None
    return blocks if long else iter((b"".join(blocks),))


def _number(options: dict[str, str], key: str, low: int, high: int) -> int:
    text = options[key]
    if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
        msg = f"{key} must be a whole number from {low} to {high}"
        raise ValueError(msg)
    return int(text)
