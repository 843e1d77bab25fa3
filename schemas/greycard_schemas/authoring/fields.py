"""Puts the fields that somebody else describes in the place of those that a new feature was made after.

What the old fields did (hold the picture, the address of a delivery, the size) goes to fields that look alike;
what no field does any more is taken out, and told.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from greycard_schemas.authoring.deliveries import add_delivery
from greycard_schemas.patches import pointer_parts, resolve_pointer
from greycard_schemas.templates import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.authoring.described import Described
    from greycard_schemas.authoring.feature import Feature

_LOOKS = {
    "link": re.compile(
        r"(image|img|photo|pic|source|input|file)_?(url|link|uri)|^(url|image|img|photo)$", re.IGNORECASE
    ),
    "list": re.compile(r"image|img|photo|pic|url|input", re.IGNORECASE),
    "mask": re.compile(r"mask", re.IGNORECASE),
    "inline": re.compile(r"base_?64", re.IGNORECASE),
}
_TOLD_AT = re.compile(r"webhook|callback|notify", re.IGNORECASE)


def take_fields(feature: Feature, found: Described, source: str) -> None:
    """Change the files of `feature`: its create takes the fields that were `found`, and `source` says where."""
    resource = feature.files[feature.create]
    contract = resource["x-operation"]
    request = resolve_pointer(resource, contract["request"].removeprefix("#"))
    old: dict[str, Any] = request["properties"]
    why = f"assumed: {source}"
    fields = {name: _sourced(schema, why) for name, schema in found.fields.items()}
    contract["encodings"] = list(found.encodings)
    if found.title:
        resource["title"] = found.title
    roles = _roles(contract["pictures"], fields)
    kept = {name for name in roles.values() if name not in fields}
    for role in ("file", "link", "inline", "list", "mask"):
        if role in contract["pictures"] and role not in roles:
            feature.notes.append(f"no field looks like the picture's {role} ({contract['pictures'][role]}); taken out")
            del contract["pictures"][role]
            contract["pictures"]["x-source"].pop(role, None)
    for role, name in roles.items():
        contract["pictures"][role] = name
        contract["pictures"]["x-source"][role] = why
    for name in sorted(kept):
        fields[name] = old[name]
        feature.notes.append(f"no field looks like the one with the picture; {name!r} was kept")
    required = [name for name in found.required if name in fields] + sorted(kept)
    request["properties"] = fields
    request.pop("required", None)
    request["x-source"].pop("required", None)
    if required:
        request["required"] = required
        request["x-source"]["required"] = dict.fromkeys(required, why)
    _consequences(contract, required)
    gone = {name for name in old if name not in fields}
    _parameters(feature, contract, gone)
    operations = [one for one in feature.files.values() if "x-operation" in one]
    for operation in sorted(operations, key=lambda one: "body_of" not in one["x-operation"]):  # before what they repeat
        _answers(feature, operation, gone)
    _deliveries(feature, contract, fields, why)


def _sourced(schema: dict[str, Any], why: str) -> dict[str, Any]:
    made = dict(schema)
    sourced = [key for key in schema if key not in ("properties", "items")]
    if "items" in made:
        made["items"] = _sourced(made["items"], why)
    if "properties" in made:
        made["properties"] = {name: _sourced(one, why) for name, one in made["properties"].items()}
    made["x-source"] = dict.fromkeys(sourced, why)
    return made


def _roles(pictures: dict[str, Any], fields: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Which field holds the picture, in which way: by the old name, or by how a name and its type look."""
    found: dict[str, str] = {}
    for role in ("file", "link", "inline", "list", "mask"):
        if role not in pictures:
            continue
        if pictures[role] in fields:
            found[role] = pictures[role]
            continue
        for name, schema in fields.items():
            if name not in found.values() and _looks_like(role, name, schema):
                found[role] = name
                break
    if "list" in pictures and "list" not in found:
        link = next((name for name, one in fields.items() if _looks_like("link", name, one)), None)
        if link is not None:
            found["link"] = link
    if not {"file", "link", "list"} & set(found):
        role = next(one for one in ("link", "list", "file") if one in pictures)
        found[role] = pictures[role]
    return found


def _looks_like(role: str, name: str, schema: dict[str, Any]) -> bool:
    if role == "file":
        return bool(schema.get("x-file"))
    kind = "array" if role == "list" else "string"
    text = schema.get("items", {}).get("type") == "string" if role == "list" else True
    return schema.get("type") == kind and text and bool(_LOOKS[role].search(name)) and not _TOLD_AT.search(name)


def _consequences(contract: dict[str, Any], required: list[str]) -> None:
    pictures = contract["pictures"]
    consequences = pictures["consequences"]
    refusal = {"error": contract["refusal"], "x-source": {"error": "assumed: as every other wrong request"}}
    certain = "list" in pictures or (pictures.get("link") in required and "file" not in pictures)
    if not certain:
        consequences.setdefault("missing", dict(refusal))
    if "mask" not in pictures:
        consequences.pop("mask", None)
    if "list" not in pictures:
        for breach, one in consequences.items():
            if "item" in one:
                consequences[breach] = dict(refusal)


