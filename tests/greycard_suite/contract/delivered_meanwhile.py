"""What was delivered for the tasks of any test, whatever that test is about: its form, and that it tells the true end.

Waits a moment for deliveries of tasks that failed, and downloads results that nothing else has looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from greycard_schemas.judge import judge
from greycard_suite.contract.results_seen import delivered_link, delivered_result
from greycard_suite.judge import deliveries, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation
    from greycard_suite.call import Delivery
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

WAITED_SECONDS = 2.0
"""How long a test waits for the deliveries of its tasks that have failed."""


def judge_deliveries(target: Target) -> None:
    """Judge the last delivery of each task that was created in this test and has ended.

    Raises what a download does: BudgetSpentError, EvidenceLacksError and the like.
    """
    tasks = [one for one in target.cleanup if one.phase in ("succeeded", "failed") and not one.forbidden]
    receiver = target.receiver
    operations = target.vendor.of_kind("delivery")
    if receiver is None or not operations or not tasks:
        return
    if target.kind != "mock" and any(one.phase == "failed" for one in tasks):
        target.clock.sleep(WAITED_SECONDS)
    for operation in operations:
        for task in tasks:
            arrived = receiver.of_task(task.task_id, task.create.started)
            found = [one for one in arrived if deliveries.is_delivery(operation, one)]
            if operation.contract["create"] == task.operation.name and found:
                _judge(target, operation, task, found[-1])


def _judge(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    if task.phase == "succeeded":
        reference = operation.contract["request"]
        judgements = judge(operation, reference, delivery.json)
        for one in read_answer.owed(operation, reference, task.values, judgements):
            if not one.holds and target.verdicts.has(one.claim):
                target.verdicts.judge(one.claim, False, expected=one.expected, seen=one.seen, call=task.last)
        _judge_result(target, operation, task, delivery)
        return
    for claim in _success_told(target, operation, task, delivery):
        seen = f"the delivery of a failed task tells of success: {str(delivery.json)[:120]}"
        target.verdicts.judge(claim, False, expected="no success, as the reads say", seen=seen, call=task.last)


def _judge_result(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    """Where only deliveries give results, each is looked at: modes and formats have results of their own."""
    read = target.vendor.operations[task.operation.contract["read"]]
    if read_answer.result_fields(read):
        return
    own = next((known for value in task.values.values() if (known := target.images.content_of(value))), None)
    link = delivered_link(target, operation, delivery)
    if own and isinstance(link, str) and link.startswith("http"):
        delivered_result(target, operation, link, own)


def _success_told(target: Target, operation: Operation, task: Task, delivery: Delivery) -> Iterator[str]:
    """The statements that are broken where the delivery of a failed task says that it has succeeded."""
    claims = target.verdicts.claims
    if "body_of" in operation.contract:
        read = target.vendor.operations[operation.contract["body_of"]]
        if read_answer.phase_seen(target.vendor, read, replace(task.last, json=delivery.json)) == "succeeded":
            claim = deliveries.statement_at(operation, target.vendor.data["lifecycle"]["field"], claims)
            if claim is not None:
                yield claim
        return
    told = [one for one in judge(operation, operation.contract["request"], delivery.json) if one.claim in claims]
    words = [one.claim for one in told if one.claim.endswith(("/const", "/enum"))]
    if words and all(one.holds for one in told):
        yield from words
