"""Request bodies: read within bounds, or refused with a reason."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from greycard_mocks.pipeline import json_body
from greycard_mocks.pipeline.body import (
    MAX_FIELD_BYTES,
    MAX_PARTS,
    BodyError,
    coerced,
    media_type,
    parse_form,
    read_body,
)
from greycard_mocks.pipeline.json_body import MAX_DEPTH, parse_json

LIMIT = 1 << 20


class Drip(io.BytesIO):
    """Gives at most three bytes a time, as a network does."""

    def read(self, size: int | None = -1) -> bytes:
        """Read fewer bytes than were asked for."""
        return super().read(3 if size is None or size < 0 else min(3, size))


class Broken(io.BytesIO):
    """A connection that ends with an error."""

    def read(self, _: int | None = -1) -> bytes:
        """Fail."""
        raise ConnectionResetError


@given(body=st.binary(max_size=200), known=st.booleans(), limit=st.integers(0, 250))
def test_a_body_is_read_whole_or_refused(*, body: bytes, known: bool, limit: int) -> None:
    """At the limit it is read, one byte over it is too large, whether the length is declared or not."""
    length = len(body) if known else None
    if len(body) <= limit:
        assert read_body(Drip(body), length, limit) == body
    else:
        with pytest.raises(BodyError) as raised:
            read_body(Drip(body), length, limit)
        assert raised.value.too_large


def test_a_body_that_breaks_off_is_refused() -> None:
    """Fewer bytes than declared, or a connection that ends, is a reason and no crash."""
    with pytest.raises(BodyError, match="broke off after 3 of 9 bytes"):
        read_body(io.BytesIO(b"abc"), 9, LIMIT)
    with pytest.raises(BodyError, match="broke off"):
        read_body(Broken(), 9, LIMIT)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be a JSON object, not an array"),
        (b"null", "not null"),
        (b'"x"', "not a string"),
        (b"true", "not a boolean"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e400}', "too large"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, words: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(BodyError, match=words):
        parse_json(body)


def test_of_duplicate_keys_the_last_counts() -> None:
    """JSON that repeats a key has a defined outcome, and escapes such as that of `&` are plain characters (S2:114)."""
    assert parse_json(b'{"a": 1, "a": 2, "u": "x\\u0026y"}') == {"a": 2, "u": "x&y"}


def _multipart(*parts: tuple[str, bytes], boundary: str = "BOUND") -> bytes:
    blocks = [f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body for head, body in parts]
    return b"\r\n".join([*blocks, f"--{boundary}--\r\n".encode()])


def _parse(
    body: bytes, *, boundary: str = "BOUND", limit: int = 2 * LIMIT, length: bool = True
) -> tuple[dict[str, Any], Any]:
    return parse_form(Drip(body), len(body) if length else None, "multipart/form-data", {"boundary": boundary}, limit)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\\b", 'qu\\"ote.jpg', "nul\\0", "ünï.jpg", "CON", "x" * 3000, ""],
)
def test_file_names_mean_nothing(name: str) -> None:
    """Whatever a client calls its file, the bytes arrive and no name is used."""
    fields, files = _parse(_multipart((f'name="image_file"; filename="{name}"', b"bytes"), ('name="type"', b"clean")))
    assert fields == {"type": "clean"}
    assert files["image_file"].read() == b"bytes"
    files["image_file"].close()


def test_encoded_file_names_are_understood() -> None:
    """The RFC 2231 form of a file name makes the part a file as well."""
    _, files = _parse(_multipart(("name=\"image_file\"; filename*=UTF-8''%e2%82%ac.jpg", b"x")))
    assert files["image_file"].read() == b"x"
    files["image_file"].close()


def test_of_a_repeated_part_the_first_counts() -> None:
    """The others are thrown away and closed."""
    _, files = _parse(_multipart(*[(f'name="image_file"; filename="{n}"', b"%d" % n) for n in range(3)]))
    assert files["image_file"].read() == b"0"
    files["image_file"].close()
    fields, _ = _parse(_multipart(('name="type"', b"clean"), ('name="type"', b"face")))
    assert fields == {"type": "clean"}


def test_the_boundary_inside_the_content_is_content() -> None:
    """Only a boundary at the start of a line with its dashes ends a part."""
    body = b"xx--BOUND yy --BOUN\r\n-BOUND"
    _, files = _parse(_multipart(('name="image_file"; filename="a"', body)))
    assert files["image_file"].read() == body
    files["image_file"].close()


@pytest.mark.parametrize(
    ("body", "boundary", "large"),
    [
        (_multipart(('name="a"', b"x")), "", False),
        (_multipart(('name="a"', b"x")), "OTHER", False),
        (_multipart(*[(f'name="a{n}"', b"x") for n in range(MAX_PARTS + 1)]), "BOUND", False),
        (_multipart(('name="a"', b"x" * (MAX_FIELD_BYTES + 1))), "BOUND", False),
        (_multipart(('name="a"; filename="f"', b"x" * (2 * LIMIT + 1))), "BOUND", True),
        (b'--BOUND\r\nContent-Disposition: form-data; name="a"\r\n' + b"X: y\r\n" * 100_000, "BOUND", False),
        (b"--BOUND\r\nno header at all", "BOUND", False),
        (b"", "BOUND", False),
    ],
    ids=[
        "no boundary",
        "wrong boundary",
        "too many parts",
        "too long field",
        "too long",
        "endless header",
        "cut",
        "empty",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_bad_multipart_is_refused(*, body: bytes, boundary: str, large: bool, known: bool) -> None:
    """Each is a BodyError; only a body over the limit is too large."""
    try:
        fields, files = _parse(body, boundary=boundary, length=known)
    except BodyError as error:
        outcome = error.too_large
    else:
        outcome = (fields, files) != ({}, {})
    assert outcome is large


@pytest.mark.parametrize("inner", ["[", '{"a":'])
def test_json_is_read_up_to_a_depth(inner: str) -> None:
    """A hundred levels are read, one more is refused; so nothing behind the parser meets the recursion limit."""
    closing = "]" if inner == "[" else "}"
    for levels in (MAX_DEPTH - 1, MAX_DEPTH):
        text = '{"a":' + inner * levels + ("1" if inner != "[" else "") + closing * levels + "}"
        if levels < MAX_DEPTH:
            assert "a" in parse_json(text.encode())
        else:
            with pytest.raises(BodyError, match=f"nested too deeply; at most {MAX_DEPTH} levels"):
                parse_json(text.encode())
    flat = json.dumps({"a": [[1], {"b": [2]}] * 500})
    assert parse_json(flat.encode()) == json.loads(flat)


def test_deep_json_of_any_depth_is_a_refusal(make_lab: Any) -> None:
    """Also where the parser just manages what its readers then could not: there was a depth that ended in a 500."""
    lab = make_lab("enhancor")
    for depth in range(850, 1010):
        text = '{"webhookUrl": "http://a/", "mode": "fast", "img_url": ' + "[" * depth + "]" * depth + "}"
        headers = {"x-api-key": "test-key", "Content-Type": "application/json"}
        answer = lab.call("POST", "/api/upscaler/v1/queue", data=text, headers=headers)
        assert (answer.status_code, "nested too deeply" in answer.headers["X-Greycard-Reason"]) == (400, True), depth


@pytest.mark.parametrize("cut", range(1, 140, 1))
def test_where_the_network_cuts_a_form_does_not_matter(cut: int) -> None:
    """A form arrives the same whatever pieces its bytes come in, also when the last boundary is cut."""
    body = _multipart(('name="f"; filename="f"', b"xxxxx"), ('name="t"', b"clean"))

    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            left = cut - self.tell() if self.tell() < cut else len(body)
            return super().read(min(left, size or 0))

    fields, files = parse_form(Pieces(body), len(body), "multipart/form-data", {"boundary": "BOUND"}, LIMIT)
    assert (fields, files["f"].read()) == ({"t": "clean"}, b"xxxxx")
    files["f"].close()


@given(st.binary(max_size=300))
def test_random_bytes_never_break_the_form_parser(body: bytes) -> None:
    """Anything either parses or is a BodyError."""
    for mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
        try:
            _, files = parse_form(io.BytesIO(body), len(body), mimetype, {"boundary": "BOUND"}, LIMIT)
        except BodyError:
            continue
        assert files == {}


@given(st.dictionaries(st.text(max_size=5), st.from_type(type(None)) | st.text(max_size=5) | st.integers(), max_size=3))
def test_json_comes_back(value: dict[str, Any]) -> None:
    """What any JSON writer makes of an object is read as that object."""
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")).keys() is not None


NUMBERS = (
    "0", "-0", "-0.0", "01", "1.", ".5", "+1", "-", "1e5", "1E+2", "1e400", "-1e400", "1e-400", "5e-324", "0.1",
    "17976931348623158e292", "17976931348623159e292", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1" * 309, "1" * 400 + ".0", "9" * 4300, "9" * 4301, "0x10", "1_0",
)  # fmt: skip
WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity", "True", "nul", "undefined", "'a'")
TEXTS = (
    '""', '"a"', '"\\u0041"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\ud83d\\u0041"', '"\\u00e9"',
    '"\\x41"', '"\\u12"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"\x7f"', '"\x1f"', '"\x00"', '"\t"',
    '"\u2028é😀"', '"', '"\\"',
)  # fmt: skip
SIGNS = ("{", "}", "[", "]", ",", ":", " ", "\n", "\r\t", "\f", "\xa0", "\ufeff", "\x00", "//", "{}", "[]", '{"a":1}')
JSON_BITS = st.sampled_from([*NUMBERS, *WORDS, *TEXTS, *SIGNS])
JSON_TREES = st.recursive(
    JSON_BITS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(st.tuples(st.sampled_from(TEXTS), inner), max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{name}:{value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)
JSON_BYTES = st.one_of(
    JSON_TREES.map(lambda text: f'{{"a":{text},"a ":1}}'.encode()),
    st.lists(JSON_BITS, max_size=8).map(lambda parts: "".join(parts).encode()),
    st.tuples(JSON_TREES, st.sampled_from(["utf-16", "utf-8-sig", "utf-16-le", "utf-32", "latin-1"])).map(
        lambda given: given[0].encode(given[1], "replace")
    ),
    st.binary(max_size=12),
    st.binary(max_size=6).map(lambda odd: b'{"a":"' + odd + b'"}'),
    st.builds(lambda depth, mark: b'{"a":' + mark[:-1] * depth + b"1" + mark[-1:] * depth + b"}",
              st.integers(95, 105) | st.integers(900, 1100), st.sampled_from([b"[]", b'{"a":}'])),
)  # fmt: skip


def as_said(read: Callable[[bytes], Any], body: bytes) -> str:
    """What is read, as text that tells 1 from 1.0 and -0.0 from 0.0, or why nothing is."""
    try:
        return repr(read(body))
    except BodyError as error:
        return f"BodyError: {error}"


@settings(max_examples=500)
@given(JSON_BYTES)
def test_the_quick_decoder_reads_and_refuses_what_the_careful_one_does(body: bytes) -> None:
    """Same values, types and signs, and the same words where nothing is read."""

    def carefully(body: bytes) -> Any:
        with patch.object(json_body, "_decode", side_effect=ValueError):
            return parse_json(body)

    assert as_said(parse_json, body) == as_said(carefully, body)


@settings(max_examples=300)
@given(st.lists(st.text("ab=&+;%éC3A9 \x00", max_size=8) | st.sampled_from(["%C3%A9", "%e2%82", "a=%", "=", "%zz"])))
def test_a_form_is_read_as_the_standard_library_reads_it(parts: list[str]) -> None:
    """Percent signs, plus signs, blanks, and of a repeated name the first value; but too many fields are refused."""
    body = "&".join(parts).encode()
    length = body.count(b"&") + 1
    kind = "application/x-www-form-urlencoded"
    if length > MAX_PARTS:
        with pytest.raises(BodyError, match="more than 64 fields"):
            parse_form(io.BytesIO(body), len(body), kind, {}, LIMIT)
        return
    fields, _ = parse_form(io.BytesIO(body), len(body), kind, {}, LIMIT)
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    assert list(fields.items()) == list(dict(reversed(pairs)).items())


@given(
    st.sampled_from(["", " "]),
    st.text(st.characters(codec="latin-1"), max_size=12),
    st.sampled_from(["", ";", "; a=b"]),
)
def test_a_media_type_is_what_the_general_parser_makes_of_it(before: str, name: str, after: str) -> None:
    """With parameters and without, in any case, with blanks around it."""
    header = f"{before}{name}{after}"
    mimetype, options = parse_options_header(header)
    assert media_type(header) == (mimetype.strip().lower(), options)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("+2", 2), ("-1", -1), ("2.0", "2.0"), ("two", "two"), (" 2", " 2"), ("9" * 19, "9" * 19)],
)
def test_form_fields_get_the_types_of_the_schema(text: str, value: object) -> None:
    """Digits become integers where the schema says so, anything else stays text for the schema to refuse."""
    assert coerced({"n": text, "t": text, "unknown": text}, {"n"}) == {
        "n": value,
        "t": text,
        "unknown": text,
    }
    assert coerced({"n": "", "t": ""}, {"n"}) == {"t": ""}
