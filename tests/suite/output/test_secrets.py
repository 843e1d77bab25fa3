"""A key is found however it is spelled, and a text without it stays as it is."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import random
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from greycard_suite.redact.normal_form import normal_form
from greycard_suite.redact.secrets import Secrets
from greycard_suite.redact.weak_keys import weakness

PIECE = 12
LETTERS = "".join(map(chr, range(0x21, 0x7F)))


def encoded_in_part(text: str, rng: random.Random, spell: Callable[[str], str]) -> str:
    """A text of which some characters, drawn, are spelled otherwise."""
    return "".join(spell(one) if rng.random() < 0.6 else one for one in text)


def named_entity(char: str) -> str:
    """The character as an entity with a name, or a number where it has none."""
    names = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "/": "&sol;", "+": "&plus;"}
    return names.get(char, f"&#{ord(char):05};")


SPELL: dict[str, Callable[[str, random.Random], str]] = {
    "plain": lambda key, _: key,
    "upper": lambda key, _: key.upper(),
    "lower": lambda key, _: key.lower(),
    "percent whole": lambda key, _: "".join(f"%{ord(one):02X}" for one in key),
    "percent in part": lambda key, rng: encoded_in_part(key.replace("%", "%25"), rng, lambda c: f"%{ord(c):02x}"),
    "percent twice": lambda key, _: quote(quote(key, safe=""), safe=""),
    "percent by urllib": lambda key, _: quote(key, safe=""),
    "hex": lambda key, _: key.encode().hex(),
    "HEX": lambda key, _: key.encode().hex().upper(),
    "entities": lambda key, rng: encoded_in_part(html.escape(key), rng, lambda c: c if c in "&;#" else f"&#{ord(c)};"),
    "hex entities": lambda key, _: "".join(f"&#x{ord(one):X};" for one in key),
    "named entities": lambda key, _: "".join(map(named_entity, key)),
    "json": lambda key, _: json.dumps(key),
    "json escapes": lambda key, _: "".join(f"\\u{ord(one):04x}" for one in key),
    "json in json": lambda key, _: json.dumps(json.dumps({"k": key})),
    "repr": lambda key, _: repr(key),
    "base32": lambda key, rng: base64.b32encode(rng.randbytes(rng.randrange(5)) + key.encode() + b"tail").decode(),
    "base32 lower": lambda key, rng: base64.b32encode(rng.randbytes(3) + key.encode()).decode().lower(),
    "base64": lambda key, rng: base64.b64encode(rng.randbytes(rng.randrange(4)) + key.encode() + b"tail").decode(),
    "base64 url": lambda key, rng: base64.urlsafe_b64encode(rng.randbytes(2) + key.encode() + b"~?").decode(),
    "base64 in mail": lambda key, rng: base64.encodebytes(rng.randbytes(40) + key.encode() * 3).decode(),
    "basic": lambda key, _: "Basic " + base64.b64encode(f"account:{key}".encode()).decode(),
    "utf-16": lambda key, _: key.encode("utf-16-le").decode("latin-1"),
    "coloured": lambda key, _: "\x1b[1m" + "\x1b[32m".join(key) + "\x1b[0m",
    "wrapped": lambda key, _: "\r\n".join((key[:7], key[7:])),
    "first piece": lambda key, _: key[:PIECE],
    "last piece": lambda key, _: key[-PIECE:],
    "next key": lambda key, _: key[:-1] + ("x" if key[-1] != "x" else "y"),
}


DECODERS: tuple[tuple[int, Callable[[str], bytes]], ...] = (
    (4, base64.b64decode),
    (4, base64.urlsafe_b64decode),
    (8, lambda word: base64.b32decode(word, casefold=True)),
    (2, bytes.fromhex),
)
"""How many characters each decodes together, and how."""


def undone(text: str) -> list[bytes]:
    """What a reader can make of a text without effort: as it is, unescaped, and every run of letters decoded."""
    raw = text.encode("utf-8", "surrogatepass")
    found = [raw, normal_form(raw).data]
    for word in "".join(
        c if c.isalnum() or c in "+/-_" else " " for c in normal_form(raw).data.decode("latin-1")
    ).split():
        for offset in range(8):
            for block, decode in DECODERS:
                cut = word[offset : offset + (len(word) - offset) // block * block]
                with contextlib.suppress(ValueError):
                    found.append(decode(cut))
    return [one.lower() for one in found]


def readable_pieces(key: str, text: str) -> list[str]:
    """The pieces of the key that can be read in the text."""
    found = undone(text)
    pieces = {key[at : at + PIECE].lower() for at in range(max(1, len(key) - PIECE + 1))}
    return [piece for piece in pieces if any(piece.encode() in one for one in found)]


KEYS = st.text(LETTERS, min_size=PIECE + 1, max_size=60).filter(lambda key: not weakness(key))


@given(
    KEYS, st.sampled_from(sorted(SPELL)), st.randoms(use_true_random=False), st.text(max_size=30), st.text(max_size=30)
)
def test_no_piece_of_a_key_can_be_read_after_redaction(
    key: str, way: str, rng: random.Random, before: str, after: str
) -> None:
    """Whatever the key, its spelling and the text around: no 12 characters of it are left, and the rest stays."""
    assume(not readable_pieces(key, before + after))
    text = f"{before} {SPELL[way](key, rng)} {after}"
    kept = Secrets({"KEY": key}).text(text)
    assert readable_pieces(key, kept) == []
    assert kept.startswith(before)
    assert kept.endswith(after)
    assert "$KEY" in kept
    assert Secrets({"KEY": key}).text(kept) == kept


@given(KEYS, st.text() | st.text(LETTERS, max_size=400) | st.binary(max_size=300).map(lambda raw: raw.hex()))
def test_a_text_without_the_key_is_left_unchanged(key: str, text: str) -> None:
    """Neither in texts, nor in what looks like an encoding, is anything taken for a key that is none."""
    if not readable_pieces(key, text):
        assert Secrets({"KEY": key}).text(text) == text


@pytest.mark.parametrize("way", sorted(SPELL))
def test_each_spelling_can_be_read_before_redaction(way: str) -> None:
    """What the property above looks for is really there, so that it can fail."""
    key = 'sk/9fQ2+xLr7"Vb0T&zWm4%KpYd8'
    rng = random.Random(7)  # noqa: S311 - no secret
    assert readable_pieces(key, f"before {SPELL[way](key, rng)} after") or way == "next key"
    assert "$KEY" in Secrets({"KEY": key}).text(f"before {SPELL[way](key, rng)} after")


def test_a_key_on_the_edge_of_a_block_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text is searched in blocks; no edge hides a key."""
    monkeypatch.setattr("greycard_suite.redact.secrets.BLOCK_BYTES", 100)
    monkeypatch.setattr("greycard_suite.redact.secrets.OVERLAP_BYTES", 50)
    key = "sk-9fQ2xLr7Vb0TzWm4"
    for at in range(250):
        text = b"." * at + key.encode() + b"." * 50
        assert Secrets({"KEY": key}).redacted(text) == b"." * at + b"$KEY" + b"." * 50


