"""Tells keys that cannot be kept out of reports: taking them out would take out other words and numbers too. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 8
FEWEST_DIFFERENT = 4
LONGEST_COMMON = 15
"""Characters up to which digits alone may be a number of something else, and letters alone a word."""

_NUMBER = re.compile(r"[\d.,:+-]+", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")


def weakness(secret: str, words: Iterable[str] = ()) -> str:
    """Why a key cannot be told from other text, to follow "its value"; empty where it can.

    `words` are texts that are shown in any case, such as the contract data: a key that stands in them is no secret.
    """
    if len(secret) < SHORTEST:
        return f"is shorter than {SHORTEST} characters"
    if len(set(secret.lower())) < FEWEST_DIFFERENT:
        return f"has fewer than {FEWEST_DIFFERENT} different characters"
    if len(secret) <= LONGEST_COMMON:
        if _NUMBER.fullmatch(secret):
            return "may be any number"
        if _WORD.fullmatch(secret) and secret in (secret.lower(), secret.upper(), secret.capitalize()):
            return "may be a word"
    lower = secret.lower()
    return "is a word of the documents" if any(lower in text.lower() for text in words) else ""
