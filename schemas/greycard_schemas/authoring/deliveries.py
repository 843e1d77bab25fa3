"""A delivery for a create whose request names an address and whose model has none: it tells what the read tells."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greycard_schemas.authoring.feature import Feature

_RULES: dict[str, Any] = {
    "on": ["succeeded", "failed"],
    "acknowledgement": {"http": [200, 299]},
    "attempts": 4,
    "spacing_seconds": [1, 2, 4],
    "copies": 1,
    "delay_seconds": 0,
}


def add_delivery(feature: Feature, field: str, why: str) -> str:
    """Add the file of a delivery to the address in `field` of the create's request; returns its name."""
    read = str(feature.contract["read"])
    head = feature.create.rpartition(".")[0]
    name = f"{head}.callback" if head else "callback"
    answers = feature.files[read]["x-operation"]["responses"]
    rules = copy.deepcopy(_RULES)
    rules["acknowledgement"]["x-source"] = {"http": why}
    contract = {
        "kind": "delivery",
        "create": feature.create,
        "method": "POST",
        "request": "#/$defs/body",
        "address": {"request": field, "x-source": {"request": why}},
        "body_of": read,
        **rules,
    }
    sourced = ("method", "request", "body_of", "on", "attempts")
    contract["x-source"] = dict.fromkeys((*sourced, "spacing_seconds", "copies", "delay_seconds"), why)
    feature.files[name] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"greycard:{feature.vendor}/{name}",
        "title": f"Tell of a task of {feature.create}",
        "x-operation": contract,
        "$defs": {"body": _body(answers["succeeded"]["body"], why)},
    }
    return name


def _body(template: dict[str, Any], why: str) -> dict[str, Any]:
    """What the body has under every variant of the vendor: its objects, and the id of the task."""
    kinds = {name: _kind(part) for name, part in template.items()}
    fields = {name: {"type": kind, "x-source": {"type": why}} for name, kind in kinds.items() if kind}
    return {
        "type": "object",
        "required": list(fields),
        "properties": fields,
        "x-source": {"type": why, "required": why},
    }


def _kind(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    return "string" if part.get("$from") == "task.id" else "" if "$from" in part or "$each" in part else "object"
