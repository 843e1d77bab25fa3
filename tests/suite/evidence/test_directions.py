"""In which direction a violated statement has moved, by the requests and answers of two runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.examples.requests import failing
from greycard_schemas.judge import judge
from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.answer_fields import answer_fields_of
from greycard_suite.evidence.change import Change
from greycard_suite.evidence.compare import Comparison, compare
from greycard_suite.evidence.directions import Asked, by_answer, by_request
from greycard_suite.reports.json import as_json
from greycard_suite.runner.run import Report

CLAIM = "acme/make#request/mode/enum"
BROKEN = Change(
    "breaking", "claim", "acme", CLAIM, "fast", "422", "No longer so: Acme make: `mode` must be fast", "S9:1"
)


def asked(values: str, *, accepted: bool, broken: tuple[str, ...] = (), test: str = "one") -> Asked:
    """A request with a mode."""
    return Asked(test, f'{{"mode": "{values}"}}', accepted, frozenset({CLAIM}), frozenset(broken))


FINE = asked("fast", accepted=True)
REFUSED = asked("fast", accepted=False)
MORE = asked("slow", accepted=True, broken=(CLAIM,))


@pytest.mark.parametrize(
    ("before", "after", "severity", "witness"),
    [
        ([FINE], [REFUSED], "breaking", {"mode": "fast"}),
        ([FINE], [REFUSED, MORE], "breaking", {"mode": "fast"}),
        ([FINE], [FINE, MORE], "additive", {"mode": "slow"}),
        ([FINE, MORE], [FINE, MORE], "breaking", None),
        ([FINE], [FINE], "breaking", None),
        ([], [REFUSED], "breaking", None),
        ([asked("fast", accepted=True, test="two")], [REFUSED], "breaking", None),
        ([FINE], [asked("slow", accepted=False, broken=(CLAIM,))], "breaking", None),
        ([FINE], [asked("slow", accepted=True, broken=(CLAIM, "acme/make#request/size/type"))], "breaking", None),
    ],
)
def test_a_request_shows_the_direction(before: list[Asked], after: list[Asked], severity: str, witness: Any) -> None:
    """Breaking by what one test sent in both runs and is refused now; additive by what is accepted now.

    What was so before, or breaks other statements as well, shows nothing.
    """
    found = by_request(BROKEN, before, after)
    assert (found.severity, found.witness, found.direction) == (severity, witness, "request" if witness else "")
    words = {"breaking": "Accepted before, and refused now: ", "additive": "Refused before, and accepted now: "}
    assert found.sentence == (words[severity] if witness else "No longer so: ") + "Acme make: `mode` must be fast"


def test_a_field_that_need_not_be_there_refuses_nothing() -> None:
    """That a field is required is not broken by a request that has it, whyever that is refused."""
    claim = "acme/make#request/required/mode"
    change = Change("breaking", "claim", "acme", claim, "", "", "No longer so: it is required")
    before = Asked("one", "{}", accepted=True, exercised=frozenset({claim}), broken=frozenset())
    after = Asked("one", "{}", accepted=False, exercised=frozenset({claim}), broken=frozenset())
    assert by_request(change, [before], [after]) == change


def test_an_answer_shows_what_may_come_now() -> None:
    """Unless one broke the statement before as well."""
    found = by_answer(BROKEN, {}, {CLAIM: {"a": 1}})
    assert (found.direction, found.witness, found.severity) == ("answer", {"a": 1}, "breaking")
    assert found.sentence.startswith("May be answered now, and never before: Acme")
    assert by_answer(BROKEN, {CLAIM: {"a": 2}}, {CLAIM: {"a": 1}}) == BROKEN
    assert by_answer(BROKEN, {}, {}) == BROKEN


VENDOR = load_contracts(["enhancor"])["enhancor"]
DRIFTS = {
    name: drift
    for name, drift in drifts_of(VENDOR).items()
    if "/queue.request.mode" in name or name in ("enhancor/queue.success-null", "enhancor/queue.requestId-dropped")
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRIFTS)
def test_two_runs_are_as_severe_as_the_drift_between_them(name: str, recorded: Callable[..., Report]) -> None:
    """The severity was written by hand; each document is a true one by the contract data."""
    drift = DRIFTS[name]
    found = compared(recorded("enhancor"), recorded("enhancor", patches=list(drift.patches)))
    severities = {change.severity for change in found.changes}
    if found.changes:  # a mode that nobody knows of cannot be tried
        assert ("breaking" in severities) == (drift.severity == "breaking")
    for change in found.changes:
        operation = VENDOR.operations[change.subject.partition("#")[0].partition(":")[0].partition("/")[2]]
        if change.what == "claim" and change.direction == "request":
            assert (failing(operation, change.witness) == []) == (change.severity == "breaking")
        elif change.what == "claim" and change.direction == "answer":
            broken = [one.claim for one in judge(operation, "#/$defs/accepted", change.witness) if not one.holds]
            assert change.subject in broken
    assert any(change.direction for change in found.changes) == bool(found.changes)


def compared(before: Report, after: Report) -> Comparison:
    """Two runs side by side."""
    vendors = {"enhancor": VENDOR}
    seen = [answer_fields_of(one.calls["enhancor"], vendors) for one in (before, after)]
    return compare(as_json(before), as_json(after), *seen)
