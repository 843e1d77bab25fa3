"""Drifts of keys, addresses and the rate: a key that nobody checks, another header, another path, another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.auth import scheme_of
from greycard_schemas.drifts.model import Facts, put, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Operation

_LIKE_A_WRONG_KEY = "looks like a wrong key: the run says so and ends with status 3"


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of authentication, of addresses and of the rate."""
    yield from _auth(facts)
    yield from _addresses(facts)
    if "rate" in facts.data:
        yield from _rate(facts)


def _auth(facts: Facts) -> Iterator[Drift]:
    place, auth = f"{facts.vendor.name}#auth", facts.data["auth"]
    yield facts.drift(
        "auth.enforced",
        "off",
        "Requests with a wrong key, or without one, are answered.",
        [put("vendor", "/auth/enforced", value=False)],
        family="key not checked",
        severity="additive",
        claims=[f"{place}/enforced", f"{place}/error"],
        also=["*#errors/unauthorized/*"],
        why="a refusal that never comes has no code",
    )
    scheme = scheme_of(auth)
    for key in scheme.headers:
        what = {"header": "key", "time_header": "time stamp", "signature_header": "signature"}[key]
        yield facts.drift(
            f"auth.{key}",
            "renamed",
            f"The {what} is read from X-Greycard-{what.title().replace(' ', '-')} instead of {auth[key]}.",
            [put("vendor", f"/auth/{key}", f"X-Greycard-{what.title().replace(' ', '-')}")],
            family="key elsewhere",
            claims=[f"{place}/{key}"],
            also=[f"{facts.vendor.name}*"],
            why="a valid key that is refused shows nothing else, and scheme and header cannot be told apart",
            unseen_live=_LIKE_A_WRONG_KEY,
        )
    if scheme.signs:
        yield facts.drift(
            "auth.scheme",
            "unsigned",
            "The signature of a request is not looked at.",
            [put("vendor", "/auth/scheme", "header")],
            family="key not checked",
            severity="additive",
            claims=[f"{place}/enforced", f"{place}/error"],
            also=["*#errors/unauthorized/*", f"{place}/scheme"],
            why="a refusal that never comes has no code",
        )
    elif scheme.secrets > 1:
        yield facts.drift(
            "auth.scheme",
            "changed",
            "The credential is no longer HTTP Basic.",
            [put("vendor", "/auth/scheme", "header")],
            family="key elsewhere",
            claims=[f"{place}/scheme"],
            also=[f"{facts.vendor.name}*"],
            why="a valid key that is refused shows nothing else, and scheme and header cannot be told apart",
            unseen_live=_LIKE_A_WRONG_KEY,
        )


def _addresses(facts: Facts) -> Iterator[Drift]:
    head, prefix = facts.vendor.name, facts.data["paths"]["prefix"]
    called = [one for one in facts.vendor.operations.values() if one.kind != "delivery"]
    yield facts.drift(
        "paths.prefix",
        "changed",
        f"All paths begin with /greycard{prefix} instead of {prefix}.",
        [put(one.name, "/x-operation/path", f"/greycard{one.path}") for one in called],
        family="address changed",
        claims=[f"{head}#paths/prefix", *(f"{head}/{one.name}#path" for one in called)],
        also=[f"{head}/*", f"{head}#*"],
        why="a vendor that cannot be reached shows nothing",
    )
    for operation in facts.vendor.operations.values():
        if operation.kind == "delivery":
            continue
        name, place = operation.name, f"{facts.vendor.name}/{operation.name}#"
        also = [f"{place}*", f"{facts.vendor.name}#paths/*", *_not_told(operation)]
        why = "an operation that cannot be reached shows nothing else"
        moved = operation.path.replace("/{", "-moved/{") if "{" in operation.path else f"{operation.path}-moved"
        yield facts.drift(
            f"{name}.path",
            "moved",
            f"{operation.method} {operation.path} has moved to {moved}.",
            [put(name, "/x-operation/path", moved)],
            family="address changed",
            claims=[f"{place}path", f"{facts.vendor.name}#paths/names"],
            also=also,
            why=why,
        )
        other = "PUT" if operation.method == "POST" else "POST"
        yield facts.drift(
            f"{name}.method",
            "changed",
            f"{operation.path} is called with {other} instead of {operation.method}.",
            [put(name, "/x-operation/method", other)],
            family="address changed",
            claims=[f"{place}method"],
            also=also,
            why=why,
        )
        yield from _parameter(facts, operation)
        if "application/json" in operation.encodings:
            form = "application/x-www-form-urlencoded"
            yield facts.drift(
                f"{name}.encodings",
                "changed",
                f"{operation.path} takes a form and no longer JSON.",
                [put(name, "/x-operation/encodings", [form])],
                family="encoding changed",
                claims=[f"{place}encodings"],
                also=also,
                why=why,
            )


