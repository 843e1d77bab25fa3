"""A score as plain JSON: of each statement which tests see it, rely on it and guard it. The same gives the same bytes.

`greycard impact` reads it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from greycard_suite.score.told.findings import findings_of, is_generous
from greycard_suite.score.told.tell import why_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_schemas.claims.derive import Claim
    from greycard_suite.score.score import Outcome, Score

FORMAT = "greycard score 1"
_FELT = ("caught", "crashes", "unguarded", "endless", "handled")


def as_json(score: Score, claims: Mapping[str, Claim], dismissed: Iterable[str] = ()) -> dict[str, Any]:
    """All of a score; `claims` are the statements of the vendors by id."""
    outcomes = score.outcomes.values()
    counts: dict[str, int] = {}
    for one in outcomes:
        counts[one.sort] = counts.get(one.sort, 0) + 1
    return {
        "format": FORMAT,
        "nothing": why_nothing(score),
        "tests": {
            name: {
                "vendors": sorted(one.touch.vendors), "asks": one.tape.asks,
                "compared": asdict(one.manner),
                "looks": name not in score.blind,
            }
            for name, one in score.usual.items()
        },
        "left_out": dict(score.left_out),
        "summary": {
            "drifts": len(score.outcomes),
            "noticed": len(score.of("caught", "crashes")),
            "reach": len(score.of(*_FELT)) - len(score.of("handled")),
            "generous": sum(map(is_generous, outcomes)),
            "sorts": {name: counts[name] for name in sorted(counts)},
        },
        "findings": [
            {"kind": one.kind, "drifts": list(one.ids), "instead": one.instead, "test": one.result.test}
            for one in findings_of(score, dismissed)
        ],
        "drifts": {one.drift.id: _drift(one) for one in outcomes},
        "claims": reliance_of(score, claims),
    }  # fmt: skip


def _drift(outcome: Outcome) -> dict[str, Any]:
    drift, result = outcome.drift, outcome.result
    return {
        "sort": outcome.sort, "severity": drift.severity, "sentence": drift.sentence, "claims": list(drift.claims),
        "lines": list(drift.lines), "touching": list(outcome.tests), "by": outcome.by,
        "exchange": result.exchange if result else "", "difference": result.difference if result else "",
        "instead": result.instead if result else "", "words": result.words if result else "",
        "tests": {one.test: one.sort for one in outcome.results},
    }  # fmt: skip


def reliance_of(score: Score, claims: Mapping[str, Claim]) -> dict[str, dict[str, Any]]:
    """Of each of these statements that a drift breaks: by which tests it is seen, relied on and guarded, by its id."""
    found: dict[str, dict[str, Any]] = {}
    for outcome in score.outcomes.values():
        for claim in outcome.drift.claims:
            if claim not in claims:
                continue
            entry = found.setdefault(
                claim,
                {
                    "statement": claims[claim].statement, "source": claims[claim].source,
                    "seen_by": set(), "relied_on_by": set(), "guarded_by": set(), "drifts": [],
                },
            )  # fmt: skip
            entry["drifts"].append(outcome.drift.id)
            for one in outcome.results:
                entry["seen_by"] |= {one.test} if one.sort != "unseen" else set()
                entry["relied_on_by"] |= {one.test} if one.sort in _FELT else set()
                entry["guarded_by"] |= {one.test} if one.sort in ("caught", "crashes") else set()
    return {
        name: {key: sorted(value) if isinstance(value, set) else value for key, value in entry.items()}
        for name, entry in sorted(found.items())
    }
