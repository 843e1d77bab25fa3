"""Reads JSON bodies: by the standard, bounded in depth, with a reason to act on where that is not possible."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from greycard_mocks.pipeline.body import BodyError

MAX_DEPTH = 100
"""Objects and arrays within each other; what goes deeper ends, sooner or later, at the recursion limit."""

_TOO_DEEP = f"the JSON is nested too deeply; at most {MAX_DEPTH} levels are read"


def is_deep(value: Any) -> bool:
    """Whether more than MAX_DEPTH objects and arrays stand within each other; looks at one level after the other."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [one for one in level if isinstance(one, dict | list)]
        if not containers:
            return False
        level = [child for one in containers for child in (one.values() if isinstance(one, dict) else one)]
    return True


def _no_constant(name: str) -> Any:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        msg = f"the number {text[:20]} is too large"
        raise ValueError(msg)
    return number


DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
"""Reads JSON as its standard has it: NaN, Infinity and numbers beyond any float are none."""

_decode = msgspec.json.Decoder().decode
"""Does the same, several times as fast, but for lone surrogates, which it refuses."""


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises BodyError on anything else (NaN, wrong encoding, too deep, an array).
    """
    try:
        value = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        value = _read_with_care(body)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and is_deep(value):
        raise BodyError(_TOO_DEEP)
    if not isinstance(value, dict):
        msg = f"the body must be a JSON object, not {_json_type(value)}"
        raise BodyError(msg)
    return value


def _read_with_care(body: bytes) -> Any:
    """What the quick decoder could not read: lone surrogates are JSON all the same, all else is refused in words."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"the body is not UTF-8 (byte {error.start}); send JSON in UTF-8"
        raise BodyError(msg) from None
    try:
        return DECODER.decode(text)
    except RecursionError:
        raise BodyError(_TOO_DEEP) from None
    except ValueError as error:
        msg = f"the body is not JSON: {error}"
        raise BodyError(msg) from None


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "another value")
