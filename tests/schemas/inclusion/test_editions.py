"""Two editions of a contract side by side: every verdict is held against documents that `judge` judges word by word."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis.strategies as st
import jsonschema
import pytest
from hypothesis import given, settings

from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.examples.strategies import answers, valid
from greycard_schemas.inclusion.algebra import equal
from greycard_schemas.inclusion.editions import Difference, differences
from greycard_schemas.inclusion.statements import statements, whole
from greycard_schemas.judge import judge
from greycard_schemas.loader import Operation, Vendor, load_contracts

VENDORS = sorted(load_contracts())
REQUEST, ANSWER = "#/$defs/request", "#/$defs/running"


def edition(vendor: str, *patches: dict[str, Any]) -> Vendor:
    """A shipped vendor with patches."""
    return load_contracts([vendor], patches={vendor: patches})[vendor]


def said(*patches: dict[str, Any], vendor: str = "picwish") -> list[tuple[str, str, str, Any]]:
    """Severity, direction, statement and witness of what these patches change."""
    found = differences(edition(vendor), edition(vendor, *patches))
    return [(one.severity, one.direction, one.claim.removeprefix(f"{vendor}/"), one.witness) for one in found]


def put(path: str, value: Any, file: str = "scale.create", op: str = "replace") -> dict[str, Any]:
    """One patch of PicWish's create."""
    return {"op": op, "file": file, "path": path, "value": value}


TYPE = "/$defs/request/properties/type"
NOTE = {"type": "string", "maxLength": 5, "x-source": {"type": "S2:21", "maxLength": "S2:21"}}


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_edition_is_equal_to_itself(vendor: str) -> None:
    """Nothing differs, in any vendor."""
    assert differences(edition(vendor), edition(vendor)) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_schema_says_what_its_statements_say(vendor: str) -> None:
    """Whole and statements admit the same: what breaks the whole breaks at least one of them."""
    for operation in edition(vendor).operations.values():
        for reference in (one for one in (REQUEST, ANSWER) if one.rpartition("/")[2] in operation.resource["$defs"]):
            parts = [one.schema for one in statements(operation, reference)]
            assert equal(whole(operation, reference), {"allOf": parts}) is True


def test_a_word_that_is_no_longer_accepted_breaks_and_a_new_one_does_not() -> None:
    """Each of both is shown by a request with that word."""
    found = said(put(f"{TYPE}/enum", ["clean", "vivid"]))
    assert found == [
        ("breaking", "request", "scale.create#request/type/enum", {"type": "face"}),
        ("additive", "request", "scale.create#request/type/enum", {"type": "vivid"}),
    ]


def test_a_new_field_of_a_request_is_additive_and_a_forgotten_one_breaks() -> None:
    """A request with the field shows it; what was never documented was not legal before."""
    new = put("/$defs/request/properties/note", NOTE, op="add")
    (one,) = said(new)
    assert one[:3] == ("additive", "request", "scale.create#request/note/type")
    assert set(one[3]) == {"type", "note"}
    found = differences(edition("picwish", new), edition("picwish"))
    assert [(diff.severity, set(diff.witness)) for diff in found] == [("breaking", {"type", "note"})]


def test_an_answer_breaks_by_what_may_come_and_was_never_legal() -> None:
    """A field that need not come any more breaks; one more that always comes is promised; a new one is additive."""
    place = "/$defs/running"
    running = edition("picwish").operations["scale.get"].resource["$defs"]["running"]
    fewer = [name for name in running["required"] if name != "data"]
    found = said(put(f"{place}/required", fewer, file="scale.get"))
    assert [one[:3] for one in found] == [("breaking", "answer", "scale.get#running/required/data")]
    assert "data" not in found[0][3]
    back = differences(edition("picwish", put(f"{place}/required", fewer, file="scale.get")), edition("picwish"))
    assert [one.severity for one in back] == ["additive"]
    found = said(put(f"{place}/properties/note", NOTE, file="scale.get", op="add"))
    assert [one[:3] for one in found] == [("additive", "answer", "scale.get#running/note/type")]
    back = differences(
        edition("picwish", put(f"{place}/properties/note", NOTE, file="scale.get", op="add")), edition("picwish")
    )
    assert [one.severity for one in back] == ["silent"], "fewer answers may come, and none that was not legal"


def test_what_is_only_assumed_is_silent() -> None:
    """A statement that no document makes promises nothing that could break."""
    schema = {**NOTE, "x-source": {"type": "assumed: by hand", "maxLength": "assumed: by hand"}}
    one, other = copy.deepcopy(schema), {**schema, "maxLength": 3}
    before, after = (edition("picwish", put("/$defs/request/properties/note", each, op="add")) for each in (one, other))
    assert [(diff.severity, len(diff.witness["note"])) for diff in differences(before, after)] == [("silent", 4)]


