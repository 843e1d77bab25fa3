"""The second layer of the lint, in between: what a mock needs to serve an operation, beyond names that resolve.

It relies on what `names` has found good, and reads no document's text.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import resolved
from greycard_schemas.lint.finding import Finding
from greycard_schemas.patches import join_pointer
from greycard_schemas.picture_limits import broken, least_side
from greycard_schemas.templates import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation, Vendor

TOLD_AT = re.compile(r"webhook|callback|notify", re.IGNORECASE)
"""What the name of a request field says that holds an address for deliveries."""

_NOT_DELIVERED = (
    "looks like the address of a delivery, and none goes there; add a file of kind 'delivery' whose address has"
    " 'request': {!r} and whose create is {!r}"
)


def serving_findings(vendor: Vendor) -> Iterator[Finding]:
    """What is missing or at odds, so that a mock could not carry out a request that the data allow."""
    for kind in ("create", "read"):
        if not vendor.of_kind(kind):
            yield Finding(f"{vendor.name}/vendor.json", "", f"there is no operation of kind {kind!r}; add its file")
    yield from _order(vendor)
    yield from _ends(vendor)
    yield from _deliveries(vendor)
    for operation in vendor.operations.values():
        try:
            if operation.kind == "create":
                yield from _pictures(operation)
                yield from _limits(vendor, operation)
                yield from _waiting(operation)
            yield from _sendable(operation)
            yield from _fields(vendor, operation)
            yield from _templates(vendor, operation)
        except ContractError as error:
            yield Finding(_file(operation), "", str(error))


def _file(operation: Operation) -> str:
    return f"{operation.vendor}/{operation.name}.json"


def _order(vendor: Vendor) -> Iterator[Finding]:
    order, file = vendor.data["order"], f"{vendor.name}/vendor.json"
    needed = ["auth", "size", "parse", "validate", *(name for name in ("rate", "balance") if name in vendor.data)]
    for name in needed:
        if name not in order:
            yield Finding(file, "/order", f"leaves out {name!r}, which a request is held against; put it in its place")
    if "parse" in order and "validate" in order and order.index("parse") > order.index("validate"):
        yield Finding(file, "/order", "puts 'validate' before 'parse'; nothing can be judged before it is read")


def _ends(vendor: Vendor) -> Iterator[Finding]:
    """The names of the states in which a task ends unless somebody says otherwise."""
    states = vendor.data["lifecycle"]["states"]
    lists = any("list" in one.contract["pictures"] for one in vendor.of_kind("create"))
    for name in ("succeeded", "failed") if lists else ("succeeded",):
        there = [one for one, state in states.items() if state["phase"] == name]
        if name in there or not there:
            continue
        message = f"{there[0]!r} must have the name {name!r}, as the state of this phase; its value may be any"
        yield Finding(f"{vendor.name}/vendor.json", "/lifecycle/states", message)


def _deliveries(vendor: Vendor) -> Iterator[Finding]:
    deliveries = vendor.of_kind("delivery")
    counted = Counter(one.contract["create"] for one in deliveries)
    for delivery in deliveries:
        create = delivery.contract["create"]
        others = [one.name for one in deliveries if one.contract["create"] == create and one.name < delivery.name]
        if counted[create] > 1 and others:
            message = f"{', '.join(others)} tells of the tasks of {create!r} already; one delivery a create"
            yield Finding(_file(delivery), "/x-operation/create", message)
    addresses = {(one.contract["create"], one.contract["address"].get("request")) for one in deliveries}
    for create in vendor.of_kind("create"):
        for name in create.fields:
            if TOLD_AT.search(name) and (create.name, name) not in addresses:
                pointer = join_pointer([*_request_steps(create), "properties", name])
                yield Finding(_file(create), pointer, _NOT_DELIVERED.format(name, create.name))


def _request_steps(operation: Operation) -> list[str]:
    return str(operation.contract["request"]).removeprefix("#/").split("/")


def _pictures(operation: Operation) -> Iterator[Finding]:
    """The ways in which a picture comes, each with what it takes to judge it."""
    pictures, file, place = operation.contract["pictures"], _file(operation), "/x-operation/pictures"
    required = operation.request.get("required", ())
    for role in ("file", "inline", "mask"):
        if role in pictures and "megabytes" not in pictures:
            yield Finding(file, place, f"a picture may come as {pictures[role]!r}; say how large, with 'megabytes'")
    certain = "list" in pictures or (pictures.get("link") in required and "file" not in pictures)
    if not certain and "missing" not in pictures["consequences"]:
        yield Finding(file, f"{place}/consequences", "nothing says what follows from 'missing'; add it")
    if "list" in pictures:
        field = _schema(operation, pictures["list"])
        if pictures["list"] not in required or field.get("minItems", 0) < 1:
            yield Finding(file, f"{place}/list", "the list must be required and have a minItems of 1 or more")
    if "mask" in pictures and pictures["mask"] not in required:
        yield Finding(file, f"{place}/mask", f"{pictures['mask']!r} must be required; a mask is never guessed")
    for breach, consequence in pictures["consequences"].items():
        if "item" in consequence and breach in ("missing", "mask"):
            yield Finding(file, f"{place}/consequences/{breach}", "cannot fail one picture alone; give an error")
    mask = pictures["consequences"].get("mask", {})
    if "mask" in pictures and "outcome" in mask:
        yield Finding(file, f"{place}/consequences/mask", "a mask is looked at when it comes; give an error")


def _limits(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    pictures, units = operation.contract["pictures"], vendor.data["units"]
    side = max(1, least_side(pictures))
    for limit, _ in broken(side, side, pictures, units):
        message = f"leaves no picture that is within all limits: a square of {side} px, the least, is not"
        yield Finding(_file(operation), f"/x-operation/pictures/{limit.key}", message)


def _waiting(operation: Operation) -> Iterator[Finding]:
    contract = operation.contract
    delivers = contract.get("delivers", {})
    if delivers.get("binary_needs_sync") and "sync" not in contract:
        message = "is said of a create that never waits; add 'sync', or take it out"
        yield Finding(_file(operation), "/x-operation/delivers/binary_needs_sync", message)


def _sendable(operation: Operation) -> Iterator[Finding]:
    if operation.kind == "delivery" or operation.encodings:
        return
    for name, schema in operation.fields.items():
        if schema.get("x-in") != "path":
            message = f"has no 'encodings', so that the field {name!r} cannot be sent; give it one"
            yield Finding(_file(operation), "/x-operation", message)


_TEXT = {"string"}


def _fields(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    """Fields in which the mock looks for a text, or for a list of texts, and which are something else."""
    contract, request = operation.contract, operation.request
    if _types(request) != {"object"} and request.get("properties") is not None:
        message = "must be an object, whose fields are the parameters of the request"
        yield Finding(_file(operation), join_pointer([*_request_steps(operation), "type"]), message)
    pictures = contract.get("pictures", {})
    texts = [(f"pictures/{role}", pictures.get(role)) for role in ("link", "inline", "mask")]
    texts += [(f"urls/{index}", name) for index, name in enumerate(contract.get("urls", ()))]
    if operation.kind in ("read", "delete"):
        texts.append(("task/parameter", contract["task"]["parameter"]))
        if contract["task"]["parameter"] not in request.get("required", ()):
            yield Finding(_file(operation), "/x-operation/task/parameter", "names a field that must be required")
    for pointer, name in texts:
        if name in operation.fields and _types(_schema(operation, name)) != _TEXT:
            yield Finding(_file(operation), f"/x-operation/{pointer}", f"the field {name!r} must be of type string")
    if pictures.get("list") in operation.fields:
        field = _schema(operation, pictures["list"])
        items, _ = resolved(operation, field.get("items", {}))
        if _types(field) != {"array"} or _types(items) != _TEXT:
            message = f"the field {pictures['list']!r} must be an array of strings"
            yield Finding(_file(operation), "/x-operation/pictures/list", message)
    if pictures.get("file") in operation.fields and not _schema(operation, pictures["file"]).get("x-file"):
        message = f"the field {pictures['file']!r} must be a file; give it 'x-file': true"
        yield Finding(_file(operation), "/x-operation/pictures/file", message)
    creator = vendor.operations.get(contract.get("create", ""))
    told_at = contract.get("address", {}).get("request")
    if creator is not None and told_at in creator.fields and _types(_schema(creator, told_at)) != _TEXT:
        message = f"the field {told_at!r} of {creator.name} must be of type string"
        yield Finding(_file(operation), "/x-operation/address/request", message)


def _schema(operation: Operation, name: str) -> dict[str, Any]:
    return resolved(operation, operation.fields.get(name, {}))[0]


def _types(schema: dict[str, Any]) -> set[str]:
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else set(named)


def _templates(vendor: Vendor, operation: Operation) -> Iterator[Finding]:
    """What bodies ask for and the create does not give."""
    creator = vendor.operations.get(operation.contract.get("create", operation.name), operation)
    contract = creator.contract
    needed = {
        "task.price": ("price" in contract, f"{creator.name} has no 'price'; give it one, such as a fixed one"),
        "result.mask": (
            contract.get("result", {}).get("process") == "cutout",
            f"{creator.name} makes no mask; give its result 'process': 'cutout'",
        ),
        "task.items": (
            "item_states" in vendor.data["lifecycle"],
            "vendor.json has no /lifecycle/item_states, which say how one picture of several ends",
        ),
    }
    for pointer, body in _bodies(operation):
        for part in parts_of(body):
            for name in (part.name, part.items):
                given, message = needed.get(name or "", (True, ""))
                if not given:
                    yield Finding(_file(operation), join_pointer([*pointer, *part.path]), f"asks for {name}; {message}")


def _bodies(operation: Operation) -> Iterator[tuple[list[str], Any]]:
    contract = operation.contract
    for name, answer in contract.get("responses", {}).items():
        yield ["x-operation", "responses", name, "body"], answer["body"]
    for key in ("bodies", "headers"):
        for name, body in contract.get(key, {}).items():
            if name != "x-source":
                yield ["x-operation", key, name], body
