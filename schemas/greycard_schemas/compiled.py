"""Fast yes or no for request bodies: schemas of the contract data compiled once by `jsonschema-rs`.

Why a value is refused is said by `judge`; this module only answers whether.
"""

from __future__ import annotations

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
        options = "|".join("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in v) for v in plain["enum"])
        del plain["enum"]
        plain["pattern"] = f"^({options})$"
    elif "enum" in plain:
        plain["enum"] = [*plain["enum"], *node.get("x-tolerates", ())]
    return plain


def compile_request(operation: Operation) -> Callable[[Any], bool]:
    """A function that tells whether a request's values satisfy the operation's request schema."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(plain_schema(operation, operation.request))
    return validator.is_valid
