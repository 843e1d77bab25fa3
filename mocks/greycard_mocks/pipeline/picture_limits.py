"""Holds a picture against the documented limits and says which of them it breaks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from greycard_mocks.images.inspect import Picture

Rule = tuple[str, str, "Callable[[Picture, float], bool]", str]

_RULES: tuple[Rule, ...] = (
    # key in the data, finding, what must hold, words for the reason
    ("side_over", "sides", lambda p, v: min(p.width, p.height) > v, "both sides must be over {} px"),
    (
        "side_min",
        "sides_small",
        lambda p, v: min(p.width, p.height) >= v,
        "both sides must be at least {} px",
    ),
    ("side_under", "sides", lambda p, v: max(p.width, p.height) < v, "both sides must be under {} px"),
    ("side_under_kilo", "sides", lambda p, v: max(p.width, p.height) < v, "both sides must be under {} px"),
    ("side_max", "sides", lambda p, v: max(p.width, p.height) <= v, "both sides must be at most {} px"),
    (
        "long_side_min",
        "sides",
        lambda p, v: max(p.width, p.height) >= v,
        "the long side must be at least {} px",
    ),
    (
        "long_side_max",
        "sides",
        lambda p, v: max(p.width, p.height) <= v,
        "the long side must be at most {} px",
    ),
    (
        "ratio_max",
        "ratio",
        lambda p, v: max(p.width, p.height) <= v * min(p.width, p.height),
        "the sides may differ {} times",
    ),
)


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
    for key, finding, holds, words in _RULES:
        limit = pictures.get(key)
        if limit is None:
            continue
        value = limit * units.get("kilo", 1000) if key == "side_under_kilo" else limit
        if not holds(picture, value):
            yield finding, key, f"the picture is {picture.width}x{picture.height}; {words.format(value)}"
    if picture.damaged:
        yield "damaged", "", f"the file is damaged: {picture.damage}"
