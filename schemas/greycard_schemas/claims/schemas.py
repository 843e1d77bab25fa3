"""Sentences for the keywords of request and answer schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.words import known, listed, shown

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation

_ANSWERS = {
    "accepted": "the answer to a create",
    "running": "a running task's answer",
    "succeeded": "a finished task's answer",
    "failed": "a failed task's answer",
    "deleted": "the answer to a deletion",
}
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_MEANINGS = {
    "task.id": "the id of the task",
    "picture.link": "the link of the input picture",
    "picture.width": "the width of the input picture in pixels",
    "picture.height": "the height of the input picture in pixels",
    "picture.size": "the size of the input picture",
    "result.link": "a link to the result picture",
    "result.width": "the width of the result picture in pixels",
    "result.height": "the height of the result picture in pixels",
    "result.size": "the size of the result picture",
    "request.chtaskid": "the caller's own id of the task",
    "task.created": "the moment at which the task was created",
    "task.completed": "the moment at which the task was completed",
    "task.errorcode": "the code of what went wrong, and 0 or nothing where nothing did",
    "task.faces_count": "the number of faces or output pictures that are listed",
    "picture.extension": "the type of the input picture",
    "result.extension": "the type of the result picture",
    "result.delivered": "the result picture, as a link or as data",
    "item.reason": "the cause of the failure, which is not empty",
}


def sentence(operation: Operation, path: list[str], value: Any) -> str:
    """What the keyword at the end of `path` (from ``$defs``) says of its field."""
    definition, steps = path[1], path[2:]
    # a list with one statement per item ends in the item: .../required/type
    is_required = len(steps) > 1 and steps[-2] == "required" and (len(steps) < 3 or steps[-3] != "properties")
    keyword = "required" if is_required else steps[-1]
    field = _dotted(steps[:-2] if is_required else steps[:-1])
    whole = _whole(operation, definition)
    if keyword == "required":
        name = f"{field}.{value}" if field else str(value)
        return f"{whole} {'needs' if whole == 'a request' else 'has'} `{name}`"
    in_request = whole == "a request"
    subject = whole if not field else f"`{field}`" if in_request else f"`{field}` in {whole}"
    return _keyword(subject, "must be" if in_request else "is", keyword, value)


def _keyword(subject: str, must: str, keyword: str, value: Any) -> str:
    kinds = (
        [_TYPES.get(name, name) for name in (value if isinstance(value, list) else [value])]
        if keyword == "type"
        else []
    )
    has = "must have" if must == "must be" else "has"
    sentences = {
        "type": f"{subject} {must} {listed(kinds)}",
        "enum": f"{subject} {must} one of {', '.join(map(shown_plain, value))}" if isinstance(value, list) else "",
        "const": f"{subject} {must} always {shown(value)}" if must == "is" else f"{subject} must be {shown(value)}",
        "minimum": f"{subject} {must} at least {value}",
        "maximum": f"{subject} {must} at most {value}",
        "minLength": f"{subject} must not be empty"
        if (value, must) == (1, "must be")
        else f"{subject} is not empty"
        if value == 1
        else f"{subject} {has} at least {value} characters",
        "maxLength": f"{subject} {has} at most {value} characters",
        "minItems": f"{subject} {has} at least {value} entries",
        "maxItems": f"{subject} {has} at most {value} entries",
        "pattern": f"{subject} {must} of the form {value}",
        "default": f"{subject} counts as {shown(value)} when it is left out",
        "x-file": f"{subject} is an uploaded file",
        "x-fold-case": f"{subject} is accepted in upper and lower case",
        "x-tolerates": f"{subject} is let through as {listed(value)} as well",
        "x-means": f"{subject} is {_MEANINGS.get(str(value), value)}",
        "x-on-request": (
            f"{subject} as {listed(value) if isinstance(value, list) else value} needs the vendor's consent"
        ),
        "x-effect-when": f"{subject} has an effect only with {shown(value)}",
        "x-plausible": f"{subject} could one day be {listed(value)}",
        "x-spelled": f"{subject} is also written {listed(value)}",
        "x-in": f"{subject} stands in the {value} of the address",
    }
    return known(sentences, keyword, f"{subject}: {keyword}", value)


def shown_plain(value: Any) -> str:
    """An enum member without quotes."""
    return value if isinstance(value, str) and value else shown(value)


def _whole(operation: Operation, definition: str) -> str:
    """What the value of a definition is, in words."""
    contract, reference = operation.contract, f"#/$defs/{definition}"
    if operation.kind == "delivery":
        names = {
            contract["request"]: f"the {operation.name}",
            contract.get("request_failed"): f"the {operation.name} about a failure",
            contract.get("acknowledgement", {}).get("schema"): f"the acknowledgement of the {operation.name}",
        }
        return names.get(reference) or f"{definition.replace('_', ' ')!r} in the {operation.name}"
    if contract["request"] == reference:
        return "a request"
    used = [name for name, answer in contract["responses"].items() if answer["schema"] == reference]
    if len(used) == 1:
        return _ANSWERS.get(used[0], f"the answer {used[0]!r}")
    return "an answer" if used else f"the {definition.replace('_', ' ')} in an answer"


def _dotted(steps: list[str]) -> str:
    """``data.facelist[].inputurl`` from the steps of a schema."""
    text, previous = "", ""
    for step in steps:
        if step == "properties" and previous != "properties":
            previous = step
            continue
        text += "[]" if step == "items" and previous != "properties" else f".{step}"
        previous = "" if previous == "properties" else step
    return text.removeprefix(".")