def test_limits_are_compared_by_what_they_allow() -> None:
    """Twice the rate is additive and half the size breaks; a value between both shows it."""
    assert said(put("/rate/limit", 4, file="vendor")) == [("additive", "rule", "picwish#rate/limit", {"limit": 4})]
    ((severity, _, claim, witness),) = said(put("/x-operation/pictures/megabytes", 8))
    assert (severity, claim) == ("breaking", "scale.create#pictures/megabytes")
    assert 8 < witness["megabytes"] <= 15


def test_codes_and_addresses_break_and_operations_come_and_go() -> None:
    """What is no schema goes by what it speaks of."""
    assert [one[:3] for one in said(put("/errors/too_large/code", 414, file="vendor"))] == [
        ("breaking", "rule", "picwish#errors/too_large/code")
    ]
    whole_one = edition("picwish")
    kept = {name: one for name, one in whole_one.operations.items() if name != "scale.get"}
    fewer = Vendor("picwish", whole_one.data, kept, whole_one.sources)
    assert [(one.severity, one.claim) for one in differences(whole_one, fewer)] == [("breaking", "picwish/scale.get")]
    assert [(one.severity, one.claim) for one in differences(fewer, whole_one)] == [("additive", "picwish/scale.get")]


def test_every_finding_names_its_lines() -> None:
    """The stricter edition's lines stand at each difference that a document states."""
    found = differences(edition("picwish"), edition("picwish", put(f"{TYPE}/enum", ["clean"])))
    assert [(one.source, one.before, one.after) for one in found] == [("S2:21", ["clean", "face"], ["clean"])]
    assert found[0].sentence.startswith("Accepted before, and refused now: PicWish scale.create:")


def test_what_was_always_told_and_is_gone_is_said_once() -> None:
    """As a breach of the statement that it is always there; a field within a new one is not said either."""
    place = "/$defs/running"
    running = edition("picwish").operations["scale.get"].resource["$defs"]["running"]
    fewer = {name: one for name, one in running["properties"].items() if name != "data"}
    gone = [
        put(f"{place}/properties", fewer, file="scale.get"),
        put(f"{place}/required", [name for name in running["required"] if name != "data"], file="scale.get"),
    ]
    found = [one for one in said(*gone) if one[2].startswith("scale.get#running/")]
    assert [one[:3] for one in found] == [("breaking", "answer", "scale.get#running/required/data")]
    inner = {"type": "object", "properties": {"text": NOTE}, "x-source": {"type": "S2:21"}}
    found = said(put("/$defs/request/properties/note", inner, op="add"))
    assert [one[:3] for one in found] == [("additive", "request", "scale.create#request/note/type")]


def test_a_message_that_a_vendor_sends_is_an_answer() -> None:
    """What may come in it now, and was not legal before, breaks; in the one about a failure as well."""
    for vendor, operation in ((one, sent) for one in VENDORS for sent in edition(one).of_kind("delivery")):
        for key in ("request", "request_failed"):
            if key not in operation.contract:
                continue
            reference = operation.contract[key].removeprefix("#")
            fewer = {"op": "replace", "file": operation.name, "path": f"{reference}/required", "value": []}
            found = [one for one in said(fewer, vendor=vendor) if "/required/" in one[2]]
            assert {one[1] for one in found} == {"answer"}
            assert {one[0] for one in found} <= {"breaking", "silent"}, "some are assumed"
            assert key == "request_failed" or found[0][0] == "breaking"


def test_a_closed_schema_knows_the_fields_of_entries() -> None:
    """Lists of objects are closed as objects are; an object for which no field is named stays open."""
    thing = {"type": "object", "properties": {"a": {"type": "integer"}}}
    body = {"type": "object", "properties": {"list": {"type": "array", "items": thing}, "any": {"type": "object"}}}
    operation = made_up(body).operations["made.up"]
    legal = jsonschema.Draft202012Validator(whole(operation, REQUEST, closed=True)).is_valid
    assert legal({"list": [{"a": 1}], "any": {"b": 1}})
    assert not legal({"list": [{"a": 1, "b": 1}]})
    assert not legal({"b": 1})


