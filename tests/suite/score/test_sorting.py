"""How a test under a drift is sorted, by two tapes; which drifts can be felt; what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.loader import load_contracts
from greycard_suite.score.choose import Touch, follows, grouped, touches
from greycard_suite.score.impact import changed_statements, headline, impact
from greycard_suite.score.sort import Failure, manner_of, sorted_by
from greycard_suite.score.tapes.tape import Event, Manner, Placeholders, Tape, first_difference
from greycard_suite.score.told.dismissed import DismissedError, in_force, load_dismissed, notes_on
from greycard_suite.score.told.paste import test_for as source_for

CREATE = Event("request", "v/create", {"path": "/c", "values": {"a": 1}}, {"status": 200}, 0.0, True, True)
POLL = Event("request", "v/get", {"path": "/g"}, {"status": 200, "body": {"state": 0}}, 1.0, True)
DONE = replace(POLL, answered={"status": 200, "body": {"state": 1, "extra": "x"}}, at=2.0)
RESULT = Event("request", "v/result", {"path": "/r"}, {"status": 200}, 2.0, True)
USUAL = Tape((CREATE, POLL, DONE, RESULT), (("out.jpg", "abc"),))
CALLBACK = Event("delivery", "v/callback", {"body": {}, "signature fits": True}, {"status": 200}, None, True)


def sort_of(after: Tape, before: Tape = USUAL, failure: Failure | None = None) -> str:
    """The sort of a test that did `after` in place of `before`."""
    return sorted_by("test", before, after, Manner(), failure).sort


def test_the_same_tape_is_unseen() -> None:
    """Nothing was different."""
    assert sort_of(USUAL) == "unseen"


def test_another_answer_and_the_same_doing_is_not_relied_on() -> None:
    """The vendor did otherwise, the application did not."""
    other = replace(DONE, answered={"status": 200, "body": {"state": 1}})
    found = sorted_by("test", USUAL, replace(USUAL, events=(CREATE, POLL, other, RESULT)), Manner(), None)
    assert (found.sort, found.difference) == ("not relied on", 'extra: "x" -> nothing')


def test_a_retry_with_the_same_end_is_handled() -> None:
    """A 429 and one more poll lie between; a second create would be paid, and is no retry."""
    refused = replace(POLL, answered={"status": 429}, is_good=False)
    assert sort_of(replace(USUAL, events=(CREATE, refused, POLL, DONE, RESULT))) == "handled"
    assert sort_of(replace(USUAL, events=(CREATE, CREATE, POLL, DONE, RESULT))) == "unguarded"


def test_a_create_that_is_refused_unread_and_repeated_is_handled() -> None:
    """Nobody knows the body of the first one; it went to the same address."""
    refused = replace(CREATE, asked={"path": "/c"}, answered={"status": 429}, is_good=False)
    assert sort_of(replace(USUAL, events=(refused, CREATE, POLL, DONE, RESULT))) == "handled"


def test_what_is_lost_is_unguarded() -> None:
    """No download, no file, and no test that says so."""
    found = sorted_by("test", USUAL, Tape((CREATE, POLL, DONE)), Manner(), None)
    assert found.sort == "unguarded"
    assert found.instead == "no longer v/result; wrote no out.jpg"


def test_a_result_that_is_refused_is_unguarded_where_no_test_says_so() -> None:
    """Nothing of it may be seen from outside; one that comes after all is as good as before."""
    gone = replace(RESULT, answered={"status": 403}, is_good=False)
    usual = replace(USUAL, left=())
    found = sorted_by("test", usual, Tape((CREATE, POLL, DONE, gone)), Manner(), None)
    assert (found.sort, found.instead) == ("unguarded", "it went on without v/result, which was refused")
    assert sort_of(Tape((CREATE, POLL, DONE, gone, RESULT)), usual) == "handled"
    assert sort_of(replace(usual, events=(CREATE, POLL, DONE, gone)), Tape((CREATE, POLL, DONE, gone))) == "unseen"


def test_files_that_differ_between_equal_runs_are_not_compared() -> None:
    """What is not the same without a drift says nothing of one."""
    other = replace(USUAL, left=(("out.jpg", "def"),))
    assert sorted_by("test", USUAL, other, Manner(), None).sort == "unguarded"
    manner = manner_of(USUAL, other)
    assert manner == Manner(left=False)
    assert sorted_by("test", USUAL, other, manner, None).sort == "unseen"


def test_runs_in_another_order_cannot_be_compared() -> None:
    """Times may differ; what was asked may not."""
    assert manner_of(USUAL, replace(USUAL, events=(CREATE, replace(POLL, at=5.0), DONE, RESULT))) == Manner(times=False)
    assert manner_of(USUAL, replace(USUAL, events=(CREATE, DONE, POLL, RESULT))) is None


def test_a_forged_delivery_that_is_believed_is_unguarded() -> None:
    """Though the application does all the same; one that is refused is not."""
    forged = replace(CALLBACK, asked={"body": {}, "signature fits": False})
    refused = replace(forged, answered={"status": 403}, is_good=False)
    assert sort_of(Tape((CREATE, forged)), Tape((CREATE, CALLBACK))) == "unguarded"
    assert "signature" in sorted_by("t", Tape((CALLBACK,)), Tape((forged,)), Manner(), None).instead
    assert "signature" not in sorted_by("t", Tape((CALLBACK,)), Tape((refused,)), Manner(), None).instead


def test_failures_are_told_apart() -> None:
    """An assertion notices, a stray error crashes, and what a test asks of the mock itself is no noticing."""
    lost = Tape((CREATE, POLL, DONE))
    assert sort_of(lost, failure=Failure("assertion", "")) == "caught"
    assert sort_of(lost, failure=Failure("crash", "")) == "crashes"
    other = replace(POLL, answered={"status": 203})
    assert sort_of(replace(USUAL, events=(CREATE, other)), failure=Failure("mock", "")) == "not relied on"
    assert sort_of(Tape((CREATE, CREATE)), failure=Failure("mock", "")) == "caught"
    assert sort_of(lost, failure=Failure("mock", "", is_set_up=True)) == "not tried"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": 1}, {"a": "1"}, 'a: 1 -> "1"'),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b[1]: 2 -> 3"),
        ({"a": True}, {"a": 1}, "a: true -> 1"),
        ({}, {"a": None}, "a: nothing -> null"),
    ],
)
def test_where_two_answers_differ(before: Any, after: Any, words: str) -> None:
    """The first place, and both values."""
    assert first_difference(before, after) == words


def test_placeholders_are_typed_and_tell_two_ids_apart() -> None:
    """A link with the id of another task is another link; ports, signatures and ids of the application are none."""
    names = Placeholders()
    names.learn([("12345678-aaaa-4bbb-8ccc-1234567890ab", "<picwish task 1>"), ("http://127.0.0.1:5", "<mock>")])
    link = "http://127.0.0.1:5/r/12345678-aaaa-4bbb-8ccc-1234567890ab?Signature=ab%2Bc"
    assert names.text(link) == "<mock>/r/<picwish task 1>?Signature=<signature>"
    other, same = "99999999-aaaa-4bbb-8ccc-1234567890ab", "99999999-AAAA-4bbb-8ccc-1234567890ab"
    assert [names.text(one) for one in (other, same, link[:20] + other)][:2] == ["<uuid 1>", "<uuid 1>"]
    assert names.json({"progress": 12345678, "ok": True}) == {"progress": 12345678, "ok": True}


def test_only_what_can_be_felt_is_run() -> None:
    """A drift of another operation or vendor is not felt; whatever cannot be excluded is."""
    vendor = load_contracts(["picwish"])["picwish"]
    drifts = drifts_of(vendor)
    only_polls = Touch(frozenset({"picwish"}), frozenset({("picwish", "scale.get")}))
    felt = {name for name, one in drifts.items() if touches(one, only_polls, vendor)}
    assert "picwish/rate.limit-down" in felt
    assert "picwish/scale.create.message-dropped" not in felt
    assert "picwish/errors.not_found.code-changed" not in felt
    everything = replace(only_polls, stray=True)
    assert all(touches(one, everything, vendor) for one in drifts.values())
    assert not any(touches(one, Touch(), vendor) for one in drifts.values())


def test_the_strongest_goes_first_and_stands_for_the_weakest() -> None:
    """Only where missing, null and retyped are all not relied on, another value need not be tried."""
    vendor = load_contracts(["picwish"])["picwish"]
    groups = grouped(drifts_of(vendor).values())
    group = next(one for one in groups if one.drifts[0].id.startswith("picwish/scale.create.status-"))
    assert [one.id.rpartition("-")[2] for one in group.drifts] == ["dropped", "null", "retyped", "renamed", "changed"]
    place = "picwish/scale.create.status"
    idle = {f"{place}-{change}": "not relied on" for change in ("dropped", "null", "retyped")}
    changed, renamed = group.drifts[-1], group.drifts[-2]
    assert follows(changed, idle) == "not relied on"
    assert follows(changed, dict.fromkeys(idle, "unseen")) == "unseen"
    assert follows(changed, {**idle, f"{place}-null": "caught"}) == follows(renamed, idle) == follows(changed, {}) == ""


def test_dismissed_findings_have_an_end(tmp_path: Path) -> None:
    """Until that day they are not told; after it the entry itself is."""
    path = tmp_path / "dismissed.json"
    path.write_text('[{"drift": "picwish/rate.limit-down", "reason": "slow", "until": "2030-01-31"}]', encoding="utf-8")
    entries = load_dismissed([path])
    assert in_force(entries, date(2030, 1, 31)) == ["picwish/rate.limit-down"]
    assert in_force(entries, date(2030, 2, 1)) == []
    assert "ended on 2030-01-31" in notes_on(entries, {"picwish/rate.limit-down"}, date(2030, 2, 1))[0]
    path.write_text('[{"drift": "picwish/rate.limit-down"}]', encoding="utf-8")
    with pytest.raises(DismissedError, match="needs exactly drift, reason and until"):
        load_dismissed([path])


def test_impact_joins_what_changed_with_what_is_relied_on(tmp_path: Path) -> None:
    """What matters comes first; a statement that the score does not know is said to be unknown."""
    evidence = tmp_path / "verdicts.json"
    evidence.write_text(
        '{"claims": [{"id": "v#a", "verdict": "violated", "statement": "A"}, {"id": "v#b", "verdict": "holds"},'
        ' {"id": "v#c", "verdict": "violated", "statement": "C"}, {"id": "v#d", "verdict": "violated"}]}',
        encoding="utf-8",
    )
    entry = {"statement": "", "relied_on_by": [], "guarded_by": [], "drifts": ["v/a-x"]}
    reliance = {
        "claims": {"v#a": entry, "v#c": {**entry, "relied_on_by": ["test_c"], "drifts": ["v/a-x", "v/c-x"]}},
        "drifts": {"v/a-x": {"sort": "not relied on"}, "v/c-x": {"sort": "unguarded"}},
    }
    found = impact(reliance, changed_statements(evidence))
    assert [(one.claim, one.matters, one.is_known, one.drift) for one in found] == [
        ("v#c", True, True, "v/c-x"), ("v#a", False, True, ""), ("v#d", False, False, ""),
    ]  # fmt: skip
    assert headline(found) == "3 statements changed; 1 matters to you:"


def test_the_pasted_test_keeps_parameters_and_asks_for_the_vendor(request: pytest.FixtureRequest) -> None:
    """The user's statements stand within pytest.raises; the vendor's fixture is added where it is not asked for."""
    source = source_for(request.node, "picwish/rate.limit-down", "One in 1 s.", ["S2:64"], endless=True)
    assert "def test_says_that_rate_limit_down(picwish, request: pytest.FixtureRequest) -> None:" in source
    assert 'picwish.set_drifts("rate.limit-down")' in source
    assert "greycard_ends_within" in source
    compile(source, "pasted", "exec")
