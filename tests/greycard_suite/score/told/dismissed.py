"""Findings that the user has looked at and lives with: each with a reason and an end, as in a baseline file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

FIELDS = {"drift", "reason", "until"}
EXAMPLE = '[{"drift": "picwish/rate.limit-down", "reason": "...", "until": "2030-01-31"}]'


class DismissedError(ContractError):
    """A file of dismissed findings is wrong; the message says where and what to write."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """One drift, why nobody wants to hear of it, and the last day on which that is so."""

    drift: str
    reason: str
    until: date


def load_dismissed(paths: Iterable[Path]) -> tuple[Dismissed, ...]:
    """The entries of these files; raises DismissedError."""
    return tuple(one for path in paths for one in _entries(path))


def notes_on(entries: Iterable[Dismissed], known: Container[str], today: date) -> list[str]:
    """What has to be said of entries: those that have ended, and those of drifts that there are not."""
    notes = []
    for entry in entries:
        if today > entry.until:
            notes.append(f"dismissed: the entry for {entry.drift} ended on {entry.until}; look at it again")
        elif entry.drift not in known:
            notes.append(f"dismissed: {entry.drift} was not tried in this run; 'greycard drifts' lists what there is")
    return notes


def in_force(entries: Iterable[Dismissed], today: date) -> list[str]:
    """The drifts of the entries that have not ended."""
    return [one.drift for one in entries if today <= one.until]


def _entries(path: Path) -> list[Dismissed]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} is no file of dismissed findings: {error}"
        raise DismissedError(msg) from None
    if not isinstance(found, list):
        msg = f"{path} must hold a list such as {EXAMPLE}"
        raise DismissedError(msg)
    return [_entry(path, number, one) for number, one in enumerate(found, 1)]


def _entry(path: Path, number: int, entry: Any) -> Dismissed:
    where = f"{path}: entry {number}"
    if (
        not isinstance(entry, dict)
        or set(entry) != FIELDS
        or not all(isinstance(value, str) and value.strip() for value in entry.values())
    ):
        msg = f"{where} needs exactly drift, reason and until, each a text"
        raise DismissedError(msg)
    try:
        return Dismissed(entry["drift"], entry["reason"], date.fromisoformat(entry["until"]))
    except ValueError:
        msg = f"{where}: until is {entry['until']!r}; write a day as YYYY-MM-DD"
        raise DismissedError(msg) from None
