"""What happened in one world: requests with the reasons of refusals, and delivery attempts. Bounded, safe to show.

Secrets never enter: of the headers only those on an allow-list are kept, long texts are cut.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.answer import Request

MAX_ENTRIES = 1000
MAX_TEXT = 500
MAX_VALUES = 32
MAX_SHORT = 200
"""Characters up to which a text may stand MAX_VALUES times in an entry."""

MAX_INTEGER = 1 << 63
MAX_ENTRY = 16_000
"""Characters of all texts of one entry together."""
SHOWN_HEADERS = ("content-type", "content-length", "user-agent", "accept", "host")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `kind` is request, download, delivery, clock or warning; `at` is in the world's seconds since 1970."""

    number: int
    kind: str
    at: float
    facts: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """One fact, for example `status`; raises KeyError for a fact that the entry does not have."""
        return self.facts[name]

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON."""
        return {"number": self.number, "kind": self.kind, "at": self.at, **self.facts}


@dataclass(slots=True)
class Journal:
    """The last entries of one world, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=MAX_ENTRIES))
    count: int = 0

    def add(self, kind: str, at: float, facts: Mapping[str, Any]) -> Entry:
        """Append one event; the oldest gives way."""
        self.count += 1
        entry = Entry(self.count, kind, at, facts)
        self.entries.append(entry)
        return entry

    def of_kind(self, *kinds: str) -> list[Entry]:
        """All kept entries of these kinds, oldest first."""
        return [entry for entry in tuple(self.entries) if entry.kind in kinds]

    def clear(self) -> None:
        """Forget all entries; numbering goes on."""
        self.entries.clear()


def request_facts(request: Request) -> dict[str, Any]:
    """What an entry says of a request as such: method, path, and the headers that may be shown."""
    shown = {name: request.headers[name][:200] for name in SHOWN_HEADERS if name in request.headers}
    return {"method": request.method[:20], "path": request.path[:300], "headers": shown}


def shortened(value: Any, depth: int = 3) -> Any:
    """`value` with long texts cut, long lists and deep nests stopped, so that an entry stays small.

    The texts of one entry have at most MAX_ENTRY characters together, however many there are.
    """
    if isinstance(value, dict) and len(value) <= MAX_VALUES and all(map(_is_short, (*value, *value.values()))):
        return dict(value)  # most are a few short values, which need no care
    return _shortened(value, depth, [MAX_ENTRY])


def _is_short(value: Any) -> bool:
    kind = type(value)
    return len(value) <= MAX_SHORT if kind is str else (kind is int and -MAX_INTEGER < value < MAX_INTEGER)


def _shortened(value: Any, depth: int, left: list[int]) -> Any:
    if isinstance(value, str):
        kept = min(MAX_TEXT, max(0, left[0]))
        left[0] -= min(len(value), kept)
        return value if len(value) <= kept else f"{value[:kept]}... ({len(value)} characters)"
    if isinstance(value, dict):
        if depth == 0:
            return "{...}"
        shown_keys = list(value.items())[:MAX_VALUES]
        return {_shortened(str(key), 1, left): _shortened(child, depth - 1, left) for key, child in shown_keys}
    if isinstance(value, list):
        if depth == 0:
            return "[...]"
        shown = [_shortened(child, depth - 1, left) for child in value[:MAX_VALUES]]
        return shown if len(value) <= MAX_VALUES else [*shown, f"... ({len(value)} entries)"]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        return "an integer of more than 64 bits"
    return value
