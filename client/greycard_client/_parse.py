"""Reading JSON that may be malformed or malicious, and text that must be safe to print.

Holds no vendor's rules and raises no error of the tree: what does not fit is None, or a `ValueError`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import quote

from ._spellings import Spellings

JsonObject = dict[str, Any]

EXCERPT = 200
LONGEST_MESSAGE = 1000
MOST_VALUES = 200_000
SCRUBBED = 8 * LONGEST_MESSAGE
"""Characters of a message that are looked at; what stands behind them is left out."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def _refuse_constant(name: str) -> float:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def load_object(body: bytes) -> JsonObject:
    """The JSON object in ``body``; `ValueError` if it is something else, nested too deeply, or of too many values.

    A value of two bytes becomes an object of a hundred; a picture in Base64 is one value, however long it is.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        msg = f"JSON of more than {MOST_VALUES} values"
        raise ValueError(msg)
    try:
        value = as_object(json.loads(body, parse_constant=_refuse_constant))
    except RecursionError:
        value = None
    if value is None:
        msg = "not a JSON object"
        raise ValueError(msg)
    return value


def as_object(value: object) -> JsonObject | None:
    """``value`` if it is a JSON object."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_objects(value: object) -> list[JsonObject] | None:
    """The objects of a JSON array; None if ``value`` is none, or holds anything else."""
    if not isinstance(value, list):
        return None
    entries = cast("list[object]", value)
    objects = [entry for entry in map(as_object, entries) if entry is not None]
    return objects if len(objects) == len(entries) else None


def as_int(value: object) -> int | None:
    """An integer, also when sent as ``"4"`` or ``4.0``; a boolean is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def as_number(value: object) -> float | None:
    """A finite number, also when sent as a string; an integer stays one."""
    whole = as_int(value)
    if whole is not None:
        return whole
    if isinstance(value, float | str):
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return None


def as_text(value: object) -> str | None:
    """A string, also when sent as a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def as_bool(value: object) -> bool | None:
    """``value`` if it is true or false."""
    return value if isinstance(value, bool) else None


def printable(text: str, limit: int) -> str:
    """``text`` with control, direction and surrogate characters escaped, cut to ``limit`` characters."""
    cut = text[:limit]
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode() for char in cut
    )
    return safe + "..." if len(text) > limit else safe


class Scrubber:
    """Removes the secrets, in every spelling that an answer may echo, from texts that go into errors."""

    __slots__ = ("_spellings",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings = Spellings(secrets)

    def __repr__(self) -> str:
        return "Scrubber(***)"

    def message(self, text: str | None) -> str:
        """A whole text, scrubbed and printable."""
        whole = text or ""
        kept = self._spellings.hide(whole[:SCRUBBED])
        if len(whole) > SCRUBBED:
            kept = kept[: max(0, len(kept) - self._spellings.longest)] + "..."
        return printable(kept, LONGEST_MESSAGE)

    def excerpt(self, body: bytes) -> str:
        """The start of a body, scrubbed and printable."""
        # The cut may leave the start of a secret at the end, so as much as the longest is dropped again.
        margin = self._spellings.longest
        head = body[: 4 * (EXCERPT + 2 * margin)]
        text = self._spellings.hide(head.decode("utf-8", "replace"))
        if len(head) < len(body):
            text = text[: max(0, len(text) - margin)]
        return printable(text, EXCERPT)


def path_segment(value: str, name: str) -> str:
    """``value`` quoted as one segment of a path; `ValueError` for what no URL can carry there."""
    if value in {"", ".", ".."}:
        msg = f"{name} {value!r} cannot be a part of a URL's path; pass the id that the vendor gave"
        raise ValueError(msg)
    return quote(value, safe="", errors="surrogatepass")
