"""What one test made happen between the application and the vendors, in a form that two runs can be compared in.

Ids, keys, addresses and signatures differ from run to run; each stands as a typed placeholder such as
``<picwish task 1>``, so that a link with the id of the wrong task is still told from one with the right id. Holds data
and pure functions; asks no mock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_PATTERNS = (
    ("mock", r"receiver-\d+(?=\.greycard\.test)"),
    ("here", r"(?<=://)(?:127\.0\.0\.1|localhost|\[::1\]):\d+"),
    ("signature", r"(?<=Signature=)[\w%~.-]+"),
    ("uuid", _UUID),
    ("hex", r"\b(?=[0-9a-fA-F]*[a-fA-F])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{16,}\b"),
)
_LOOSE = re.compile("|".join(f"(?P<{name}>{one})" for name, one in _PATTERNS))
_SHORTEST = 6
"""Names of fewer characters are no ids that could be told from other text."""


@dataclass(frozen=True, slots=True)
class Event:
    """One exchange: a request that the application sent, or a delivery that it received.

    `name` is such as ``picwish/scale.create``, ``picwish/result`` or ``magictiger/callback``. `asked` and `answered`
    are plain JSON: of a request the application's part and the vendor's, of a delivery the other way round. `at` is in
    seconds of the vendor's time since its beginning; None where real time passes.
    """

    kind: str
    name: str
    asked: Any
    answered: Any
    at: float | None
    is_good: bool
    """Whether the answer says yes: an HTTP status below 400 and no refusal."""

    is_effect: bool = False
    """Whether the request is more than a question: it creates or deletes."""

    @property
    def ours(self) -> Any:
        """What the application did: its request, or its acknowledgement of a delivery."""
        return self.answered if self.kind == "delivery" else self.asked

    @property
    def said(self) -> str:
        """What the application did, as a comparable text; whose operation a request is, is the vendor's affair."""
        return f"{self.name if self.kind == 'delivery' else 'request'} {self.ours!r}"

    @property
    def theirs(self) -> Any:
        """What the vendor did: its answer, or the delivery."""
        return self.asked if self.kind == "delivery" else self.answered


@dataclass(frozen=True, slots=True)
class Manner:
    """In what two runs of a test can be compared: what differs between equal runs is left out.

    `times` of requests, what is printed (`said`), and what is `left` in files.
    """

    times: bool = True
    said: bool = True
    left: bool = True


@dataclass(frozen=True, slots=True)
class Tape:
    """Everything that one test made happen. `left` has name and digest of what stood in its folder at the end."""

    events: tuple[Event, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    said: str = ""
    """What the application printed."""

    @property
    def requests(self) -> int:
        """How many requests the application sent."""
        return sum(one.kind == "request" for one in self.events)

    @property
    def asks(self) -> int:
        """How many requests are not the same as another one."""
        return len({f"{one.name} {one.asked!r}" for one in self.events if one.kind == "request"})

    @property
    def ended(self) -> float:
        """The vendor's time at the last event, in seconds."""
        return max((one.at or 0.0 for one in self.events), default=0.0)

    def ours(self, manner: Manner) -> list[str]:
        """What the application did, as comparable texts."""
        found = [one.said + (f" at {one.at}" if manner.times and one.kind == "request" else "") for one in self.events]
        files = [f"file {name} {digest}" for name, digest in self.left] if manner.left else []
        return [*found, *files, f"said {self.said}" if manner.said else ""]

    def theirs(self) -> list[str]:
        """What the vendors did, as comparable texts."""
        return [f"{one.kind} {one.name} {one.theirs!r}" for one in self.events]


@dataclass(slots=True)
class Placeholders:
    """Puts placeholders where a text names what differs from run to run."""

    known: dict[str, str] = field(default_factory=dict)
    """The placeholder of each id, key and address that the mock has given."""

    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _longest_first: list[str] = field(default_factory=list)

    def learn(self, names: Iterable[tuple[str, str]]) -> None:
        """Remember (text, placeholder) pairs."""
        for text, placeholder in names:
            if len(text) >= _SHORTEST:
                self.known.setdefault(text, placeholder)
        self._longest_first = sorted(self.known, key=len, reverse=True)

    def text(self, value: str) -> str:
        """One text with placeholders."""
        if len(value) < _SHORTEST:
            return value
        for known in self._longest_first:
            if known in value:
                value = value.replace(known, self.known[known])
        return _LOOSE.sub(self._numbered, value)

    def _numbered(self, hit: re.Match[str]) -> str:
        kind = str(hit.lastgroup)
        if kind in ("mock", "here", "signature"):
            return f"<{kind}>"
        key = (kind, hit.group().lower())
        if key not in self._seen:
            number = 1 + sum(other == kind for other, _ in self._seen)
            self._seen[key] = f"<{kind} {number}>"
        return self._seen[key]

    def json(self, value: Any) -> Any:
        """Plain JSON with placeholders in all of its texts; whole numbers that are ids too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.json(child) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(child) for child in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self.known.get(str(value), value)
        return value


def first_difference(before: Any, after: Any, path: str = "") -> str:
    """Where two JSON values differ first, such as ``data.image: "<link>" -> null``; empty when they are equal."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(one for one in after if one not in before)]:
            if key not in after or key not in before:
                inner = f"{path}.{key}" if path else str(key)
                return f"{inner}: {_shown(before, key)} -> {_shown(after, key)}"
            found = first_difference(before[key], after[key], f"{path}.{key}" if path else str(key))
            if found:
                return found
        return ""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            found = first_difference(one, other, f"{path}[{index}]")
            if found:
                return found
        return ""
    return "" if _same(before, after) else f"{path or 'body'}: {_short(before)} -> {_short(after)}"


def _same(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool(before == after)


def _shown(parent: Mapping[str, Any], key: str) -> str:
    return _short(parent[key]) if key in parent else "nothing"


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
