"""Probes: a field with another value that the document allows as well. No drift; it tells what a field is read for.

An application that stops without a field, and does the same whatever stands there, reads it without need. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Vendor

OTHER_TEXT = "greycard"


def place_of(drift: str) -> str:
    """The field that a drift changes: its id without the change."""
    return drift.rpartition("-")[0]


def probe_of(drift: Drift, vendor: Vendor) -> Drift | None:
    """A drift that makes a field null, made a probe of the same field; None where no other value can be told."""
    if not drift.id.endswith(("-null", "-retyped")):
        return None
    patches = []
    for patch in drift.patches:
        value = _other(_at(vendor.files().get(str(patch["file"])), str(patch["path"])))
        if patch["op"] != "replace" or value is None:
            return None
        patches.append({**patch, "value": value})
    return replace(drift, id=f"{place_of(drift.id)}-otherwise", patches=tuple(patches), family="probe")


def _other(value: Any) -> Any:
    if isinstance(value, str) and value:
        return OTHER_TEXT
    return value + 1 if isinstance(value, int) and not isinstance(value, bool) else None


def _at(node: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or key not in node:
            return None
        children: Mapping[str, Any] = node
        node = children[key]
    return node
