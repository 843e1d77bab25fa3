"""Known differences do not fail a run, until they end or are no longer there."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from greycard_suite.judge.baseline import BaselineError, apply_baseline, load_baseline

TODAY = date(2030, 6, 1)


def entry(**changes: Any) -> dict[str, Any]:
    """An entry that is in force."""
    return {"claim": "picwish#rate/limit", "reason": "asked the vendor", "until": "2030-06-01", **changes}


def applied(
    folder: Path, entries: Any, verdict: str = "violated", status: int = 1, **more: Any
) -> tuple[int, list[str]]:
    """The result of a baseline on a run with one other claim that holds."""
    (folder / "baseline.json").write_text(json.dumps(entries), encoding="utf-8")
    claims = [
        {"id": "picwish#rate/limit", "vendor": "picwish", "verdict": verdict},
        {"id": "picwish#auth/error", "vendor": "picwish", "verdict": "holds"},
    ]
    document = {"vendors": ["picwish"], "claims": [*claims, *more.pop("claims", [])], "problems": [], **more}
    return apply_baseline(folder / "baseline.json", document, status, TODAY)


def test_a_known_difference_does_not_fail_the_run(tmp_path: Path) -> None:
    """On its last day it is still accepted, and told with its reason."""
    status, lines = applied(tmp_path, [entry()])
    assert status == 0
    assert lines == ["known until 2030-06-01: picwish#rate/limit is violated: asked the vendor"]


def test_another_violation_still_fails(tmp_path: Path) -> None:
    """Only what is named is accepted."""
    other = {"id": "picwish#link/signed", "vendor": "picwish", "verdict": "violated"}
    assert applied(tmp_path, [entry()], claims=[other])[0] == 1


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ({"until": "2030-05-31"}, "violated", "ended on 2030-05-31"),
        ({}, "holds", "no longer differs"),
        ({"claim": "picwish#no/such"}, "violated", "there is no claim"),
        ({"claim": "acme#no/such"}, "violated", "there is no claim"),
    ],
)
def test_an_entry_that_is_out_of_date_fails_the_run(
    tmp_path: Path, change: dict[str, str], verdict: str, words: str
) -> None:
    """Expired, repaired or misspelled: the run fails and says what to do."""
    status, lines = applied(tmp_path, [entry(**change)], verdict, 0)
    assert status == 1
    assert any(words in line for line in lines)


def test_what_was_not_looked_at_is_only_told(tmp_path: Path) -> None:
    """A claim that was not exercised neither matches nor refutes its entry.

    Entries of other vendors are passed over.
    """
    status, lines = applied(tmp_path, [entry(), entry(claim="enhancor#auth/error")], "not exercised", 0)
    assert status == 0
    assert len(lines) == 1


def test_a_run_that_broke_down_stays_broken(tmp_path: Path) -> None:
    """A baseline makes no run green in which a test broke down."""
    assert applied(tmp_path, [entry()], problems=["test_x"])[0] == 3
    assert applied(tmp_path, [], "holds", 3)[0] == 3


@pytest.mark.parametrize(
    "entries",
    [{}, [1], [{}], [entry(until="soon")], [entry(reason=" ")], [entry(more=1)], [entry(), entry()]],
)
def test_a_wrong_file_is_refused(tmp_path: Path, entries: Any) -> None:
    """Every entry needs a claim, a reason and a day, and is there once."""
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(BaselineError, match=r"baseline\.json"):
        load_baseline(path)
