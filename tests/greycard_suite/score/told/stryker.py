"""A score in the form of mutation testing reports, for those who have a viewer of Stryker's.

Each vendor is a file, each drift a line of it and a mutant. See `mutation-testing-report-schema`, version 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.score.told.findings import is_generous

if TYPE_CHECKING:
    from greycard_suite.score.score import Outcome, Score

_STATUS = {
    "caught": "Killed", "crashes": "Killed", "unguarded": "Survived", "endless": "Timeout", "unseen": "NoCoverage",
    "handled": "Ignored", "not relied on": "Ignored", "not tried": "RuntimeError",
}  # fmt: skip


def as_stryker(score: Score) -> dict[str, Any]:
    """The report: `handled` and `not relied on` are ignored mutants, as no test has to notice them."""
    files: dict[str, list[Outcome]] = {}
    for name, one in score.outcomes.items():
        files.setdefault(name.partition("/")[0], []).append(one)
    return {
        "schemaVersion": "2",
        "thresholds": {"high": 80, "low": 60},
        "framework": {"name": "greycard"},
        "testFiles": {"tests": {"tests": [{"id": name, "name": name} for name in score.usual]}},
        "files": {vendor: _file(outcomes) for vendor, outcomes in files.items()},
    }


def _file(outcomes: list[Outcome]) -> dict[str, Any]:
    lines = [one.drift.sentence for one in outcomes]
    return {
        "language": "text",
        "source": "\n".join(lines),
        "mutants": [_mutant(one, number) for number, one in enumerate(outcomes, 1)],
    }


def _mutant(outcome: Outcome, line: int) -> dict[str, Any]:
    drift, result = outcome.drift, outcome.result
    status = "Ignored" if is_generous(outcome) else _STATUS[outcome.sort]
    words = result.instead or result.words or result.difference if result else ""
    return {
        "id": f"{drift.id} {line}",
        "mutatorName": drift.family,
        "description": f"{drift.id} ({', '.join(drift.lines)})",
        "location": {"start": {"line": line, "column": 1}, "end": {"line": line, "column": len(drift.sentence) + 1}},
        "status": status,
        "statusReason": f"{outcome.sort}: {words}" if words else outcome.sort,
        "coveredBy": list(outcome.tests),
        "killedBy": [one.test for one in outcome.results if one.sort in ("caught", "crashes")],
    }
