"""Judging and sources, keyword by keyword."""

from __future__ import annotations

import pytest

from greycard_schemas import Citation, ContractError, citations, load_vendor, origin_of
from greycard_schemas.judge import judge, keyword_holds


def test_a_wrong_type_ends_the_judgement_of_a_value() -> None:
    """When the type does not hold, the other keywords of the same place are not exercised."""
    operation = load_vendor("picwish").operations["scale.create"]
    found = list(judge(operation, "#/$defs/request", {"type": 5}))
    assert [one.claim.partition("#")[2] for one in found if not one.holds] == ["request/type/type"]
    assert "picwish/scale.create#request/type/enum" not in {one.claim for one in found}


def test_references_are_judged_where_they_stand() -> None:
    """A shared definition is one claim, whichever answer uses it.

    The pointer tells the place in the value.
    """
    operation = load_vendor("picwish").operations["scale.get"]
    value = {"status": 500, "message": "", "data": {"state": 4, "progress": 1, "task_id": "a"}}
    wrong = [one for one in judge(operation, "#/$defs/running", value) if not one.holds]
    assert [(one.claim, one.pointer, one.expected, one.seen) for one in wrong] == [
        ("picwish/scale.get#status/const", "/status", 200, 500)
    ]


def test_items_are_judged_one_by_one() -> None:
    """The pointer counts the items."""
    operation = load_vendor("wondershare").operations["rw.batch"]
    value = {"images": ["a", ""], "mask": "m", "priority": 1}
    assert [one.pointer for one in judge(operation, "#/$defs/request", value) if not one.holds] == ["/images/1"]


@pytest.mark.parametrize(
    ("schema", "keyword", "value", "holds"),
    [
        ({"enum": [1], "x-tolerates": [0]}, "enum", 0, True),
        ({"enum": [1], "x-tolerates": [0]}, "enum", False, False),
        ({"enum": [1]}, "enum", True, False),
        ({"enum": [1]}, "enum", 1.0, True),
        ({"enum": ["JPG"], "x-fold-case": True}, "enum", "jPg", True),
        ({"enum": ["JPG"]}, "enum", "jpg", False),
        ({"pattern": "^[0-9]$"}, "pattern", "1", True),
        ({"pattern": "^[0-9]$"}, "pattern", "1\n", False),
        ({"type": "integer"}, "type", 1.0, True),
        ({"type": "integer"}, "type", True, False),
        ({"minLength": 1}, "minLength", None, True),
    ],
)
def test_keywords_hold_as_json_schema_says(
    schema: dict[str, object], keyword: str, value: object, *, holds: bool
) -> None:
    """True is not 1, 1.0 is an integer, `$` is the very end, and our own two keywords widen an enum."""
    assert keyword_holds(schema, keyword, value) is holds


def test_sources_have_three_forms() -> None:
    """A citation, citations that contradict each other, and an assumption with its reason."""
    assert origin_of("S2:20, S2:92-95") == "documented"
    assert origin_of("S2:40 vs S2:21") == "contradictory"
    assert origin_of("assumed: S2:40 says nothing") == "assumed"
    assert citations("S2:20, S2:92-95") == (Citation("S2", 20, 20), Citation("S2", 92, 95))
    assert [str(one) for one in citations("S2:40 vs S2:92-95")] == ["S2:40", "S2:92-95"]
    assert citations("assumed: S2:40 says nothing") == ()


@pytest.mark.parametrize("source", ["", "S2", "S2:", "assumed:", "assumed:  ", "line 4", "S2:1;S2:2", "S2:1 "])
def test_other_sources_are_refused(source: str) -> None:
    """What is none of the three forms is an error that shows them."""
    with pytest.raises(ContractError, match="must be"):
        origin_of(source)
