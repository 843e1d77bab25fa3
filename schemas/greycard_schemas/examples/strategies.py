"""Hypothesis strategies made from the schemas: valid requests, valid answers, requests that break one claim.

For tests only; Hypothesis, which `pip install 'greycard[strategies]'` brings, is imported when a strategy is asked
for. The deterministic values that they start from stand in `requests`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import (
    ADDRESS,
    LINK,
    Broken,
    Place,
    addressed,
    base_request,
    broken,
    edges,
    example,
    failing,
    places,
    resolved,
    unbreakable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from greycard_schemas.loader import Operation

__all__ = [
    "ADDRESS",
    "LINK",
    "Broken",
    "addressed",
    "answers",
    "base_request",
    "breaking",
    "broken",
    "edges",
    "example",
    "unbreakable",
    "valid",
]

_MAX_TEXT = 40
_MAX_ITEMS = 5
_MAX_NUMBER = 2**31 - 1


def valid(
    operation: Operation,
    *,
    pictures: SearchStrategy[str] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """All valid values of a request: every optional field sometimes there, everything tolerated sometimes used.

    `pictures` gives the addresses of pictures and masks (`LINK` by default; receivers are `ADDRESS`); `fixed`
    gives values that stay as they are. Uploaded files are not among the values: they are the caller's.
    """
    import hypothesis.strategies as st

    links = st.just(LINK) if pictures is None else pictures
    contract, role = operation.contract, operation.contract.get("pictures", {})
    given: dict[str, SearchStrategy[Any]] = {name: st.just(value) for name, value in (fixed or {}).items()}
    properties = operation.fields
    for name in {role.get("link"), role.get("mask")} & set(properties) - set(given):
        given[name] = links
    for name in set(contract.get("urls", ())) - set(given):
        given[name] = st.just(ADDRESS)
    if role.get("list") in properties and role["list"] not in given:
        node, _ = resolved(operation, properties[role["list"]])
        most = min(node.get("maxItems", _MAX_ITEMS), node.get("minItems", 0) + _MAX_ITEMS)
        given[role["list"]] = st.lists(links, min_size=node.get("minItems", 0), max_size=most)
    return _objects(operation, operation.request, given)


def answers(operation: Operation, response_name: str) -> SearchStrategy[Any]:
    """All valid bodies of one answer: accepted, running, succeeded, failed or deleted.

    A delivery has request, and some have request_failed. Raises ContractError for another name.
    """
    if response_name in operation.contract.get("responses", {}):
        reference = str(operation.contract["responses"][response_name]["schema"])
    elif operation.kind == "delivery" and response_name in ("request", "request_failed"):
        reference = str(operation.contract[response_name])
    else:
        known = ", ".join(operation.contract.get("responses", {})) or "request"
        msg = f"{operation.vendor}/{operation.name} has no answer {response_name!r}; choose from {known}"
        raise ContractError(msg)
    return _values(operation, operation.definition(reference))


def breaking(operation: Operation, claim_id: str) -> SearchStrategy[Any]:
    """Random requests that break exactly this claim; raises ContractError when it cannot be broken on the wire."""
    import hypothesis.strategies as st

    found = [one for one in broken(operation) if one.claim_id == claim_id]
    if not found:
        why = unbreakable(operation).get(claim_id, "it is no constraining claim of this request")
        msg = f"{claim_id} cannot be broken by a request: {why}"
        raise ContractError(msg)
    options = [st.just(one.values) for one in found]
    place, keyword = _place_of(operation, claim_id)
    if keyword != "required" and place.where:
        base = found[0].values
        options += [_wrong(place, keyword).map(lambda value: _replaced(base, place, value))]
    mixed = [_with_optional(operation, place, option) for option in options]
    return st.one_of(mixed).filter(lambda values: failing(operation, values) == [claim_id])


def _place_of(operation: Operation, identity: str) -> tuple[Place, str]:
    from greycard_schemas.claims.derive import claim_id
    from greycard_schemas.judge import KEYWORDS

    for place in places(operation):
        for keyword in KEYWORDS:
            if claim_id(operation.vendor, operation.name, [*place.steps, keyword]) == identity:
                return place, keyword
        for name in place.schema.get("required", ()):
            if claim_id(operation.vendor, operation.name, [*place.steps, "required", name]) == identity:
                return place, "required"
    msg = f"{identity} is no claim of the request"
    raise ContractError(msg)


def _wrong(place: Place, keyword: str) -> SearchStrategy[Any]:
    """Values that are likely to break `keyword` alone; what breaks more is filtered out afterwards."""
    import hypothesis.strategies as st

    schema = place.schema
    text = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=_MAX_TEXT)
    number = st.integers(-_MAX_NUMBER, _MAX_NUMBER)
    match keyword:
        case "minimum":
            return st.integers(max_value=int(schema[keyword]) - 1, min_value=-_MAX_NUMBER)
        case "maximum":
            return st.integers(min_value=int(schema[keyword]) + 1, max_value=_MAX_NUMBER)
        case "type":
            return st.one_of(text, number, st.booleans(), st.lists(number, max_size=2))
        case "enum" | "const" | "pattern":
            return text if "string" in schema["type"] else number
        case "maxItems":
            return st.lists(st.just(LINK), min_size=schema[keyword] + 1, max_size=schema[keyword] * 2)
        case "maxLength":
            return st.text("abc", min_size=schema[keyword] + 1, max_size=schema[keyword] + _MAX_TEXT)
        case _:
            return st.nothing()


def _replaced(base: Any, place: Place, value: Any) -> Any:
    if not place.where:
        return value
    first, *rest = place.where
    inner = Place(place.schema, place.steps, tuple(rest))
    if isinstance(base, list):
        return [_replaced(base[0], inner, value), *base[1:]]
    return {**base, first: _replaced(base.get(first), inner, value)}


def _with_optional(operation: Operation, place: Place, option: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Adds valid optional fields beside the broken one; a body that is no object stays as it is."""
    import hypothesis.strategies as st

    optional = valid(operation).map(
        lambda values: {
            name: value
            for name, value in values.items()
            if name not in operation.request.get("required", ()) and name != (place.where[0] if place.where else None)
        }
    )
    return st.tuples(optional, option).map(
        lambda pair: {**pair[0], **pair[1]} if isinstance(pair[1], dict) else pair[1]
    )


