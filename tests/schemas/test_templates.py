"""Body templates: a value for each name, keys without a value left out, nothing else changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_schemas import Vendor, load_contracts
from greycard_schemas.examples.sample_values import sample_names
from greycard_schemas.templates import ITEM_NAMES, MISSING, NAMES, compiled, fields_of, parts_of, places_of, render

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


class _Asked(dict[str, Any]):
    """A function for each name there is, which is asked about the lookup function of the whole."""

    def __missing__(self, name: str) -> Callable[[Any], Any]:
        return lambda lookup: lookup(name)


WHOLE = ("one", "two", "gone", "none", "item.n")
ENTRIES: list[Any] = [[{"item.n": 1, "item.gone": MISSING, "item.list": []}], [], []]
ENTRIES[1] = [{"item.n": "x", "item.gone": MISSING, "item.list": []}] * 2
ENTRIES[2] = [{"item.n": -7, "item.gone": MISSING, "item.list": ENTRIES[1]}]


def asking(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Templates that ask for these names in every way there is, beside constant parts; not for those of an entry."""
    asked = st.fixed_dictionaries(
        {"$from": st.sampled_from(names)},
        optional={
            "$as": st.sampled_from(["string", "integer"]),
            "$else": st.none() | st.integers() | st.just([1]),
            "$by": st.dictionaries(st.sampled_from(["3", "a", "None", "7"]), st.integers(), max_size=3),
        },
    )
    return st.recursive(
        asked | plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd", max_size=2), inner, max_size=4),
        max_leaves=8,
    )


ENTRY = asking((*WHOLE, "item.gone"))
EACH = st.builds(lambda do: {"$each": "entries", "$do": do}, ENTRY)
NESTED = st.builds(lambda do: {"$each": "entries", "$do": {"own": {"$each": "item.list", "$do": do}}}, ENTRY)
WITH_LISTS = st.recursive(
    asking(WHOLE) | EACH | NESTED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd", max_size=2), inner, max_size=4),
    max_leaves=6,
)


def outcome(act: Callable[[], Any]) -> Any:
    """What `act` gives as text, which tells 1 from True and shows the order of keys, or the kind of error."""
    try:
        return repr(act())
    except (TypeError, ValueError, KeyError) as error:
        return type(error)


@given(template=WITH_LISTS, entries=st.sampled_from(ENTRIES))
def test_what_a_template_is_compiled_to_fills_it_as_the_interpreter_does(template: Any, entries: Any) -> None:
    """Same values, same order of keys, same keys left out, same errors; and the template stays as it was."""
    before = repr(template)

    def looking(found: dict[str, Any]) -> Callable[[str], Any]:
        lists = {name: [looking(one) for one in each] for name, each in found.items() if isinstance(each, list)}
        return lambda name: lists[name] if name in lists else found[name]

    values = {"one": 1, "two": "2", "gone": MISSING, "none": None, "item.n": 0, "entries": entries}
    lookup = looking(values)
    fill = compiled(template)
    assert outcome(lambda: fill(_Asked(), lookup)) == outcome(lambda: render(template, lookup))
    assert outcome(lambda: fill(_Asked(), lookup)) == outcome(lambda: fill(_Asked(), lookup))
    assert repr(template) == before


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
