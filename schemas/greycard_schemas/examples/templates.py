"""Sample values for the names of body templates, and the templates filled with them.

For the lint and the examples of the OpenAPI export only: no task, no clock, no picture. The mock has its own
renderer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import LINK, base_request, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Operation, Vendor

_RESULT = "https://images.invalid/result.png"
_PICTURE: dict[str, Any] = {"link": LINK, "width": 300, "height": 400, "size": 1200, "extension": "png"}
_OUTPUT: dict[str, Any] = {"link": _RESULT, "width": 600, "height": 800, "size": 4800, "extension": "png"}

ITEM_NAMES = {
    "task.items": ("result", "status", "reason"),
    "task.faces": (*(f"input_{name}" for name in _PICTURE), *_OUTPUT),
}
"""What ``item.`` may name, by the list that ``$each`` goes through."""

NAMES = frozenset(
    {
        *(f"task.{name}" for name in ("id", "status", "progress", "created", "completed", "elapsed_ms", "reason")),
        *(f"task.{name}" for name in ("errorcode", "queue", "price", "wait", "faces_count")),
        *(f"picture.{name}" for name in _PICTURE),
        *(f"result.{name}" for name in (*_OUTPUT, "delivered")),
        "error.code",
        "error.message",
        "account.token",
        "delivery.md5",
    }
)
"""Every name that a template may ask for, besides ``request.<field>`` and the names of an item."""


def sample_names(vendor: Vendor, create: Operation, state: str) -> dict[str, Any]:
    """Name to sample value for a task of `create` in one state of the lifecycle.

    Names without a value are left out.
    """
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
        "delivery.md5": "0" * 32,
    }
    if ended:
        names |= {"task.completed": 1700000002, "task.elapsed_ms": 1500.5}
    if good:
        names |= {f"result.{key}": value for key, value in _OUTPUT.items()} | {"result.delivered": _RESULT}
    return names


def error_names(vendor: Vendor, error: str) -> dict[str, Any]:
    """The names that the body of one error may ask for."""
    spec = vendor.data["errors"][error]
    return {"error.code": spec["code"], "error.message": spec["message"]}


def filled(template: Any, names: Mapping[str, Any]) -> Any:
    """`template` with the sample values put in; a key without a value and without ``$else`` is left out."""
    if isinstance(template, list):
        return [filled(part, names) for part in template if not _absent(part, names)]
    if not isinstance(template, dict):
        return template
    if "$from" in template:
        if template["$from"] not in names:
            if "$else" in template:
                return template["$else"]
            msg = f"the body asks for {template['$from']!r}, which has no value here"
            raise ContractError(msg)
        value = names[template["$from"]]
        form = template.get("$as")
        return str(value) if form == "string" else int(value) if form == "integer" else value
    if "$each" in template:
        return [filled(template["$do"], {**names, **item}) for item in names[template["$each"]]]
    return {key: filled(part, names) for key, part in template.items() if not _absent(part, names)}


def _absent(part: Any, names: Mapping[str, Any]) -> bool:
    return isinstance(part, dict) and "$from" in part and part["$from"] not in names and "$else" not in part


def _defaults(operation: Operation) -> dict[str, Any]:
    found = {}
    for name, schema in operation.fields.items():
        node, _ = resolved(operation, schema)
        if "default" in node:
            found[name] = node["default"]
    return found
