"""Writes a vendor's contract data as an OpenAPI 3.1 description, for other tools; nothing is read back from it.

What OpenAPI can say is translated; sources stay as ``x-source`` beside what they speak of, and what only
greycard knows (limits of pictures, lifecycle, rate) stays under ``x-greycard``.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import scheme_of
from greycard_schemas.examples.requests import example
from greycard_schemas.examples.sample_values import error_names, filled, sample_names

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation, Vendor

_KEPT = (
    "pictures",
    "result",
    "price",
    "sync",
    "delivers",
    "task",
    "urls",
    "signature",
    "attempts",
    "spacing_seconds",
)


def openapi(vendor: Vendor) -> dict[str, Any]:
    """The description of one vendor, in the variants that it was loaded with; JSON values only."""
    paths: dict[str, Any] = {}
    webhooks: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for operation in vendor.operations.values():
        for name, schema in operation.resource["$defs"].items():
            schemas[_component(operation, name)] = _schema(operation, schema)
        if operation.kind == "delivery":
            webhooks[operation.name] = {operation.method.lower(): _webhook(operation)}
        else:
            paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(vendor, operation)
    base, auth = vendor.data["base_url"]["value"], vendor.data["auth"]
    security = scheme_of(auth).openapi(auth)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": vendor.title,
            "version": "1",
            "description": f"What the documents say about {vendor.title}, as greycard reads them.",
            "x-documents": {name: source["title"] for name, source in vendor.sources.items()},
            "x-variants": vendor.variants,
        },
        "servers": [{"url": base or "/"}],
        "security": [dict.fromkeys(security, ())] if auth["enforced"] else [],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security},
        "x-greycard": {key: vendor.data[key] for key in ("lifecycle", "link", "rate", "units") if key in vendor.data},
    }
    if webhooks:
        document["webhooks"] = webhooks
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def _operation(vendor: Vendor, operation: Operation) -> dict[str, Any]:
    contract = operation.contract
    found: dict[str, Any] = {
        "operationId": _identifier(operation.name),
        "summary": operation.resource["title"],
        "responses": _responses(vendor, operation),
        "x-source": contract["x-source"],
    }
    kept = {key: contract[key] for key in _KEPT if key in contract}
    if kept:
        found["x-greycard"] = kept
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _schema(operation, schema)}
        for name, schema in operation.fields.items()
        if schema.get("x-in") == "path"
    ]
    if parameters:
        found["parameters"] = parameters
    if operation.encodings:
        found["requestBody"] = {
            "required": True,
            "content": {
                encoding: {"schema": _body_schema(operation, files=encoding.startswith("multipart/"))}
                for encoding in operation.encodings
            },
        }
    return found


def _body_schema(operation: Operation, *, files: bool) -> dict[str, Any]:
    """The request's schema; an uploaded file is only there in a multipart body."""
    reference = str(operation.contract["request"])
    uploads = [name for name, schema in operation.fields.items() if schema.get("x-file")]
    if files or not uploads:
        return {"$ref": _reference(operation, reference)}
    schema = _schema(operation, operation.request)
    for name in uploads:
        del schema["properties"][name]
    return schema


def _responses(vendor: Vendor, operation: Operation) -> dict[str, Any]:
    """Answers by HTTP status: what shares a status is one of several bodies."""
    found: dict[int, Any] = {}
    creator = vendor.operations[operation.contract.get("create", operation.name)]
    states = vendor.data["lifecycle"]["states"]
    for name, answer in operation.contract["responses"].items():
        phase = name if name in ("running", "succeeded", "failed") else "running"
        state = next(state for state, spec in states.items() if spec["phase"] == phase)
        value = filled(answer["body"], sample_names(vendor, creator, state))
        schema: dict[str, Any] = {"$ref": _reference(operation, answer["schema"])}
        _add(found, answer["http"], name, schema, value, answer["x-source"])
    for name in operation.contract["errors"]:
        error = vendor.data["errors"][name]
        value = filled(error["body"], error_names(vendor, name))
        schema = {"type": "object", "required": list(value), "properties": {key: {} for key in value}}
        _add(found, error["http"], name, schema, value, error["x-source"])
    return {str(status): found[status] for status in sorted(found)}


def _add(found: dict[int, Any], status: int, name: str, schema: dict[str, Any], value: Any, source: Any) -> None:
    entry = found.setdefault(
        status,
        {"description": "", "content": {"application/json": {"schema": {}, "examples": {}}}, "x-source": {}},
    )
    content = entry["content"]["application/json"]
    entry["description"] = f"{entry['description']}, {name}".removeprefix(", ")
    entry["x-source"][name] = source
    content["examples"][name] = {"value": value}
    options = content["schema"].setdefault("anyOf", [])
    if schema not in options:
        options.append(schema)


def _webhook(operation: Operation) -> dict[str, Any]:
    contract = operation.contract
    low, high = contract["acknowledgement"]["http"]
    answer: dict[str, Any] = {"description": "received", "x-source": contract["acknowledgement"]["x-source"]}
    if "schema" in contract["acknowledgement"]:
        reference = _reference(operation, contract["acknowledgement"]["schema"])
        answer["content"] = {"application/json": {"schema": {"$ref": reference}}}
    names = [contract[key] for key in ("request", "request_failed") if key in contract]
    found: dict[str, Any] = {
        "operationId": _identifier(operation.name),
        "summary": operation.resource["title"],
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": [{"$ref": _reference(operation, n)} for n in names]}}},
        },
        "responses": {str(low) if low == high else f"{low // 100}XX": answer},
        "x-source": contract["x-source"],
        "x-greycard": {key: contract[key] for key in (*_KEPT, "address", "on", "acknowledgement") if key in contract},
    }
    headers = [name for name in contract.get("headers", {}) if name != "x-source"]
    if headers:
        found["parameters"] = [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in headers
        ]
    return found


def _schema(operation: Operation, node: dict[str, Any]) -> dict[str, Any]:
    """One schema in OpenAPI's dialect: references to components, files as binary text, examples of plain values."""
    if "$ref" in node:
        return {"$ref": _reference(operation, node["$ref"])}
    if node.get("x-file"):
        return {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "x-source": node["x-source"],
        }
    found = {key: copy.deepcopy(value) for key, value in node.items() if key not in ("properties", "items")}
    if "enum" in found:
        found["enum"] = [*found["enum"], *node.get("x-tolerates", ())]
        if node.get("x-fold-case"):
            lower = [value.lower() for value in found["enum"]]
            found["enum"] += [value for value in lower if value not in found["enum"]]
    if "properties" in node:
        found["properties"] = {name: _schema(operation, child) for name, child in node["properties"].items()}
    if "items" in node:
        found["items"] = _schema(operation, node["items"])
    if node.get("type") not in ("object", "array") and "enum" not in node and "const" not in node:
        found.setdefault("examples", [example(operation, node)])
    return found


def _component(operation: Operation, name: str) -> str:
    return f"{_identifier(operation.name)}_{name}"


def _reference(operation: Operation, reference: str) -> str:
    return f"#/components/schemas/{_component(operation, reference.removeprefix('#/$defs/'))}"


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
