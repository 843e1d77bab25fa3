"""What an entry says of one request and its answer: kept as references and short texts, made readable when read.

Secrets never enter: of the headers only those on an allow-list are kept, long texts are cut.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from greycard_mocks.core.journal.answered import Cut, readable_answer
from greycard_mocks.core.journal.shortened import MAX_ENTRY, MAX_INTEGER, MAX_SHORT, MAX_VALUES, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_mocks.core.answer import Request

MAX_METHOD = 20
MAX_PATH = 300
SHOWN_HEADERS = ("content-type", "content-length", "user-agent", "accept", "host")

Kept = tuple[tuple[str, ...], tuple[Any, ...]] | dict[str, Any]
"""Values of a request as an entry keeps them."""

_PLAIN = frozenset({bool, float, type(None)})


class Told(msgspec.Struct, frozen=True, gc=False):
    """What an entry says of one request and its answer, as it is kept: short texts, numbers, tuples, bytes.

    It is made readable when somebody reads it, which is seldom; it is kept for every request.
    """

    vendor: str
    operation: str
    method: str
    path: str
    kept_headers: tuple[str | None, ...]
    """The values of SHOWN_HEADERS."""

    kept_values: Kept
    kept_files: tuple[str, ...]
    status: int
    task: str | None
    reason: str
    claim: str
    pointer: str
    fault: str
    """The kind of the fault that struck; empty when none did."""

    known: Mapping[str, Any] | None
    """The fields that the operation has; None where nothing was read that could have others."""

    dropped: tuple[str, ...]
    """What else was sent and not looked at."""

    kept_answer: bytes | Cut
    content_type: str
    answer_headers: Sequence[tuple[str, str]]

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request that may be shown."""
        found = zip(SHOWN_HEADERS, self.kept_headers, strict=True)
        return {name: text for name, text in found if text is not None}

    @property
    def values(self) -> dict[str, Any]:
        """The values that were sent, shortened."""
        return readable(self.kept_values)

    @property
    def files(self) -> list[str]:
        """The names of the files that were sent."""
        return list(self.kept_files)

    @property
    def ignored(self) -> list[str]:
        """The fields and files that were sent although the operation has none of these names."""
        found = list(self.dropped)
        if self.known is not None:
            names = self.kept_values if isinstance(self.kept_values, dict) else self.kept_values[0]
            found += [name for name in (*names, *self.kept_files) if name not in self.known]
        return found

    @property
    def answer(self) -> dict[str, Any]:
        """What was sent back, as `readable_answer` has it."""
        return readable_answer(self.kept_answer, self.content_type, self.answer_headers, self.fault)


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
