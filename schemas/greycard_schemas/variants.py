"""What each option of a variant says at one place of the contract data, and which option an answer fits.

By it a suite can say how a server behaves where two readings are plausible, for any vendor's variants: the
variants are patches, and a patch of an answer says what that answer looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.sample_values import sample_names
from greycard_schemas.patches import resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Vendor

ABSENT = object()
"""The value of an option at a place where it has nothing."""

_PLACES = (
    ("vendor", re.compile(r"/errors/(?P<name>[^/]+)(?P<http>/http)?(?:/body(?P<pointer>/.*))?")),
    ("", re.compile(r"/x-operation/responses/(?P<name>[^/]+)(?P<http>/http)?(?:/body(?P<pointer>/.*))?")),
    ("", re.compile(r"/x-operation/bodies/(?P<name>[^/]+)(?P<http>)(?P<pointer>/.*)")),
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One place of one kind of answer at which the options of a variant differ.

    `file` is ``vendor`` for refusals, otherwise the operation; `name` the error, the answer, or the state that a
    delivery tells of. `pointer` is None for the HTTP status. `values` maps each option to a body template.
    """

    variant: str
    file: str
    name: str
    pointer: str | None
    values: Mapping[str, Any]


def values_at(vendor: Vendor, file: str, path: str) -> dict[str, dict[str, Any]]:
    """{variant: {option: its value}} of the variants that change what stands at `path` of `file`."""
    found = {}
    for variant, spec in vendor.data.get("variants", {}).items():
        patched = {
            option: patch.get("value", ABSENT)
            for option, rule in spec["options"].items()
            for patch in rule["patch"]
            if (patch["file"], patch["path"]) == (file, path)
        }
        if patched:
            before = vendor.originals.get((file, path), ABSENT)
            found[variant] = {option: patched.get(option, before) for option in spec["options"]}
    return found


def signs_of(vendor: Vendor) -> tuple[Sign, ...]:
    """Every place in an answer, a refusal or a delivery at which the options of a variant differ."""
    return tuple(_signs(vendor))


def _signs(vendor: Vendor) -> Iterator[Sign]:
    places = dict.fromkeys(
        (patch["file"], patch["path"])
        for spec in vendor.data.get("variants", {}).values()
        for rule in spec["options"].values()
        for patch in rule["patch"]
    )
    for file, path in places:
        if "/$" in path.partition("/body")[2]:
            continue  # inside a list, whose length is not known
        for where, pattern in _PLACES:
            match = pattern.fullmatch(path) if (where == "vendor") == (file == "vendor") else None
            if match is not None and (match["http"] or match["pointer"]):
                for variant, values in values_at(vendor, file, path).items():
                    yield Sign(variant, file, match["name"], None if match["http"] else match["pointer"], values)


class Observer:
    """Says which options the answers of one vendor fit."""

    def __init__(self, vendor: Vendor) -> None:
        self._samples = _samples(vendor)
        self._signs: dict[tuple[str, str], list[Sign]] = {}
        for sign in signs_of(vendor):
            self._signs.setdefault((sign.file, sign.name), []).append(sign)

    def options(self, file: str, name: str, status: int | None, document: Any) -> dict[str, str]:
        """The variants that an answer tells of, each with the option that fits it better than the others do.

        `file` and `name` as in `Sign`; `status` is the HTTP status, None for a delivery.
        """
        fits: dict[str, dict[str, int]] = {}
        for sign in self._signs.get((file, name), ()):
            seen = status if sign.pointer is None else _at(document, sign.pointer)
            counts = fits.setdefault(sign.variant, dict.fromkeys(sign.values, 0))
            constant = not any(isinstance(value, dict) for value in sign.values.values())
            for option, value in sign.values.items():
                counts[option] += seen == value if constant else _kind(seen) == self._kind_of(value)
        return {variant: best for variant, counts in fits.items() if (best := _best(counts))}

    def _kind_of(self, template: Any) -> str:
        if not isinstance(template, dict) or "$from" not in template:
            return _kind(template)
        if "$by" in template:
            return _kind(next(iter(template["$by"].values())))
        form = template.get("$as")
        return {"string": "text", "integer": "number"}[form] if form else _kind(self._samples.get(template["$from"]))


def _best(counts: Mapping[str, int]) -> str:
    """The option with the most fits; empty when none fits, or several fit alike."""
    most = max(counts.values())
    best = [option for option, count in counts.items() if count == most]
    return best[0] if most and len(best) == 1 else ""


def _samples(vendor: Vendor) -> dict[str, Any]:
    """A sample value of every name that a body template of the vendor may ask for."""
    found: dict[str, Any] = {"error.code": 400, "error.message": "words"}
    for create in vendor.of_kind("create"):
        for state in vendor.data["lifecycle"]["states"]:
            found |= sample_names(vendor, create, state)
    return found


def _at(document: Any, pointer: str) -> Any:
    try:
        return resolve_pointer(document, pointer)
    except ContractError:
        return ABSENT


def _kind(value: Any) -> str:
    """The JSON type, as far as options differ in it; null is as good as absent."""
    if value is ABSENT or value is None:
        return "absent"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"
