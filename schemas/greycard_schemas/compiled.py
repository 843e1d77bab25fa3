"""Fast yes or no for request bodies: schemas of the contract data compiled once by `jsonschema-rs`.

Why a value is refused is said by `judge`; this module only answers whether.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from greycard_schemas.patches import resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_schemas.loader import Operation


def plain_schema(operation: Operation, node: Any) -> Any:
    """`node` as plain JSON Schema 2020-12: local references inlined, our `x-` keywords translated or dropped."""
    if isinstance(node, list):
        return [plain_schema(operation, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return plain_schema(operation, resolve_pointer(operation.resource, str(node["$ref"]).removeprefix("#")))
    plain = {key: value for key, value in node.items() if not key.startswith("x-")}
    if "properties" in plain:
        plain["properties"] = {
            name: plain_schema(operation, child)
            for name, child in plain["properties"].items()
            if not (isinstance(child, dict) and child.get("x-file"))
        }
    if "items" in plain:
        plain["items"] = plain_schema(operation, plain["items"])
    if "enum" in plain and node.get("x-fold-case"):
        options = "|".join("".join(map(_either_case, option)) for option in plain.pop("enum"))
        folded: list[Any] = [{"pattern": f"^({options})$"}, {"enum": [*node.get("x-tolerates", ())]}]
        plain["allOf"] = [{"anyOf": folded if "x-tolerates" in node else folded[:1]}]
    elif "enum" in plain:
        plain["enum"] = [*plain["enum"], *node.get("x-tolerates", ())]
    return plain


def _either_case(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else re.escape(letter)


def compile_request(operation: Operation) -> Callable[[Any], bool]:
    """A function that tells whether a request's values satisfy the operation's request schema."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(plain_schema(operation, operation.request))
    return validator.is_valid
