"""Reading values that may be anything, and texts that must be safe to print."""

from __future__ import annotations

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client._parse import (
    LONGEST_MESSAGE,
    Scrubber,
    as_bool,
    as_int,
    as_number,
    as_objects,
    as_text,
    load_object,
    printable,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (4, 4),
        ("4", 4),
        (" -7 ", -7),
        ("+3", 3),
        (4.0, 4),
        (4.5, None),
        (math.inf, None),
        (math.nan, None),
        (True, None),
        ("four", None),
        ("٤", None),
        ("", None),
        ("9" * 19, None),
        (None, None),
        ([4], None),
    ],
)
def test_integers_may_come_as_text(value: object, number: int | None) -> None:
    """Vendors write numbers as numbers and as strings; a boolean and a digit of another script are none."""
    assert as_int(value) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (58.5, 58.5),
        ("2.5", 2.5),
        ("3", 3),
        ("nan", None),
        ("inf", None),
        (math.nan, None),
        ("x", None),
        (None, None),
        (True, None),
    ],
)
def test_numbers_are_finite(value: object, number: float | None) -> None:
    """A number that is none, or not finite, is no number."""
    assert as_number(value) == number


@given(VALUES)
def test_no_value_breaks_a_reader(value: object) -> None:
    """Every reader takes every JSON value."""
    assert as_bool(value) in {None, True, False}
    assert as_int(value) is None or isinstance(as_int(value), int)
    number = as_number(value)
    assert number is None or isinstance(number, int) or math.isfinite(number)
    text = as_text(value)
    assert text is None or isinstance(text, str)
    objects = as_objects(value)
    assert objects is None or all(isinstance(entry, dict) for entry in objects)


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_body_is_an_object_or_a_value_error(body: bytes) -> None:
    """No body raises anything but ValueError."""
    with contextlib.suppress(ValueError):
        assert isinstance(load_object(body), dict)


@given(st.text(st.characters()))
def test_printable_text_is_printable(text: str) -> None:
    """Whatever comes in, what goes out can be printed, and is not much longer than allowed."""
    assert printable(text, 20).isprintable()
    assert len(printable(text, 20)) <= 20 * 10 + 3
    printable(text, 20).encode()


@given(
    secret=st.text('abcdef-ü"\\%/', min_size=6, max_size=40),
    gaps=st.lists(st.integers(0, 5000), max_size=4),
    escaped=st.booleans(),
)
def test_a_secret_is_in_no_excerpt(secret: str, gaps: list[int], *, escaped: bool) -> None:
    """Wherever an answer echoes a secret, and wherever the excerpt is cut, no six characters of it remain."""
    spelled = json.dumps(secret)[1:-1] if escaped else secret
    body = spelled.join("x" * gap for gap in [0, *gaps, 0])
    scrub = Scrubber([secret])
    for text in (scrub.excerpt(body.encode()), scrub.message(body)):
        assert secret not in text
        assert spelled not in text
    assert len(scrub.message("y" * 5000)) == LONGEST_MESSAGE + 3
    assert secret not in repr(scrub)


@given(st.text("abcdefgh", min_size=30, max_size=300), st.integers(0, 900))
def test_a_cut_leaves_no_part_of_a_secret(secret: str, gap: int) -> None:
    """A secret that straddles the end of what is read leaves no beginning behind."""
    body = (("." * gap) + secret * 40).encode()
    text = Scrubber([secret]).excerpt(body)
    assert secret[:8] not in text
