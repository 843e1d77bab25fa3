"""Whether a plain request gets through at all; if not, which one documented statement is to blame.

It runs before all other paid tests: a vendor that refuses plain requests would otherwise seem to break every rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.targets.target import Target


def _creates(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        needs = ("links",) if "file" not in operation.contract.get("pictures", {}) else ()
        yield Case(operation.name, operation.name, needs=needs)


@suite_test(
    "*#request/*",
    "*#path",
    "*#method",
    "*#encodings",
    "*#paths/*",
    "*#result/automatic/*",
    "#auth/*",
    "*#pictures/file",
    cases=_creates,
    requests=14,
    credits=1,
)
def test_a_plain_request_is_accepted(target: Target, case: Case) -> None:
    """The smallest documented request is accepted; if not, the one change that helps shows what has drifted."""
    operation = target.vendor.operations[case.data]
    preconditions.forget(target.judge, operation)
    call = _sent(target, operation, {}, by_link=False)
    if read_answer.answer_to(operation, call) != "refused":
        target.follow(operation, call, target.request(operation))
        return
    place = f"{operation.vendor}/{operation.name}#"
    target.verdicts.preconditions[operation.name] = None
    auth = target.vendor.data["errors"][target.vendor.data["auth"]["error"]]
    if call.status in (401, 403) or str(read_answer.code_of(target.vendor, call)) == str(auth["code"]):
        if target.kind == "mock":  # at a vendor the key may simply be wrong, which the run says elsewhere
            _blame(
                target,
                preconditions.places_of_key(target.vendor),
                call,
                "a valid key is let in",
            )
        return
    if preconditions.is_nowhere(target.judge, call):
        _blame(
            target,
            [f"{place}path", f"{place}method", f"{operation.vendor}#paths/names"],
            call,
            f"{operation.method} {operation.path}",
        )
        return
    for claims, values, by_link in _trials(target, operation):
        tried = _sent(target, operation, values, by_link=by_link)
        if read_answer.answer_to(operation, tried) != "accepted":
            continue
        _blame(
            target,
            claims,
            call,
            f"accepted without {next(iter(values), 'a link')} {next(iter(values.values()), '')}".strip(),
        )
        if not by_link:
            target.verdicts.preconditions[operation.name] = values
        target.follow(operation, tried, {**target.request(operation), **values})
        return
    _blame(target, [f"{place}encodings", f"{place}request/type"], call, "the documented request is accepted")


def _sent(target: Target, operation: Operation, values: dict[str, Any], *, by_link: bool) -> Call:
    size = target.good_size(operation)
    if by_link:
        return target.send(
            operation, {**target.request(operation, target.images.link(*size, "jpg")), **values}, credits=1
        )
    files = None if target.needs_link(operation) else target.upload(operation, target.images.bytes(*size, "jpg"))
    return target.send(operation, {**target.request(operation), **values}, files=files, credits=1)


def _blame(target: Target, claims: list[str], call: Call, expected: str) -> None:
    for claim in claims:
        if target.verdicts.has(claim):
            target.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)


def _trials(target: Target, operation: Operation) -> Iterator[tuple[list[str], dict[str, Any], bool]]:
    """(claims to blame, the change, by link): each change alone could make a plain request acceptable again."""
    base = target.request(operation)

    def field(name: str, keyword: str) -> str:
        return claim_id(operation.vendor, operation.name, ["$defs", "request", "properties", name, keyword])

    for name, schema in operation.fields.items():
        if name not in base:
            result = operation.contract.get("result", {})
            rules = range(len(result.get("automatic", ()))) if name == result.get("parameter") else ()
            told = [f"{operation.vendor}/{operation.name}#result/automatic/{index}/factor" for index in rules]
            for value in (schema["default"],) if "default" in schema else schema.get("enum", ())[:1]:
                yield [field(name, "default"), *told], {name: value}, False
            continue
        for member in schema.get("enum", ()):
            if member != base[name]:
                yield [field(name, "enum")], {name: member}, False
        if "minimum" in schema and "maximum" in schema:
            keyword = "minimum" if base[name] == schema["minimum"] else "maximum"
            yield [field(name, keyword)], {name: (schema["minimum"] + schema["maximum"]) // 2}, False
    pictures = operation.contract.get("pictures", {})
    if "file" in pictures and "links" in target.capabilities:
        yield [f"{operation.vendor}/{operation.name}#pictures/file", field(pictures["file"], "x-file")], {}, True
