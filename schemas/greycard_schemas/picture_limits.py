"""Every limit of pictures once, and every breach of one: what must hold, how it is said, what it falls together with.

The contract data name limits by the keys of `LIMITS` and consequences by those of `BREACHES`. This module reads
no file and no picture: sides are in pixels, and it is told them.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of limit: its key under ``pictures`` in the contract data, and all that is known about it."""

    key: str
    breach: str
    """What a picture beyond it does wrong, one of `BREACHES`."""
    sentence: str
    """The statement, for the figure in the data."""
    label: str
    """The statement as the first cell of a table's row."""
    detail: str = ""
    """What a picture beyond it is told, for the figure in pixels."""
    side: str = ""
    """Which side the figure limits: short, long, or ratio (the long side, in short sides); empty for bytes."""
    holds: Callable[[float, float], bool] = operator.le
    """How that side must stand to the figure."""
    lower: int | None = None
    """How far over the figure the first side lies that a lower limit allows; None for an upper limit."""
    step: float | None = 1
    """How far a drift moves the figure; None: by a tenth, further than two readings of a unit (MB) differ."""
    unit: str = ""
    """The entry of ``units`` in the vendor's data that the figure counts in; empty for pixels."""

    def allows(self, width: int, height: int, figure: float) -> bool:
        """Whether a picture with these sides is within the figure."""
        short, long = min(width, height), max(width, height)
        return self.holds(short if self.side == "short" else long, figure * short if self.side == "ratio" else figure)

    @property
    def is_lower(self) -> bool:
        """Whether a greater figure allows less."""
        return self.lower is not None

    def moved(self, figure: float) -> float:
        """How far a drift moves this figure."""
        return math.ceil(figure / 10) if self.step is None else self.step


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which a picture can be wrong: the name of a consequence in the contract data, and words for it.

    `instead` is the breach whose consequence follows where the document does not tell this one apart.
    """

    name: str
    words: str
    instead: str = "unreachable"


LIMITS: dict[str, Limit] = {
    limit.key: limit
    for limit in (
        Limit("megabytes", "file_bytes", "a picture file has at most {} MB", "file, MB", step=None, unit="megabyte"),
        Limit(
            "link_megabytes",
            "link_bytes",
            "a picture behind a link has at most {} MB",
            "file behind a link, MB",
            step=None,
            unit="megabyte",
        ),
        Limit(
            "side_min",
            "sides_small",
            "each side of a picture has at least {} pixels",
            "each side at least, px",
            "both sides must be at least {} px",
            "short",
            operator.ge,
            lower=0,
        ),
        Limit(
            "side_max",
            "sides",
            "each side of a picture has at most {} pixels",
            "each side at most, px",
            "both sides must be at most {} px",
            "long",
            operator.le,
        ),
        Limit(
            "side_over",
            "sides",
            "each side of a picture has more than {} pixels",
            "each side over, px",
            "both sides must be over {} px",
            "short",
            operator.gt,
            lower=1,
        ),
        Limit(
            "side_under",
            "sides",
            "each side of a picture has fewer than {} pixels",
            "each side under, px",
            "both sides must be under {} px",
            "long",
            operator.lt,
        ),
        Limit(
            "side_under_kilo",
            "sides",
            "each side of a picture has fewer than {}k pixels",
            "each side under, k px",
            "both sides must be under {} px",
            "long",
            operator.lt,
            step=0.1,
            unit="kilo",
        ),
        Limit(
            "long_side_min",
            "sides",
            "the long side of a picture has at least {} pixels",
            "longer side at least, px",
            "the long side must be at least {} px",
            "long",
            operator.ge,
            lower=0,
        ),
        Limit(
            "long_side_max",
            "sides",
            "the long side of a picture has at most {} pixels",
            "longer side at most, px",
            "the long side must be at most {} px",
            "long",
            operator.le,
        ),
        Limit(
            "ratio_max",
            "ratio",
            "the longer side of a picture is at most {} times the shorter",
            "longer side to shorter at most",
            "the sides may differ {} times",
            "ratio",
            operator.le,
        ),
    )
}
"""Every limit by its key, in the order in which a picture is held against them."""

BREACHES: dict[str, Breach] = {
    breach.name: breach
    for breach in (
        Breach("missing", "a request without a picture"),
        Breach("form", "an address of a picture that is no absolute http or https address"),
        Breach("unreachable", "a picture that cannot be downloaded"),
        Breach("redirect", "a picture whose address answers with a redirect"),
        Breach("file_bytes", "a file that is too large", "link_bytes"),
        Breach("link_bytes", "a picture behind a link that is too large"),
        Breach("unreadable", "a file that is no picture"),
        Breach("damaged", "a picture whose pixels are cut off", "unreadable"),
        Breach("format", "a picture in a format that is not listed"),
        Breach("sides", "a picture with a side out of range"),
        Breach("sides_small", "a picture with too short a side", "sides"),
        Breach("ratio", "a picture that is too long for its width"),
        Breach("mask", "a mask that is no picture"),
    )
}
"""Every breach by its name."""

SIDES = tuple(limit for limit in LIMITS.values() if limit.side)
"""The limits of sides, in the order in which a picture is held against them."""

_LOWER = tuple(limit for limit in LIMITS.values() if limit.lower is not None)


def limits_of(pictures: Mapping[str, Any], units: Mapping[str, Any]) -> tuple[tuple[Limit, float], ...]:
    """Each limit of sides in `pictures`, with its figure in pixels."""
    return tuple(
        (limit, pictures[limit.key] * units.get(limit.unit, 1000) if limit.unit else pictures[limit.key])
        for limit in SIDES
        if pictures.get(limit.key) is not None
    )


def broken(
    width: int, height: int, pictures: Mapping[str, Any], units: Mapping[str, Any]
) -> Iterator[tuple[Limit, float]]:
    """Each limit of sides in `pictures` that a picture breaks, with its figure in pixels."""
    return (found for found in limits_of(pictures, units) if not found[0].allows(width, height, found[1]))


def least_side(pictures: Mapping[str, Any]) -> int:
    """The smallest side of a square picture that is within every lower limit."""
    return max((pictures[one.key] + (one.lower or 0) for one in _LOWER if one.key in pictures), default=0)


def ratio_shows(pictures: Mapping[str, Any]) -> bool:
    """Whether a picture within the limits of sides can exceed that of the ratio."""
    return bool(pictures.get("side_under", 0) > pictures["ratio_max"] * max(1, least_side(pictures)))


def falls_to(breach: str) -> tuple[str, ...]:
    """A breach and those whose consequences stand in for its own, nearest first."""
    found = [breach]
    while found[-1] != "unreachable":
        found.append(BREACHES[found[-1]].instead)
    return tuple(found)


def told_apart(pictures: Mapping[str, Any], breach: str) -> str:
    """The breach under whose name the data say what follows: its own, or the one that it falls together with."""
    consequences = pictures["consequences"]
    return next(name for name in falls_to(breach) if name in consequences)


def consequence_of(pictures: Mapping[str, Any], breach: str) -> Mapping[str, Any]:
    """What the vendor does about a breach; breaches that its document does not tell apart fall together."""
    found: Mapping[str, Any] = pictures["consequences"][told_apart(pictures, breach)]
    return found


def needed_consequences(pictures: Mapping[str, Any]) -> set[str]:
    """The breaches whose consequence must be said: a limit without one would never be noticed."""
    needed = {"unreadable", "damaged"}
    needed |= {falls_to(limit.breach)[-2] for limit in SIDES if limit.key in pictures}
    needed |= {breach for breach, key in (("format", "formats"), ("mask", "mask")) if key in pictures}
    if "link" in pictures or "list" in pictures:
        needed |= {"unreachable", "redirect"}
    if "megabytes" in pictures and "file" in pictures:
        needed.add("file_bytes")
    if "link_megabytes" in pictures or ("megabytes" in pictures and "file" not in pictures):
        needed.add("link_bytes")
    return needed
