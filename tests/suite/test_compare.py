"""Two runs side by side: what changed for somebody who uses the vendor."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import jsonschema
import pytest
from hypothesis import given
from rich.console import Console

from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.answer_changes import schema_of
from greycard_suite.evidence.answer_fields import AnswerFields, Fields, answer_fields_of, form_of
from greycard_suite.evidence.compare import as_json, compare
from greycard_suite.reports.comparison import as_markdown, headline, show
from greycard_suite.runner.run import Report

HOSTILE = "`x` | <img src=x> [a](http://evil) \x1b[31m[red]\n@all"


def document(**verdicts: str) -> dict[str, Any]:
    """Verdicts of made-up claims."""
    claims = [
        {
            "id": f"acme#{name}",
            "vendor": "acme",
            "operation": "",
            "kind": "x",
            "source": "S9:1",
            "statement": f"{name} is so",
            "origin": "documented",
            "verdict": verdict.replace("_", " "),
            "evidence": {"expected": 1, "seen": 2},
            "reproduce": "",
        }
        for name, verdict in verdicts.items()
    ]
    return {
        "target": "live",
        "started": "2030-01-01T00:00:00+00:00",
        "vendors": ["acme"],
        "claims": claims,
        "variants": {"acme": {}},
        "notices": [],
    }


def shape(*bodies: Any, seconds: float = 1.0) -> AnswerFields:
    """The shape of some answers, and of one task."""
    fields = Fields()
    for body in bodies:
        fields.add(body)
    return AnswerFields({("acme", "read", "succeeded"): fields}, {("acme", "create", "succeeded"): seconds})


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("holds", "violated", "breaking"),
        ("not_exercised", "violated", None),
        ("blocked", "violated", None),
        ("blocked", "refuted", None),
        ("violated", "holds", "additive"),
        ("confirmed", "refuted", "silent"),
        ("refuted", "confirmed", "silent"),
        ("holds", "holds", None),
        ("holds", "not_exercised", None),
        ("holds", "blocked", None),
    ],
)
def test_a_change_of_verdict_has_a_severity(before: str, after: str, severity: str | None) -> None:
    """A documented statement that no longer holds breaks; an assumption that turns is silent.

    What one of the runs did not look at has not changed.
    """
    unseen = after in ("not_exercised", "blocked")
    found = compare(document(a=before), document(a=after))
    assert [one.severity for one in found.changes] == ([severity] if severity else [])
    assert found.status == (1 if severity == "breaking" else 3 if unseen else 0)
    assert found.unchecked == (("acme#a",) if unseen else ())


def test_a_run_is_like_itself() -> None:
    """Nothing changed between a run and itself."""
    one = document(a="holds", b="violated", c="refuted")
    found = compare(one, one, shape({"a": 1}), shape({"a": 1}))
    assert found.changes == ()
    assert headline(found) == "Nothing changed: 3 statements have the same verdict."


@pytest.mark.parametrize(
    ("before", "after", "severity", "witness"),
    [
        ([{"a": 1}], [{"a": 1, "b": {"c": 2}}], "additive", {"a": 0, "b": {"c": 0}}),
        ([{"a": 1, "b": 2}], [{"a": 1}], "breaking", {"a": 0}),
        ([{"a": 1, "b": 2}], [{"a": 1, "b": 2}, {"a": 1}], "breaking", {"a": 0}),
        ([{"a": 1}], [{"a": "1"}], "breaking", {"a": ""}),
        ([{"a": "1"}], [{"a": "2"}, {"a": None}], "breaking", {"a": None}),
        ([{"a": [{"b": 1}]}], [{"a": [{"b": 1, "c": 1}]}], "additive", {"a": [{"b": 0, "c": 0}]}),
        ([{"a": [{"b": 1}]}], [{"a": [{"b": 1}, {}]}], "breaking", {"a": [{"b": 0}, {}]}),
        ([{"a": []}], [{"a": ["x"]}], None, None),
        ([{"a": 1}, {"a": 1, "b": 2}], [{"a": 1}], None, None),
        ([{"a": None}, {"a": "x"}], [{"a": "x"}], None, None),
        ([{"a": 1}], [{"a": 2.5}], None, None),
    ],
)
def test_fields_that_come_and_go_are_told(
    before: list[Any], after: list[Any], severity: str | None, witness: Any
) -> None:
    """An answer that was not legal by all that was seen before breaks; one with a new field is additive.

    Each is shown by the form of an answer that came. A field that came and went says nothing.
    """
    found = compare(document(), document(), shape(*before), shape(*after))
    assert [one.severity for one in found.changes] == ([severity] if severity else [])
    assert [(one.direction, one.witness) for one in found.changes] == ([("answer", witness)] if severity else [])
    assert found.status == (1 if severity == "breaking" else 3), "the later run checked no statement"


FORMS = st.recursive(
    st.none() | st.booleans() | st.just(1) | st.just("x"),
    lambda child: st.lists(child, max_size=2) | st.dictionaries(st.sampled_from("abc"), child, max_size=3),
    max_leaves=5,
)
ANSWERS = st.lists(st.dictionaries(st.sampled_from("abc"), FORMS, max_size=3), min_size=1, max_size=4)


@given(ANSWERS, ANSWERS)
def test_a_change_of_answers_is_true_of_an_answer_that_came(before: list[Any], after: list[Any]) -> None:
    """Breaking: an answer that the schema of the earlier ones refuses. Otherwise every later one is legal by it."""
    legal = jsonschema.Draft202012Validator(schema_of([form_of(one) for one in before])).is_valid
    found = compare(document(), document(), shape(*before), shape(*after)).changes
    came = [form_of(one) for one in after]
    for change in found:
        assert change.witness in came
        assert change.severity == "additive" or not legal(change.witness)
    assert all(map(legal, map(form_of, before)))
    assert any(change.severity == "breaking" for change in found) == (not all(map(legal, came)))


def test_only_tests_that_both_runs_have_are_compared() -> None:
    """What another choice of tests brings to light has not changed."""
    one, other = Fields(), Fields()
    for fields, tests in ((one, {"both": {"a": 1}}), (other, {"both": {"a": 1}, "later": {"b": 1}})):
        for test, body in tests.items():
            fields.add(body, test)
    runs = [AnswerFields({("acme", "read", "succeeded"): each}, {}) for each in (one, other)]
    assert compare(document(), document(), *runs).changes == ()
    other.add({"b": 1}, "both")
    assert [change.severity for change in compare(document(), document(), *runs).changes] == ["breaking", "additive"]


def test_how_many_answers_lack_a_field_is_said() -> None:
    """Where only some of the answers are otherwise, their number stands in the sentence."""
    every = {"a": 1, "b": 2}
    found = compare(document(), document(), shape(every), shape(every, every, {"a": 1}))
    assert [one.sentence for one in found.changes] == [
        "The answer always had this field, and no longer has (in 1 of 3 answers)"
    ]
    found = compare(document(), document(), shape(every), shape({"a": 1}))
    assert [one.sentence for one in found.changes] == ["The answer always had this field, and no longer has"]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [(1.0, 4.0, True), (4.0, 1.0, True), (10.0, 11.5, False), (0.1, 0.4, False)],
)
def test_durations_count_when_somebody_would_notice(before: float, after: float, changed: bool) -> None:  # noqa: FBT001
    """A duration has changed from half as much again and a second on."""
    found = compare(document(), document(), shape({}, seconds=before), shape({}, seconds=after))
    assert [one.what for one in found.changes] == (["timing"] if changed else [])


def test_a_variant_that_turns_is_silent() -> None:
    """Another reading of an open point is told, and breaks nothing."""
    one, two = document(), document()
    one["variants"], two["variants"] = {"acme": {"form": ["a"]}}, {"acme": {"form": ["b"]}}
    found = compare(one, two)
    assert [(change.what, change.before, change.after) for change in found.changes] == [("variant", "a", "b")]


def test_text_of_a_vendor_is_harmless_in_every_form() -> None:
    """Neither terminal codes nor markup reach the reader, and a table stays a table."""
    one, two = document(a="holds"), document(a="violated")
    two["claims"][0]["evidence"]["seen"] = HOSTILE
    two["claims"][0]["statement"] = HOSTILE
    found = compare(one, two, shape({"a": 1}), shape({"a": 1, HOSTILE: 1}))
    stream = io.StringIO()
    show(found, Console(file=stream, width=100, force_terminal=False))
    assert "\x1b" not in stream.getvalue()
    assert "[red]" in stream.getvalue()
    text = as_markdown(found)
    rows = [line for line in text.splitlines() if line.startswith("| `acme#a`")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 5
    assert "<img" not in rows[0].split("|")[2]
    (field,) = [line for line in text.splitlines() if line.startswith("| `acme/read: succeeded`")]
    assert field.replace("\\|", "").count("|") == 5
    assert field.split("|")[2].strip().startswith('The answer has a new field `answer {"')
    assert json.loads(json.dumps(as_json(found)))["status"] == 1


@pytest.mark.slow
def test_a_drift_is_told_in_one_screen(recorded: Callable[..., Report]) -> None:
    """The change between a run before and one after a drift names the claim, its lines, and what was seen."""
    from greycard_suite.reports.json import as_json as document_of

    select = "runs_to_an_end or without_a_valid_key"
    patches = [
        {"op": "replace", "file": "vendor", "path": "/errors/unauthorized/code", "value": 403},
        {"op": "replace", "file": "vendor", "path": "/lifecycle/finish_seconds", "value": 6},
    ]
    before, after = (
        recorded("picwish", select=select),
        recorded("picwish", patches=patches, select=select, extra_fields="on"),
    )
    contracts = load_contracts(["picwish"])
    shapes = [answer_fields_of(one.calls["picwish"], contracts) for one in (before, after)]
    found = compare(document_of(before), document_of(after), *shapes)
    stream = io.StringIO()
    show(found, Console(file=stream, width=120))
    text = stream.getvalue()
    assert found.status == 1
    assert len(text.splitlines()) <= 40
    assert "picwish#errors/unauthorized/code (S2:61)" in text
    assert "was 401  now 403" in text
    assert "data.image_width" in text
    assert "takes longer" in text