def _deliveries(feature: Feature, contract: dict[str, Any], fields: dict[str, Any], why: str) -> None:
    told_at = next((name for name in fields if _TOLD_AT.search(name)), None)
    contract.pop("urls", None)
    contract["x-source"].pop("urls", None)
    if told_at is not None:
        contract["urls"] = [told_at]
        contract["x-source"]["urls"] = why
    for name, resource in list(feature.files.items()):
        address = resource.get("x-operation", {}).get("address", {})
        if not address or (told_at is None and "request" not in address):
            continue
        if told_at is None:
            del feature.files[name]
            feature.notes.append(f"no field holds an address for {name}; the file was left out")
        else:
            address.clear()
            address.update({"request": told_at, "x-source": {"request": why}})
    kinds = [resource.get("x-operation", {}) for resource in feature.files.values()]
    if told_at is not None and not any("request" in one.get("address", {}) for one in kinds):
        name = add_delivery(feature, told_at, "assumed: what the read tells, sent when the task has ended")
        feature.notes.append(
            f"{told_at!r} looks like the address of a delivery; {name} tells there what the read tells"
        )


def _parameters(feature: Feature, contract: dict[str, Any], gone: set[str]) -> None:
    """Sizes, prices and forms of results that hung on fields that are gone."""
    result, price = contract["result"], contract.get("price", {})
    hanging = ["format_from"] if result.get("format_from") in gone else []
    if result.get("faces", {}).get("parameter") in gone:
        hanging.append("faces")
    if result.get("parameter") in gone:
        hanging += ["parameter", "by_value", "automatic", "forced", "otherwise", "enlarges"]
        result["fixed"], result["x-source"]["fixed"] = 1, "assumed: the size is kept"
        feature.notes.append("no field decides the size of the result any more; it is that of the input")
    for key in hanging:
        result.pop(key, None)
        result["x-source"].pop(key, None)
    if price.get("parameter") in gone:
        amount = next(one for key, one in price["by_value"].items() if key != "x-source")
        contract["price"] = {"fixed": amount, "x-source": {"fixed": "assumed: one price for every task"}}
        feature.notes.append(f"no field decides the price any more; it is {amount}")
    refusals = contract.get("refusals", {})
    for pointer in [one for one in refusals if one != "x-source" and pointer_parts(one)[0] in gone]:
        del refusals[pointer]
        refusals["x-source"].pop(pointer, None)
    if refusals and set(refusals) == {"x-source"}:
        del contract["refusals"]
    for key in ("sync", "delivers"):
        if contract.get(key, {}).get("parameter") in gone:
            del contract[key]
            feature.notes.append(f"no field asks for {key!r} any more; it was taken out")
    if "sync" not in contract and contract.get("delivers", {}).get("binary_needs_sync"):
        del contract["delivers"]


def _answers(feature: Feature, resource: dict[str, Any], gone: set[str]) -> None:
    """Take out of every answer what it echoed of fields that are gone."""
    contract = resource["x-operation"]
    match = contract.get("task", {}).get("match")
    if match in gone:
        del contract["task"]["match"]
        contract["task"]["x-source"].pop("match", None)
    answers = [(one["schema"], one["body"]) for one in contract.get("responses", {}).values()]
    bodies = contract.get("bodies", {})
    answers += [(contract["request"], body) for name, body in bodies.items() if name != "x-source"]
    if contract.get("body_of") in feature.files:
        read = feature.files[contract["body_of"]]["x-operation"]["responses"]
        told = (("succeeded", contract["request"]), ("failed", contract.get("request_failed", contract["request"])))
        answers += [(reference, copy.deepcopy(read[phase]["body"])) for phase, reference in told]
    for reference, body in answers:
        for steps in [*_echoes(body, gone)]:
            node = body
            for step in steps[:-1]:
                node = node[int(step)] if isinstance(node, list) else node[step]
            del node[steps[-1]]
            _unrequired(resource, reference, steps)


def _echoes(body: Any, gone: set[str]) -> Iterator[tuple[str, ...]]:
    names = {f"request.{name}" for name in gone}
    yield from (part.path for part in parts_of(body) if part.name in names and part.path)


def _unrequired(resource: dict[str, Any], reference: str, steps: tuple[str, ...]) -> None:
    schema = resolve_pointer(resource, reference.removeprefix("#"))
    for step in steps[:-1]:
        schema = (
            schema.get("items", {}) if step.isdigit() or step == "$do" else schema.get("properties", {}).get(step, {})
        )
        if "$ref" in schema:
            schema = resolve_pointer(resource, schema["$ref"].removeprefix("#"))
    name = pointer_parts("/" + steps[-1].replace("~", "~0").replace("/", "~1"))[0]
    schema.get("properties", {}).pop(name, None)
    if name in schema.get("required", ()):
        schema["required"].remove(name)
        sources = schema.get("x-source", {}).get("required")
        if isinstance(sources, dict):
            sources.pop(name, None)
