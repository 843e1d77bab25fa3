"""What is kept of an answer's body: short ones whole, of long ones what a judge looks at, and never several copies."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.images.testcards import card
from greycard_suite.call import MOST_CHARACTERS, DigestedBody, picture_of, weight
from greycard_suite.lifetime.likeness import made_from
from greycard_suite.targets.long_texts import LONG_TEXT, without_long_texts
from greycard_suite.targets.read_body import MAX_OTHER_BYTES, TooLongError, read_body

BLOCK = 1 << 16
LONG_ONES = {
    "words": b"m, m" * 1_000_000,
    "three bytes a character": "\u4e2d".encode() * 1_000_000,
    "four bytes a character": "\U0001f600".encode() * 700_000,
    "escapes": b"\\u4e2d" * 500_000,
    "escapes of odd length": b'\\u4e2d\\\\x\\"' * 300_000,
    "backslashes": b"\\\\" * 1_500_000,
}
"""The inside of long texts of JSON."""


def parts(content: bytes) -> Iterator[bytes]:
    """A body as it arrives."""
    return (content[at : at + BLOCK] for at in range(0, len(content), BLOCK))


def read(content: bytes) -> tuple[bytes, Any]:
    """What is kept of this body."""
    return read_body(parts(content))


def test_a_short_answer_is_kept_as_it_came() -> None:
    """Body and JSON, also where it has a long text."""
    content = json.dumps({"image": "A" * 200_000}).encode()
    assert read(content) == (content, json.loads(content))
    assert read(b"no JSON") == (b"no JSON", None)
    assert read(b"") == (b"", None)


@pytest.mark.parametrize("name", LONG_ONES)
def test_a_long_text_is_kept_by_its_beginning(name: str) -> None:
    """With its length and digest, and with the values around it."""
    inside = LONG_ONES[name]
    whole = json.loads(b'"' + inside + b'"')
    body, document = read(b'{"a": "%s", "b": ["\\"", 2]}' % inside)
    assert isinstance(body, DigestedBody)
    assert document["b"] == ['"', 2]
    beginning, _, facts = document["a"].partition("... (")
    assert whole.startswith(beginning)
    assert (len(beginning) > 1000, len(document["a"]) <= LONG_TEXT) == (True, True)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    assert facts == f"{len(whole)} characters, sha256 {digest})"


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("every", [0, 76])
def test_a_picture_in_base64_is_known_by_its_beginning(prefix: str, every: int) -> None:
    """Whether it stands in one line or in many, with the words of a data URI or without."""
    text = base64.b64encode(card(400, 300, "png") + bytes(1_000_000)).decode()
    lines = "\n".join(text[at : at + every] for at in range(0, len(text), every)) if every else text
    kept = read(json.dumps({"image": prefix + lines}).encode())[1]["image"]
    assert kept.startswith(prefix)
    picture = picture_of(base64.b64decode(kept.removeprefix(prefix), validate=True))
    assert picture is not None
    assert (picture.width, picture.height) == (400, 300)


@pytest.mark.parametrize(
    "inside",
    [b"\xff", b"\x00", b"\n", b"\\x", b"\\u12", b"\xe4\xb8", b'" "'],
    ids=["no UTF-8", "NUL", "line", "no escape", "half an escape", "half a character", "two texts"],
)
@pytest.mark.parametrize("where", [0, 500_000, 1_000_000])
def test_a_long_text_that_is_no_json_leaves_none(inside: bytes, where: int) -> None:
    """Whatever is wrong and wherever it stands."""
    text = b"m" * where + inside + b"m" * (1_000_000 - where)
    body, document = read(b'{"a": "%s"}' % text)
    assert document is None
    assert isinstance(body, DigestedBody)


def test_a_document_in_pieces_is_the_document() -> None:
    """Of any text that needs escapes, the digest is that of the text, wherever the pieces end."""
    generator = random.Random(7)  # noqa: S311 - no secret
    for _ in range(30):
        text = "".join(generator.choices('ab"\\/\n\té中\U0001f600', k=70_000 + generator.randrange(20)))
        cut = without_long_texts(json.dumps([text, text], ensure_ascii=False).encode(), 1 << 20)
        assert cut is not None
        found = json.loads(cut)
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert [one.partition("... (")[2] for one in found] == [f"{len(text)} characters, sha256 {digest})"] * 2


def test_what_is_larger_than_any_document_speaks_of_is_kept_in_outline() -> None:
    """By its size or by the number of its values; what lies on top stays."""
    many: list[list[Any]] = [[{"words": "x" * 1000}] * 500, [[]] * 60_000]
    for junk in many:
        content = json.dumps({"junk": junk, "success": True, "requestId": "a"}).encode()
        body, document = read(content)
        assert isinstance(body, DigestedBody)
        assert len(body) == len(content)
        assert (document["success"], document["requestId"]) == (True, "a")
        assert weight(document, 1 << 20) < MOST_CHARACTERS


def test_json_without_measure_counts_as_none() -> None:
    """More than a megabyte beside long texts, more values than anybody looks at, or deeper than can be read."""
    for content in (b'["%s"]' % b'","'.join([b"x" * 1000] * 2000), b"[%s0]" % (b"0," * 300_000), b"[" * 100_000):
        assert read(content)[1] is None


def test_a_body_without_end_is_left_at_its_limit() -> None:
    """Nothing of it is kept."""
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(BLOCK)
            yield bytes(BLOCK)

    with pytest.raises(TooLongError):
        read_body(endless())
    assert sum(taken) <= MAX_OTHER_BYTES + BLOCK


def test_a_large_picture_is_recognised_without_its_bytes() -> None:
    """By facts, digest, and the colours of its blocks; it equals the bytes that it was."""
    inputs = [card(281, 265, "jpg", seed=number) for number in range(3)]
    with Image.open(io.BytesIO(inputs[1])) as opened:
        file = io.BytesIO()
        opened.resize((562, 530)).save(file, "PNG")
    content = file.getvalue() + bytes(2 << 20)
    body, document = read(content)
    assert isinstance(body, DigestedBody)
    assert document is None
    assert (body == content, body != content, body == content[:-1], body == b"") == (True, False, False, False)
    facts = picture_of(body)
    assert facts is not None
    assert (facts.width, facts.height) == (562, 530)
    assert made_from(body, inputs, 1) == 1
    assert made_from(body, inputs, 2) == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_of_endless_pixels_is_not_decoded(
    mode: str, bounded: Callable[[float], AbstractContextManager[None]]
) -> None:
    """Half a megabyte may be 170 million pixels, of which nobody can tell what they show."""
    file = io.BytesIO()
    Image.new(mode, (13_000, 13_000)).save(file, "PNG")
    with bounded(1):
        assert made_from(file.getvalue(), [card(40, 30, "jpg")], 0) is None
