"""Drifts of pictures: a limit moved either way, a format gone or new, a field for pictures that is no longer read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greycard_schemas.drifts.model import Facts, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Operation

_LEAST = {"side_min", "side_over", "long_side_min"}
_EXACT = {"side_min", "side_max", "side_over", "side_under", "long_side_min", "long_side_max", "ratio_max"}


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of the pictures that create operations take."""
    for operation in facts.vendor.of_kind("create"):
        if "pictures" in operation.contract:
            yield from _limits(facts, operation)
            yield from _formats(facts, operation)
            yield from _fields(facts, operation)


def _limits(facts: Facts, operation: Operation) -> Iterator[Drift]:
    pictures, head = operation.contract["pictures"], f"{operation.vendor}/{operation.name}#pictures/"
    for key, value in pictures.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        # a figure with two readings (MB, 1k) moves further than the readings differ
        step = 1 if key in _EXACT else 0.1 if key == "side_under_kilo" else math.ceil(value / 10)
        for change, moved in (("up", value + step), ("down", value - step)):
            looser = (change == "up") != (key in _LEAST)
            unseen = ""
            if key == "ratio_max" and looser and not _seen_alone(pictures):
                unseen = "within the sides that the document allows, no picture can exceed the documented ratio"
            yield facts.drift(
                f"{operation.name}.pictures.{key}",
                change,
                f"Pictures of {operation.name} are held to {key} {moved} instead of {value}.",
                [put(operation.name, f"/x-operation/pictures/{key}", moved)],
                family="limit of pictures moved",
                claims=[f"{head}{key}"],
                also=_both_sizes(pictures, head, key),
                severity="additive" if looser else "breaking",
                why="what happens beyond a limit is not seen where the limit was",
                unseen=unseen,
            )


def _seen_alone(pictures: dict[str, float]) -> bool:
    return pictures.get("side_under", 0) > pictures["ratio_max"] * (pictures.get("side_over", 0) + 1)


def _both_sizes(pictures: dict[str, object], head: str, key: str) -> list[str]:
    breaches = {
        "megabytes": ["file_bytes", *(["link_bytes"] if "link_megabytes" not in pictures else [])],
        "link_megabytes": ["link_bytes"],
        "ratio_max": ["ratio"],
        "side_min": ["sides_small", "sides"],
    }.get(key, ["sides"])
    ranges = [f"{head.removesuffix('pictures/')}result/*/up_to"] if key == "long_side_max" else []
    return [*(f"{head}consequences/{breach}/*" for breach in breaches), *ranges]


def _formats(facts: Facts, operation: Operation) -> Iterator[Drift]:
    pictures, head = operation.contract["pictures"], f"{operation.vendor}/{operation.name}#pictures/"
    pointer, title = "/x-operation/pictures/formats", f"{operation.name}.pictures.formats"
    formats = list(pictures["formats"])
    for form in formats:
        if form == "jpeg":
            continue  # what every other request sends
        yield facts.drift(
            title,
            f"without-{form}",
            f"{operation.name} no longer takes {form} pictures.",
            [put(operation.name, pointer, [one for one in formats if one != form])],
            family="format gone",
            claims=[f"{head}formats"],
        )
    if "gif" not in formats:
        refused = "formats_refused" if "formats_refused" in pictures else "formats"
        # where no document lists the formats, one more of them contradicts none
        told = [f"{head}consequences/format/{key}" for key in ("error", "outcome") if facts.stated(f"{head}{refused}")]
        yield facts.drift(
            title,
            "with-gif",
            f"{operation.name} takes gif pictures as well.",
            [put(operation.name, pointer, [*formats, "gif"])],
            family="format new",
            severity="additive",
            claims=[f"{head}{refused}", *told],
            also=["*#errors/unsupported_type/*"],
        )


def _fields(facts: Facts, operation: Operation) -> Iterator[Drift]:
    pictures, head = operation.contract["pictures"], f"{operation.vendor}/{operation.name}#"
    if "file" in pictures and "link" in pictures:
        name = pictures["link"]
        told = [
            f"{head}pictures/link_megabytes",
            *(f"{head}pictures/consequences/{one}/*" for one in ("link_bytes", "unreachable", "redirect")),
        ]
        yield facts.drift(
            f"{operation.name}.pictures.link",
            "unread",
            f"The field {name} of {operation.name} is not read.",
            [put(operation.name, "/x-operation/pictures/link", f"{name}_unread")],
            family="field not read",
            claims=[f"{head}pictures/link"],
            also=told,
            why="nothing about pictures behind links can be seen without the field",
        )
        yield facts.drift(
            f"{operation.name}.pictures.file",
            "unread",
            f"The field {pictures['file']} of {operation.name} is not read.",
            [put(operation.name, "/x-operation/pictures/file", f"{pictures['file']}_unread")],
            family="field not read",
            claims=[f"{head}pictures/file", f"{head}request/{pictures['file']}/x-file"],
            also=[f"{head}*"],
            why="nearly all is shown with uploaded pictures",
        )
