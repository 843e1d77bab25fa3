"""The control plane's OpenAPI document, and queries of its addresses, which hold what it says and nothing else.

A parameter that does nothing would let whoever misspelt it believe an answer to another question.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_mocks.control.actions import ControlError
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from werkzeug.datastructures import MultiDict

OPENAPI = Path(__file__).parent / "control.openapi.json"
TITLE = "no such query"
MAX_SHOWN = 60


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document of the control plane."""
    found: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    return found


@cache
def _allowed(rule: str, method: str) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of the parameters by name, of a Flask rule with its prefix."""
    document = openapi()
    path = rule.replace("<", "{").replace(">", "}")
    references = document["paths"].get(path, {}).get(method.lower(), {}).get("parameters", [])
    found = [document["components"]["parameters"][one["$ref"].rpartition("/")[2]] for one in references]
    return {one["name"]: one["schema"] for one in found if one["in"] == "query"}


def check_query(rule: str, method: str, given: MultiDict[str, str], known: Mapping[str, Collection[str]]) -> None:
    """Raise ControlError 422 for a parameter that the address does not have, twice, or with a value that it cannot be.

    `known` are the names that there are for a parameter that takes a name.
    """
    allowed = _allowed(rule, method)
    for name, values in given.lists():
        if name not in allowed:
            takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            shown = name[:MAX_SHOWN]
            raise ControlError(422, TITLE, f"this address has no parameter {shown!r}; {takes}{similar(shown, allowed)}")
        if len(values) > 1:
            raise ControlError(422, TITLE, f"{name} is given {len(values)} times; give it once")
        wrong = _why_wrong(allowed[name], values[0], known.get(name, ()))
        if wrong:
            raise ControlError(422, TITLE, f"{name} {wrong}, not {values[0][:MAX_SHOWN]!r}")


def _why_wrong(schema: Mapping[str, Any], text: str, names: Collection[str]) -> str:
    if names and text not in names:
        return f"must be one of {', '.join(names)}"
    if "enum" in schema and text not in schema["enum"]:
        return f"must be {' or '.join(schema['enum'])}, or be left out"
    if schema.get("type") == "integer":
        low, high = schema.get("minimum", 0), schema.get("maximum", 10**15)
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(high))
        if not is_number or not low <= int(text) <= high:
            return f"must be a whole number from {low} to {high}" if "maximum" in schema else "must be a whole number"
    return ""
