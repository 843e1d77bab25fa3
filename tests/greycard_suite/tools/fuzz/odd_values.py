"""Odd values for fields, paths and headers, and JSON texts that are hard to read: all drawn from one `Random`."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

TEXTS = (
    "", " ", "\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202egnp.exe", "\U0001d54f", "\u0661\u0662", "-1", "1e400",
    "true", "null", "NaN", "%00", "%", "%zz", "../../../etc/passwd", "..%2f..%2f", "a\r\nX-Injected: 1", "\x1b[31m",
    "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1--", "x" * 256, "x" * 70_000, "9" * 5000,
)  # fmt: skip
LINKS = (
    "http://", "http://[", "http://[::1]:1/x", "http://127.0.0.1:1/x", "http://2130706433/", "http://0x7f.1/",
    "http://169.254.169.254/latest", "http://user:pass@127.0.0.1/", "https://127.0.0.1:443/", "file:///etc/passwd",
    "gopher://127.0.0.1/", "data:image/png;base64,AAAA", "javascript:alert(1)", "//127.0.0.1/x", "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/", "http://\u2488\u2488/", "http://127.0.0.1:1/\r\nX: 1",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64, 10**400, 0.1, -0.0, 1e308, 5e-324)
_TOKENS = ("NaN", "Infinity", "-Infinity", "1e400", "-1e-400", "9" * 5000, "0x1F", "01", "+1", "1.", "'a'", "undefined",
           '"\\ud800"', '"\\u0000"', '"\\x"', '"\t"', "")  # fmt: skip


def odd(dice: Random) -> Any:
    """Any value that JSON can hold, mostly not what was wanted."""
    match dice.randrange(7):
        case 0:
            return dice.choice(NUMBERS)
        case 1:
            return dice.choice((None, True, False, [], {}, [[]], {"": {}}, [None] * 300))
        case 2:
            return dice.choice(LINKS)
        case 3:
            return "".join(chr(dice.choice((dice.randrange(128), dice.randrange(0x11_0000)))) for _ in range(9))
        case 4:
            return [odd(dice) for _ in range(dice.randrange(4))]
        case 5:
            return {dice.choice(TEXTS[:20]): odd(dice) for _ in range(dice.randrange(4))}
        case _:
            return dice.choice(TEXTS)


def changed(dice: Random, values: Any) -> Any:
    """Request values with one or two of their fields odd, missing, or further ones."""
    if not isinstance(values, dict):
        return odd(dice)
    made = copy.deepcopy(values)
    for _ in range(dice.randint(1, 2)):
        name = dice.choice([*made, "greycard"]) if dice.random() < 0.9 else dice.choice(TEXTS[:20])
        if dice.random() < 0.15:
            made.pop(name, None)
        else:
            made[name] = odd(dice)
    return made


def as_json(value: Any) -> bytes:
    """JSON as most clients write it: lone surrogates escaped."""
    return json.dumps(value).encode()


def odd_json(dice: Random, values: Any) -> bytes:  # noqa: PLR0911 - one way to be wrong each
    """JSON that is broken, deep, huge, in another encoding, or with a field said twice."""
    good = json.dumps(values)
    match dice.randrange(9):
        case 0:
            return good[: dice.randrange(len(good))].encode()
        case 1:
            return b"\xef\xbb\xbf" + good.encode()
        case 2:
            return good.encode(dice.choice(("utf-16", "utf-16-le", "utf-32", "cp037")))
        case 3:
            depth = dice.choice((10, 200, 900, 990, 1000, 1010, 5000, 100_000))
            opening, closing = dice.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
            middle = dice.choice(("1", ""))
            return (opening * depth + middle + (closing * depth if dice.random() < 0.7 else "")).encode()
        case 4:
            name = json.dumps(dice.choice([*values, "x"]) if isinstance(values, dict) else "x")
            return f"{{{name}: {dice.choice(_TOKENS)}, {good.lstrip('{')}".encode()
        case 5:
            return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass") + dice.choice(
                (b"\x00", b"{}", b",", b"\xff", b" " * 100_000)
            )
        case 6:
            return dice.choice(_TOKENS).encode()
        case 7:
            return json.dumps({f"k{number}": number for number in range(dice.choice((100, 20_000)))}).encode()
        case _:
            return flipped(dice, good.encode())


def flipped(dice: Random, data: bytes) -> bytes:
    """Bytes of which a few are changed, left out, doubled, or the rest cut off."""
    made = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        if not made:
            break
        place = dice.randrange(len(made))
        match dice.randrange(5):
            case 0:
                made[place] = dice.randrange(256)
            case 1:
                del made[place : place + dice.randint(1, 8)]
            case 2:
                made[place:place] = dice.randbytes(dice.randint(1, 4))
            case 3:
                made[place:place] = made[place : place + dice.randint(1, 64)]
            case _ if dice.random() < 0.3:
                del made[place:]
            case _:
                made[place] ^= 1 << dice.randrange(8)
    return bytes(made)
