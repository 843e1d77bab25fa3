"""Sentences for what stands in an operation's ``x-operation`` object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.words import keys_of, known, listed, refusal, shown
from greycard_schemas.picture_limits import BREACHES, LIMITS
from greycard_schemas.signatures import SIGNATURES

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation, Vendor

_ANSWERS = {
    "accepted": "an accepted request",
    "running": "the poll of a running task",
    "succeeded": "the poll of a finished task",
    "failed": "the poll of a failed task",
    "deleted": "a deletion",
}


def sentence(vendor: Vendor, operation: Operation, path: list[str], value: Any) -> str:
    """What the value at `path` (from ``x-operation``) says."""
    family, key = path[0], path[-1]
    match family:
        case "pictures":
            return _pictures(vendor, operation, path[1:], value)
        case "result" | "price":
            return _result(operation, family, path[1:], value)
        case "responses":
            what = _ANSWERS.get(path[1], path[1])
            sentences = {
                "http": f"{what} is answered with HTTP {value}",
                "schema": f"{what} is answered with the documented fields",
                "body": f"the body that answers {what} holds {keys_of(value)}",
            }
            return known(sentences, key, f"{what} {key}", value)
        case "request_headers":
            return f"a request carries the header {path[-1]}: {value}"
        case "task" | "sync" | "delivers":
            return _choices(vendor, operation, family, key, value)
        case "refusals" | "fits":
            named = [refusal(vendor, one) for one in (value if isinstance(value, list) else [value])]
            return f"a breach at {key.removeprefix('/')} is refused with {listed(named)}"
        case _ if operation.kind == "delivery":
            return _delivery(operation, path, value)
        case _:
            sentences = {
                "method": f"the HTTP method is {value}",
                "path": f"the path is {value}",
                "encodings": f"the body is sent as {listed(value)}",
                "request": "the request takes the documented fields",
                "urls": f"{listed(value, 'and')} must be an absolute http or https address",
            }
            return known(sentences, key, family, value)


_PICTURE_FIELDS = {
    "file": "the picture can be uploaded as the field {}",
    "link": "the picture can be given as an address in the field {}",
    "inline": "the picture can be given as Base64 in the field {}",
    "list": "the pictures are given as addresses in the field {}",
    "mask": "the mask is given in the field {}",
}


def _pictures(vendor: Vendor, operation: Operation, path: list[str], value: Any) -> str:
    if path[0] != "consequences":
        if path[0] in LIMITS:
            return LIMITS[path[0]].sentence.format(value)
        if path[0] in _PICTURE_FIELDS:
            return _PICTURE_FIELDS[path[0]].format(value)
        sentences = {
            "formats": f"a picture may be {listed(value)}",
            "formats_shown": f"the examples send a picture that is {listed(value)}",
            "formats_refused": f"a picture may not be {listed(value)}",
        }
        return known(sentences, path[0], f"pictures {path[0]}", value)
    pictures = operation.contract["pictures"]
    breach, consequence = path[1], path[2]
    own = pictures.get("megabytes")
    sizes = {"file_bytes": own, "link_bytes": pictures.get("link_megabytes", own)}
    if breach in sizes:
        size = f"over {sizes[breach]} MB" if sizes[breach] else "too large to be handled"
        what = f"a file {size}" if breach == "file_bytes" else f"a picture {size} behind a link"
    else:
        what = BREACHES[breach].words if breach in BREACHES else f"a picture with the fault {breach!r}"
    if consequence == "error":
        return f"{what} is refused with {refusal(vendor, value)}"
    if consequence == "item":
        return f"{what} fails alone, with the reason {shown(value)}"
    state = vendor.data["lifecycle"]["states"].get(str(value))
    return f"{what} is accepted, and its task ends as {value}" + (f" ({state['value']})" if state else "")


def _result(operation: Operation, family: str, path: list[str], value: Any) -> str:
    spec = operation.contract[family]
    key, parameter = path[-1], spec.get("parameter")
    if path[0] in ("automatic", "forced"):
        return _scale_rule(spec, path, value)
    if path[0] == "by_value":
        priced = f"a task with `{parameter}` {key} costs {value}"
        return priced if family == "price" else f"with `{parameter}` {key} each side becomes {value} times as long"
    if family == "price" and key == "fixed":
        return f"a task costs {value}"
    if path[0] == "faces":
        faces = spec["faces"]
        sentences = {
            "parameter": f"`{value}` decides between faces and several pictures in the result",
            "outputs_when": f"`{faces['parameter']}` {value} gives several pictures in place of faces",
            "outputs": f"there are {value} pictures when `{faces['parameter']}` is {faces['outputs_when']}",
        }
        return known(sentences, key, f"faces {key}", value)
    sentences = {
        "parameter": f"`{value}` decides the {'price' if family == 'price' else 'size of the result'}",
        "fixed": f"each side of the result is {value} times as long as the input's",
        "otherwise": f"a factor that does not fit the picture is replaced by {value}",
        "format": f"the result {'has the format of the input' if value == 'input' else f'is a {value}'}",
        "format_from": f"the result has the format that `{value}` asks for",
        "process": _PROCESSES.get(str(value), f"the result is made by {value}"),
        "enlarges": "the result is larger than the input",
        "faces_max": f"at most {value} faces of a portrait are enhanced",
    }
    return known(sentences, key, f"result {key}", value)


_PROCESSES = {
    "erase": "what the mask marks is removed from the picture",
    "cutout": "the result shows the subject on a transparent ground",
    "mask": "the result is the mask of the subject",
}


def _scale_rule(spec: dict[str, Any], path: list[str], value: Any) -> str:
    family, index, key = path
    rule, number = spec[family][int(index)], int(index) + 1
    parameter, step, most = (
        spec["parameter"],
        f"the step of factor {rule['factor']}",
        f"up to {rule['up_to']}",
    )
    if family == "automatic":
        head = f"without `{parameter}`"
        sentences = {
            "over": f"{head} {step} begins over a long side of {value} pixels",
            "up_to": f"{head} {step} ends at a long side of {value} pixels, included",
            "factor": f"{head} a long side over {rule['over']} and {most} pixels is enlarged {value} times",
        }
    else:
        head = f"`{parameter}` {rule['factor']}"
        sentences = {
            "factor": f"`{parameter}` {value} takes effect from {rule['from']} {most} pixels",
            "from": f"{head} takes effect from a long side of {value} pixels",
            "up_to": f"{head} takes effect up to a long side of {value} pixels, included",
        }
    return known(sentences, key, f"{family} rule {number}, {key}", value)


def _choices(vendor: Vendor, operation: Operation, family: str, key: str, value: Any) -> str:
    spec = operation.contract[family]
    parameter = spec["parameter"]
    what = "deleting" if operation.kind == "delete" else "reading"
    binary = "are only given by a create that waits" if value else "can also be polled"
    waits = "every create waits" if value else f"without `{parameter}` a create does not wait"
    sentences = {
        ("task", "parameter"): f"the task is named by `{value}`",
        ("task", "unknown"): f"{what} an unknown task is refused with {refusal(vendor, value)}",
        ("task", "deleted"): f"{what} a deleted task is refused with {refusal(vendor, value)}",
        ("task", "match"): f"`{value}` must be that of the task, or the task is unknown",
        ("sync", "parameter"): f"`{value}` asks for the result in the answer itself",
        ("sync", "equals"): f"`{parameter}` {value} waits for the result",
        ("sync", "always"): f"{waits} for the result",
        ("sync", "answer_of"): f"a create that waits is answered like {value}",
        ("delivers", "parameter"): f"`{value}` decides the form of the result",
        ("delivers", "link"): f"`{parameter}` {value} gives the address of the result",
        ("delivers", "base64"): f"`{parameter}` {value} gives the result as Base64 text",
        ("delivers", "binary"): f"`{parameter}` {value} gives the bytes of the result as the whole answer",
        ("delivers", "binary_needs_sync"): f"the bytes of the result {binary}",
    }
    return known(sentences, (family, key), f"{family} {key}", value)


def _delivery(operation: Operation, path: list[str], value: Any) -> str:
    name = operation.name
    if path[0] == "headers":
        return f"the {name} carries the header {path[-1]}"
    if path[0] == "bodies":
        return f"the {name} about a task that has {path[-1]} holds {keys_of(value)}"
    dotted = str(value).strip("/").replace("/", ".")
    place = "/".join(path[:2]) if path[0] in ("address", "acknowledgement", "signature") else path[0]
    http = (
        listed(value, "to")
        if isinstance(value, list) and len(set(map(str, value))) > 1
        else listed(value[:1])
        if isinstance(value, list)
        else value
    )
    sentences = {
        "method": f"the {name} is sent with the HTTP method {value}",
        "request": f"the {name} holds the documented fields",
        "request_failed": f"the {name} about a failure holds fewer fields",
        "body_of": f"the body of the {name} is that of {value}",
        "on": f"the {name} is sent when a task has {value}",
        "attempts": f"the {name} is tried at most {value} times",
        "spacing_seconds": f"the {name} is tried again after {listed(value, 'and')} s",
        "copies": f"an acknowledged {name} is sent {'once only' if value == 1 else f'{value} times'}",
        "delay_seconds": f"the {name} is sent {value} s after the task has ended",
        "address/request": f"the {name} goes to the address that the create request gave as `{value}`",
        "address/account": f"the {name} goes to the {str(value).replace('_', ' ')} of the account",
        "acknowledgement/http": f"the {name} counts as received when the answer is HTTP {http}",
        "acknowledgement/pointer": f"the receiver of the {name} says in `{dotted}` whether it got it",
        "acknowledgement/equals": f"the {name} counts as received when the receiver says {shown(value)}",
        "acknowledgement/schema": f"the receiver of the {name} answers with the documented fields",
        "signature/header": f"the signature of the {name} stands in the header {value}",
        "signature/rule": f"the signature of the {name} is {_signed(value)}",
    }
    return known(sentences, place, f"the {name}'s {place.replace('/', ' ')}", value)


def _signed(rule: Any) -> str:
    found = SIGNATURES.get(str(rule))
    return found.words if found else f"made by the rule {rule}"
