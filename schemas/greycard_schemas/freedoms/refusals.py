"""Freedoms of refusals: other words, codes, HTTP statuses and bodies, and another refusal, where nobody says which."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import put, take
from greycard_schemas.templates import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

_RESTFUL = {
    "unauthorized": 403,
    "invalid_parameter": 422,
    "invalid_image": 415,
    "invalid_mask": 422,
    "invalid_picurl": 400,
    "unsupported_type": 415,
    "too_large": 413,
    "insufficient_balance": 402,
    "task_unknown": 404,
    "not_found": 410,
    "task_deleted": 410,
    "server_error": 503,
    "rate_limited": 429,
}
"""What a vendor that thinks in HTTP would choose, by the name of the error; 400 for any other."""

_WORDS = {
    "other": "Nope \u2014 \u4e0d\u884c, d\u00e9sol\u00e9",
    "empty": "",
    "long": "The request could not be accepted. " * 40,
    "json": '{"error": {"code": "E42", "message": "see \\"details\\" / \\u00e9"}}',
}


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of every error, and of every place that names one."""
    yield from _messages(facts)
    yield from _codes(facts)
    yield from _statuses(facts)
    yield from _bodies(facts)
    yield from _others(facts)


def _errors(facts: Silences, key: str) -> dict[str, Any]:
    """The errors of which nobody says this, by name."""
    place = f"{facts.vendor.name}#errors"
    return {name: one for name, one in facts.data["errors"].items() if facts.assumed(f"{place}/{name}/{key}")}


def _of(facts: Silences, key: str) -> list[str]:
    return [f"{facts.vendor.name}#errors/{name}/{key}" for name in _errors(facts, key)]


def _messages(facts: Silences) -> Iterator[Freedom]:
    for change, words in _WORDS.items():
        yield from facts.freedom(
            f"refusals.words-{change}",
            f"Refusals say something else ({change}).",
            [put("vendor", f"/errors/{name}/message", words) for name in _errors(facts, "message")],
            family="words",
            of=_of(facts, "message"),
            keeps=_told_by_status(facts) if not words else (),
        )


def _told_by_status(facts: Silences) -> list[tuple[str, str]]:
    """Where a refusal without a word and without a code still says that it is one."""
    return [
        ("vendor", f"/errors/{name}/{key}")
        for name, one in facts.data["errors"].items()
        if "error.code" not in str(one["body"])
        for key in ("http", "body")
    ]


def _codes(facts: Silences) -> Iterator[Freedom]:
    sent = {
        name: one
        for name, one in _errors(facts, "code").items()
        if isinstance(one["code"], int) and "error.code" in str(one["body"])
    }
    stated = {
        one["code"]
        for name, one in facts.data["errors"].items()
        if facts.stated(f"{facts.vendor.name}#errors/{name}/code")
    }
    of = [f"{facts.vendor.name}#errors/{name}/code" for name in sent]
    other = {name: one["code"] + 5000 for name, one in sent.items()}
    small = {name: -1 - number for number, name in enumerate(sent)}
    alike = dict.fromkeys(sent, next(number for number in range(1, len(stated) + 2) if number not in stated))
    for change, words, codes in (
        ("other", "other codes", other),
        ("negative", "negative codes", small),
        ("alike", "one and the same code", alike),
    ):
        yield from facts.freedom(
            f"refusals.codes-{change}",
            f"Refusals carry {words}, where the document gives none.",
            [put("vendor", f"/errors/{name}/code", code) for name, code in codes.items()],
            family="codes",
            of=of,
        )


def _statuses(facts: Silences) -> Iterator[Freedom]:
    errors = _errors(facts, "http")
    for change, words, status in (
        ("restful", "an HTTP status of their own kind", None),
        ("400", "HTTP 400", 400),
        ("200", "HTTP 200", 200),
    ):
        patches = [
            put("vendor", f"/errors/{name}/http", _RESTFUL.get(name, 400) if status is None else status)
            for name, one in errors.items()
            if one["http"] != status
        ]
        yield from facts.freedom(
            f"refusals.http-{change}",
            f"Refusals come under {words}, where the document names none.",
            patches,
            family="HTTP statuses",
            of=_of(facts, "http"),
        )
    fields = [name for name in errors if name == facts.data["auth"]["error"]]
    yield from facts.freedom(
        "refusals.wrong-key-400",
        "A wrong key is refused under HTTP 400.",
        [put("vendor", f"/errors/{name}/http", 400) for name in fields],
        family="HTTP statuses",
        of=_of(facts, "http"),
    )


