"""Holds a picture against the documented limits, and says which of them it breaks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_mocks.core.rules import Rules
    from greycard_mocks.images.inspect import Picture


def broken_limits(picture: Picture, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Breach, key of the limit and reason for each limit that this picture breaks; the key is empty for damage."""
    formats = rules.pictures["formats"]
    if picture.format not in formats:
        yield "format", "formats", f"the format is {picture.format}; accepted are {', '.join(formats)}"
    for limit, figure in rules.limits:
        if not limit.allows(picture.width, picture.height, figure):
            size = f"{picture.width}x{picture.height}"
            yield limit.breach, limit.key, f"the picture is {size}; {limit.detail.format(figure)}"
    if picture.damaged:
        yield "damaged", "", f"the file is damaged: {picture.damage}"
