"""Notes, from answers that arrive anyway, which option of a variant was seen, and what no document speaks of.

Observation never judges a claim; each observer looks at one variant of one vendor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_schemas.loader import Operation
    from greycard_suite.calls import Call
    from greycard_suite.target import Target


def observe_answer(target: Target, operation: Operation | None, name: str, call: Call) -> None:
    """Look at one answer: `name` is accepted, running, ..., or the name of an error (then `operation` is None)."""
    for variant, observer in _OBSERVERS.get(target.vendor.name, {}).items():
        if variant in target.vendor.variants:
            seen = observer(target, operation, name, call)
            if seen is not None:
                target.verdicts.option(variant, seen)
    if operation is not None and isinstance(call.json, dict):
        schema = operation.definition(operation.contract["responses"][name]["schema"])
        for field in reading.unknown_fields(operation, schema, call.json):
            if field.rpartition(".")[2] not in _expected(target, operation):
                target.verdicts.notice(f"{operation.name}: a field that no document names: {field}")


def _expected(target: Target, operation: Operation) -> set[str]:
    """Every field name that the vendor's answers are known to have; a synchronous create answers like a read."""
    names: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                names.add(key)
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    related = [
        operation,
        *([target.vendor.operations[operation.contract["read"]]] if "read" in operation.contract else []),
    ]
    for response in (one for each in related for one in each.contract["responses"].values()):
        collect(response["body"])
    return names


def _data(call: Call) -> dict[str, Any]:
    data = call.json.get("data") if isinstance(call.json, dict) else None
    return data if isinstance(data, dict) else {}


def _type_field(_: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    value = _data(call).get("type") if operation is not None and name == "succeeded" else None
    return None if value is None or isinstance(value, bool) else "int" if isinstance(value, int) else "string"


def _extra_fields(_: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    if operation is None or name != "succeeded":
        return None
    return "on" if {"state_detail", "image_width", "time_elapsed"} & set(_data(call)) else "off"


def _async(_: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    if operation is None or name != "accepted" or (isinstance(call.fields, dict) and "sync" in call.fields):
        return None
    return "disabled" if "state" in _data(call) else "enabled"


def _number_form(_: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    value = _data(call).get("status") if operation is not None and name in ("running", "succeeded", "failed") else None
    return None if value is None else "string" if isinstance(value, str) else "integer"


def _error_http(target: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    if (
        operation is not None
        or name == target.vendor.data["auth"]["error"]
        or name not in ("invalid_parameter", "not_found")
    ):
        return None
    return "ok" if call.status == 200 else "status"


def _error_form(_: Target, operation: Operation | None, __: str, call: Call) -> str | None:
    error = call.json.get("error") if operation is None and isinstance(call.json, dict) else None
    return "string" if isinstance(error, str) else "object" if isinstance(error, dict) else None


def _status_result(_: Target, operation: Operation | None, name: str, call: Call) -> str | None:
    if operation is None or name != "succeeded" or not isinstance(call.json, dict):
        return None
    return "when_completed" if call.json.get("result") else "absent"


_OBSERVERS: dict[str, dict[str, Callable[[Target, Operation | None, str, Call], str | None]]] = {
    "picwish": {"type_field": _type_field, "extra_fields": _extra_fields, "async": _async},
    "wondershare": {"number_form": _number_form, "error_http": _error_http},
    "enhancor": {"error_form": _error_form, "status_result": _status_result},
}
