"""What is told of a score: the first screen, Markdown for a pull request, the form of Stryker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.loader import load_contracts
from greycard_suite.score.choose import Touch
from greycard_suite.score.score import Outcome, Score
from greycard_suite.score.sort import Sorted
from greycard_suite.score.tapes.tape import Manner, Tape
from greycard_suite.score.told.findings import findings_of
from greycard_suite.score.told.markdown import as_markdown
from greycard_suite.score.told.stryker import as_stryker
from greycard_suite.score.told.tell import lines_of, status_of
from greycard_suite.score.trial import Usual

SORTS = {
    "picwish/rate.limit-down": ("unguarded", "no longer picwish/result"),
    "picwish/lifecycle.states.queued-never-left": ("endless", "it went on"),
    "picwish/scale.get.data.image-null": ("caught", ""),
    "picwish/scale.create.message-dropped": ("crashes", ""),
    "picwish/rate.limit-up": ("not relied on", ""),
    "picwish/scale.get.data.progress-null": ("not relied on", ""),
    "picwish/link.life_seconds-early": ("unseen", ""),
}


@pytest.fixture
def score() -> Score:
    """One test, and one drift of most sorts."""
    drifts = drifts_of(load_contracts(["picwish"])["picwish"])
    usual = Usual(Tape(), Touch(frozenset({"picwish"})), Manner(), 0.1)
    outcomes = {}
    for name, (sort, instead) in SORTS.items():
        result = Sorted(
            "test_a", sort, "KeyError: 'message'" if sort == "crashes" else "", "v/get", "a: 1 -> 2", instead
        )
        outcomes[name] = Outcome(drifts[name], ("test_a",), sort, (result,))
    return Score(("test_a",), usual={"test_a": usual}, outcomes=outcomes, runs=6)


def test_the_worst_stands_first_and_the_two_numbers_are_said(score: Score) -> None:
    """What goes on for ever comes before what is lost; what is not relied on is no finding."""
    lines = list(lines_of(score, 1.0))
    assert lines[0] == "greycard score: 1 tests, 7 drifts of picwish, 1 s (6 were run)"
    assert lines[1] == "Your tests notice 2 of 4 changes that reach your application."
    assert [one.kind for one in findings_of(score)] == ["endless", "unguarded"]
    assert lines[3].startswith(" 1. endless")
    assert any(
        line.startswith("not relied on: 1 drifts of 1 places, such as scale.get.data.progress") for line in lines
    )
    assert any("generous: 1 " in line for line in lines)
    assert status_of(score) == 0


def test_a_field_that_is_read_in_vain_is_a_finding(score: Score) -> None:
    """A crash without a field whose value changes nothing is told; any other crash is counted only."""
    score.read_in_vain.add("picwish/scale.create.message")
    found = findings_of(score)
    assert [one.kind for one in found] == ["endless", "crashes", "unguarded"]
    assert "does nothing with what it says" in found[1].instead


def test_what_is_dismissed_is_not_told(score: Score) -> None:
    """It stays in the counts."""
    assert [one.kind for one in findings_of(score, ["picwish/rate.limit-down"])] == ["endless"]
    assert "2 of 4" in list(lines_of(score, 1.0, dismissed=["picwish/rate.limit-down"]))[1]


def test_markdown_says_what_changed_since_the_score_before(score: Score) -> None:
    """Drifts that are sorted otherwise, and nothing else."""
    before = {"drifts": {name: {"sort": sort} for name, (sort, _) in SORTS.items()}}
    assert "Nothing has changed" in as_markdown(score, before)
    before["drifts"]["picwish/rate.limit-down"]["sort"] = "caught"
    text = as_markdown(score, before)
    assert "- `picwish/rate.limit-down`: caught -> **unguarded**" in text
    assert "| endless |" in text


def test_the_form_of_stryker_has_each_drift_as_a_mutant(score: Score) -> None:
    """What goes unnoticed has survived; what no test has to notice is ignored."""
    report = as_stryker(score)
    mutants = {one["id"].split()[0]: one["status"] for one in report["files"]["picwish"]["mutants"]}
    assert mutants["picwish/rate.limit-down"] == "Survived"
    assert mutants["picwish/lifecycle.states.queued-never-left"] == "Timeout"
    assert mutants["picwish/scale.get.data.image-null"] == "Killed"
    assert mutants["picwish/rate.limit-up"] == "Ignored"
    assert mutants["picwish/link.life_seconds-early"] == "NoCoverage"


def test_a_score_of_tests_that_look_at_nothing_is_none(score: Score) -> None:
    """It says so, with an exit status of its own."""
    blind = replace(score, blind=("test_a",))
    assert status_of(blind) == 3
    assert "look at nothing" in next(iter(lines_of(blind, 1.0)))
    assert "look at nothing" in as_markdown(blind)
