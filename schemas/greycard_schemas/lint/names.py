"""The second layer of the lint, first half: every name in the contract data resolves to what it should name.

It relies on the shape that `shape` has found good, and reads no document's text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import scheme_of
from greycard_schemas.errors import ContractError
from greycard_schemas.judge import KEYWORDS, keyword_holds
from greycard_schemas.lint.finding import Finding
from greycard_schemas.patches import join_pointer, pointer_parts, resolve_pointer
from greycard_schemas.picture_limits import needed_consequences
from greycard_schemas.templates import ERROR_NAMES, ITEM_NAMES, NAMES, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation, Vendor


def name_findings(vendor: Vendor) -> Iterator[Finding]:
    """Names of errors, outcomes, operations, fields, definitions and template values that name nothing."""
    data, file = vendor.data, f"{vendor.name}/vendor.json"
    for place in ("auth", "unmatched", "rate", "balance"):
        if place in data:
            yield from _error(vendor, file, f"/{place}/error", data[place]["error"])
    yield from _auth(vendor, file)
    for name, error in data["errors"].items():
        yield from _templates(file, ["errors", name, "body"], error["body"], ERROR_NAMES)
    for operation in vendor.operations.values():
        try:
            yield from _definitions(operation)
            yield from _operation(vendor, operation)
        except ContractError as error:
            yield Finding(_file(operation), "", str(error))


def _auth(vendor: Vendor, file: str) -> Iterator[Finding]:
    auth = vendor.data["auth"]
    scheme = scheme_of(auth)
    if len(vendor.credentials) != scheme.secrets:
        yield Finding(file, "/credentials", f"the scheme {scheme.name!r} takes {scheme.secrets}; name as many")
    for key in ("header", "time_header", "signature_header"):
        if (key in auth) is not (key in scheme.headers):
            verb = "needs" if key in scheme.headers else "knows"
            yield Finding(file, f"/auth/{key}", f"the scheme {scheme.name!r} {verb} {', '.join(scheme.headers)}")


def _file(operation: Operation) -> str:
    return f"{operation.vendor}/{operation.name}.json"


def _operation(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    contract, file = operation.contract, _file(operation)
    listed = contract.get("errors", [])
    for index, name in enumerate(listed):
        yield from _error(vendor, file, f"/x-operation/errors/{index}", name)
    for pointer, name in _named_errors(contract):
        yield from _error(vendor, file, pointer, name)
        if name in vendor.data["errors"] and name not in listed:
            yield Finding(file, pointer, f"the error {name!r} is not in the operation's list of errors; add it there")
    yield from _cross_references(vendor, operation)
    yield from _fits(vendor, operation)
    yield from _fields(vendor, operation)
    yield from _consequences(vendor, operation)
    known = _known_names(vendor, operation)
    bodies = {f"responses/{name}/body": answer["body"] for name, answer in contract.get("responses", {}).items()}
    bodies |= {f"bodies/{name}": body for name, body in contract.get("bodies", {}).items() if name != "x-source"}
    bodies |= {f"headers/{name}": body for name, body in contract.get("headers", {}).items() if name != "x-source"}
    for pointer, body in bodies.items():
        yield from _templates(file, ["x-operation", *pointer.split("/")], body, known)
    if operation.kind != "delivery":
        yield from _path(vendor, operation)
    if "signature" in contract and contract["signature"]["header"] not in contract.get("headers", {}):
        yield Finding(file, "/x-operation/signature/header", "names a header that is not among the headers")


def _error(vendor: Vendor, file: str, pointer: str, name: str) -> Iterator[Finding]:
    if name not in vendor.data["errors"]:
        known = ", ".join(vendor.data["errors"])
        yield Finding(file, pointer, f"there is no error {name!r} in vendor.json; choose from {known}")


def _named_errors(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "refusal" in contract:
        yield "/x-operation/refusal", contract["refusal"]
    for field, name in contract.get("refusals", {}).items():
        if field != "x-source":
            yield join_pointer(["x-operation", "refusals", field]), name
    for situation, names in contract.get("fits", {}).items():
        if situation != "x-source":
            yield from ((join_pointer(["x-operation", "fits", situation]), name) for name in names)
    for breach, consequence in contract.get("pictures", {}).get("consequences", {}).items():
        if "error" in consequence:
            yield f"/x-operation/pictures/consequences/{breach}/error", consequence["error"]
    for key in ("unknown", "deleted"):
        if key in contract.get("task", {}):
            yield f"/x-operation/task/{key}", contract["task"][key]


def _fits(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    """Situations that cannot happen at this operation, and errors whose code no document gives, so that none binds."""
    contract, file = operation.contract, _file(operation)
    consequences, errors = contract.get("pictures", {}).get("consequences", {}), vendor.data["errors"]
    for situation, names in contract.get("fits", {}).items():
        if situation == "x-source":
            continue
        pointer = join_pointer(["x-operation", "fits", situation])
        family, _, part = situation.partition("/")
        known = {"request": operation.fields, "picture": consequences, "task": contract.get("task", {})}.get(family, ())
        if part and part not in known and (part != "malformed" or not known):
            yield Finding(file, pointer, f"speaks of {part!r}, which {operation.name} does not have")
        for name in names:
            if name in errors and str(errors[name]["x-source"].get("code")).startswith("assumed:"):
                yield Finding(file, pointer, f"the code of {name!r} is assumed; only documented codes can bind")
        mine = consequences.get(part, {}).get("error") if family == "picture" else None
        if (
            mine is not None
            and mine not in names
            and not str(consequences[part]["x-source"].get("error")).startswith("assumed:")
        ):
            yield Finding(file, pointer, f"leaves out {mine!r}, which the document gives for {part!r}")


def _cross_references(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    contract, file = operation.contract, _file(operation)
    wanted = [
        ("/x-operation/read", contract.get("read"), "read"),
        ("/x-operation/create", contract.get("create"), "create"),
    ]
    wanted.append(("/x-operation/body_of", contract.get("body_of"), "read"))
    wanted.append(("/x-operation/sync/answer_of", contract.get("sync", {}).get("answer_of"), "read"))
    for pointer, name, kind in wanted:
        if name is not None and (name not in vendor.operations or vendor.operations[name].kind != kind):
            known = ", ".join(found.name for found in vendor.of_kind(kind))
            yield Finding(
                file, pointer, f"there is no operation {name!r} of kind {kind}; choose from {known or 'none'}"
            )
    if operation.kind == "create" and contract["read"] in vendor.operations:
        back = vendor.operations[contract["read"]].contract.get("create")
        if back != operation.name:
            yield Finding(file, "/x-operation/read", f"{contract['read']} reads the tasks of {back!r}, not of this one")


def _fields(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    contract, file = operation.contract, _file(operation)
    own = operation.fields
    named = [
        (f"pictures/{key}", contract.get("pictures", {}).get(key)) for key in ("file", "link", "inline", "list", "mask")
    ]
    named += [
        (f"{key}/parameter", contract.get(key, {}).get("parameter"))
        for key in ("result", "price", "sync", "delivers", "task")
    ]
    named += [
        ("result/format_from", contract.get("result", {}).get("format_from")),
        ("task/match", contract.get("task", {}).get("match")),
    ]
    named += [("result/faces/parameter", contract.get("result", {}).get("faces", {}).get("parameter"))]
    named += [(f"urls/{index}", name) for index, name in enumerate(contract.get("urls", ()))]
    named += [("refusals", pointer_parts(key)[0]) for key in contract.get("refusals", {}) if key != "x-source"]
    for pointer, name in named:
        if name is not None and name not in own:
            yield Finding(
                file, f"/x-operation/{pointer}", f"the request has no field {name!r}; it has {', '.join(own)}"
            )
    creator = vendor.operations.get(contract.get("create", ""))
    for pointer, name in (
        ("address/request", contract.get("address", {}).get("request")),
        ("task/match", contract.get("task", {}).get("match")),
    ):
        if name is not None and creator is not None and name not in creator.fields:
            yield Finding(file, f"/x-operation/{pointer}", f"the request of {creator.name} has no field {name!r}")
    for key in ("result", "price"):
        table = contract.get(key, {}).get("by_value")
        field = own.get(contract.get(key, {}).get("parameter"), {})
        if table is not None and set(table) - {"x-source"} != set(map(str, field.get("enum", ()))):
            message = "must have one entry for each enum member of the parameter, no more and no less"
            yield Finding(file, f"/x-operation/{key}/by_value", message)


def _consequences(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    pictures, file = operation.contract.get("pictures"), _file(operation)
    if pictures is None:
        return
    consequences = pictures["consequences"]
    for breach in sorted(needed_consequences(pictures) - set(consequences)):
        yield Finding(file, "/x-operation/pictures/consequences", f"nothing says what follows from {breach!r}; add it")
    for breach, consequence in consequences.items():
        pointer = f"/x-operation/pictures/consequences/{breach}"
        if "item" in consequence and "list" not in pictures:
            yield Finding(file, pointer, "only a picture of a list can fail alone; give an error or an outcome")
        state = vendor.data["lifecycle"]["states"].get(consequence.get("outcome", ""))
        if "outcome" in consequence and (state is None or state["phase"] != "failed"):
            yield Finding(
                file,
                f"{pointer}/outcome",
                f"there is no failed state {consequence['outcome']!r} in the lifecycle",
            )


def _known_names(vendor: Vendor, operation: Operation) -> frozenset[str]:
    creator = vendor.operations.get(operation.contract.get("create", operation.name), operation)
    unsigned = {"delivery.signature"} if "signature" not in operation.contract else set()
    return (NAMES - unsigned) | {f"request.{name}" for name in creator.fields}


def _templates(file: str, path: list[str], template: Any, known: frozenset[str]) -> Iterator[Finding]:
    for part in parts_of(template):
        here = [*path, *part.path]
        in_lists = {f"item.{name}" for items in part.lists for name in ITEM_NAMES.get(items, ())}
        if part.name is not None and part.name not in known | in_lists:
            yield Finding(file, join_pointer([*here, "$from"]), f"{part.name!r} names nothing that a body can hold")
        if part.items is not None and part.items not in ITEM_NAMES:
            message = f"{part.items!r} is no list; choose from {', '.join(ITEM_NAMES)}"
            yield Finding(file, join_pointer([*here, "$each"]), message)


def _path(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    file, paths = _file(operation), vendor.data["paths"]
    inside = operation.path in paths["names"] if "names" in paths else operation.path.startswith(paths["prefix"])
    if not inside and not str(operation.contract["x-source"].get("path", "")).startswith("assumed"):
        yield Finding(file, "/x-operation/path", "lies outside the paths of the vendor (vendor.json, /paths)")
    braces = set(re.findall(r"\{([^}]*)\}", operation.path))
    fields = {name for name, schema in operation.fields.items() if schema.get("x-in") == "path"}
    if braces != fields:
        yield Finding(
            file,
            "/x-operation/path",
            f"names {sorted(braces)}, but the fields with x-in 'path' are {sorted(fields)}",
        )
    for other in vendor.operations.values():
        if other.name < operation.name and (other.path, other.method) == (operation.path, operation.method):
            yield Finding(file, "/x-operation/path", f"{other.name} has the same method and path")


def _definitions(operation: Operation) -> Iterator[Finding]:
    file, contract = _file(operation), operation.contract
    references = [("request", contract["request"]), ("request_failed", contract.get("request_failed"))]
    references += [
        (f"responses/{name}/schema", answer["schema"]) for name, answer in contract.get("responses", {}).items()
    ]
    references.append(("acknowledgement/schema", contract.get("acknowledgement", {}).get("schema")))
    for pointer, reference in references:
        if reference is not None and reference.removeprefix("#/$defs/") not in operation.resource["$defs"]:
            yield Finding(file, f"/x-operation/{pointer}", f"there is no {reference}")
    for name, schema in operation.resource["$defs"].items():
        yield from _schema(operation, schema, ["$defs", name], frozenset())


def _schema(operation: Operation, schema: dict[str, Any], path: list[str], seen: frozenset[str]) -> Iterator[Finding]:
    file, here = _file(operation), join_pointer(path)
    if "$ref" in schema:
        reference = schema["$ref"]
        try:
            target = resolve_pointer(operation.resource, reference.removeprefix("#"))
        except ContractError as error:
            yield Finding(file, f"{here}/$ref", str(error))
            return
        if reference in seen:
            yield Finding(file, f"{here}/$ref", f"{reference} contains itself; a body cannot be endless")
            return
        yield from _schema(operation, target, pointer_parts(reference.removeprefix("#")), seen | {reference})
        return
    fields = schema.get("properties", {})
    yield from (Finding(file, f"{here}{key}", message) for key, message in _contradictions(schema))
    for name, child in fields.items():
        yield from _schema(operation, child, [*path, "properties", name], seen)
    if "items" in schema:
        yield from _schema(operation, schema["items"], [*path, "items"], seen)


def _contradictions(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What makes a schema useless by itself: (the keyword with a slash, the message)."""
    for name in schema.get("required", ()):
        if name not in schema.get("properties", {}):
            yield "/required", f"requires {name!r}, which is not among the properties"
    if "pattern" in schema:
        try:
            re.compile(schema["pattern"])
        except re.error as error:
            yield "/pattern", f"is no regular expression: {error}"
            return
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        if low in schema and high in schema and schema[low] > schema[high]:
            yield "", f"{low} is greater than {high}, so that no value is valid"
    named = [(key, schema[key]) for key in ("default", "const") if key in schema]
    for key, value in (*named, *(("enum", member) for member in schema.get("enum", ()))):
        if not all(keyword_holds(schema, keyword, value) for keyword in KEYWORDS if keyword in schema):
            yield f"/{key}", f"{value!r} does not satisfy the schema that it stands in"