def _not_told(operation: Operation) -> list[str]:
    """The codes for tasks: an operation that refuses everything refuses unknown and deleted tasks as well."""
    task = operation.contract.get("task", {})
    return [f"{operation.vendor}#errors/{task[key]}/code" for key in ("unknown", "deleted") if key in task]


def _parameter(facts: Facts, operation: Operation) -> Iterator[Drift]:
    task, place = operation.contract.get("task", {}), f"{facts.vendor.name}/{operation.name}#"
    if not task or "application/json" not in operation.encodings:
        return
    old, new, schema = task["parameter"], f"{task['parameter']}V2", operation.request
    needed = [new if name == old else name for name in schema["required"]]
    fields = {new if name == old else name: one for name, one in schema["properties"].items()}
    source = {**schema["x-source"]["required"], new: schema["x-source"]["required"][old]}
    yield facts.drift(
        f"{operation.name}.task.parameter",
        "renamed",
        f"{operation.name} takes the id of the task as {new} instead of {old}.",
        [
            put(operation.name, "/x-operation/task/parameter", new),
            put(operation.name, "/$defs/request/required", needed),
            put(operation.name, "/$defs/request/properties", fields),
            put(operation.name, "/$defs/request/x-source/required", source),
        ],
        family="request field renamed",
        claims=[f"{place}task/parameter", f"{place}request/required/{old}"],
        also=[f"{place}*", *_not_told(operation)],
        why="an operation whose tasks cannot be named shows nothing else",
    )


def _rate(facts: Facts) -> Iterator[Drift]:
    place, rate = f"{facts.vendor.name}#rate", facts.data["rate"]
    limit, window = rate["limit"], rate["window_seconds"]
    also, why = [f"{place}/*", "*#errors/rate_limited/*"], "limit and window show only together, in a refusal"
    for change, value, severity in (("up", limit + 1, "additive"), ("down", limit - 1, "breaking")):
        yield facts.drift(
            "rate.limit",
            change,
            f"{value} requests in {window} s are answered instead of {limit}.",
            [put("vendor", "/rate/limit", value)],
            family="rate",
            severity=severity,  # type: ignore[arg-type]
            claims=[f"{place}/limit"],
            also=also,
            why=why,
        )
    yield facts.drift(
        "rate",
        "none",
        "Any number of requests is answered.",
        [take("vendor", "/rate")],
        family="rate",
        severity="additive",
        claims=[f"{place}/limit", f"{place}/window_seconds", f"{place}/error"],
        also=also,
        why=why,
    )
    for change, value, severity in (("longer", window * 3, "breaking"), ("shorter", window / 4, "additive")):
        yield facts.drift(
            "rate.window_seconds",
            change,
            f"{limit} requests are answered in {value} s instead of {window} s.",
            [put("vendor", "/rate/window_seconds", value)],
            family="rate",
            severity=severity,  # type: ignore[arg-type]
            claims=[f"{place}/window_seconds"],
            also=also,
            why=why,
        )
