"""Body templates: a value for each name, keys without a value left out, nothing else changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.answers.render import MISSING, render

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