def test_each_key_has_the_name_of_its_variable() -> None:
    """Of two keys each is replaced by its own variable; a part of a character is never cut off."""
    secrets = Secrets({"ONE": "first-9fQ2xLr7", "TWO": "kéyé-7Vb0TzWm4"})
    assert secrets.text("é first-9fQ2xLr7 and KéYé-7vb0tzwm4 é") == "é $ONE and $TWO é"
    assert repr(secrets) == "Secrets(***)"
    assert not Secrets({"SHORT": "abc"})


@pytest.mark.parametrize(
    "unit", ["word ", "%41", "%25", "&#65;", "\\u0041", "\\", "\n", "9fQ2", "sk-9fQ", "\x1b[1m", "&#0", "QUJD", "41"]
)
def test_the_time_grows_with_the_text_alone(unit: str) -> None:
    """Four times the text takes about four times as long, also where it is made of escapes or of parts of the key."""
    secrets = Secrets({"KEY": "sk-9fQ2xLr7Vb0TzWm4KpYd8HsJcN1e"})

    def seconds(size: int) -> float:
        text = (unit * (size // len(unit))).encode()
        taken = []
        for _ in range(3):
            began = time.process_time()
            secrets.redacted(text)
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(1 << 19) < 12 * seconds(1 << 17) + 0.1


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "shorter"),
        ("a9-Xq2!", "shorter"),
        ("aaaaaaaaaaaaaaaaaaaa", "different characters"),
        ("ABABABABABABAB", "different characters"),
        ("1234567890", "number"),
        ("2024-01-01", "number"),
        ("password", "word"),
        ("Enhancor", "word"),
        ("X-API-KEY-1", "documents"),
    ],
)
def test_a_key_that_cannot_be_redacted_is_told(key: str, why: str) -> None:
    """Too short, one character, a number, a word, or what stands in the documents: each with its reason."""
    assert why in weakness(key, ["the header x-api-key-1"])


@pytest.mark.parametrize(
    "key", ["sk-9fQ2xL", "0123456789abcdef", "12345678901234567890", "qwertzuiopasdfghjk", "wX3_long"]
)
def test_a_key_that_can_be_redacted_is_accepted(key: str) -> None:
    """What no text holds by chance is a key."""
    assert weakness(key, ["some words"]) == ""
