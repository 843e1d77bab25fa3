"""Whether cited lines contain what a statement says: numbers, names, enum values, field names, words for types.

Our own words (an error's name, a phase) cannot stand in a document; where they stand for something that can,
the code of the error or the value of the state is looked for instead. This module reads no files but
``meta/words.json``.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.patches import pointer_parts, resolve_pointer
from greycard_schemas.templates import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor

_ERROR_KEYS = frozenset({"error", "unknown", "deleted"})
_OUTCOME_KEYS = frozenset({"outcome", "limit_outcome"})


def missing_words(vendor: Vendor, claim: Claim, lines: Sequence[str]) -> str:
    """What of `claim` the cited `lines` do not contain, for a message; empty when they contain it all."""
    text = "\n".join(lines)
    for source in vendor.sources.values():
        for reading in source.get("readings", ()):
            if fnmatchcase(claim.id, reading["claim"]):
                return ", ".join(repr(word) for word in reading["text"] if word not in text)
    return ", ".join(missing for missing in _missing(vendor, claim, text) if missing)


def holds_nothing(vendor: Vendor, claim: Claim, lines: Sequence[str]) -> bool:
    """Whether the lines contain nothing of what `claim` says; False for a claim whose words no document can have."""
    text = "\n".join(lines)
    for source in vendor.sources.values():
        for reading in source.get("readings", ()):
            if fnmatchcase(claim.id, reading["claim"]):
                return not any(word in text for word in reading["text"])
    looked_for = list(_missing(vendor, claim, text))
    return bool(looked_for) and all(looked_for)


def looks_normative(line: str, language: str) -> bool:
    """Whether a line of a document looks as if it ruled something; heads of tables and questions do not."""
    words = _words()["normative"]
    pattern = words.get(language, words["en"])
    return re.search(pattern, line) is not None and re.search(words["none"], line) is None


def _missing(vendor: Vendor, claim: Claim, text: str) -> Iterator[str]:
    parts, value = pointer_parts(claim.pointer), claim.value
    key = parts[-1]
    if parts[0] == "$defs" and key == "type":
        for name in value if isinstance(value, list) else [value]:
            yield "" if re.search(_words()["types"][name]["pattern"], text) else f"the type {name}"
    elif parts[0] == "$defs" and key == "x-means":
        yield _name(parts[-2], text)  # the field is named where its meaning is given
    elif parts[0] == "$defs" and key == "required":
        yield _name(value, text)
    elif parts[0] == "$defs" and key == "x-effect-when":
        yield from (_literal(one, text) for values in value.values() for one in values)
    elif parts[0] != "$defs" and (key in _words()["own_words"]["keys"] or _stands_for(vendor, parts, value)):
        yield from (_literal(word, text) for word in _stands_for(vendor, parts, value))
    elif key == "absent":
        yield from ("" if _literal(item, text) else f"that {item!r} is absent (it is there)" for item in value)
    elif "request_headers" in parts:
        yield from (_name(key, text), _scalar(key, value, text))
    elif names := _names(vendor, claim, parts):
        yield from (_name(name, text) for name in names)
    else:
        yield from (_scalar(key, item, text) for item in (value if isinstance(value, list) else [value]))


def _stands_for(vendor: Vendor, parts: Sequence[str], value: Any) -> list[Any]:
    """What a document has in the place of our own name of an error or a state."""
    if parts[-1] in _ERROR_KEYS or "refusals" in parts:
        return [vendor.data["errors"][value]["code"]]
    if parts[:2] == ["x-operation", "fits"]:
        return [vendor.data["errors"][name]["code"] for name in value]
    if parts[-1] in _OUTCOME_KEYS:
        return [vendor.data["lifecycle"]["states"][value]["value"]]
    return []


def _names(vendor: Vendor, claim: Claim, parts: Sequence[str]) -> list[str]:
    """The field names that a statement is made of."""
    value = claim.value
    if "headers" in parts:
        return [parts[-1]]
    if isinstance(value, str) and value.startswith("#/"):
        return list(_property_names(vendor, claim, value))
    if isinstance(value, dict):
        return [path[-1] for path in fields_of(value)]
    return [pointer_parts(value)[-1]] if parts[-1] in ("field", "pointer") else []


def _scalar(key: str, value: Any, text: str) -> str:
    """What the text lacks of one value, empty for nothing; a yes or no is looked for only where it is on the wire."""
    if value is None or (isinstance(value, bool) and key not in ("const", "equals", "enum")):
        return ""
    if key.startswith("formats"):
        options = _words()["formats"].get(value, [value])
        return "" if any(option in text.casefold() for option in options) else repr(value)
    return _literal(value, text)


def _literal(value: Any, text: str) -> str:
    if isinstance(value, bool):
        return "" if str(value).lower() in text.lower() else repr(value)
    if isinstance(value, int | float) or re.fullmatch(r"-?[0-9]+", value):
        # a number of its own: not part of a longer number, and 1 is not found in -1
        sign = "" if str(value).startswith("-") else r"(?<!(?<!\d)-)"
        return "" if re.search(rf"(?<![\d.]){sign}{re.escape(str(value))}(?!\d|\.\d)", text) else repr(value)
    return "" if value.strip("/").casefold() in text.casefold() else repr(value)


def _name(name: str, text: str) -> str:
    """Field names are compared without underscores and spaces: a prose line says "task id" for task_id."""
    plain = re.sub(r"[_ ]", "", text).casefold()
    return "" if name.replace("_", "").casefold() in plain else f"the name {name!r}"


def _property_names(vendor: Vendor, claim: Claim, reference: str) -> Iterator[str]:
    resource = vendor.operations[claim.operation].resource
    schema = resolve_pointer(resource, reference.removeprefix("#"))
    pending, seen = [schema], set[int]()
    while pending:
        node = pending.pop()
        if "$ref" in node:
            node = resolve_pointer(resource, node["$ref"].removeprefix("#"))
        if id(node) in seen:
            continue
        seen.add(id(node))
        for name, child in node.get("properties", {}).items():
            yield name
            pending.append(child)
        if "items" in node:
            pending.append(node["items"])


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (Path(__file__).parent.parent / "meta" / "words.json").read_text(encoding="utf-8")
    )
    return found