def _objects(
    operation: Operation, schema: dict[str, Any], given: Mapping[str, SearchStrategy[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    import hypothesis.strategies as st

    node, _ = resolved(operation, schema)
    fields = {
        name: given[name] if given and name in given else _values(operation, child)
        for name, child in node.get("properties", {}).items()
        if not resolved(operation, child)[0].get("x-file")
    }
    required = {name: fields[name] for name in node.get("required", ()) if name in fields}
    return st.fixed_dictionaries(required, optional={n: field for n, field in fields.items() if n not in required})


def _values(operation: Operation, schema: dict[str, Any]) -> SearchStrategy[Any]:
    """Every valid value of a schema, within sizes that are handy for tests."""
    import hypothesis.strategies as st

    node, _ = resolved(operation, schema)
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        members = [*node["enum"], *node.get("x-tolerates", ())]
        if node.get("x-fold-case"):
            members += [member.lower() for member in members] + [member.title() for member in members]
        return st.sampled_from(members)
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return st.one_of([_of_type(operation, node, kind) for kind in kinds])


def _of_type(operation: Operation, node: dict[str, Any], kind: str) -> SearchStrategy[Any]:
    import hypothesis.strategies as st

    match kind:
        case "object":
            return _objects(operation, node)
        case "array":
            least = node.get("minItems", 0)
            most = min(node.get("maxItems", _MAX_ITEMS), least + _MAX_ITEMS)
            return st.lists(_values(operation, node["items"]), min_size=least, max_size=most)
        case "string" if "pattern" in node:
            return st.from_regex(
                node["pattern"], fullmatch=True, alphabet=st.characters(max_codepoint=126, min_codepoint=32)
            )
        case "string":
            least = node.get("minLength", 0)
            most = min(node.get("maxLength", _MAX_TEXT), least + _MAX_TEXT)
            letters = st.characters(codec="utf-8")
            return st.text(letters, min_size=least, max_size=most)
        case "integer":
            return st.integers(node.get("minimum", -_MAX_NUMBER), node.get("maximum", _MAX_NUMBER))
        case "number":
            low, high = node.get("minimum", -1e9), node.get("maximum", 1e9)
            return st.one_of(
                st.integers(int(low), int(high)), st.floats(low, high, allow_nan=False, allow_infinity=False)
            )
        case "boolean":
            return st.booleans()
        case _:
            return st.none()
