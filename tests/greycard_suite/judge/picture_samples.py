"""The pictures that show each documented limit: one exactly at the edge, one a step beyond. Pure.

A figure with two readings binds only where both agree, unless the reading is known (a mock, or a declared variant).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from greycard_schemas.picture_limits import LIMITS, least_side, ratio_shows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Operation

Damage = Literal["truncate", "garbage"]
"""How a picture can be damaged: it breaks off, or it is no picture at all."""

MEGABYTES = (1_000_000, 1 << 20)
KILOS = (1000, 1024)


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture and what the limit `key` says of it. `how` is file or link; sizes in pixels and bytes."""

    key: str
    good: bool
    width: int
    height: int
    format: str = "jpg"
    size_bytes: int | None = None
    damage: Literal["truncate", "garbage"] | None = None
    how: str = "any"
    finding: str = ""
    special: str = ""
    seed: int = 0
    """What the picture looks like: results of formats are recognised by it."""
    unit: str = ""
    """The variant whose option this picture shows; it judges no claim."""


def samples(operation: Operation, units: Mapping[str, Any], *, exact: bool) -> Iterator[Sample]:
    """Pictures at and beyond every limit of a create operation; `exact` when the reading of MB and 1k is known."""
    pictures = operation.contract["pictures"]
    low, high = _harmless_side(pictures), _harmless_side(pictures) + 8
    for seed, form in enumerate(pictures["formats"], 1):
        key = "formats_shown" if form in pictures.get("formats_shown", ()) else "formats"
        yield Sample(key, good=True, width=high, height=low, format=_ending(form), seed=seed)
    for form in _refused_formats(pictures):
        key = "formats_refused" if form in pictures.get("formats_refused", ()) else "formats"
        yield Sample(key, good=False, width=high, height=low, format=form, finding="format")
    sent_as = "file" if "file" in pictures else "link"
    for key, how in (("megabytes", sent_as), ("link_megabytes", "link")):
        if key in pictures:
            small, large = (units["megabyte"],) * 2 if exact else MEGABYTES
            yield Sample(key, good=True, width=high, height=low, size_bytes=int(pictures[key] * small), how=how)
            if not exact and key == "megabytes":
                between = int(pictures[key] * small) + 4096
                yield Sample(key, good=True, width=high, height=low, size_bytes=between, how=how, unit="megabyte")
            yield Sample(
                key,
                good=False,
                width=high,
                height=low,
                size_bytes=int(pictures[key] * large) + 1,
                how=how,
                finding=f"{how}_bytes",
            )
    yield from _sides(pictures, units, low, exact=exact)
    yield Sample("consequences/damaged", good=False, width=high, height=low, damage="truncate", finding="damaged")
    yield Sample("consequences/unreadable", good=False, width=high, height=low, damage="garbage", finding="unreadable")
    if "link" in pictures or "list" in pictures:
        yield Sample(
            "consequences/unreachable",
            good=False,
            width=high,
            height=low,
            how="link",
            finding="unreachable",
            special="failing",
        )
        yield Sample(
            "consequences/redirect",
            good=False,
            width=high,
            height=low,
            how="link",
            finding="redirect",
            special="redirecting",
        )


PLAUSIBLE_FORMATS = ("gif", "webp", "tiff", "bmp")
"""Formats of pictures that a vendor plausibly adds to those of its document."""


def _refused_formats(pictures: Mapping[str, Any]) -> list[str]:
    """The formats that must not be taken: those that a document refuses, and those that it does not list."""
    refused = [*pictures.get("formats_refused", ())]
    return [*refused, *(form for form in PLAUSIBLE_FORMATS if form not in (*pictures["formats"], *refused))]


def _ending(form: str) -> str:
    return "jpg" if form == "jpeg" else form


def good_size(operation: Operation) -> tuple[int, int]:
    """The sides of a small picture within every documented limit."""
    low = max(least_side(operation.contract.get("pictures", {})), 40)
    return (low + 24, low + 8)


def _harmless_side(pictures: Mapping[str, Any]) -> int:
    """A side that is well within every limit."""
    return max(least_side(pictures), 48) + 16


