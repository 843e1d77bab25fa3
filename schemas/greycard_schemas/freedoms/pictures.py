"""Freedoms of pictures: when and how one that is wrong is refused, and what is taken, where nobody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.drifts.model import put
from greycard_schemas.freedoms.unfinished import only_shown_by
from greycard_schemas.picture_limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

KNOWN_FORMATS = ("jpeg", "png", "bmp", "webp", "tiff", "gif")
_WORDS = "\u56fe\u7247\u65e0\u6cd5\u5904\u7406 (bad picture)"


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of the pictures that create operations take."""
    for operation in facts.vendor.of_kind("create"):
        if "pictures" in operation.contract:
            yield from _consequences(facts, operation)
            yield from _formats(facts, operation)
            yield from _limits(facts, operation)
    yield from _when(facts)


def _place(operation: Operation) -> str:
    return f"{operation.vendor}/{operation.name}#pictures"


def _consequences(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    place, file = f"{_place(operation)}/consequences", operation.name
    states = facts.data["lifecycle"]["states"]
    failed = next(name for name, state in states.items() if state["phase"] == "failed")
    refusal = str(operation.contract["refusal"])
    items = []
    for breach, consequence in operation.contract["pictures"]["consequences"].items():
        key = next(one for one in ("error", "outcome", "item") if one in consequence)
        claim, path = f"{place}/{breach}/{key}", f"/x-operation/pictures/consequences/{breach}"
        if not facts.assumed(claim):
            continue
        if key == "item":
            items.append((claim, put(file, f"{path}/item", _WORDS)))
            continue
        others = [("error", refusal)] if breach == "mask" else [("error", refusal), ("outcome", failed)]
        for other, value in others:
            if consequence[key] == value:
                continue
            how = f"is refused as {value}" if other == "error" else f"is accepted, and its task ends as {value}"
            source = {other: "assumed: a freedom"}
            yield from facts.freedom(
                f"{file}.{breach.replace('_', '-')}-{'refused' if other == 'error' else 'fails'}",
                f"What {operation.name} finds wrong with a picture ({breach.replace('_', ' ')}) {how}.",
                [put(file, path, {other: value, "x-source": source})],
                family="consequences of pictures",
                of=[claim],
                hides=_no_failure(facts, place, claim) if other == "error" else {},
            )
    yield from facts.freedom(
        f"{file}.other-reasons",
        f"The pictures of {file} that fail give another reason.",
        [patch for _, patch in items],
        family="words",
        of=[claim for claim, _ in items],
    )


def _no_failure(facts: Silences, place: str, claim: str) -> dict[str, str]:
    """What only a failed task shows, when this was the last picture that made one fail."""
    if any(one.startswith(place) and one.endswith(("/outcome", "/item")) and one != claim for one in facts.claims):
        return {}
    return _unfailing(facts)


def _unfailing(facts: Silences) -> dict[str, str]:
    vendor, why = facts.vendor.name, "no picture makes a task fail, and a failure cannot be forced at a vendor"
    failed = [name for name, state in facts.data["lifecycle"]["states"].items() if state["phase"] == "failed"]
    hidden = {f"{vendor}#lifecycle/states/{state}/*": why for state in failed}
    for operation in facts.vendor.of_kind("read"):
        hidden[f"{vendor}/{operation.name}#responses/failed/*"] = why
        hidden |= dict.fromkeys(only_shown_by(operation, {"failed": [()]}), why)
    return hidden


def _formats(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    claim, path = f"{_place(operation)}/formats", "/x-operation/pictures/formats"
    formats = list(operation.contract["pictures"]["formats"])
    refused = operation.contract["pictures"].get("formats_refused", ())
    if not facts.assumed(claim):
        return
    more = [*formats, *(one for one in KNOWN_FORMATS if one not in formats and one not in refused)]
    for change, taken, words in (("more", more, "more"), ("fewer", formats[:2], "fewer")):
        if taken != formats:
            yield from facts.freedom(
                f"{operation.name}.{change}-formats",
                f"{operation.name} takes {words} formats than was assumed: {', '.join(taken)}.",
                [put(operation.name, path, taken)],
                family="formats",
                of=[claim],
                hides={f"{_place(operation)}/consequences/format/*": "every format that is known is taken"}
                if change == "more"
                else {},
            )


def _limits(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    pictures = operation.contract["pictures"]
    for key in pictures:
        claim = f"{_place(operation)}/{key}"
        if key in LIMITS and facts.assumed(claim):
            limit = LIMITS[key]
            moved = 1 if limit.is_lower else pictures[key] * 2
            yield from facts.freedom(
                f"{operation.name}.{key.replace('_', '-')}-looser",
                f"Pictures of {operation.name} are held to {key} {moved} instead of {pictures[key]}.",
                [put(operation.name, f"/x-operation/pictures/{key}", moved)],
                family="limits of pictures",
                of=[claim],
            )


def _when(facts: Silences) -> Iterator[Freedom]:
    """Whether a bad picture is told of at once or by its task, for vendors whose documents never say which."""
    claims = {
        f"{_place(operation)}/consequences/{breach}/{key}": key
        for operation in facts.vendor.of_kind("create")
        for breach, consequence in operation.contract.get("pictures", {}).get("consequences", {}).items()
        for key in consequence
        if key != "x-source"
    }
    if not claims or any(facts.stated(claim) for claim in claims):
        return
    for manner, words, keys in (
        ("at_create", "at once, by refusing the create", ("outcome", "item")),
        ("in_task", "by the task, which is created and fails", ("error",)),
    ):
        mine = [claim for claim, key in claims.items() if key in keys and "/mask/" not in claim]
        if mine:
            yield from facts.freedom(
                f"pictures-{manner.replace('_', '-')}",
                f"What is wrong with a picture is said {words}.",
                [put("vendor", "/manners/pictures_checked", manner, "add")],
                family="consequences of pictures",
                of=mine,
                hides=_unfailing(facts) if manner == "at_create" else {},
                keeps=[
                    (operation.name, "/x-operation/pictures/consequences")
                    for operation in facts.vendor.of_kind("create")
                ],
            )
