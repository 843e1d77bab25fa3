"""What of a score is worth a reader's time: findings, worst first, those of one cause together. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_suite.score.probes import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_suite.score.score import Outcome, Score
    from greycard_suite.score.sort import Sorted

MOST = 10
"""Findings on the first screen."""

_NOT_NEEDED = "it cannot do without this, and does nothing with what it says"


@dataclass(frozen=True, slots=True)
class Finding:
    """Drifts that the application feels in one way. `kind` is endless, unguarded or crashes."""

    kind: str
    outcomes: tuple[Outcome, ...]
    instead: str
    """What the application did instead."""

    @property
    def first(self) -> Outcome:
        """The drift that is shown."""
        return self.outcomes[0]

    @property
    def result(self) -> Sorted:
        """What was seen under it."""
        found = self.first.result
        assert found is not None
        return found

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all its drifts, first one of each family."""
        families = {one.drift.family: one.drift.id for one in reversed(self.outcomes)}
        first = [one.drift.id for one in self.outcomes if families[one.drift.family] == one.drift.id]
        return (*first, *(one.drift.id for one in self.outcomes if one.drift.id not in first))


def findings_of(score: Score, dismissed: Iterable[str] = ()) -> list[Finding]:
    """Everything that the application did otherwise and no test says, and notable crashes, worst first."""
    known = set(dismissed)
    found: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in score.of("endless", "unguarded", "crashes"):
        if outcome.drift.id in known or outcome.result is None:
            continue
        if outcome.sort == "crashes" and not _is_notable(outcome, score):
            continue
        found.setdefault(_cause(outcome), []).append(outcome)
    made = [
        Finding(outcomes[0].sort, tuple(sorted(outcomes, key=_severity)), _instead(outcomes[0], score))
        for outcomes in found.values()
    ]
    return sorted(made, key=_rank)


def is_generous(outcome: Outcome) -> bool:
    """Whether the drift only gives or allows more, so that no client which keeps to the document feels it."""
    return (
        outcome.drift.severity == "additive"
        and outcome.sort in ("unseen", "not relied on")
        and outcome.drift.family != "state new"
    )


def _is_notable(outcome: Outcome, score: Score) -> bool:
    """Whether a crash is more than an answer that lacks what cannot be done without."""
    return outcome.drift.severity == "additive" or _is_read_in_vain(outcome, score)


def _is_read_in_vain(outcome: Outcome, score: Score) -> bool:
    """Whether the application stops without a field, and does the same whatever stands there."""
    return place_of(outcome.drift.id) in score.read_in_vain


def _cause(outcome: Outcome) -> tuple[str, ...]:
    result = outcome.result
    assert result is not None
    if outcome.sort == "endless":
        return ("endless", result.exchange)
    if outcome.sort == "crashes":
        return ("crashes", place_of(outcome.drift.id))
    path, colon, _ = result.difference.partition(": ")
    where = path if colon else outcome.drift.family
    return ("unguarded", result.exchange, where, re.sub(r"\d+", "#", result.instead))


def _instead(outcome: Outcome, score: Score) -> str:
    result = outcome.result
    assert result is not None
    if outcome.sort == "crashes":
        vain = f"; {_NOT_NEEDED}" if _is_read_in_vain(outcome, score) else ""
        return f"{result.words}{vain}"
    return result.instead or result.words


def _severity(outcome: Outcome) -> int:
    return ("breaking", "silent", "additive").index(outcome.drift.severity)


def _rank(finding: Finding) -> tuple[int, int, int, str]:
    kinds = {"endless": 0, "unguarded": 3, "crashes": 2}
    rank = kinds[finding.kind]
    if "signature does not fit" in finding.instead:
        rank = 1
    elif finding.kind == "unguarded" and finding.instead.startswith(("wrote something", "waited", "did the same")):
        rank = 4
    return (rank, _severity(finding.first), -len(finding.outcomes), finding.first.drift.id)
