"""What a request looks like: where its values go, and whether it asks to wait for the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation


def placed(path: str, values: Any) -> tuple[str, Any]:
    """A path with its parameters in it, and the values that are left for the body."""
    if "{" not in path or not isinstance(values, dict):
        return path, values
    inside = [name for name in values if "{" + name + "}" in path]
    for name in inside:
        path = path.replace("{" + name + "}", quote(str(values[name]), safe=""))
    return path, {name: value for name, value in values.items() if name not in inside}


def waits_for_result(operation: Operation, values: dict[str, Any]) -> bool:
    """Whether a create asks for its result at once."""
    sync: dict[str, Any] = operation.contract.get("sync") or {}
    return bool(sync) and values.get(sync["parameter"]) == sync["equals"]
