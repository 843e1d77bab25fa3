"""Recognises a picture by its content: whether a result is made from this input or rather from another.

What an enhancer does to a picture leaves its large blocks as they are, so that those are compared, whatever the
sizes and formats. Nothing here sends or judges.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from greycard_suite.call import DigestedBody, picture_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

BLOCKS = 8
"""Blocks along each side."""
CLEARLY = 1.5
"""How many times nearer another picture must be before a result is said to be made from that one."""
MOST_PIXELS = 12_000_000
"""No picture is decoded to more pixels: a small file may have any number of them."""
MOST_PIXELS_OF_JPEG = 85_000_000
"""Of a JPEG fewer pixels can be had than it has."""

Blocks = tuple[int, ...]


def blocks_of(content: bytes | IO[bytes]) -> Blocks | None:
    """The mean colours of a picture's blocks; None for what is no picture, was not kept, or has too many pixels."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(content, DigestedBody):
        return content.blocks
    picture = picture_in(content)
    if picture is None or picture.width * picture.height > MOST_PIXELS_OF_JPEG:
        return None
    try:
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as opened:
            if not opened.info.get("progressive"):  # else no pixel can be had without all of them
                opened.draft("RGB", (BLOCKS * 16, BLOCKS * 16))
            if opened.width * opened.height > MOST_PIXELS:
                return None
            plain = opened if opened.mode == "RGB" else opened.convert("RGB")
            small = plain.resize((BLOCKS, BLOCKS), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return tuple(small.tobytes())


_blocks_of_result = lru_cache(maxsize=24)(blocks_of)
"""The results of a whole batch are asked about more than once; they are large, so that no more are kept."""


@lru_cache(maxsize=64)
def _blocks_of_input(content: bytes) -> Blocks | None:
    """As `blocks_of`, for our own pictures: they are small, and each is held against every result of a batch."""
    return blocks_of(content)


def difference(one: Blocks, other: Blocks) -> float:
    """The mean difference of two pictures' blocks: 0 for the same, 255 for black and white."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def made_from(result: bytes, inputs: Sequence[bytes], own: int) -> int | None:
    """Which of the inputs a result is made from: `own` unless another is clearly nearer; None when nobody can tell."""
    seen = _blocks_of_result(result)
    known = [_blocks_of_input(one) for one in inputs]
    if seen is None or known[own] is None:
        return None
    far = [difference(seen, one) if one is not None else 1e9 for one in known]
    nearest = min(range(len(far)), key=far.__getitem__)
    return nearest if far[nearest] * CLEARLY + 1 < far[own] else own


FAR = 64
"""By how much the mean colour of a block differs that shows something else."""
FOREIGN, FOREIGN_WITH_MASK = 0.3, 0.6
"""The share of such blocks from which a result shows something else; what a mask marks is meant to change."""


def is_foreign(result: bytes, own: bytes, *, masked: bool = False) -> bool:
    """Whether a result shows something else than its input: blank, turned, inverted or covered."""
    seen, known = _blocks_of_result(result), _blocks_of_input(own)
    if seen is None or known is None:
        return False
    far = [
        sum(abs(seen[start + part] - known[start + part]) for part in range(3)) > 3 * FAR
        for start in range(0, len(seen), 3)
    ]
    return sum(far) / len(far) > (FOREIGN_WITH_MASK if masked else FOREIGN)
