"""The journal of one world, which is bounded, its entries, each a mapping, and what is asked of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from typing import Any

import msgspec

from greycard_mocks.core.journal.told import Told

MAX_ENTRIES = 1000

FACTS = (
    "vendor", "operation", "method", "path", "headers", "values", "files", "ignored", "status", "task", "reason",
    "claim", "pointer", "fault", "answer",
)  # fmt: skip
"""What an entry of a request or download tells."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One event, which is a mapping too: ``entry["status"]``, ``dict(entry)``, ``json.dumps(entries, default=dict)``.

    `kind` is request, download, delivery, clock or warning; `at` is in the world's seconds since 1970.
    """

    number: int
    kind: str
    at: float
    told: Told | Mapping[str, Any]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What happened, by name, without number, kind and moment."""
        told = self.told
        return {name: getattr(told, name) for name in FACTS} if isinstance(told, Told) else told

    def __getitem__(self, name: str) -> Any:
        """One fact, for example `status`; raises KeyError for a fact that the entry does not have."""
        if name in _OWN:
            return getattr(self, name)
        if not isinstance(self.told, Told):
            return self.told[name]
        if name not in FACTS:
            raise KeyError(name)
        return getattr(self.told, name)

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from FACTS if isinstance(self.told, Told) else self.told

    def __len__(self) -> int:
        return len(_OWN) + len(FACTS if isinstance(self.told, Told) else self.told)

    def __contains__(self, name: object) -> bool:
        return name in _OWN or name in (FACTS if isinstance(self.told, Told) else self.told)

    def get(self, name: str, default: Any = None) -> Any:
        """One fact, or `default` where the entry does not have it."""
        return self[name] if name in self else default  # noqa: SIM401 - this is what it means

    def keys(self) -> KeysView[str]:
        """The names of what the entry tells, `number`, `kind` and `at` first."""
        return KeysView(self)

    def values(self) -> ValuesView[Any]:
        """What the entry tells."""
        return ValuesView(self)

    def items(self) -> ItemsView[str, Any]:
        """What the entry tells, with names."""
        return ItemsView(self)

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON."""
        return {"number": self.number, "kind": self.kind, "at": self.at, **self.facts}


_OWN = ("number", "kind", "at")
Mapping.register(Entry)  # pyright: ignore[reportAttributeAccessIssue]  # no subclass: a struct has a metaclass


def verdict_of(entry: Entry) -> str:
    """What became of a request: ok, refused, noted (carried out, but a picture fails) or fault."""
    reason = str(entry.get("reason") or "")
    if entry.get("fault") or reason.startswith("fault "):
        return "fault"
    if not reason:
        return "ok"
    return "noted" if entry.get("task") and entry.kind != "download" else "refused"


def holds_text(entry: Entry, text: str) -> bool:
    """Whether an entry holds a text anywhere in what it tells, in upper or lower case."""
    return not text or text.lower() in json.dumps(entry.as_json(), ensure_ascii=False, default=str).lower()


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
