"""The spellings of a key that write it as a whole in another alphabet: hexadecimal, Base32, Base64; and its pieces.

A spelling is given in lower case with the length from which on a piece of it tells too much. Pure.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from greycard_schemas.wrong_keys import nearly
from greycard_suite.redact.normal_form import normal_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 12
"""Characters of a key that must not be seen together."""

SHORTEST = 6
"""Keys and spellings with fewer characters are not searched for: they would be found in words that are none."""


def spellings(secret: str) -> dict[bytes, int]:
    """What to search for, in lower case, and from how many characters on: less than all where pieces tell too much."""
    found: dict[bytes, int] = {}
    if len(secret) < SHORTEST:
        return found
    for text in dict.fromkeys([secret, *nearly(secret)]):
        raw = text.encode("utf-8", "surrogatepass")
        # a key may itself look as if it were escaped, or be shorter without its backslashes: all forms are searched for
        for plain in (raw, raw.replace(b" ", b"+"), json.dumps(text)[1:-1].encode(), normal_form(raw).data):
            found[plain.lower()] = min(len(plain), PIECE)
        for cased in dict.fromkeys([raw, raw.upper(), raw.lower()]):
            for spelled, least in _encoded(cased):
                found[spelled.lower()] = min(len(spelled), least)
    return {spelled: least for spelled, least in found.items() if len(spelled) >= SHORTEST}


def _encoded(raw: bytes) -> Iterator[tuple[bytes, int]]:
    yield raw.hex().encode(), 2 * PIECE
    yield from ((one, _whole_characters(6)) for one in _shifted(raw, base64.b64encode, 3, 6))
    yield from ((one, _whole_characters(6)) for one in _shifted(raw, base64.urlsafe_b64encode, 3, 6))
    yield from ((one, _whole_characters(5)) for one in _shifted(raw, base64.b32encode, 5, 5))


def _shifted(raw: bytes, encode: Callable[[bytes], bytes], block: int, bits: int) -> Iterator[bytes]:
    """What an encoding in blocks of so many bytes makes of `raw` amid other bytes, wherever it begins in a block.

    Characters of so many bits that other bytes have a part in are left out.
    """
    for offset in range(block):
        whole = encode(b"\0" * offset + raw)
        yield whole[-(-8 * offset // bits) : 8 * (offset + len(raw)) // bits]


def _whole_characters(bits: int) -> int:
    """How many characters of so many bits any piece of a key has at least to itself."""
    return (8 * PIECE - bits + 1) // bits
