"""What can be done otherwise in a plain request, one thing at a time, and what each says if it helps. Pure.

Everything is derived from the contract data: the values of a field, its optionality, the ways to give a picture or a
mask, the encodings, the formats and sizes of pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.picture_limits import LIMITS, least_side
from greycard_suite.judge.accepted_form import MASKS, Form
from greycard_suite.judge.picture_samples import good_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Operation

ENCODINGS = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
LARGER = 440
"""Pixels by which a larger picture exceeds the smallest that is allowed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is done otherwise: `about` what it is, `words` how it reads, `form` how it is done.

    `claims` are the statements that do not hold if a plain request is refused and one with this change accepted.
    `of_picture` marks a change of a picture, which may help where tasks are accepted and then fail.
    """

    about: str
    words: str
    form: Form
    claims: tuple[str, ...]
    of_picture: bool = False


def single(operation: Operation, base: Mapping[str, Any], *, links: bool) -> list[Change]:
    """Every single change of the plain request `base`, likeliest first; `links`: own pictures can be linked to."""
    found = [*_values(operation, base), *_pictures(operation, links=links), *_encodings(operation)]
    return [*found, *_optional(operation, base)]


def pairs(changes: list[Change]) -> Iterator[Change]:
    """Two changes of different things at once."""
    for one, other in combinations(changes, 2):
        if one.about != other.about:
            yield _together(one, other)


def _together(one: Change, other: Change) -> Change:
    first, second = one.form, other.form
    form = Form(
        values={**first.values, **second.values},
        without=first.without | second.without,
        by_link=first.by_link or second.by_link,
        encoding=first.encoding or second.encoding,
        mask=second.mask if second.mask != MASKS[0] else first.mask,
        picture=first.picture or second.picture,
    )
    both = one.of_picture and other.of_picture
    return Change(
        f"{one.about}, {other.about}", f"{one.words} and {other.words}", form, (*one.claims, *other.claims), both
    )


def _field(operation: Operation, name: str, keyword: str) -> str:
    return claim_id(operation.vendor, operation.name, ["$defs", "request", "properties", name, keyword])


def _values(operation: Operation, base: Mapping[str, Any]) -> Iterator[Change]:
    """Other values of the fields that a plain request has; and without those that it need not have."""
    required = operation.request.get("required", ())
    for name, schema in operation.fields.items():
        if name not in base:
            continue
        for member in schema.get("enum", ()):
            if member != base[name]:
                claims = (_field(operation, name, "enum"),)
                yield Change(name, f"{name} {member}", Form(values={name: member}), claims)
        if "minimum" in schema and "maximum" in schema:
            keyword = "minimum" if base[name] == schema["minimum"] else "maximum"
            middle = (schema["minimum"] + schema["maximum"]) // 2
            for value in dict.fromkeys((middle, schema["minimum"] + 1)):
                claims = (_field(operation, name, keyword),)
                yield Change(name, f"{name} {value}", Form(values={name: value}), claims)
        if name not in required and name not in operation.contract.get("pictures", {}).values():
            claims = (_field(operation, name, "type"),)
            yield Change(name, f"no {name}", Form(without=frozenset({name})), claims)


def _optional(operation: Operation, base: Mapping[str, Any]) -> Iterator[Change]:
    """Each optional field that a plain request leaves out."""
    result = operation.contract.get("result", {})
    pictures = set(map(str, operation.contract.get("pictures", {}).values()))
    for name, schema in operation.fields.items():
        if name in base or name in pictures or schema.get("x-file"):
            continue
        rules = range(len(result.get("automatic", ()))) if name == result.get("parameter") else ()
        told = tuple(f"{operation.vendor}/{operation.name}#result/automatic/{index}/factor" for index in rules)
        members = (schema["default"],) if "default" in schema else schema.get("enum", ())[:1]
        for value in members or _sample(schema):
            keyword = "default" if "default" in schema else "enum" if "enum" in schema else "type"
            claims = told or (_field(operation, name, keyword),)
            if name == operation.contract.get("sync", {}).get("parameter"):
                claims = (f"{operation.vendor}/{operation.name}#sync/always",)  # S2:26: asynchronous on request
            yield Change(name, f"{name} {value}", Form(values={name: value}), claims)


def _sample(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    kinds = schema.get("type")
    if "minimum" in schema:
        return (schema["minimum"],)
    return ("greycard",) if "string" in (kinds if isinstance(kinds, list) else [kinds]) else ()


def _pictures(operation: Operation, *, links: bool) -> Iterator[Change]:
    """The other ways to give picture and mask, the other formats, and a larger picture."""
    pictures, place = operation.contract.get("pictures", {}), f"{operation.vendor}/{operation.name}#"
    if not pictures:
        return
    if "file" in pictures and links:
        claims = (f"{place}pictures/file", _field(operation, pictures["file"], "x-file"))
        yield Change("picture", "the picture as a link", Form(by_link=True), claims, of_picture=True)
    if "mask" in pictures:
        for how in MASKS[1:] if links else MASKS[1:2]:
            told = (f"{place}pictures/mask",)
            yield Change("mask", f"the mask as {how}", Form(mask=how), told, of_picture=True)
    width, height = good_size(operation)
    # the picture, if not the format
    formats = tuple(f"{place}pictures/{key}" for key in ("formats", "formats_shown", "link", "list"))
    for form in (one for one in pictures.get("formats", ()) if one != "jpeg"):
        shape = Form(picture=(width, height, form))
        yield Change("format", f"a picture in {form}", shape, formats, of_picture=True)
    lower = [f"{place}pictures/{key}" for key, limit in LIMITS.items() if key in pictures and limit.lower is not None]
    side = least_side(pictures) + LARGER
    if lower:
        larger = Form(picture=(side, side - 16, "jpg"))
        yield Change("size", f"a picture of {side}x{side - 16} px", larger, tuple(lower), of_picture=True)


def _encodings(operation: Operation) -> Iterator[Change]:
    """Other encodings than the first; a picture as a file needs a form with parts."""
    uploads = "file" in operation.contract.get("pictures", {})
    claims = (f"{operation.vendor}/{operation.name}#encodings",)
    for encoding in dict.fromkeys((*operation.encodings[1:], *ENCODINGS)):
        if operation.encodings and encoding != operation.encodings[0]:
            form = Form(encoding=encoding)
            yield Change("encoding", encoding, replace(form, by_link=True) if uploads else form, claims)
