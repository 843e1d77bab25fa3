"""A task that exists and cannot be read, and one that never ends: which statements that puts in question.

Judges what the reads of a task have shown as a whole; nothing here sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.refused_good import name_group
from greycard_suite.judge.task import summary
from greycard_suite.lifetime.intervals import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge
    from greycard_suite.judge.task import Task


def judge_lost(judge: Judge, operation: Operation, call: Call) -> None:
    """An answer about a task that exists is a refusal, or cannot be read."""
    if call.status == 429:
        judge.verdicts.notice(f"{operation.name}: 429 again and again, so that a task could not be followed")
    elif read_answer.answer_to(operation, call) == "refused":
        judge_not_reached(judge, operation, call)
    else:
        judge.verdicts.judge(
            f"{judge.vendor.name}#lifecycle/field",
            False,
            expected=f"an answer with {judge.vendor.data['lifecycle']['field']}",
            seen=f"{operation.name}: {summary(call)}",
            call=call,
        )


def judge_not_reached(judge: Judge, operation: Operation, call: Call) -> None:
    """A request for a task that exists, made as documented, was refused: name the statements that can be."""
    if call.status >= 500 or call.status == 429:
        return
    place, nowhere = f"{operation.vendor}/{operation.name}#", preconditions.is_nowhere(judge, call)
    parameter = operation.contract["task"]["parameter"]
    if preconditions.refuses_key(judge, call):
        name_group(judge, preconditions.places_of_key(judge.vendor), call, expected="a valid key is let in")
        return
    sent = call.fields if isinstance(call.fields, dict) else {}
    named = ["task/parameter", f"request/required/{parameter}", *(f"request/{name}/type" for name in sent)]
    if not nowhere:
        named.insert(0, "encodings")
    claims = [place + name for name in named]
    if operation.name not in judge.verdicts.found:
        # either there is no such address, or it does not know the task: what was answered cannot tell
        claims += [f"{place}path", f"{place}method", f"{operation.vendor}#paths/names"]
        if operation.kind == "read":
            claims += preconditions.id_claims(judge, judge.vendor.operations[operation.contract["create"]])
    elif not any(judge.verdicts.has(claim) and judge.verdicts.claims[claim].is_claim for claim in claims):
        claims += [f"{place}path", f"{place}method", f"{place}task/parameter"]
    for why in ("unknown", "deleted"):
        error = operation.contract["task"].get(why)
        if error is not None and not nowhere and judge.carries(error, call):
            claims.append(f"{place}task/{why}")  # what is said of tasks that never were is said of one that is
    name_group(judge, claims, call, expected="the task is found")


def has_twin(judge: Judge, task_id: str, call: Call, tasks: Iterable[Task]) -> bool:
    """Whether the new task's id is that of an earlier one that asked for something else, which is judged.

    What is answered about that id from then on may be of either, so that the earlier task counts as lost.
    """
    asked = (call.fields, call.files)
    twins = [one for one in tasks if one.task_id == task_id and (one.create.fields, one.create.files) != asked]
    for one in twins:
        one.phase = "lost"
        preconditions.note_bad_id(judge, one.operation, call, "an id that no other task has")
    return bool(twins)


def judge_never_ended(judge: Judge, task: Task, seconds: float) -> None:
    """A task still runs when the patience is over: name what says that it ends."""
    vendor, life = judge.vendor, f"{judge.vendor.name}#lifecycle"
    read = vendor.operations[task.operation.contract["read"]]
    value = read_answer.status_of(vendor, task.last)
    state = read_answer.state_of(vendor, value) or value
    seen = f"still {state} after {seconds:g} s"
    ends = [name for name, one in vendor.data["lifecycle"]["states"].items() if one["phase"] == task.expects]
    claims = [f"{life}/states/{name}/phase" for name in ends[:1]]
    limit = vendor.data["lifecycle"].get("limit_seconds")
    if limit is not None and moment_of(task.create).least_until(moment_of(task.last)) > limit:
        claims.append(f"{life}/limit_seconds")
    stated = any(judge.verdicts.has(claim) and judge.verdicts.claims[claim].is_claim for claim in claims)
    if not stated and task.expects == "succeeded":
        claims += judge.required(read, read_answer.result_fields(read))
    for claim in claims:
        if judge.verdicts.has(claim):
            judge.verdicts.judge(claim, False, expected="the task ends", seen=seen, call=task.last)
