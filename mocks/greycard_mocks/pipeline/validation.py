"""Why values do not satisfy an operation's request schema, in words; whether they do is asked in `steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.core.answer import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_mocks.core.exchange import Exchange

MAX_NAMES = 64
MAX_NAME = 100
"""Field names beyond these bounds are not looked at for misspellings."""


def similar(name: str, others: Iterable[str]) -> str | None:
    """The one of `others` that is `name` misspelled, if one is."""
    import difflib

    spelled = {other.lower().replace("_", "").replace("-", ""): other for other in others if len(other) <= MAX_NAME}
    found = difflib.get_close_matches(name.lower().replace("_", ""), spelled, n=1, cutoff=0.75)
    return spelled[found[0]] if found else None


def misspelled(exchange: Exchange) -> Refusal | None:
    """Of a field that nobody knows, which one it may have been; the vendor ignores it all the same."""
    known = exchange.rules.fields
    for name in list(exchange.values)[:MAX_NAMES]:
        if name not in known:
            meant = similar(name, [other for other in known if other not in exchange.values])
            if meant:
                detail = f"{name!r} is no field and was ignored; did you mean {meant!r}?"
                return Refusal("", detail, f"{exchange.rules.place}#request/{meant}/type", f"/{name}")
    return None


def why_invalid(exchange: Exchange) -> Refusal:
    """The first statement of the request schema that the values break."""
    from greycard_schemas.judge import judge

    rules = exchange.rules
    error = rules.refusal
    for found in judge(rules.operation, rules.contract["request"], exchange.values):
        if not found.holds:
            if found.keyword == "required":
                detail, pointer = f"{found.expected} is missing", f"{found.pointer}/{found.expected}"
                meant = similar(str(found.expected), exchange.values)
                if meant:
                    detail += f"; did you misspell it as {meant!r}?"
            else:
                detail = f"{found.pointer.removeprefix('/') or 'the body'} {_demand(found.keyword, found.expected)}"
                pointer = found.pointer
            special = rules.contract.get("refusals", {}).get(found.pointer)
            if special and found.keyword != "type":
                error = special
            return Refusal(error, detail, found.claim, pointer)
    return Refusal(error, "the values do not satisfy the request schema", f"{rules.place}#request/type")


_DEMANDS = {
    "enum": "must be one of {}",
    "const": "must be {}",
    "type": "must be of the type {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be over {}",
    "exclusiveMaximum": "must be under {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "pattern": "must match the pattern {}",
    "format": "must have the form {}",
}


def _demand(keyword: str, expected: Any) -> str:
    """What a keyword of a schema demands, as a person says it."""
    many = isinstance(expected, list) and not any(isinstance(one, list | dict) for one in expected)
    words = (" or " if keyword == "type" else ", ").join(map(str, expected)) if many else str(expected)
    return _DEMANDS.get(keyword, f"breaks {keyword} {{}}").format(words)


def malformed_url(exchange: Exchange) -> Refusal | None:
    """The refusal of a field that must hold an address and does not."""
    from greycard_mocks.egress.guard import EgressError, check_url_form

    rules = exchange.rules
    for name in rules.urls:
        try:
            check_url_form(exchange.values[name])
        except EgressError as problem:
            detail = f"{name} must be an absolute http or https URL: {problem}"
            return Refusal(rules.refusal, detail, f"{rules.place}#urls", f"/{name}")
    return None