def test_a_figure_that_no_document_gives_is_silent() -> None:
    """How long a task takes is assumed."""
    assert [one[0] for one in said(put("/lifecycle/finish_seconds", 9, file="vendor"))] == ["silent"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_drifts_of_requests_are_as_severe_as_their_authors_said(vendor: str) -> None:
    """The severity of each drift that changes a request was written by hand, and inclusion comes to the same.

    What becomes required without a line is assumed in the data of the drift, so that nothing documented breaks.
    """
    plain, seen = edition(vendor), 0
    for drift in drifts_of(plain).values():
        if not any("/$defs/request" in patch["path"] for patch in drift.patches):
            continue
        found = differences(plain, edition(vendor, *drift.patches))
        if any(one.direction == "request" for one in found) and not drift.id.endswith("-required"):
            seen += 1
            assert found[0].severity == drift.severity, drift.id
    assert seen


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Schemas in the vocabulary of the contract data, each keyword with a line."""
    kind = draw(st.sampled_from(["string", "integer", "boolean", *(["object", "array"] if depth else [])]))
    node: dict[str, Any] = {"type": kind}
    match kind:
        case "string" if draw(st.booleans()):
            node["enum"] = draw(st.lists(st.sampled_from(["jpg", "png", "8x"]), min_size=1, unique=True))
            if draw(st.booleans()):
                node["x-fold-case"] = True
        case "string":
            node["minLength"] = draw(st.integers(0, 2))
            node["maxLength"] = node["minLength"] + draw(st.integers(0, 2))
        case "integer":
            node["minimum"] = draw(st.integers(-2, 2))
            node["maximum"] = node["minimum"] + draw(st.integers(0, 3))
        case "object":
            node["properties"] = draw(st.dictionaries(st.sampled_from("abc"), schemas(depth - 1), min_size=1))
            node["required"] = sorted(draw(st.sets(st.sampled_from(sorted(node["properties"])))))
        case "array":
            node["items"] = draw(schemas(depth - 1))
            node["maxItems"] = draw(st.integers(0, 2))
    lines = {key: "S2:21" for key in node if key not in ("properties", "items", "required")}
    node["x-source"] = {**lines, **({"required": dict.fromkeys(node["required"], "S2:21")} if kind == "object" else {})}
    return node


BODIES = st.dictionaries(st.sampled_from("abc"), schemas(), min_size=1).flatmap(
    lambda fields: st.sets(st.sampled_from(sorted(fields))).map(
        lambda owed: {
            "type": "object", "properties": fields, "required": sorted(owed),
            "x-source": {"type": "S2:21", "required": dict.fromkeys(sorted(owed), "S2:21")},
        }
    )
)  # fmt: skip


def made_up(body: dict[str, Any]) -> Vendor:
    """PicWish with one operation alone, whose request and answer are this body."""
    plain = edition("picwish")
    resource = copy.deepcopy(plain.operations["scale.create"].resource)
    resource["x-operation"] = {
        "kind": "create", "method": "POST", "path": "/made-up", "request": REQUEST,
        "responses": {"accepted": {"http": 200, "schema": ANSWER, "body": {}}},
    }  # fmt: skip
    resource["$defs"] = {"request": body, "running": copy.deepcopy(body)}
    return Vendor("picwish", plain.data, {"made.up": Operation("picwish", "made.up", resource)}, plain.sources)


def is_legal(vendor: Vendor, document: Any, *, closed: bool) -> bool:
    """Whether every keyword holds by `judge`, and when `closed`, whether every field is known."""
    operation = vendor.operations["made.up"]
    if not all(one.holds for one in judge(operation, REQUEST, document)):
        return False
    return not closed or not _strange(operation.request, document)


def _strange(schema: dict[str, Any], document: Any) -> bool:
    if isinstance(document, list):
        return any(_strange(schema["items"], one) for one in document)
    if not isinstance(document, dict):
        return False
    known = schema.get("properties", {})
    return bool(set(document) - set(known)) or any(_strange(known[name], one) for name, one in document.items())


def worst(found: list[Difference], direction: str) -> set[str]:
    """The severities of one direction."""
    return {one.severity for one in found if one.direction == direction}


@settings(max_examples=50)
@given(BODIES, BODIES, st.data())
def test_every_verdict_is_true_of_every_document(
    one: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    """Equal: no document tells the editions apart. Breaking and additive: a witness that does, in the right direction.

    Nothing that a drawn document shows is missing.
    """
    before, after = made_up(one), made_up(other)
    found = differences(before, after)
    for diff in found:
        assert diff.has_witness
        forward = diff.severity == "breaking"
        if diff.direction == "request":
            legal, illegal = (before, after) if forward else (after, before)
            assert is_legal(legal, diff.witness, closed=True)
            assert not is_legal(illegal, diff.witness, closed=True)
        elif forward:
            assert is_legal(after, diff.witness, closed=True)
            assert not is_legal(before, diff.witness, closed=False)
        else:
            both = [is_legal(each, diff.witness, closed=True) for each in (before, after)]
            assert both in ([True, False], [False, True])
    drawn = [data.draw(valid(each.operations["made.up"])) for each in (before, after) for _ in range(3)]
    drawn += [data.draw(answers(each.operations["made.up"], "accepted")) for each in (before, after) for _ in range(3)]
    for document in drawn:
        was, now = (is_legal(each, document, closed=True) for each in (before, after))
        assert not (was and not now) or "breaking" in worst(found, "request")
        assert not (now and not was) or "additive" in worst(found, "request")
        if now and not is_legal(before, document, closed=False):
            assert "breaking" in worst(found, "answer")
        if was != now:
            assert worst(found, "answer")
    if not found:
        assert all(is_legal(before, one, closed=True) == is_legal(after, one, closed=True) for one in drawn)
