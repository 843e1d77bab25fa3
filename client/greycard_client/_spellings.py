"""Finding a key in a short text, however an answer may spell it; for texts that go into errors.

Knows letter case, percent-encoding, HTML entities and JSON escapes in part or whole and inside of each other,
hexadecimal, Base32 and Base64 at any offset, and pieces of 12 characters.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_to_bytes

PIECE = 12
SHORTEST = 6
ROUNDS = 4
_ESCAPE = re.compile(
    r"(?:%[0-9a-fA-F]{2})+|&#?\w{1,12};?|\\{1,64}(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\"'/])?|\x1b\[[\d;]{0,20}m|[\0\r\n]"
)


class Spellings:
    """Replaces secrets, and pieces that tell too much of one, by ``***``."""

    __slots__ = ("_pieces", "longest")

    def __init__(self, secrets: Iterable[str]) -> None:
        """Secrets with fewer than six characters are left alone: they would be found in words that are none."""
        pieces: set[str] = set()
        self.longest = 0
        for secret in secrets:
            if len(secret) < SHORTEST:
                continue
            for form, least in _forms(secret):
                size = min(least, len(form))
                pieces |= {form[at : at + size] for at in range(len(form) - size + 1) if size >= SHORTEST}
                self.longest = max(self.longest, len(form))
        self._pieces = tuple(pieces)

    def hide(self, text: str) -> str:
        """The text without secrets; meant for some thousand characters."""
        covered = bytearray(len(text))
        for form, places in (_plain(text), _undone(text)):
            for piece in self._pieces:
                at = form.find(piece)
                while at >= 0:
                    start, end = places[at][0], places[at + len(piece) - 1][1]
                    covered[start:end] = b"\1" * (end - start)
                    at = form.find(piece, at + 1)
        runs = (run.span() for run in re.finditer(rb"\x00+|\x01+", covered))
        return "".join("***" if covered[start] else text[start:end] for start, end in runs)


def _forms(secret: str) -> Iterator[tuple[str, int]]:
    """Every spelling in lower case, and how many characters of it may not be seen together."""
    yield secret.lower(), PIECE
    yield json.dumps(secret)[1:-1].lower(), PIECE
    yield _undone(secret)[0], PIECE
    for cased in {secret, secret.lower(), secret.upper()}:
        raw = cased.encode("utf-8", "surrogatepass")
        yield raw.hex(), 2 * PIECE
        for encode, block, bits in (
            (base64.b64encode, 3, 6),
            (base64.urlsafe_b64encode, 3, 6),
            (base64.b32encode, 5, 5),
        ):
            yield from ((form, (8 * PIECE - bits + 1) // bits) for form in _shifted(raw, encode, block, bits))


def _shifted(raw: bytes, encode: Callable[[bytes], bytes], block: int, bits: int) -> Iterator[str]:
    """What an encoding makes of the bytes at each offset, without the characters that others have a part in."""
    for offset in range(block):
        whole = encode(bytes(offset) + raw).decode().lower()
        yield whole[-(-8 * offset // bits) : 8 * (offset + len(raw)) // bits]


Places = list[tuple[int, int]]


def _plain(text: str) -> tuple[str, Places]:
    lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lower, [(at, at + 1) for at in range(len(text))]


def _undone(text: str) -> tuple[str, Places]:
    """The text in lower case with its escapes undone, and from where to where each character stood."""
    places = _plain(text)[1]
    for _ in range(ROUNDS):
        out: list[str] = []
        stood: Places = []
        at = 0
        for match in _ESCAPE.finditer(text):
            begin, end = match.span()
            meant = _meant(match[0])
            out += [text[at:begin], meant]
            stood += places[at:begin] + [(places[begin][0], places[end - 1][1])] * len(meant)
            at = end
        if not at:
            break
        text, places = "".join(out) + text[at:], stood + places[at:]
    return _plain(text)[0], places


def _meant(escape: str) -> str:
    if escape[0] == "%":
        return unquote_to_bytes(escape).decode("utf-8", "replace")
    if escape[0] == "&":
        return html.unescape(escape)
    # No backslash is left, in the key neither: how often one was doubled cannot be told from what follows it.
    escaped = escape.lstrip("\\") if escape[0] == "\\" else ""
    return chr(int(escaped[1:], 16)) if escaped[:1] in ("u", "x") else escaped
