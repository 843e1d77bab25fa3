"""The page of a score: whole, self-contained and harmless, and the same bytes for the same score."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.loader import Vendor, load_contracts
from greycard_suite.reports.page import lines, visible
from greycard_suite.score.choose import Touch
from greycard_suite.score.score import Outcome, Score
from greycard_suite.score.sort import SORTS, Sorted
from greycard_suite.score.tapes.tape import Manner, Tape
from greycard_suite.score.told.as_html import as_html
from greycard_suite.score.told.as_json import as_json
from greycard_suite.score.told.findings import MOST, findings_of
from greycard_suite.score.trial import Usual

APPLICATIONS = Path(__file__).parents[2] / "example_apps"
HOSTILE = "</style></pre><script>alert(1)</script>\u202e<img src=http://evil/x onerror=y>\x00\"' onclick=z"
TESTS = ("test_shop.py::test_a", f"test_shop.py::test_b[{HOSTILE}]")


@pytest.fixture(scope="module")
def vendors() -> dict[str, Vendor]:
    """One vendor."""
    return load_contracts(["picwish"])


@pytest.fixture
def score(vendors: dict[str, Vendor]) -> Score:
    """All drifts of one vendor, sorted in turn; whatever was recorded is hostile."""
    usual = {name: Usual(Tape(), Touch(frozenset({"picwish"})), Manner(), 0.1) for name in TESTS}
    outcomes = {}
    for number, drift in enumerate(drifts_of(vendors["picwish"]).values()):
        sort, test = SORTS[number % len(SORTS)], TESTS[number % 3 % 2]
        seen = Sorted(test, sort, HOSTILE, f"picwish/get {HOSTILE}", f"{number}: {HOSTILE}", f"did {number} {HOSTILE}")
        outcomes[drift.id] = Outcome(drift, (test,), sort, (seen,))
    return Score(
        (*TESTS, HOSTILE), {HOSTILE: f"fails without a drift: {HOSTILE}"}, usual, TESTS[1:], TESTS[:1], outcomes
    )


@pytest.fixture
def items(tmp_path: Path) -> Any:
    """Collected tests whose source is hostile."""
    file = tmp_path / "test_shop.py"
    name = HOSTILE.partition("\x00")[0]
    file.write_text(f"def test_a(picwish):\n    picwish.order('{name}')\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("test_shop", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict.fromkeys(TESTS, SimpleNamespace(function=module.test_a, cls=None))


@pytest.fixture
def page(score: Score, vendors: dict[str, Vendor], items: Any) -> str:
    """Its page, with tests to paste."""
    return as_html(score, vendors, seconds=58.4, items=items, notes=[HOSTILE])


def test_what_was_recorded_is_only_text(page: str) -> None:
    """Nothing becomes markup, leads anywhere, turns the direction of text, or is invisible."""
    assert set(re.findall(r"<(\w+)", page)) & {"script", "img", "link", "iframe", "object", "form", "base"} == set()
    assert not re.search(r"<[^>]+\s(style|src|on\w+)=", page)
    assert all(one.startswith("#") for one in re.findall(r'href="([^"]*)"', page))
    assert not set(page) & {"\u202e", "\x00"}
    for shown in ("&lt;script&gt;alert(1)", "picwish.order(&#39;&lt;/style&gt;&lt;/pre&gt;", "\\u202e"):
        assert shown in page
    assert page.count("<style>") == page.count("</style>") == 1


def test_the_policy_allows_the_style_sheet_of_the_report_and_nothing_else(page: str) -> None:
    """No script, no network, and of styles the one whose digest stands there."""
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert html.escape(policy, quote=False).replace("'", "&#39;") in page


def test_the_first_screen_has_the_two_numbers(page: str, score: Score) -> None:
    """Tests, drifts and seconds; what is noticed and what reaches the application."""
    noticed, reach = len(score.of("caught", "crashes")), len(score.of("caught", "crashes", "unguarded", "endless"))
    assert f"<h1>Your tests notice {noticed} of {reach} changes that reach your application</h1>" in page
    assert f"3 tests, {len(score.outcomes)} drifts of PicWish, 58 s" in page


def test_every_finding_is_told_in_the_order_of_the_first_screen(page: str, score: Score) -> None:
    """Also those beyond the ten of the terminal, each with lines, first exchange, what was done, a test to paste."""
    found = findings_of(score)
    assert len(found) > MOST
    places = [page.index(f'id="finding-{number}"') for number in range(1, len(found) + 1)]
    assert places == sorted(places)
    for finding, start, end in zip(found, places, [*places[1:], page.index('id="changes"')], strict=True):
        told = html.unescape(page[start:end])
        for wanted in (finding.first.drift.sentence, *finding.first.drift.lines, *finding.ids, finding.kind):
            assert wanted in told
        assert visible(finding.instead) in told
        assert visible(finding.result.difference) in told
        assert ("def test_says_that_" in told) is (finding.kind != "crashes")


def test_every_drift_and_every_statement_is_there(page: str, score: Score, vendors: dict[str, Vendor]) -> None:
    """Each drift in a table or a finding; each statement with its cell, whose links lead to it and to the tests."""
    text = html.unescape(page)
    assert [name for name in score.outcomes if name not in text] == []
    statements = as_json(score, claims_of(vendors["picwish"]))["claims"]
    assert len(re.findall(r'<a class="cell [a-z ]+" href="#picwish-\d+"', page)) == len(statements)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)


def test_a_statement_stands_as_the_worst_of_its_changes(page: str, score: Score) -> None:
    """What one change leaves unguarded is unguarded, though another change of it is caught."""
    drift = next(one.drift for one in score.outcomes.values() if one.sort == "unguarded" and one.drift.claims)
    place = page.index(f"<code>{drift.claims[0]}</code></th>")
    assert 'title="unguarded"' in page[page.rindex("<tr id=", 0, place) : place]


def test_the_same_score_gives_the_same_bytes(page: str, score: Score, vendors: dict[str, Vendor], items: Any) -> None:
    """Nothing of the hour or of the machine stands in it."""
    assert as_html(score, vendors, seconds=58.4, items=items, notes=[HOSTILE]) == page


def test_what_is_dismissed_is_shown_apart(score: Score, vendors: dict[str, Vendor]) -> None:
    """It is no finding, and the numbers are as before."""
    name = findings_of(score)[0].ids[0]
    page = as_html(score, vendors, seconds=1, dismissed=[name])
    findings, _, apart = page.partition('id="dismissed"')
    assert f"<code>{name}</code>" not in findings
    assert f"<code>{name}</code>" in apart


def test_no_score_says_why(score: Score, vendors: dict[str, Vendor]) -> None:
    """And nothing that looks like a score."""
    score.blind = TESTS
    page = as_html(score, vendors, seconds=1)
    assert "<h1>No score can be made</h1>" in page
    assert "look at nothing" in page
    assert "Your tests notice" not in page
    assert "What nobody says" not in page


def test_source_keeps_its_lines_and_tabs() -> None:
    """What is pasted is what was shown; only what cannot be seen is written out."""
    assert lines("if a:\n\tb = 'x\u200b'\n\n") == "if a:\n\tb = 'x\\u200b'\n\n"


@pytest.mark.slow
def test_the_option_writes_the_page(scored: Callable[..., Any], tmp_path: Path) -> None:
    """Beside the JSON, with the same numbers."""
    target = tmp_path / "score.html"
    found = scored(APPLICATIONS / "thumbnails", "picwish/rate*", f"--greycard-score-html={target}", PLANTED="rate-ends")
    page = html.unescape(target.read_text(encoding="utf-8"))
    summary = found.content["summary"]
    assert found.content["findings"]
    assert f"Your tests notice {summary['noticed']} of {summary['reach']} changes" in page
    for one in found.content["findings"]:
        assert all(name in page for name in one["drifts"])
    assert 'picwish.set_drifts("rate' in page
