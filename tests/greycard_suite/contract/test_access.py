"""Who is let in, and what an unknown address or id gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.target import Target


def _credentials(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.operations.values():
        if operation.kind == "delivery":
            continue
        for credential in ("missing", "wrong"):
            yield Case(f"{operation.name}-{credential}", (operation.name, credential))


@suite_test("#auth/*", "#errors/unauthorized/*", cases=_credentials, requests=1)
def test_a_request_without_a_valid_key_is_refused(target: Target, case: Case) -> None:
    """No operation answers a request whose key is missing or wrong."""
    name, credential = case.data
    operation = target.vendor.operations[name]
    auth = target.vendor.data["auth"]
    values = _harmless(target, name)
    call = target.send(operation, values, credential=credential)
    place = f"{target.vendor.name}#auth"
    refused = 400 <= call.status < 500 or (call.status == 200 and _says_error(target, name, call))
    errors, code = target.vendor.data["errors"], str(read_answer.code_of(target.vendor, call))
    others = {str(error["code"]) for name, error in errors.items() if name != auth["error"]}
    looked_at = refused and (
        call.status in (401, 403) or code == str(errors[auth["error"]]["code"]) or code not in others
    )
    if call.status < 500 and call.status != 429 and not preconditions.is_nowhere(target.judge, call):
        # a request with a wrong key that is refused for something else was let in
        target.verdicts.judge(f"{place}/enforced", looked_at, expected="refused", seen=summary(call), call=call)
        named = refused and (
            not preconditions.states(target.judge, f"{place}/error") or code == str(errors[auth["error"]]["code"])
        )
        target.verdicts.judge(f"{place}/error", named, expected=auth["error"], seen=summary(call), call=call)
    if preconditions.is_nowhere(target.judge, call, auth["error"]):
        preconditions.wait_for_proof(target.judge, operation, "", call, auth["error"], "")
    elif looked_at:
        target.judge.error(auth["error"], call)


def _says_error(target: Target, name: str, call: object) -> bool:
    from greycard_suite.call import Call
    from greycard_suite.judge.read_answer import answer_to

    return isinstance(call, Call) and answer_to(target.vendor.operations[name], call) == "refused"


def _harmless(target: Target, name: str) -> dict[str, object]:
    """Values that would be accepted but for the key; a read names a task that does not exist."""
    operation = target.vendor.operations[name]
    if operation.kind == "create":
        return target.request(operation)
    return unknown_values(target, name)


def unknown_values(target: Target, name: str) -> dict[str, object]:
    """A request of a read or delete operation that names no task."""
    from greycard_schemas.examples.requests import base_request

    operation = target.vendor.operations[name]
    values = base_request(operation)
    values[operation.contract["task"]["parameter"]] = "6a4eab77-0000-4000-8000-3048042a34ef"
    return values


def _reads(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name) for op in vendor.operations.values() if "task" in op.contract]


@suite_test(
    "*#task/unknown",
    "*#task/parameter",
    "#errors/not_found/*",
    "#errors/task_unknown/*",
    cases=_reads,
    requests=1,
)
def test_an_unknown_task_is_not_found(target: Target, case: Case) -> None:
    """Reading or deleting a task that does not exist is refused with the vendor's code for it."""
    operation = target.vendor.operations[case.data]
    call = target.send(operation, unknown_values(target, case.data))
    rule = operation.contract["task"]
    claim = f"{operation.vendor}/{operation.name}#task/unknown"
    target.expect_refused(claim, operation, call, rule["unknown"], expected=rule["unknown"])


@suite_test("#unmatched/*", requests=1)
def test_an_unknown_address_is_not_found(target: Target) -> None:
    """A path that the vendor does not have gets the documented answer, where one is documented."""
    rule = target.vendor.data["unmatched"]
    prefix = target.vendor.data["paths"]["prefix"]
    call = target.wire.send(
        "unmatched",
        "GET",
        f"{target.base_url}{prefix}greycard-no-such-address",
        headers=target.headers(),
        credential="valid",
    )
    claim = f"{target.vendor.name}#unmatched/error"
    error = target.vendor.data["errors"][rule["error"]]
    from greycard_suite.judge.read_answer import code_of

    seen = code_of(target.vendor, call)
    faithful = str(seen) == str(error["code"]) or call.status == error["http"]
    target.verdicts.judge(claim, faithful, expected=error["code"], seen=summary(call), call=call)
