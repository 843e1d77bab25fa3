"""Body templates: a value for each name, keys without a value left out, nothing else changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_schemas import Vendor, load_contracts
from greycard_schemas.examples.sample_values import sample_names
from greycard_schemas.templates import ITEM_NAMES, MISSING, NAMES, fields_of, parts_of, places_of, render

VALUES: dict[str, Any] = {"id": "a", "n": 3, "gone": MISSING, "none": None}

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_a_template_without_names_is_given_back(template: Any) -> None:
    """What asks for nothing comes out as it stands."""
    assert render(template, VALUES.__getitem__) == template


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ({"$from": "id"}, "a"),
        ({"$from": "n", "$as": "string"}, "3"),
        ({"$from": "n", "$as": "integer"}, 3),
        ({"x": {"$from": "gone"}, "y": 1}, {"y": 1}),
        ({"x": {"$from": "gone", "$else": None}}, {"x": None}),
        ({"x": {"$from": "none"}}, {"x": None}),
        ({"x": {"y": {"$from": "gone"}}}, {"x": {}}),
        ([{"$from": "id"}, 2], ["a", 2]),
    ],
)
def test_names_are_filled_in(template: Any, filled: Any) -> None:
    """$from takes a value, $as its form, $else stands in; a key without a value is left out."""
    assert render(template, VALUES.__getitem__) == filled


def test_lists_are_made_from_views() -> None:
    """$each renders $do once for each view, in order."""

    def view(number: int) -> Callable[[str], Any]:
        return lambda name: {"item.n": number}[name]

    values = {"items": [view(1), view(2)]}
    template = {"list": {"$each": "items", "$do": {"n": {"$from": "item.n", "$as": "string"}}}}
    assert render(template, values.__getitem__) == {"list": [{"n": "1"}, {"n": "2"}]}


def test_a_name_that_does_not_exist_is_an_error() -> None:
    """A template can only ask for names that exist; a slip in the data never renders silently."""
    with pytest.raises(KeyError, match=r"task\.iid"):
        render({"$from": "task.iid"}, VALUES.__getitem__)


def test_an_entry_of_a_list_may_ask_for_what_its_task_knows() -> None:
    """Inside $each only names that begin with item. are the entry's; all others are those of the whole."""
    values = {"items": [{"item.n": 1}.__getitem__], "id": "a"}
    template = {"$each": "items", "$do": {"n": {"$from": "item.n"}, "of": {"$from": "id"}}}
    assert render(template, values.__getitem__) == [{"n": 1, "of": "a"}]


def test_what_has_no_value_is_left_out_of_lists_too() -> None:
    """No answer ever holds a mark that JSON cannot write."""
    assert render([{"$from": "gone"}, {"$from": "id"}], VALUES.__getitem__) == ["a"]
    assert render({"$from": "gone"}, VALUES.__getitem__) is MISSING


TEMPLATE = {"a": {"b": {"$from": "id"}}, "list": {"$each": "task.items", "$do": {"n": {"$from": "item.status"}}}}


def test_parts_of_a_template_say_in_which_lists_they_stand() -> None:
    """Names, fields and places are read off the template, not off an answer."""
    assert [(part.path, part.lists) for part in parts_of(TEMPLATE) if part.name] == [
        (("a", "b"), ()),
        (("list", "$do", "n"), ("task.items",)),
    ]
    assert list(fields_of(TEMPLATE)) == [("a",), ("a", "b"), ("list",), ("list", "$do", "n")]
    assert list(places_of(TEMPLATE, ("id", "item.status"))) == ["/a/b", "/list/*/n"]
    assert list(places_of(TEMPLATE, ("item.result",))) == []


@pytest.mark.parametrize("vendor", load_contracts().values(), ids=lambda vendor: vendor.name)
def test_every_name_has_a_sample_value(vendor: Vendor) -> None:
    """What a template may ask for, the samples of a task that succeeded know."""
    done = next(name for name, state in vendor.data["lifecycle"]["states"].items() if state["phase"] == "succeeded")
    for create in vendor.of_kind("create"):
        known = sample_names(vendor, create, done)
        assert known.keys() >= NAMES
        for items, names in ITEM_NAMES.items():
            assert {f"item.{name}" for name in names} == set(known[items][0])
