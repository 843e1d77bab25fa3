"""Who is let in, and what an unknown address or id gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.examples.requests import base_request
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import preconditions, read_answer, refusals
from greycard_suite.judge.account import condition_of
from greycard_suite.judge.read_answer import code_of
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge
    from greycard_suite.judge.refusals import Situation
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


ONE_OF_A_KIND = ("missing", "wrong")
"""The wrong keys that every operation is tried with; at a vendor with a rate, reads get no others."""


def _creates(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        called = len(_operations_of(vendor, operation))
        needs = ("links",) if "file" not in operation.contract.get("pictures", {}) else ()
        yield Case(operation.name, operation.name, requests=called * 9 + 4, credits=1, needs=needs)


def _operations_of(vendor: Vendor, create: Operation) -> list[Operation]:
    """The operations about the tasks of a create operation, those that delete last."""
    found = [one for one in vendor.operations.values() if "task" in one.contract]
    mine = [one for one in found if one.contract["create"] == create.name]
    return sorted(mine, key=lambda one: one.kind == "delete")


@suite_test("#auth/*", "#errors/unauthorized/*", cases=_creates, requests=20, credits=1)
def test_a_request_without_a_valid_key_is_refused(target: Target, case: Case) -> None:
    """No operation answers a request whose key is missing, wrong or elsewhere, and least of all shows a task."""
    create = target.vendor.operations[case.data]
    for name in target.wrong_keys:
        _judge_key(target, create, target.request(create), name)
    task = target.create(create)
    others = _operations_of(target.vendor, create)
    if task is None:
        for operation in others:
            for name in ONE_OF_A_KIND:
                _judge_key(target, operation, unknown_values(target, operation.name), name)
        return
    is_readable = (
        read_answer.answer_to(target.vendor.operations[create.contract["read"]], target.read(task)) == "accepted"
    )
    for operation in others:
        few = "rate" in target.vendor.data and operation.kind == "read"
        for name in target.wrong_keys:
            if not few or name in (*ONE_OF_A_KIND, "query", "same-form"):
                _judge_key(target, operation, _about(operation, task), name, exists=is_readable)
    if is_readable and any(operation.kind == "delete" for operation in others):
        # by hand: whoever took the wrong key to delete has left nothing to be found
        read = target.vendor.operations[create.contract["read"]]
        call = target.send(read, _about(read, task))
        gone = read_answer.answer_to(read, call) == "refused"
        if gone and not refusals.is_condition(target.judge, call):
            expected = "a task is not deleted by a request with a wrong key"
            claim = f"{target.vendor.name}#auth/enforced"
            target.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)
            target.cleanup.remove(task)


def _about(operation: Operation, task: Task) -> dict[str, Any]:
    """The documented request about a task."""
    more = {name: value for name, value in task.values.items() if name in operation.fields}
    return {**base_request(operation), **more, operation.contract["task"]["parameter"]: task.task_id}


def _judge_key(
    target: Target, operation: Operation, values: dict[str, Any], name: str, *, exists: bool = False
) -> None:
    """One request with a wrong key: let in is violated; how it is refused binds as far as a document says."""
    files = None
    if operation.kind == "create" and not target.needs_link(operation):
        files = target.upload(operation, target.images.bytes(*target.good_size(operation), "jpg"))
    call = target.send(operation, values, files=files, credential=name)
    answer = read_answer.answer_to(operation, call)
    situation = refusals.no_key(target.judge, operation)
    if call.status >= 500 and _is_well(target):
        right = f"{target.vendor.name}#auth/error"
        target.verdicts.judge(right, False, expected=situation.error, seen=summary(call), call=call)
    if answer == "unclear" or refusals.is_condition(target.judge, call, but_for=situation.error):
        return
    words = target.wrong_keys[name].words
    if preconditions.is_nowhere(target.judge, call, situation.error) and not exists:
        preconditions.wait_for_proof(
            target.judge, operation, lambda judge: _judge_let_in(judge, situation, call, answer, words)
        )
        return
    _judge_let_in(target.judge, situation, call, answer, words)
    if answer == "accepted" and operation.kind == "create":
        task = target.follow(operation, call, values)
        if task is not None:
            task.forbidden = True
        target.finish(task)


def _is_well(target: Target) -> bool:
    """Whether the vendor answers what costs nothing: then an error of its own was meant for what was asked."""
    read = target.vendor.of_kind("read")[0]
    return target.send(read, unknown_values(target, read.name)).status < 500


def _judge_let_in(judge: Judge, situation: Situation, call: Call, answer: str, words: str) -> None:
    place, seen = f"{judge.vendor.name}#auth", summary(call)
    refused = answer == "refused"
    judge.verdicts.judge(f"{place}/enforced", refused, expected=f"refused: {words}", seen=seen, call=call)
    right = refused and refusals.is_right(judge, situation, call)
    judge.verdicts.judge(f"{place}/error", right, expected=situation.error, seen=seen, call=call)
    if refused:
        refusals.judge_code(judge, situation, call)


NO_ID = "6a4eab77-0000-4000-8000-3048042a34ef"
"""The id that is asked for where the vendor has given none in this run."""


def unknown_values(target: Target, name: str, task_id: str = "") -> dict[str, Any]:
    """A request of a read or delete operation for an id like this one, which the vendor has not given."""
    operation = target.vendor.operations[name]
    values = base_request(operation)
    values[operation.contract["task"]["parameter"]] = _changed(task_id) if task_id else NO_ID
    return values


def _changed(task_id: str) -> str:
    """An id of the same form: the last letters and digits are others; of a mere number, the first digit."""
    if task_id.isdigit():
        return f"{int(task_id[0]) % 9 + 1}{task_id[1:]}"
    is_hex = all(one in "0123456789abcdef" for one in task_id.lower() if one.isalnum())
    letters, changed = (6 if is_hex else 26), [*task_id]
    places = [index for index, one in enumerate(task_id) if one.isascii() and one.isalnum()]
    for index in places[-6:]:
        one = task_id[index]
        first, count = (ord("0"), 10) if one.isdigit() else (ord("a" if one.islower() else "A"), letters)
        changed[index] = chr(first + (ord(one) - first + 1) % count)
    return "".join(changed)


def _with_tasks(vendor: Vendor) -> Iterable[Case]:
    for create in vendor.of_kind("create"):
        mine = _operations_of(vendor, create)
        needs = ("links",) if "file" not in create.contract.get("pictures", {}) else ()
        yield Case(create.name, create.name, requests=len(mine) * 2 + 1, credits=1, needs=needs)


@suite_test(
    "*#task/unknown",
    "*#task/parameter",
    "#errors/not_found/*",
    "#errors/task_unknown/*",
    cases=_with_tasks,
    requests=5,
    credits=1,
)
def test_an_unknown_task_is_not_found(target: Target, case: Case) -> None:
    """Reading or deleting a task that does not exist is refused with the vendor's code for it."""
    create = target.vendor.operations[case.data]
    task = target.create(create)
    for operation in _operations_of(target.vendor, create):
        claim = f"{operation.vendor}/{operation.name}#task/unknown"
        for task_id in (task.task_id, "") if task else ("",):
            situation = refusals.no_task(operation, "unknown" if task_id else "malformed")
            values = unknown_values(target, operation.name, task_id)
            rule = refusals.forbidden(target.judge, claim, situation, situation.error)
            target.refuse(rule, target.send(operation, values), values)


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
    seen = code_of(target.vendor, call)
    if call.status >= 500 or condition_of(target.vendor, None, call, provoked=rule["error"]):
        return
    faithful = str(seen) == str(error["code"]) or call.status == error["http"]
    target.verdicts.judge(claim, faithful, expected=error["code"], seen=summary(call), call=call)
