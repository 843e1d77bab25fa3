"""Callbacks and webhooks: what arrives, signed how, how often, and when it stops."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from greycard_schemas.judge import judge
from greycard_schemas.signatures import SIGNATURES
from greycard_schemas.variants import values_at
from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import read_answer
from greycard_suite.judge.task import known_truth
from greycard_suite.judge.variants_seen import note_options, note_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Delivery
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

SLACK_SECONDS = 2.0


def _delivering(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name, needs=("links", "receiver")) for op in vendor.of_kind("delivery")]


def _awaited(target: Target, tasks: list[Task], numbers: list[int], seconds: float) -> None:
    """Wait until each task has so many deliveries, or the time is over."""
    if target.receiver is None:
        return
    end = target.clock.now() + seconds
    while target.clock.now() < end:
        if all(
            len(target.receiver.of_task(task.task_id)) >= number for task, number in zip(tasks, numbers, strict=True)
        ):
            return
        target.clock.sleep(0.25)


@suite_test(
    "*#method",
    "*#headers/*",
    "*#signature/*",
    "*#body/*",
    "*#address/*",
    "*#on*",
    "*#copies",
    "*#attempts",
    "*#spacing_seconds",
    "*#delay_seconds",
    "*#acknowledgement/*",
    cases=_delivering,
    requests=40,
    credits=3,
)
def test_a_finished_task_is_delivered_until_it_is_acknowledged(target: Target, case: Case) -> None:
    """One delivery when the receiver takes it; another after each failure, as often as documented; then silence."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    receiver = target.receiver
    if receiver is None:
        return
    contract = operation.contract
    taken, twice, never = (target.create(create) for _ in range(3))
    if taken is None or twice is None or never is None:
        return
    receiver.fail(twice.task_id, 2)
    receiver.fail(never.task_id, 1000)
    before = len(receiver.of_task(taken.task_id))
    place = f"{operation.vendor}/{operation.name}#"
    target.finish(taken, twice, never)
    total = sum(contract["spacing_seconds"][: contract["attempts"] - 1])
    _awaited(target, [taken, twice, never], [1, 3, contract["attempts"]], total + SLACK_SECONDS)
    target.clock.sleep(
        max(contract["spacing_seconds"]) * (2 if "virtual_time" in target.capabilities else 1) + SLACK_SECONDS
    )
    first = receiver.of_task(taken.task_id)
    if taken.phase != "succeeded":
        return  # the document speaks of tasks that are done
    known = [task.task_id.encode() for task in (taken, twice, never)]
    strays = [one for one in receiver.deliveries if not any(name in one.body for name in known)]
    if not first and strays and strays[0].at >= taken.create.started:
        # it came, but does not say of which task
        _judge_body(target, operation, taken, strays[0])
        return
    if not first:
        if "account" in contract["address"] and not receiver.deliveries:
            target.verdicts.notice(
                f"{operation.name}: nothing at all arrived at {receiver.url}; is that the address of the account?"
            )
        target.verdicts.judge(
            place + "on/succeeded",
            False,
            expected="a delivery when the task ends",
            seen="none",
            call=taken.last,
        )
        return
    delivery = first[0]
    # a task that is still seen running after its delivery has arrived was not done
    early = before > 0 or any(call.started > delivery.at and _is_running(target, call) for call in taken.reads)
    target.verdicts.judge(
        place + "on/succeeded",
        not early,
        expected="a delivery when the task ends",
        seen="before its end" if early else "at its end",
        call=taken.last,
    )
    target.verdicts.judge(
        place + "copies",
        len(first) == 1,
        expected="one delivery that is acknowledged, then none",
        seen=len(first),
        call=taken.last,
    )
    for rule in ("acknowledgement/http", "acknowledgement/pointer", "acknowledgement/equals"):
        if target.verdicts.has(place + rule):
            target.verdicts.judge(
                place + rule,
                len(first) == 1,
                expected="silence after the acknowledgement",
                seen=f"{len(first)} deliveries",
                call=taken.last,
            )
    _judge_form(target, operation, create, taken, delivery)
    _judge_attempts(target, operation, twice, never)


def _is_running(target: Target, call: Any) -> bool:
    state = read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, call))
    return state is not None and target.vendor.data["lifecycle"]["states"][state]["phase"] == "running"


def _judge_attempts(target: Target, operation: Operation, twice: Task, never: Task) -> None:
    contract, receiver = operation.contract, target.receiver
    if receiver is None:
        return
    claim = f"{operation.vendor}/{operation.name}#attempts"
    retried, failed = receiver.of_task(twice.task_id), receiver.of_task(never.task_id)
    faithful = {contract["attempts"]}
    if "exact_time" not in target.capabilities:  # S1:99 can be read in two ways
        for values in values_at(target.vendor, operation.name, "/x-operation/attempts").values():
            faithful |= set(values.values())
    holds = len(failed) in faithful and len(retried) in (3, min(faithful))
    seen = f"{len(retried)} to a receiver that fails twice, {len(failed)} to one that always fails"
    target.verdicts.judge(claim, holds, expected=f"3, and {sorted(faithful)}", seen=seen, call=never.last)
    note_value(target.vendor, target.verdicts, operation.name, "/x-operation/attempts", len(failed))
    gaps = [later.at - earlier.at for earlier, later in pairwise(failed)]
    spacing = contract["spacing_seconds"]
    if gaps and target.verdicts.has(claim.replace("attempts", "spacing_seconds")):
        near = all(abs(gap - spacing[min(index, len(spacing) - 1)]) <= 1.0 for index, gap in enumerate(gaps))
        target.verdicts.judge(
            claim.replace("attempts", "spacing_seconds"),
            near,
            expected=spacing,
            seen=[round(gap, 1) for gap in gaps],
            call=never.last,
        )


