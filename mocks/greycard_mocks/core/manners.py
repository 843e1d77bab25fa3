"""How a vendor does what no document speaks of: the spelling of its answers, their transport, clock and limiter.

The contract data that are shipped have no `manners`; a freedom adds them. They are read once, when a runtime is made;
without them everything is as it always was. Knows no operation and no task, reads no clock.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from greycard_mocks.core.bounds import is_number, is_whole
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_LATENCY_SECONDS = 60.0
MAX_SKEW_SECONDS = 1e8
MAX_DELIVERIES = 10

_SEPARATORS = {"": (",", ":"), "blanks": (", ", ": "), "spaced": (" , ", " : "), "indented": (",", ": ")}
_INDENT = 4
_encode = msgspec.json.Encoder().encode


def _write(value: Any) -> bytes:
    """Without a blank and in bare UTF-8, as most servers write JSON; what UTF-8 cannot write is escaped."""
    with suppress(UnicodeEncodeError):
        return _encode(value)
    return json.dumps(value, separators=_SEPARATORS[""]).encode()


@dataclass(frozen=True, slots=True)
class Manners:
    """The manners of one vendor; each default means that nothing is out of the ordinary."""

    json_order: str = ""
    json_space: str = ""
    json_escape: str = ""
    json_tail: bool = False
    content_type: str = "application/json"
    transfer: str = ""
    close: bool = False
    header_case: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal_headers: Mapping[str, str] = field(default_factory=dict)
    skew_seconds: float = 0.0
    fresh_links: bool = False
    deliver_early: bool = False
    deliver_times: int = 1
    delivery_headers: Mapping[str, str] = field(default_factory=dict)
    latency_seconds: float = 0.0
    limiter: str = "sliding"
    pictures_checked: str = ""
    write: Callable[[Any], bytes] = field(init=False, repr=False, compare=False)
    """A JSON value as the bytes that are sent."""

    on_wire: bool = field(init=False, repr=False, compare=False)
    """Whether answers are sent otherwise than they used to be, apart from the spelling of their JSON."""

    def __post_init__(self) -> None:
        plain = not (self.json_order or self.json_space or self.json_escape or self.json_tail)
        wire = self.transfer or self.close or self.header_case or self.headers or self.skew_seconds
        object.__setattr__(self, "write", _write if plain else self._spelled)
        object.__setattr__(self, "on_wire", bool(wire))

    def _spelled(self, value: Any) -> bytes:
        if self.json_order:
            value = _ordered(value, backwards=self.json_order == "reversed")
        options: dict[str, Any] = {"separators": _SEPARATORS[self.json_space]}
        if self.json_space == "indented":
            options["indent"] = _INDENT
        text = json.dumps(value, ensure_ascii=bool(self.json_escape), **options)
        try:
            written = text.encode()
        except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot write
            written = json.dumps(value, **options).encode()
        if self.json_escape == "slash":
            # outside strings JSON has no slash
            written = written.replace(b"/", rb"\/")
        return written + b"\n" if self.json_tail else written

    def header_name(self, name: str) -> str:
        """A header's name as this vendor spells it."""
        return name.lower() if self.header_case == "lower" else name.upper() if self.header_case == "upper" else name


AS_USUAL = Manners()
"""The manners of a vendor whose data have none."""


def manners_of(vendor: str, data: Mapping[str, Any]) -> Manners:
    """The manners in a vendor's data; raises ContractError, which says what there is, for one that does not exist."""
    found = data.get("manners")
    if not found:
        return AS_USUAL
    for name, value in found.items():
        if name not in _FORMS:
            msg = f"{vendor}: vendor.json: /manners: there is no {name!r}; known are {', '.join(_FORMS)}"
            raise ContractError(msg)
        words, fits = _FORMS[name]
        if not fits(value):
            msg = f"{vendor}: vendor.json: /manners/{name}: must be {words}, not {value!r:.100}"
            raise ContractError(msg)
    return Manners(**found)


def _ordered(value: Any, *, backwards: bool) -> Any:
    """`value` with the keys of every object in reverse, or else in alphabetical order."""
    if isinstance(value, dict):
        keys = reversed(value) if backwards else sorted(value)
        return {key: _ordered(value[key], backwards=backwards) for key in keys}
    if isinstance(value, list):
        return [_ordered(one, backwards=backwards) for one in value]
    return value


Form = tuple[str, "Callable[[Any], bool]"]


def _one_of(*options: str) -> Form:
    return f"one of {', '.join(options)}", lambda value: isinstance(value, str) and value in options


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _is_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_line(name) and name.replace("-", "").replace("_", "").isalnum() and _is_line(text)
        for name, text in value.items()
    )


_YES: Form = ("true or false", lambda value: isinstance(value, bool))
_HEADERS: Form = ("an object of header names and texts", _is_headers)

_FORMS: dict[str, Form] = {
    "json_order": _one_of("reversed", "sorted"),
    "json_space": _one_of("blanks", "spaced", "indented"),
    "json_escape": _one_of("ascii", "slash"),
    "json_tail": _YES,
    "content_type": ("a media type", lambda value: _is_line(value) and "/" in value),
    "transfer": _one_of("chunked", "gzip"),
    "close": _YES,
    "header_case": _one_of("lower", "upper"),
    "headers": _HEADERS,
    "refusal_headers": _HEADERS,
    "skew_seconds": ("a number of seconds", lambda value: is_number(value, -MAX_SKEW_SECONDS, MAX_SKEW_SECONDS)),
    "fresh_links": _YES,
    "deliver_early": _YES,
    "deliver_times": (f"a whole number from 1 to {MAX_DELIVERIES}", lambda value: is_whole(value, 1, MAX_DELIVERIES)),
    "delivery_headers": _HEADERS,
    "latency_seconds": (
        f"a number of seconds from 0 to {MAX_LATENCY_SECONDS:g}",
        lambda value: is_number(value, 0, MAX_LATENCY_SECONDS),
    ),
    "limiter": _one_of("sliding", "fixed", "bucket", "smooth"),
    "pictures_checked": _one_of("at_create", "in_task"),
}
"""Every manner by its name, with the values that it may have."""

assert _FORMS.keys() == {one.name for one in dataclasses.fields(Manners) if one.init}  # noqa: S101 - two lists of the same
