"""What happened in one world: requests with the reasons of refusals, and delivery attempts. Bounded, safe to show.

Secrets never enter: of the headers only those on an allow-list are kept, long texts are cut.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request

MAX_ENTRIES = 1000
MAX_TEXT = 500
MAX_VALUES = 32
MAX_SHORT = 200
"""Characters up to which a text may stand MAX_VALUES times in an entry."""

MAX_METHOD = 20
MAX_PATH = 300
MAX_INTEGER = 1 << 63
MAX_ENTRY = 16_000
"""Characters of all texts of one entry together."""
SHOWN_HEADERS = ("content-type", "content-length", "user-agent", "accept", "host")

Kept = tuple[tuple[str, ...], tuple[Any, ...]] | dict[str, Any]
"""Values of a request as an entry keeps them."""

_PLAIN = frozenset({bool, float, type(None)})


class Told(msgspec.Struct, frozen=True, gc=False):
    """What an entry says of one request, as it is kept: short texts, numbers and tuples, nothing that can change.

    It is made readable when somebody reads it, which is seldom; it is kept for every request.
    """

    vendor: str
    operation: str
    method: str
    path: str
    headers: tuple[str | None, ...]
    """The values of SHOWN_HEADERS."""

    values: Kept
    files: tuple[str, ...]
    status: int
    task: str | None
    reason: str
    claim: str
    pointer: str

    def facts(self) -> dict[str, Any]:
        """All of it by name, as plain JSON."""
        return {
            "vendor": self.vendor,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "headers": {name: text for name, text in zip(SHOWN_HEADERS, self.headers, strict=True) if text is not None},
            "values": readable(self.values),
            "files": list(self.files),
            "status": self.status,
            "task": self.task,
            "reason": self.reason,
            "claim": self.claim,
            "pointer": self.pointer,
        }


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One event. `kind` is request, download, delivery, clock or warning; `at` is in the world's seconds since 1970."""

    number: int
    kind: str
    at: float
    told: Told | Mapping[str, Any]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What happened, by name."""
        return self.told.facts() if isinstance(self.told, Told) else self.told

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

    def add(self, kind: str, at: float, told: Told | Mapping[str, Any]) -> Entry:
        """Append one event; the oldest gives way. A mapping must not change any more."""
        self.count += 1
        entry = Entry(self.count, kind, at, told)
        self.entries.append(entry)
        return entry

    def of_kind(self, *kinds: str) -> list[Entry]:
        """All kept entries of these kinds, oldest first."""
        return [entry for entry in tuple(self.entries) if entry.kind in kinds]

    def clear(self) -> None:
        """Forget all entries; numbering goes on."""
        self.entries.clear()


def shown_headers(request: Request) -> tuple[str | None, ...]:
    """The values of SHOWN_HEADERS, cut; None for those that were not sent."""
    found = map(request.headers.get, SHOWN_HEADERS)
    return tuple([text if text is None or len(text) <= MAX_SHORT else text[:MAX_SHORT] for text in found])


def request_facts(request: Request) -> dict[str, Any]:
    """What an entry says of a request as such: method, path, and the headers that may be shown."""
    shown = {name: text for name, text in zip(SHOWN_HEADERS, shown_headers(request), strict=True) if text is not None}
    return {"method": request.method[:MAX_METHOD], "path": request.path[:MAX_PATH], "headers": shown}


def kept(values: dict[str, Any]) -> Kept:
    """What an entry keeps of the values of a request, so that it stays small whatever was sent.

    Most are a few short ones, which are kept as they are: names in a tuple, values in another, lists as tuples.
    Nothing that is long is kept alive.
    """
    found = _as_they_are(values) if len(values) <= MAX_VALUES else None
    if found is None:
        found = shortened(values)
    return found


def _as_they_are(values: dict[str, Any]) -> Kept | None:
    atoms, left = [], MAX_ENTRY
    for name, value in values.items():
        kind, atom, length = type(value), value, len(name)
        if kind is str:
            length = max(length, len(value))
            left -= len(value)
        elif kind is list:
            if len(value) > MAX_VALUES or not {str}.issuperset(map(type, value)):
                return None
            lengths = [len(one) for one in value]
            length = max(length, *lengths, 0)
            left -= sum(lengths)
            atom = tuple(value)
        elif not (kind is int and -MAX_INTEGER < value < MAX_INTEGER) and kind not in _PLAIN:
            return None
        left -= len(name)
        if length > MAX_SHORT or left < 0:
            return None
        atoms.append(atom)
    return tuple(values), tuple(atoms)


def readable(values: Kept) -> dict[str, Any]:
    """What `kept` has kept, as plain JSON."""
    if isinstance(values, dict):
        return copy.deepcopy(values)
    names, atoms = values
    return {name: list(value) if isinstance(value, tuple) else value for name, value in zip(names, atoms, strict=True)}


def shortened(value: Any, depth: int = 3) -> Any:
    """`value` with long texts cut, long lists and deep nests stopped, so that an entry stays small.

    The texts of one entry have at most MAX_ENTRY characters together, however many there are.
    """
    return _shortened(value, depth, [MAX_ENTRY])


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
