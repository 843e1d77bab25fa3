"""Undoes the spellings that write a text character by character, and knows where each character stood.

Undone are percent-encoding, HTML entities, the escapes of JSON, Python and shells, UTF-16, the colours of a terminal
and line breaks, each in part or whole and up to `DEPTH` inside of each other.
"""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from html.entities import html5

DEPTH = 4
"""So many spellings inside of each other are undone, such as a percent-encoded HTML entity in JSON in JSON."""

_NAMES = sorted((name for name, char in html5.items() if char.isascii()), key=lambda name: (-len(name), name))
_ESCAPE = re.compile(
    rb"%[0-9A-Fa-f]{2}"
    rb"|&(?:#[0-9]{1,12};?|#[Xx][0-9A-Fa-f]{1,12};?|(?:" + "|".join(_NAMES).encode() + rb"))"
    rb"|\\{1,64}(?:[uU][0-9A-Fa-f]{4}|[xX][0-9A-Fa-f]{2}|[\"'/nrt])?"
    rb"|\x1b\[[0-?]{0,32}[ -/]{0,32}[@-~]"
    rb"|[\x00\r\n]{1,64}"
)


@dataclass(frozen=True, slots=True)
class _Round:
    """One layer undone: where the parts without escapes begin in the result, and begin and end in what it was."""

    results: array[int]
    begins: array[int]
    ends: array[int]

    def origin(self, place: int, *, behind: bool) -> int:
        """Where the character or escape begins, or with `behind` ends, that became the character at `place`."""
        part = bisect_right(self.results, place) - 1
        old = self.begins[part] + place - self.results[part]
        if old < self.ends[part]:
            return old + behind
        return self.begins[part + 1] if behind else self.ends[part]


@dataclass(frozen=True, slots=True)
class NormalForm:
    """`data` is the text with its escapes undone, for searching; it is no text to show."""

    data: bytes
    _rounds: tuple[_Round, ...] = field(repr=False)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the normal form stood in the text, whole escapes included; it may not be empty."""
        for one in reversed(self._rounds):
            start, end = one.origin(start, behind=False), one.origin(end - 1, behind=True)
        return start, end


def normal_form(data: bytes) -> NormalForm:
    """The text with its escapes undone."""
    rounds: list[_Round] = []
    while len(rounds) < DEPTH:
        undone, one = _undone(data)
        if len(one.begins) == 1:
            break
        rounds.append(one)
        data = undone
    return NormalForm(data, tuple(rounds))


def _undone(data: bytes) -> tuple[bytes, _Round]:
    """The text with one layer of escapes undone."""
    out, results, begins, ends = bytearray(), array("L", [0]), array("L", [0]), array("L")
    for match in _ESCAPE.finditer(data):
        begin, end = match.span()
        out += data[begins[-1] : begin]
        out += _meant(match[0])
        ends.append(begin)
        results.append(len(out))
        begins.append(end)
    out += data[begins[-1] :]
    ends.append(len(data))
    return bytes(out), _Round(results, begins, ends)


@lru_cache(maxsize=1024)
def _meant(escape: bytes) -> bytes:
    """What an escape stands for; nothing for what only breaks or colours a text.

    No backslash is left, in a key neither: how often one was doubled cannot be told from what follows it.
    """
    kind = escape[:1]
    if kind == b"%":
        return bytes.fromhex(escape[1:].decode())
    if kind == b"&":
        return html.unescape(escape.decode()).encode()
    if kind == b"\\":
        escaped = escape.lstrip(b"\\").decode()
        letter, digits = escaped[:1].lower(), escaped[1:]
        if letter == "u":
            return chr(int(digits, base=16)).encode("utf-8", "surrogatepass")
        if letter == "x":
            return bytes.fromhex(digits)
        return b"" if letter in ("", "n", "r", "t") else escaped.encode()
    return b""
