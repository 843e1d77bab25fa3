"""Drifts of pictures: a limit moved either way, a format gone or new, a field for pictures that is no longer read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import Facts, put
from greycard_schemas.picture_limits import LIMITS, falls_to, ratio_shows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Operation
    from greycard_schemas.picture_limits import Limit


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
        if key not in LIMITS:
            continue
        limit = LIMITS[key]
        step = limit.moved(value)
        for change, moved in (("up", value + step), ("down", value - step)):
            looser = (change == "up") != limit.is_lower
            unseen = ""
            if key == "ratio_max" and looser and not ratio_shows(pictures):
                unseen = "within the sides that the document allows, no picture can exceed the documented ratio"
            yield facts.drift(
                f"{operation.name}.pictures.{key}",
                change,
                f"Pictures of {operation.name} are held to {key} {moved} instead of {value}.",
                [put(operation.name, f"/x-operation/pictures/{key}", moved)],
                family="limit of pictures moved",
                claims=[f"{head}{key}"],
                also=_beyond(pictures, head, limit),
                severity="additive" if looser else "breaking",
                why="what happens beyond a limit is not seen where the limit was",
                unseen=unseen,
            )


def _beyond(pictures: Mapping[str, Any], head: str, limit: Limit) -> list[str]:
    """What follows from the breach of a limit: seen only where the limit is."""
    breaches = [one for one in falls_to(limit.breach) if one != "unreachable"]
    if limit.key == "megabytes" and "link_megabytes" in pictures:
        breaches = [limit.breach]  # a picture behind a link has a limit of its own
    ranges = [f"{head.removesuffix('pictures/')}result/*/up_to"] if limit.key == "long_side_max" else []
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
            claims=[f"{head}formats", *([f"{head}formats_shown"] if form in pictures.get("formats_shown", ()) else [])],
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
