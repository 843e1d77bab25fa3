"""Judging and sources, keyword by keyword."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from greycard_schemas import Citation, ContractError, citations, load_vendor, origin_of
from greycard_schemas.examples.requests import places
from greycard_schemas.judge import KEYWORDS, judge, keyword_holds
from greycard_schemas.loader import load_contracts


def test_a_wrong_type_ends_the_judgement_of_a_value() -> None:
    """When the type does not hold, the other keywords of the same place are not exercised."""
    operation = load_vendor("picwish").operations["scale.create"]
    found = judge(operation, "#/$defs/request", {"type": 5})
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


ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 0.5, -0.0, 0.1 + 0.2, 2**53 + 1, 2**64, -(2**63) - 1, 10**400, 1e400, -1e400,
    float("nan"), "", "a", "abc\n", "\ud800", "\u0663", "07", "\u00e9" * 30, "x" * 5000, "http://a.b/c\n", [], [1],
    [None] * 50, ["a", float("nan")], {}, {"a": 1}, {"\ud800": 1e400},
)  # fmt: skip
"""What answers may hold, be it JSON or only what Python reads as such."""


@pytest.mark.parametrize("vendor", sorted(load_contracts()))
def test_every_keyword_is_judged_as_jsonschema_judges_it(vendor: str) -> None:
    """The fast validator and the exact one say the same of every keyword of the contracts, at its edges and beyond."""
    compared = 0
    for operation in load_contracts([vendor])[vendor].operations.values():
        answers = operation.contract.get("responses", {}).values()
        for place in (one for each in ("", *(one["schema"] for one in answers)) for one in places(operation, each)):
            for keyword in (one for one in KEYWORDS if one in place.schema):
                wanted = place.schema[keyword]
                exact = str(wanted).removesuffix("$") + r"\Z" if keyword == "pattern" else wanted
                judged = Draft202012Validator({keyword: exact})
                for value in (*ODD, *_around(wanted)):
                    compared += 1
                    assert keyword_holds({keyword: wanted}, keyword, value) == judged.is_valid(value), (wanted, value)
    assert compared > 1000


def _around(wanted: Any) -> list[Any]:
    """Values at the edge of what a keyword wants."""
    if isinstance(wanted, list):
        return [*wanted, *map(str, wanted)]
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        return [wanted]
    near = [wanted - 1, wanted, wanted + 1]
    sizes = [int(one) for one in near if 0 <= one <= 5000]
    return [*near, *map(float, near), *("x" * one for one in sizes), *([0] * one for one in sizes)]


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