def _bodies(facts: Silences) -> Iterator[Freedom]:
    errors, of = _errors(facts, "body"), _of(facts, "body")
    more, nested = [], []
    empty: dict[str, list[Any]] = {"null": [], "absent": [], "list": []}
    code, plain = [], []
    for name, one in errors.items():
        place, body = f"/errors/{name}/body", one["body"]
        more.append(put("vendor", f"{place}/greycard_trace", {"id": "x", "at": [1, None]}, "add"))
        for path in fields_of(body):
            value = body
            for step in path:
                value = value[step]
            if isinstance(value, dict) and value and "$from" not in value:
                nested.append(put("vendor", f"{place}/{'/'.join(path)}/greycard_hint", "x", "add"))
            if value == {}:
                at = f"{place}/{'/'.join(path)}"
                empty["null"].append(put("vendor", at, None))
                empty["absent"].append(take("vendor", at))
                empty["list"].append(put("vendor", at, []))
        asks = str(body)
        if "error.code" not in asks:
            code.append(put("vendor", f"{place}/code", {"$from": "error.code"}, "add"))
            words = {"$from": "error.message"}
            plain.append(put("vendor", place, {"success": False, "message": words, "detail": None}))
    yield from facts.freedom(
        "refusals.more-fields", "Refusals have a field that no document names.", more, family="additional fields", of=of
    )
    yield from facts.freedom(
        "refusals.more-inside", "What a refusal holds has one more field.", nested, family="additional fields", of=of
    )
    for change, patches in empty.items():
        yield from facts.freedom(
            f"refusals.data-{change}",
            f"What is empty in a refusal is {'an empty list' if change == 'list' else change}.",
            patches,
            family="bodies of refusals",
            of=of,
        )
    if "data" not in {path[0] for one in errors.values() for path in fields_of(one["body"])} and not code:
        for change, value in (("null", None), ("object", {})):
            yield from facts.freedom(
                f"refusals.with-data-{change}",
                f"Refusals carry a data field that is {'null' if value is None else 'an empty object'}.",
                [put("vendor", f"/errors/{name}/body/data", copy.deepcopy(value), "add") for name in errors],
                family="bodies of refusals",
                of=of,
            )
    yield from facts.freedom(
        "refusals.with-code",
        "Refusals carry a code of the vendor's own as well.",
        code,
        family="bodies of refusals",
        of=[*of, *_of(facts, "code")],
    )
    yield from facts.freedom(
        "refusals.other-form",
        "Refusals are objects of another form, with success false and a message.",
        plain,
        family="bodies of refusals",
        of=of,
    )


def _others(facts: Silences) -> Iterator[Freedom]:
    """Another error for what is refused, where nobody says which."""
    vendor, key = facts.vendor.name, facts.data["auth"]["error"]
    common = _common_refusal(facts)
    for place, words, file, pointer, old in (
        (f"{vendor}#auth/error", "A wrong key", "vendor", "/auth/error", key),
        (
            f"{vendor}#unmatched/error",
            "An unknown address",
            "vendor",
            "/unmatched/error",
            facts.data["unmatched"]["error"],
        ),
        (
            f"{vendor}#balance/error",
            "An empty balance",
            "vendor",
            "/balance/error",
            facts.data.get("balance", {}).get("error"),
        ),
    ):
        if facts.assumed(place) and common and common != old:
            yield from facts.freedom(
                f"refusals.{place.partition('#')[2].replace('/', '.')}-{common.replace('_', '-')}",
                f"{words} is refused as {common}.",
                [put(file, pointer, common)],
                family="another refusal",
                of=[place],
            )
    for operation in facts.called():
        yield from _of_tasks(facts, operation)
    enforced = f"{vendor}#auth/enforced"
    if facts.assumed(enforced):
        yield from facts.freedom(
            "auth.unchecked",
            "No key is asked for: no document says that one is.",
            [put("vendor", "/auth/enforced", value=False)],
            family="keys",
            of=[enforced],
        )


def _of_tasks(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    task, place = operation.contract.get("task", {}), f"{operation.vendor}/{operation.name}#task"
    refusal = operation.contract.get("refusal")
    if task and facts.assumed(f"{place}/unknown"):
        other = refusal if refusal != task["unknown"] else _common_refusal(facts)
        if other and other != task["unknown"]:
            yield from facts.freedom(
                f"{operation.name}.unknown-{other.replace('_', '-')}",
                f"{operation.name} refuses an unknown task as {other}.",
                [put(operation.name, "/x-operation/task/unknown", other)],
                family="another refusal",
                of=[f"{place}/unknown"],
            )
    if "match" in task and facts.assumed(f"{place}/match"):
        yield from facts.freedom(
            f"{operation.name}.match-ignored",
            f"{operation.name} does not look at {task['match']}.",
            [take(operation.name, "/x-operation/task/match")],
            family="another refusal",
            of=[f"{place}/match"],
        )


def _common_refusal(facts: Silences) -> str:
    """The error that most create operations refuse a malformed request with."""
    return next((str(one.contract["refusal"]) for one in facts.vendor.of_kind("create")), "")
