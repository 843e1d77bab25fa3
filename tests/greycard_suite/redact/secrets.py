"""Finds keys in texts and files however they are spelled, and puts the names of their variables in their place.

A piece of a text at every few characters is looked up among all pieces of all spellings; only where one is found, the
text around it is compared. So the time depends on the length of the text alone, not on how many spellings there are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_suite.redact.normal_form import normal_form
from greycard_suite.redact.spellings import spellings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLOCK_BYTES = 1 << 20
OVERLAP_BYTES = 1 << 16
"""Blocks of a long text overlap by more than any spelling of a key takes."""

Span = tuple[int, int, str]
"""Begin and end in a text, and what is to stand there."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Spellings of which `least` characters together are found; each is known by all its pieces of `seed` characters.

    Of `least` characters, one piece of `seed` characters always begins at a multiple of `stride`.
    """

    least: int
    seed: int
    seeds: dict[bytes, list[tuple[bytes, int, str]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def stride(self) -> int:
        """How many characters to go on from one look to the next."""
        return self.least - self.seed + 1

    def add(self, spelled: bytes, name: str) -> None:
        """Search for this spelling too."""
        for offset in range(len(spelled) - self.seed + 1):
            self.seeds[spelled[offset : offset + self.seed]].append((spelled, offset, name))

    def spans(self, text: bytes) -> Iterator[Span]:
        """Where the spellings stand in a text in lower case; what is found may overlap."""
        seeds, seed = self.seeds, self.seed
        places = [at for at in range(0, len(text) - seed + 1, self.stride) if text[at : at + seed] in seeds]
        known: dict[bytes, tuple[int, int]] = {}  # of each spelling where it begins that was found last, and ends
        for at in places:
            for spelled, offset, name in seeds[text[at : at + seed]]:
                begin, end = known.get(spelled, (0, 0))
                if at < end and at - offset == begin:
                    continue
                before = _alike(text[max(0, at - offset) : at][::-1], spelled[:offset][::-1])
                after = _alike(text[at : at + len(spelled) - offset], spelled[offset:])
                if before + after >= self.least:
                    known[spelled] = (at - offset, at + after)
                    yield at - before, at + after, name


def _alike(one: bytes, other: bytes) -> int:
    """How many characters two texts have in common at their beginning."""
    if one == other:
        return len(one)
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Secrets:
    """Keys by the name of the environment variable that holds each; ``$NAME`` stands for a key that was taken out."""

    __slots__ = ("_searches", "_shortest")

    def __init__(self, named: Mapping[str, str]) -> None:
        """Keys that are too short to be told from other words are left alone: see `weak_keys`."""
        searches: dict[int, _Search] = {}
        for name, secret in named.items():
            for spelled, least in spellings(secret).items():
                search = searches.setdefault(least, _Search(least, max(4, least // 2)))
                search.add(spelled, f"${name}")
        self._searches = tuple(searches.values())
        self._shortest = min(searches, default=0)

    def __repr__(self) -> str:
        return "Secrets(***)"

    def __bool__(self) -> bool:
        return bool(self._searches)

    def found_in(self, data: bytes) -> bool:
        """Whether a key, or a piece of one that tells too much, stands in the text."""
        return bool(self._spans(data))

    def redacted(self, data: bytes) -> bytes:
        """The text with the names of the variables in the place of the keys."""
        spans = self._spans(data)
        if not spans:
            return data
        parts, at = list[bytes](), 0
        for start, end, name in spans:
            parts += [data[at:start], name.encode()]
            at = end
        return b"".join([*parts, data[at:]])

    def text(self, text: str) -> str:
        """As `redacted`, for a text of characters."""
        if len(text) < self._shortest or not self._searches:
            return text
        data = text.encode("utf-8", "surrogatepass")
        kept = self.redacted(data)
        return text if kept is data else kept.decode("utf-8", "surrogatepass")

    def _spans(self, data: bytes) -> list[Span]:
        """What is to be replaced, in order, without overlaps."""
        if len(data) < self._shortest or not self._searches:
            return []
        found: set[Span] = set()
        for start in range(0, len(data), BLOCK_BYTES):
            block = data[start : start + BLOCK_BYTES + OVERLAP_BYTES]
            found |= {(start + begin, start + end, name) for begin, end, name in self._block_spans(block)}
        return _merged(found, data)

    def _block_spans(self, block: bytes) -> Iterator[Span]:
        for search in self._searches:
            yield from search.spans(block.lower())
        normal = normal_form(block)
        if normal.data != block:
            lower = normal.data.lower()
            for search in self._searches:
                for begin, end, name in search.spans(lower):
                    yield (*normal.origin(begin, end), name)


def _merged(found: set[Span], data: bytes) -> list[Span]:
    """The places in order, those that touch as one, named after the longest, and no character of UTF-8 cut in two."""
    merged: list[Span] = []
    longest = 0
    for start, end, name in sorted(found):
        begin, behind = _whole_characters(data, start, end)
        if merged and begin < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, behind), name if end - start > longest else kept)
            longest = max(longest, end - start)
        else:
            merged.append((begin, behind, name))
            longest = end - start
    return merged


def _whole_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    while start > 0 and data[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return start, end
