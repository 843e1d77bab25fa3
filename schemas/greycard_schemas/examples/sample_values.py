"""Sample values for the names of body templates, and the templates filled with them.

For the lint, the drifts and the examples of the OpenAPI export only: no task, no clock, no picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import LINK, base_request, resolved
from greycard_schemas.templates import ITEM_NAMES, MISSING, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Operation, Vendor

_RESULT = "https://images.invalid/result.png"
_PICTURE: dict[str, Any] = {"link": LINK, "width": 300, "height": 400, "size": 1200, "extension": "png"}
_OUTPUT: dict[str, Any] = {"link": _RESULT, "width": 600, "height": 800, "size": 4800, "extension": "png"}


def sample_names(vendor: Vendor, create: Operation, state: str) -> dict[str, Any]:
    """Name to sample value for a task of `create` in one state of the lifecycle; names without a value are left out."""
    lifecycle = vendor.data["lifecycle"]
    spec = lifecycle["states"][state]
    phase = spec["phase"]
    ended, good = phase != "running", phase == "succeeded"
    request = {**_defaults(create), **base_request(create)}
    item_state = lifecycle.get("item_states", {}).get("succeeded" if good else "failed", state)
    names: dict[str, Any] = {
        "task.id": "6f1c7a52-3f0e-4a55-9a35-0c9d8f4b2e11",
        "task.status": spec["value"],
        "task.progress": {"running": 40, "succeeded": 100, "failed": 0}[phase],
        "task.created": 1700000000,
        "task.queue": 0 if ended else 1,
        "task.price": 0 if phase == "failed" else 480,
        "task.wait": 0 if ended else 1,
        "task.reason": spec.get("reason", ""),
        "task.errorcode": spec.get("errorcode", 0),
        "task.faces_count": 1,
        "task.faces": [
            {
                **{f"item.input_{key}": value for key, value in _PICTURE.items()},
                **{f"item.{key}": value for key, value in _OUTPUT.items()},
            }
        ],
        "task.items": [
            {
                "item.result": _RESULT if good else "",
                "item.status": lifecycle["states"][item_state]["value"],
                "item.reason": "" if good else "the image could not be downloaded",
            }
        ],
        **{f"picture.{key}": value for key, value in _PICTURE.items()},
        **{f"request.{key}": value for key, value in request.items()},
        "account.token": "test-token",
        "delivery.signature": "0" * 32,
    }
    if ended:
        names |= {"task.completed": 1700000002, "task.elapsed_ms": 1500.5}
    if good:
        names |= {f"result.{key}": value for key, value in _OUTPUT.items()} | {
            "result.delivered": _RESULT,
            "result.mask": _RESULT,
        }
    return names


def error_names(vendor: Vendor, error: str) -> dict[str, Any]:
    """The names that the body of one error may ask for."""
    spec = vendor.data["errors"][error]
    return {"error.code": spec["code"], "error.message": spec["message"]}


def filled(template: Any, names: Mapping[str, Any]) -> Any:
    """`template` with the sample values put in; a key without a value and without ``$else`` is left out.

    Raises ContractError when the whole template asks for a name that has no value.
    """

    def lookup(name: str) -> Any:
        value = names.get(name, MISSING)
        return [entry.__getitem__ for entry in value] if name in ITEM_NAMES else value

    value = render(template, lookup)
    if value is MISSING:
        msg = f"the body asks for {template['$from']!r}, which has no value here"
        raise ContractError(msg)
    return value


def _defaults(operation: Operation) -> dict[str, Any]:
    found = {}
    for name, schema in operation.fields.items():
        node, _ = resolved(operation, schema)
        if "default" in node:
            found[name] = node["default"]
    return found
