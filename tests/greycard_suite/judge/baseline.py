"""Known differences between a vendor and its document: reported, but no failure, until their end date.

A baseline that is out of date fails the run: an entry that has expired, or whose claim holds again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIELDS = {"claim", "reason", "until"}


class BaselineError(ContractError):
    """A baseline file is wrong; the message says where and what to write."""


@dataclass(frozen=True, slots=True)
class Known:
    """One known difference: the claim's id, why it is accepted, and the last day on which it is."""

    claim: str
    reason: str
    until: date


def load_baseline(path: Path) -> tuple[Known, ...]:
    """The entries of a file; raises BaselineError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        msg = f"{path} is no baseline: it is no text in UTF-8"
        raise BaselineError(msg) from None
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} is no baseline: it is not JSON ({error})"
        raise BaselineError(msg) from None
    if not isinstance(found, list):
        example = '[{"claim": "picwish#rate/limit", "reason": "...", "until": "2030-01-31"}]'
        msg = f"{path} must hold a list such as {example}"
        raise BaselineError(msg)
    entries = tuple(_entry(path, index, one) for index, one in enumerate(found, 1))
    doubled = [
        one.claim for index, one in enumerate(entries) if one.claim in {other.claim for other in entries[:index]}
    ]
    if doubled:
        msg = f"{path}: {doubled[0]} is named twice; keep one entry"
        raise BaselineError(msg)
    return entries


def _entry(path: Path, number: int, entry: Any) -> Known:
    where = f"{path}: entry {number}"
    if (
        not isinstance(entry, dict)
        or set(entry) != FIELDS
        or not all(isinstance(value, str) and value.strip() for value in entry.values())
    ):
        msg = f"{where} needs exactly claim, reason and until, each a text"
        raise BaselineError(msg)
    try:
        until = date.fromisoformat(entry["until"])
    except ValueError:
        msg = f"{where}: until is {entry['until']!r}; write a day as YYYY-MM-DD"
        raise BaselineError(msg) from None
    return Known(entry["claim"], entry["reason"], until)


def apply_baseline(
    path: Path, document: Mapping[str, Any], status: int, today: date | None = None
) -> tuple[int, list[str]]:
    """The exit status with the baseline taken into account, and what to tell.

    `document` is the verdicts as JSON, `status` the exit status without a baseline. Entries of vendors that
    the run left out are passed over. Raises BaselineError.
    """
    today = today or datetime.now(UTC).date()
    claims = {str(one["id"]): one for one in document["claims"]}
    vendors = set(document["vendors"])
    entries = [
        one
        for one in load_baseline(path)
        if _vendor(one.claim) in vendors or _vendor(one.claim) not in _known_vendors()
    ]
    lines: list[str] = []
    wrong = 0
    accepted: set[str] = set()
    for entry in entries:
        found = claims.get(entry.claim)
        verdict = found["verdict"] if found else ""
        if not found:
            wrong += 1
            lines.append(
                f"baseline: there is no claim {entry.claim}; correct or remove the entry ('greycard claims' lists them)"
            )
        elif today > entry.until:
            wrong += 1
            lines.append(
                f"baseline: the entry for {entry.claim} ended on {entry.until}; "
                "fix the difference, or give it a new end and reason"
            )
        elif verdict == "violated":
            accepted.add(entry.claim)
            lines.append(f"known until {entry.until}: {entry.claim} is violated: {entry.reason}")
        elif verdict in ("not exercised", "blocked"):
            word = "was blocked" if verdict == "blocked" else "was not exercised"
            lines.append(f"baseline: {entry.claim} {word}, so its entry could not be checked")
        else:
            wrong += 1
            lines.append(f"baseline: {entry.claim} no longer differs ({verdict}); remove its entry")
    violated = {name for name, one in claims.items() if one["verdict"] == "violated"}
    if wrong or violated - accepted:
        return 1, lines
    # with every violation known, the run is as good as one without: it still fails when it broke down or
    # saw nothing
    broken = bool(document.get("problems") or document.get("unreached") or document.get("conditions")) or any(
        not any(one["vendor"] == vendor and one["verdict"] in ("holds", "violated") for one in claims.values())
        for vendor in vendors
    )
    return (3 if broken else 0) if status in (0, 1) else status, lines


def _vendor(claim: str) -> str:
    return claim.partition("#")[0].partition("/")[0]


def _known_vendors() -> set[str]:
    from greycard_schemas.loader import CONTRACTS

    return {folder.name for folder in CONTRACTS.iterdir() if folder.is_dir()}