def _sides(pictures: Mapping[str, Any], units: Mapping[str, Any], low: int, *, exact: bool) -> Iterator[Sample]:
    def pair(key: str, good: tuple[int, int], bad: tuple[int, int]) -> Iterator[Sample]:
        yield Sample(key, good=True, width=good[0], height=good[1])
        yield Sample(key, good=False, width=bad[0], height=bad[1], finding=LIMITS[key].breach)

    if (over := pictures.get("side_over")) is not None:
        yield from pair("side_over", (over + 1, over + 1), (over, over + 24))
    if (least := pictures.get("side_min")) is not None:
        # S1:1 can be read as "both sides" or "either side": only a picture small on both sides binds in both
        yield from pair("side_min", (least, least), (least - 1, least if exact else least - 1))
    if (kilo := pictures.get("side_under_kilo")) is not None:
        small, large = (units["kilo"],) * 2 if exact else KILOS
        yield from pair(
            "side_under_kilo",
            (kilo * small - 1, kilo * small // 2),
            (kilo * large, kilo * large // 2),
        )
        if not exact:
            between = kilo * small + 12
            yield Sample("side_under_kilo", good=True, width=between, height=between // 2, unit="kilo")
    ratio = pictures.get("ratio_max")
    if (under := pictures.get("side_under")) is not None:
        short = under // 2 if ratio else low
        yield from pair("side_under", (under - 1, short), (under, short))
    if (most := pictures.get("side_max")) is not None:
        least = pictures.get("side_min", 16)
        least += 16  # well within the other limit, which may have moved
        yield from pair("side_max", (most, least), (most + 1, least if exact else most + 1))
    if (longest := pictures.get("long_side_max")) is not None:
        yield from pair("long_side_max", (longest, 16), (longest + 1, 16))
    if (shortest := pictures.get("long_side_min")) is not None:
        yield from pair("long_side_min", (shortest, shortest), (shortest - 1, shortest - 1))
    if ratio is not None and "side_under_kilo" in pictures:
        # well within the sides, whose limits may have moved; no picture within them exceeds the ratio
        wide, high = int(pictures["side_under_kilo"] * KILOS[0] * 0.88), pictures.get("side_over", 0) + 9
        yield Sample("ratio_max", good=True, width=wide, height=high)
    if ratio is not None and ratio_shows(pictures):
        short = pictures.get("side_over", 0) + 44
        yield from pair("ratio_max", (int(short * ratio), short), (int(short * ratio) + 4, short))


@dataclass(frozen=True, slots=True)
class ScaleSample:
    """One picture whose result shows a scale rule: one of `factors` is right, `claims` are judged by it."""

    width: int
    height: int
    wanted: int | None
    factors: tuple[int, ...]
    claims: tuple[str, ...]

    @property
    def long_side(self) -> int:
        """The side that the rules speak of."""
        return max(self.width, self.height)


def scale_samples(operation: Operation) -> Iterator[ScaleSample]:
    """Pictures within and on both sides of every boundary of the scale rules, lying and standing in turn."""
    for index, (side, wanted, factors, claims) in enumerate(_scales(operation.contract["result"])):
        short = max(1, min(12, side))
        width, height = (short, side) if index % 2 else (side, short)
        yield ScaleSample(width, height, wanted, factors, claims)


Scale = tuple[int, int | None, tuple[int, ...], tuple[str, ...]]


def _scales(result: Mapping[str, Any]) -> Iterator[Scale]:
    """(long side, factor that is asked for, factors that are right, statements) of each picture."""
    automatic = result.get("automatic", ())
    for index, rule in enumerate(automatic):
        place, factor = f"result/automatic/{index}", (rule["factor"],)
        span = min(rule["up_to"], 1800) - rule["over"]
        for part in (span // 2, span * 4 // 5):
            yield rule["over"] + max(1, part), None, factor, (f"{place}/factor",)
        following = automatic[index + 1] if index + 1 < len(automatic) else None
        if following and following["over"] == rule["up_to"]:
            boundary = (f"{place}/up_to", f"result/automatic/{index + 1}/over")
            yield rule["up_to"], None, factor, boundary
            yield rule["up_to"] + 1, None, (following["factor"],), boundary
        else:
            yield rule["up_to"], None, factor, (f"{place}/up_to",)
        if index == 0:
            yield rule["over"] + 1, None, factor, (f"{place}/over",)
    for index, rule in enumerate(result.get("forced", ())):
        place, factor = f"result/forced/{index}", (rule["factor"],)
        yield min(400, rule["up_to"] // 2), rule["factor"], factor, (f"{place}/factor", "result/parameter")
        yield rule["from"], rule["factor"], factor, (f"{place}/from",)
        yield rule["up_to"], rule["factor"], factor, (f"{place}/up_to",)
        if rule["factor"] != result["otherwise"]:
            for beyond, claim in ((1, f"{place}/up_to"), (100, "result/otherwise"), (700, "result/otherwise")):
                side = rule["up_to"] + beyond
                yield side, rule["factor"], without_effect(result, side), (claim,)


def format_words(operation: Operation) -> list[str]:
    """What a request may say in the field that decides the result's format, in each spelling that is documented."""
    field = operation.fields[operation.contract["result"]["format_from"]]
    return [*map(str, field.get("x-spelled", ())), *map(str, field.get("enum", ("png", "jpg")))]


def format_word(operation: Operation, *, lossy: bool) -> str:
    """A word for a format that loses something, or for one that does not; any where there is none."""
    words = format_words(operation)
    return next((word for word in words if (word.lower() in ("jpg", "jpeg")) is lossy), words[0])


def without_effect(result: Mapping[str, Any], side: int) -> tuple[int, ...]:
    """The factors of a picture for which the one that was asked for does not count: none, or the automatic one."""
    automatic = [one["factor"] for one in result.get("automatic", ()) if one["over"] < side <= one["up_to"]]
    return tuple(dict.fromkeys((result["otherwise"], *automatic)))
