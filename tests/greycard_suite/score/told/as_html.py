"""A score as one HTML file in the manner of the report: all of its findings, then how each drift is sorted.

The same score and seconds give the same bytes. Makes text; writes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_suite.reports.page import render_page
from greycard_suite.score.told.as_json import reliance_of
from greycard_suite.score.told.findings import MOST, findings_of, is_generous
from greycard_suite.score.told.paste import pasted
from greycard_suite.score.told.tell import NO_REAL_TIME, noticed, why_nothing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pytest

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor
    from greycard_suite.score.score import Outcome, Score
    from greycard_suite.score.told.findings import Finding

TEMPLATE = Path(__file__).parent / "score_page" / "score.html"
OPEN = 3
"""Findings that are shown unfolded."""

STATES = {
    "unguarded": ("violated", "✗"), "guarded": ("holds", "✓"), "handled": ("refuted", "↻"),
    "not relied on": ("none", "○"), "unseen": ("none assumed", "·"),
}  # fmt: skip
"""How a statement stands, with the class and the sign of its cell; the first that holds for one of its drifts."""

_STATE_OF = {
    "endless": "unguarded", "unguarded": "unguarded", "caught": "guarded", "crashes": "guarded", "handled": "handled",
    "not relied on": "not relied on",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One drift: its sentence, the document's lines, and what was seen under it."""

    id: str
    sentence: str
    lines: str
    test: str
    words: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a document with the numbers of the tests that see it, rely on it and guard it."""

    anchor: str
    id: str
    text: str
    source: str
    state: str
    seen: tuple[int, ...]
    relied_on: tuple[int, ...]
    guarded: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The statements of one operation."""

    operation: str
    statements: tuple[Statement, ...]
    counts: Mapping[str, int]


def as_html(
    score: Score,
    vendors: Mapping[str, Vendor],
    *,
    seconds: float,
    items: Mapping[str, pytest.Item] | None = None,
    dismissed: Collection[str] = (),
    notes: Iterable[str] = (),
) -> str:
    """The page of a score that took these real seconds; `items` are the collected tests, to paste others from."""
    outcomes = list(score.outcomes.values())
    used = list(dict.fromkeys(one.drift.vendor for one in outcomes))
    numbers = {name: number for number, name in enumerate((one for one in score.tests if one in score.usual), 1)}
    found = findings_of(score, dismissed)
    generous = [one for one in outcomes if is_generous(one)]
    plain = [one for one in outcomes if not is_generous(one)]
    sorts = {
        name: [_change(one) for one in plain if one.sort == name]
        for name in ("caught", "crashes", "handled", "not relied on", "unseen", "not tried")
    }
    known = [_change(one) for one in score.of("endless", "unguarded") if one.drift.id in set(dismissed)]
    return render_page(
        TEMPLATE,
        nothing=why_nothing(score),
        noticed=noticed(score).rstrip("."),
        score=score,
        seconds=f"{seconds:.0f}",
        vendors=", ".join(vendors[name].title for name in used),
        found=[_finding(one, items or {}) for one in found],
        counts={
            "unguarded": len(score.of("endless", "unguarded")),
            **{name: len(changes) for name, changes in sorts.items()},
        },
        sorts=sorts,
        generous=[_change(one) for one in generous],
        dismissed=known,
        numbers=numbers,
        catches=_by_test(sorts["caught"]),
        noticing=Counter(one.result.test for one in plain if one.sort in ("caught", "crashes") and one.result),
        parts=[(vendors[name], _rows(score, vendors[name], numbers)) for name in used],
        notes=list(notes),
        states=STATES,
        most=MOST,
        open=OPEN,
        no_real_time=NO_REAL_TIME,
    )


def _finding(finding: Finding, items: Mapping[str, pytest.Item]) -> dict[str, Any]:
    drift, result = finding.first.drift, finding.result
    return {
        "kind": finding.kind,
        "sentence": drift.sentence,
        "lines": ", ".join(drift.lines),
        "claims": drift.claims,
        "ids": finding.ids,
        "instead": finding.instead,
        "test": result.test,
        "exchange": result.exchange,
        "difference": result.difference,
        "source": pasted(finding, items),
    }


def _change(outcome: Outcome) -> Change:
    drift, result = outcome.drift, outcome.result
    words = ""
    if result is None:
        words = f"follows from {outcome.by}" if outcome.by else ""
    elif outcome.sort in ("handled", "endless", "unguarded"):
        words = result.instead
    elif outcome.sort == "not relied on":
        words = f"{result.exchange}: {result.difference}" if result.difference else ""
    elif outcome.sort != "unseen":
        words = result.words
    return Change(drift.id, drift.sentence, ", ".join(drift.lines), result.test if result else "", words)


def _by_test(caught: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """What each test catches, with the test that catches most first."""
    found: dict[str, list[Change]] = {}
    for one in caught:
        found.setdefault(one.test, []).append(one)
    return sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))


def _rows(score: Score, vendor: Vendor, numbers: Mapping[str, int]) -> list[Row]:
    claims = claims_of(vendor)
    reliance = reliance_of(score, claims)
    rows: dict[str, list[Statement]] = {}
    for index, (name, claim) in enumerate(claims.items()):
        if name in reliance:
            made = _statement(f"{vendor.name}-{index}", claim, reliance[name], score, numbers)
            rows.setdefault(claim.operation, []).append(made)
    return [Row(name, tuple(own), Counter(one.state for one in own)) for name, own in rows.items()]


def _statement(
    anchor: str, claim: Claim, entry: Mapping[str, Any], score: Score, numbers: Mapping[str, int]
) -> Statement:
    sorts = {_STATE_OF.get(score.outcomes[one].sort, "unseen") for one in entry["drifts"] if one in score.outcomes}
    state = next((one for one in STATES if one in sorts), "unseen")
    seen, relied_on, guarded = (
        tuple(sorted(numbers[one] for one in entry[key] if one in numbers))
        for key in ("seen_by", "relied_on_by", "guarded_by")
    )
    return Statement(anchor, claim.id, claim.statement, claim.source, state, seen, relied_on, guarded)
