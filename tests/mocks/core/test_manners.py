"""Manners as data: each is read, held against its form, and changes the spelling of JSON and of nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.core.ids import ID_FORMS
from greycard_mocks.core.manners import AS_USUAL, Manners, manners_of
from greycard_schemas.errors import ContractError


def values(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """JSON with such texts and keys."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.integers(-(1 << 70), 1 << 70) | text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=20,
    )


JSON = values(st.text())
ODD = st.text(st.sampled_from('\u00e9\ud800\udc00\udfff\x00\x1f\x7f\u2028"\\/a'), max_size=4)
SPELLED = {
    "json_order": ("", "reversed", "sorted"),
    "json_space": ("", "blanks", "spaced", "indented"),
    "json_escape": ("", "ascii", "slash"),
    "json_tail": (False, True),
}


@given(value=JSON, spelling=st.fixed_dictionaries({name: st.sampled_from(each) for name, each in SPELLED.items()}))
def test_every_spelling_says_the_same(value: Any, spelling: dict[str, Any]) -> None:
    """Whatever the spelling, what is read is what was written."""
    assert json.loads(Manners(**spelling).write(value)) == value


def test_each_spelling_is_seen() -> None:
    """Order, white space, escapes and the last line end are in the bytes."""
    value = {"b": "é/", "a": {"d": [1, {"f": 2, "e": 3}], "c": None}}

    def written(**spelling: Any) -> str:
        return Manners(**spelling).write(value).decode()

    assert written() == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert re.findall('[a-f](?=")', written(json_order="reversed")) == ["a", "c", "d", "e", "f", "b"]
    assert re.findall('[a-f](?=")', written(json_order="sorted")) == ["a", "c", "d", "e", "f", "b"][:0] + list("acdefb")
    assert '"a": {"d": [1, {' in written(json_space="blanks")
    assert '"a" : {"d" : [1 , {' in written(json_space="spaced")
    assert '\n    "a": {\n' in written(json_space="indented")
    assert '"\\u00e9/"' in written(json_escape="ascii")
    assert '"é/"' in written(json_space="blanks")
    assert '"\\u00e9\\/"' in written(json_escape="slash")
    assert written(json_tail=True) == written() + "\n"


@pytest.mark.parametrize("spelling", [{}, {"json_space": "blanks"}])
def test_half_a_surrogate_pair_is_written_all_the_same(spelling: dict[str, Any]) -> None:
    """What UTF-8 cannot write is escaped, in texts and in keys."""
    written = Manners(**spelling).write({"\ud800": ["é\udfff", 1]})
    assert written.replace(b" ", b"") == b'{"\\ud800":["\\u00e9\\udfff",1]}'


@given(value=values(ODD))
def test_the_quick_encoder_writes_what_the_standard_one_does(value: Any) -> None:
    """Byte for byte, integers beyond 64 bits, lone surrogates and control characters included."""
    try:
        wanted = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        wanted = json.dumps(value, separators=(",", ":")).encode()
    assert AS_USUAL.write(value) == wanted


@pytest.mark.parametrize(
    ("manners", "part"),
    [
        ({"colour": 1}, "known are json_order"),
        ({"json_order": "shuffled"}, "json_order: must be one of reversed, sorted"),
        ({"close": 1}, "close: must be true or false"),
        ({"headers": {"A b": "c"}}, "headers: must be"),
        ({"headers": {"A": "c\r\nB: d"}}, "headers: must be"),
        ({"deliver_times": 0}, "deliver_times: must be"),
        ({"latency_seconds": -1}, "latency_seconds: must be"),
        ({"limiter": "lottery"}, "limiter: must be"),
    ],
)
def test_what_is_no_manner_is_refused(manners: dict[str, Any], part: str) -> None:
    """An unknown manner or value says what there is."""
    with pytest.raises(ContractError, match=re.escape(part)):
        manners_of("acme", {"manners": manners})


def test_without_manners_all_is_as_usual() -> None:
    """Data without manners, or with empty ones, are the one ordinary vendor."""
    assert manners_of("acme", {}) is AS_USUAL
    assert manners_of("acme", {"manners": {}}) is AS_USUAL


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ("hex24", r"[0-9a-f]{24}"),
        ("numeric", r"[0-9]{16}"),
        ("prefixed", r"fs-[0-9a-f-]{36}"),
        ("upper", r"[0-9A-Z]{26}"),
        ("long", r"[0-9a-f]{128}"),
        ("token", r"[A-Za-z0-9_-]+-[A-Za-z0-9_-]+_[A-Za-z0-9_-]+"),
    ],
)
@given(digests=st.lists(st.binary(min_size=16, max_size=16), min_size=2, max_size=2, unique_by=lambda one: one[:5]))
def test_ids_have_their_form(form: str, pattern: str, digests: list[bytes]) -> None:
    """Each form has its pattern, and other bytes give another id."""
    one, other = (ID_FORMS[form](digest) for digest in digests)
    assert re.fullmatch(pattern, one)
    assert one != other
