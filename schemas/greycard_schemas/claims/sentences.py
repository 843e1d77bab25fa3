"""Puts a statement of the contract data into one plain English sentence, in our own words.

Sentences are made from templates, one for each kind or keyword; they are for people, ids are for programs.
Statements about bodies are put into words by `schemas`, those about operations by
`operations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import SCHEMES
from greycard_schemas.claims import operations, schemas
from greycard_schemas.claims.words import keys_of, known, listed, refusal, shown

if TYPE_CHECKING:
    from greycard_schemas.loader import Vendor


def statement_of(vendor: Vendor, operation: str, kind: str, path: list[str], value: Any) -> str:
    """One sentence for what stands at `path`, the steps into an operation's file (empty: the vendor's)."""
    if not operation:
        said = _vendor_statement(vendor, kind, path, value)
    elif path[0] == "$defs":
        said = schemas.sentence(vendor.operations[operation], path, value)
    else:
        said = operations.sentence(vendor, vendor.operations[operation], path[1:], value)
    return f"{vendor.title}{' ' + operation if operation else ''}: {said}"


def _vendor_statement(vendor: Vendor, kind: str, path: list[str], value: Any) -> str:
    match kind:
        case "errors":
            return _error(path[1], path[2], value)
        case "lifecycle":
            return _lifecycle(vendor, path[1:], value)
        case "rate":
            return _rate(vendor, path[1], value)
        case _:
            return _simple(vendor, kind, path[-1], value)


def _simple(vendor: Vendor, kind: str, key: str, value: Any) -> str:
    data = vendor.data
    life = data["link"]["life_seconds"]
    sentences = {
        ("base_url", "value"): f"the API is reached at {value}" if value else "no host is known, so it must be given",
        ("auth", "scheme"): SCHEMES[str(value)].sentence if str(value) in SCHEMES else "",
        ("auth", "header"): f"the credential is read from the header {value}",
        ("auth", "time_header"): f"the time stamp of a signed request is read from the header {value}",
        ("auth", "signature_header"): f"the signature of a request is read from the header {value}",
        ("auth", "error"): f"a missing or unknown credential is refused with {refusal(vendor, value)}",
        ("auth", "enforced"): "every request needs a valid credential" if value else "credentials are not checked",
        ("order", "order"): f"a request is checked in the order {', '.join(map(str, value))}"
        if isinstance(value, list)
        else "",
        ("paths", "prefix"): f"all paths begin with {value}",
        ("paths", "names"): f"the paths are {listed(value)}",
        (
            "paths",
            "tolerate_slashes",
        ): f"doubled and trailing slashes in a path {'are tolerated' if value else 'make it another path'}",
        ("unmatched", "error"): f"an unknown path is answered with {refusal(vendor, value)}",
        ("balance", "cost"): f"a task costs {value} of the balance",
        ("balance", "start"): f"a new account has a balance of {value}",
        (
            "balance",
            "error",
        ): f"a task that the balance does not cover is refused with {refusal(vendor, value)}",
        ("units", "megabyte"): f"1 MB is {value} bytes",
        ("units", "kilo"): f"1k is {value} pixels",
        ("link", "life_seconds"): "a result's link does not expire"
        if value is None
        else f"a result's link can be downloaded for {value} s",
        ("link", "expired_http"): f"a result's link that has expired answers HTTP {value}"
        if life
        else f"a result's link that is no longer valid would answer HTTP {value}",
        (
            "link",
            "signed",
        ): f"a result's link {'carries' if value else 'carries no'} signature and expiry in its query",
        ("ids", "form"): f"a task id consists of {'24 hexadecimal digits' if value == 'hex24' else 'a UUID'}",
        ("variants", "options"): f"either form is faithful: {value}",
    }
    return known(sentences, (kind, key), f"{kind} {key}", value)


def _error(name: str, key: str, value: Any) -> str:
    what = f"the refusal {name.replace('_', ' ')!r}"
    sentences = {
        "code": f"{what} carries the code {value}",
        "http": f"{what} travels under HTTP {value}",
        "body": f"{what} has a body with {keys_of(value)}",
        "message": f"{what} says {shown(value)}",
    }
    return known(sentences, key, f"{what} {key}", value)


def _rate(vendor: Vendor, key: str, value: Any) -> str:
    rate = vendor.data["rate"]
    counted = "create requests" if rate["scope"] == "create" else "requests"
    sentences = {
        "limit": f"at most {value} {counted} in {rate['window_seconds']} s are answered",
        "window_seconds": f"the rate limit of {rate['limit']} counts over {value} s",
        "scope": "only create requests count towards the rate limit"
        if value == "create"
        else "creates and polls count towards the rate limit alike",
        "error": f"a request over the rate limit is refused with {refusal(vendor, value)}",
    }
    return known(sentences, key, f"rate {key}", value)


def _lifecycle(vendor: Vendor, path: list[str], value: Any) -> str:
    lifecycle = vendor.data["lifecycle"]
    field = lifecycle["field"].removeprefix("/").replace("/", ".")
    if path[0] == "states":
        return _state(field, path[1], path[2], value)
    limit = lifecycle.get("limit_seconds")
    sentences = {
        "field": f"`{field}` tells the state of a task",
        "absent": f"`{field}` is never {listed(value)}"
        if value
        else f"no value of `{field}` is excluded"
        if isinstance(value, list)
        else "",
        "running": f"a task passes the states {', '.join(map(str, value))} in this order before it ends"
        if isinstance(value, list)
        else "",
        "offsets_seconds": f"the running states begin {listed(value, 'and')} s after the creation"
        if isinstance(value, list)
        else "",
        "finish_seconds": f"a task ends {value} s after its creation",
        "limit_seconds": f"a task that is not finished after {value} s is given up",
        "limit_outcome": f"a task that takes longer than {limit} s ends as {value}",
        "queue_length": f"a new task finds {value} places taken in the queue",
        "item_states": "each picture of a task carries a state of the task's own kind",
    }
    return known(sentences, path[0], f"lifecycle {path[0]}", value)


def _state(field: str, name: str, key: str, value: Any) -> str:
    phases = {"running": "is still running", "succeeded": "is finished", "failed": "has failed"}
    sentences = {
        "value": f"{field.rsplit('.', 1)[-1]} {value} means: {name}",
        "phase": f"a task in the state {name} {phases.get(str(value), value)}",
        "reason": f"a task that ends as {name} gives the reason {shown(value)}",
        "errorcode": f"a task that ends as {name} carries the error code {value}",
    }
    return known(sentences, key, f"state {name} {key}", value)
