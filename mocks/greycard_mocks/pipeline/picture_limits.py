"""Holds a picture against the documented limits and says which of them it breaks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.picture_limits import broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_mocks.images.inspect import Picture


def broken_limits(
    picture: Picture, pictures: Mapping[str, Any], units: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """(finding, key of the limit, reason) for each limit in `pictures` that this picture breaks.

    The key is empty for damage.
    """
    if picture.format not in pictures["formats"]:
        yield (
            "format",
            "formats",
            f"the format is {picture.format}; accepted are {', '.join(pictures['formats'])}",
        )
    for limit, figure in broken(picture.width, picture.height, pictures, units):
        size = f"{picture.width}x{picture.height}"
        yield limit.breach, limit.key, f"the picture is {size}; {limit.detail.format(figure)}"
    if picture.damaged:
        yield "damaged", "", f"the file is damaged: {picture.damage}"
