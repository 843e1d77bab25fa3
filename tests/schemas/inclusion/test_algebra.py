"""Whether one schema includes another, held against documents that another validator judges."""

from __future__ import annotations

import json
from typing import Any

import hypothesis.strategies as st
import jsonschema
import pytest
from hypothesis import given, settings

from greycard_schemas.inclusion import algebra
from greycard_schemas.inclusion.algebra import equal, includes
from greycard_schemas.inclusion.documents import documents

NAMES = ("a", "b", "c")

TEXTS = st.one_of(
    st.builds(
        lambda words: {"type": "string", "enum": words}, st.lists(st.sampled_from("xyz"), min_size=1, unique=True)
    ),
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 2), st.integers(0, 2),
    ),
    st.sampled_from([{"type": "string"}, {"type": "string", "pattern": "^[0-9]+$"}, {"type": ["string", "null"]}]),
)  # fmt: skip
NUMBERS = st.one_of(
    st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-2, 2), st.integers(0, 3),
    ),
    st.sampled_from([{"type": "integer"}, {"type": "number"}, {"type": "number", "maximum": 1}]),
    st.sampled_from([{"const": 1}, {"enum": [0, 1]}]),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"const": True}]),
)  # fmt: skip


def _objects(child: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda fields, owed, closed: {
            "type": "object",
            "properties": fields,
            "required": sorted(owed & set(fields)),
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(st.sampled_from(NAMES), child, max_size=3),
        st.sets(st.sampled_from(NAMES)),
        st.booleans(),
    )


def _arrays(child: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda items, least, more: {"type": "array", "items": items, "minItems": least, "maxItems": least + more},
        child, st.integers(0, 2), st.integers(0, 2),
    )  # fmt: skip


SCHEMAS = st.recursive(TEXTS | NUMBERS, lambda child: _objects(child) | _arrays(child), max_leaves=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.sampled_from([0.5, 1.0, "", "x", "y", "xx", "7"]),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.sampled_from(NAMES), child, max_size=3),
    max_leaves=5,
)


def is_legal(schema: Any, document: Any) -> bool:
    """Whether a document satisfies a schema, by the validator that the algebra does not use."""
    return bool(jsonschema.Draft202012Validator(schema).is_valid(document))


def drawn_from(data: st.DataObject, *schemas: Any) -> list[Any]:
    """Documents at the edges of these schemas, and some of any kind."""
    made = [one for schema in schemas for one in documents(schema, ("7", "x"))]
    return made + data.draw(st.lists(VALUES, min_size=3, max_size=6))


@settings(max_examples=150)
@given(SCHEMAS, SCHEMAS, st.data())
def test_an_answer_is_true_of_every_document(wide: Any, narrow: Any, data: st.DataObject) -> None:
    """Yes is never contradicted by a document, and no always shows one that is in the narrow schema alone."""
    found = includes(wide, narrow)
    if found.holds is False:
        assert is_legal(narrow, found.witness)
        assert not is_legal(wide, found.witness)
    if found.holds is True:
        for document in drawn_from(data, wide, narrow):
            assert not is_legal(narrow, document) or is_legal(wide, document)
    if found.holds is None:
        assert "pattern" in json.dumps([wide, narrow]), "only patterns may be beyond the algebra here"


@given(SCHEMAS, SCHEMAS, st.data())
def test_equal_schemas_admit_the_same_documents(one: Any, other: Any, data: st.DataObject) -> None:
    """No document tells schemas apart that are called equal; a schema is equal to itself."""
    assert equal(one, one) is True
    if equal(one, other) is True:
        for document in drawn_from(data, one, other):
            assert is_legal(one, document) == is_legal(other, document)


def test_patterns_that_nothing_tells_apart_are_undecided() -> None:
    """Two ways to write one pattern: neither yes nor no. Where a text tells them apart, it decides."""
    one, same = {"type": "string", "pattern": "^zq+$"}, {"type": "string", "pattern": "^zqq*$"}
    assert includes(one, same).holds is None
    assert equal(one, same) is None
    other = {"type": "string", "pattern": "^[a-z]+$"}
    assert includes(one, other, texts=["zq", "ab"]).witness == "ab"
    assert equal(one, other) is False
    assert equal({"type": "string"}, {"type": "integer"}) is False


def test_a_witness_is_held_against_both_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever documents are made: one that is not in the narrow schema, or in the wide one too, is none."""
    monkeypatch.setattr(algebra, "documents", lambda *_: iter([1, "x", "long"]))
    wide, narrow = {"type": "string", "maxLength": 2}, {"type": "string"}
    assert includes(wide, narrow).witness == "long"
    monkeypatch.setattr(algebra, "documents", lambda *_: iter([1, "x"]))
    assert includes(wide, narrow).holds is None, "without a document nothing is said to break"


def test_a_witness_shows_nothing_else_where_it_can() -> None:
    """Of the schemas that it should satisfy rather, it satisfies those that it can."""
    narrow = {"type": "object", "required": ["b"]}
    rather: list[dict[str, Any]] = [{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}, {"required": ["c"]}]
    found = includes({"required": ["c"]}, narrow, rather=rather)
    assert set(found.witness) == {"a", "b"}
    assert isinstance(found.witness["b"], str)