def _judge_body(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    for one in judge(operation, operation.contract["request"], delivery.json):
        if target.verdicts.has(one.claim):
            target.verdicts.judge(one.claim, one.holds, expected=one.expected, seen=one.seen, call=task.last)


def _judge_form(target: Target, operation: Operation, create: Operation, task: Task, delivery: Delivery) -> None:
    contract = operation.contract
    place = f"{operation.vendor}/{operation.name}#"
    _judge_body(target, operation, task, delivery)
    for name in contract.get("headers", {}):
        if name == "x-source":
            continue
        claim = f"{place}headers/{name}"
        value = delivery.headers.get(name.lower(), "")
        token = next(iter(target.credentials.values()))
        is_token = contract["headers"][name] == {"$from": "account.token"}
        holds = value == token if is_token else bool(value)
        target.verdicts.judge(
            claim,
            holds,
            expected="the account's token" if is_token else "present",
            seen="as expected" if holds else ("missing" if not value else "another value"),
            call=task.last,
        )
    if "signature" in contract:
        rule = SIGNATURES[contract["signature"]["rule"]]
        value = delivery.headers.get(contract["signature"]["header"].lower(), "")
        fits = rule.fits(value, delivery.body, next(iter(target.credentials.values())))
        target.verdicts.judge(
            f"{place}signature/rule",
            fits,
            expected=rule.short,
            seen="as expected" if fits else "another value",
            call=task.last,
        )
        target.verdicts.judge(
            f"{place}signature/header",
            bool(value),
            expected="a signature",
            seen="present" if value else "missing",
            call=task.last,
        )
    for claim in ("method", "address/request", "address/account", "delay_seconds"):
        if target.verdicts.has(place + claim):
            target.verdicts.used(place + claim, expected="as documented", seen="arrived", call=task.last)
    _judge_truth(target, operation, create, task, delivery)


def _judge_truth(target: Target, operation: Operation, create: Operation, task: Task, delivery: Delivery) -> None:
    """What a delivery says is true: the task it names, the pictures it describes, the link it gives."""
    width, height = target.good_size(create)
    given = picture_of(target.images.bytes(width, height, "jpg"))
    truth: dict[str, Any] = {"task.id": task.task_id, "picture.width": width, "picture.height": height,
                             "picture.size": given.size_bytes if given else None, **known_truth(task)}  # fmt: skip
    contract = operation.contract
    shown = target.vendor.operations[contract["body_of"]].contract["responses"] if "body_of" in contract else {}
    template = shown["succeeded"]["body"] if shown else contract["bodies"]["succeeded"]
    link = read_answer.value_of(template, delivery.json, "result.link")
    if isinstance(link, str) and link.startswith("http"):
        status, content = target.download(link)
        picture = picture_of(content) if status == 200 else None
        if picture is not None and link not in map(str, task.values.values()):
            truth |= {
                "result.width": picture.width,
                "result.height": picture.height,
                "result.size": picture.size_bytes,
            }
        truth["result.link"] = (
            link if picture is not None and link not in map(str, task.values.values()) else "a link to the result"
        )
    target.judge.meanings(operation, operation.contract["request"], delivery.json, truth, task.last)
    note_options(target.verdicts, operation.name, "succeeded", None, delivery.json)


@suite_test("*#body_failed/*", "*#on*", standing="mock_only", cases=_delivering, requests=12, credits=1)
def test_a_failed_task_is_delivered_as_failed(target: Target, case: Case) -> None:
    """The delivery of a failed task names the task and does not call it a success."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    target.control.force("failed")
    task = target.create(create)
    target.finish(task)
    if task is None or target.receiver is None:
        return
    _awaited(target, [task], [1], 10)
    found = target.receiver.of_task(task.task_id)
    place = f"{operation.vendor}/{operation.name}#"
    target.verdicts.judge(
        f"{place}on/failed",
        bool(found),
        expected="a delivery when the task fails",
        seen=len(found),
        call=task.last,
    )
    if "request_failed" in operation.contract and found:
        for one in judge(operation, operation.contract["request_failed"], found[0].json):
            if target.verdicts.has(one.claim):
                target.verdicts.judge(one.claim, one.holds, expected=one.expected, seen=one.seen, call=task.last)


@suite_test(
    "*#on*",
    standing="mock_only",
    cases=lambda v: [c for c in _delivering(v) if v.of_kind("delete")],
    requests=8,
    credits=1,
)
def test_a_deleted_task_is_not_delivered(target: Target, case: Case) -> None:
    """A task that is deleted before its end is never delivered."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    task = target.create(create)
    if task is None or target.receiver is None:
        return
    delete = target.vendor.of_kind("delete")[0]
    target.send(delete, {delete.contract["task"]["parameter"]: task.task_id})
    target.clock.sleep(60)
    assert target.receiver.of_task(task.task_id) == []
