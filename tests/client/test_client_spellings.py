"""A key that an answer echoes is in no error, however the answer spells it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from greycard_client._parse import Scrubber

KEY = 'sk/9fQ2+xLr7"Vb0T&zWm4%KpYd8'
SPELL: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "percent": lambda key: quote(key, safe=""),
    "percent whole": lambda key: "".join(f"%{ord(one):02x}" for one in key),
    "percent in part": lambda key: "".join(
        f"%{ord(one):02x}" if at % 3 or one == "%" else one for at, one in enumerate(key)
    ),
    "percent twice": lambda key: quote(quote(key)),
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "html": html.escape,
    "entities": lambda key: "".join(f"&#{ord(one)};" for one in key),
    "hex entities": lambda key: "".join(f"&#x{ord(one):x};" for one in key),
    "json in json": lambda key: json.dumps(json.dumps(key)),
    "json escapes": lambda key: "".join(f"\\u{ord(one):04x}" for one in key),
    "base32": lambda key: base64.b32encode(b"ab" + key.encode()).decode(),
    "base64": lambda key: base64.b64encode(b"a" + key.encode() + b"bc").decode(),
    "base64 url": lambda key: base64.urlsafe_b64encode(b"ab" + key.encode()).decode(),
    "basic": lambda key: base64.b64encode(f"account:{key}".encode()).decode(),
    "piece": lambda key: key[7:19],
}


@pytest.mark.parametrize("way", SPELL)
def test_a_key_is_taken_out_in_every_spelling(way: str) -> None:
    """Of each spelling hardly anything is left, and the text around it stays."""
    spelled = SPELL[way](KEY)
    for text in (Scrubber([KEY]).message(f"no: {spelled} !"), Scrubber([KEY]).excerpt(f"no: {spelled} !".encode())):
        assert text.startswith("no: ")
        assert text.endswith(" !")
        assert "***" in text
        assert len(text) < 26
        assert not any(spelled[at : at + 12] in text for at in range(len(spelled) - 11))


def test_a_text_without_the_key_stays() -> None:
    """What is no key is not touched, escapes included."""
    text = "size 5 < 6 &amp; 100%25 \\u0041 c2s= 736b2f39 \\\\share"
    assert Scrubber([KEY]).message(text) == text


def test_a_control_character_does_not_look_like_a_key() -> None:
    """What is not printable is shown as what it is; only a key becomes stars."""
    assert Scrubber([KEY]).message(f"\0\1{KEY}\1\2") == r"\x00\x01***\x01\x02"


def test_a_long_message_costs_little() -> None:
    """Of a message of 8 MB only the beginning is looked at."""
    text = Scrubber([KEY]).message(f"{KEY} " * 300_000)
    assert KEY not in text
    assert len(text) <= 1003
