"""A task's life as its reader sees it: states, their order, an end that stays, deletion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from greycard_schemas.templates import places_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import judge_result
from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.task import summary
from greycard_suite.lifetime.after_end import judge_lasting, judge_stamps
from greycard_suite.lifetime.intervals import began, moment_of, out_of_order, seen_by
from greycard_suite.lifetime.lost_task import judge_not_reached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


LATER_SECONDS = 4.0
"""How much later a task that has ended is asked for once more."""


def _creates(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        yield Case(
            operation.name,
            operation.name,
            needs=("links",) if "file" not in operation.contract.get("pictures", {}) else (),
        )


def _lives(vendor: Vendor) -> Iterable[Case]:
    """The cases of `_creates`, each with what it sees of answers: all but what only deleted and failed tasks get."""
    for case in _creates(vendor):
        create = vendor.operations[case.id]
        read = vendor.operations[create.contract["read"]]
        failed = read.contract["responses"].get("failed", {}).get("schema", "").rpartition("/")[2]
        parts = [name for name in read.resource["$defs"] if name not in ("request", failed)]
        yield replace(
            case,
            claims=(
                f"/{create.name}#accepted/*",
                f"/{create.name}#responses/accepted/*",
                *(f"/{read.name}#{part}/*" for part in parts),
                f"/{read.name}#responses/running/*",
                f"/{read.name}#responses/succeeded/*",
            ),
        )


@suite_test("#lifecycle/*", cases=_lives, requests=24, credits=2)
def test_a_task_runs_to_an_end_that_stays(target: Target, case: Case) -> None:
    """Every answer on the way has the documented form; once ended, a task neither runs again nor ends differently."""
    operation = target.vendor.operations[case.data]
    task = target.create(operation)
    if task is None:
        return
    target.read(task)
    target.finish(task)
    states = [read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, call)) for call in task.reads]
    place = f"{target.vendor.name}#lifecycle"
    _judge_running(target, task, states)
    if task.phase == "running":
        return
    final = task.last
    read = target.vendor.operations[operation.contract["read"]]
    _judge_stays(target, read, task, final)
    _judge_progress(target, operation, task)
    if f"{place}/limit_seconds" in target.verdicts.claims:
        limit = target.vendor.data["lifecycle"]["limit_seconds"]
        phases = [seen_by(call, read_answer.phase_of(target.vendor, read, call)[0] != "running") for call in task.reads]
        end = began(phases, bool)
        least = moment_of(task.create).least_until(end) if end is not None else 0.0
        _judge_limit_outcome(target, task, moment_of(task.create).most_until(end) if end is not None else limit)
        target.verdicts.judge(
            f"{place}/limit_seconds",
            least <= limit,
            expected=f"at most {limit} s",
            seen=f"at least {least:.1f} s",
            call=final,
        )
    if task.phase == "succeeded":
        judge_stamps(target.judge, read, task)
    if f"{place}/finish_seconds" in target.verdicts.claims and target.kind == "mock":
        took = final.started - task.create.started
        usual = max(
            2.0, target.vendor.data["lifecycle"]["finish_seconds"]
        )  # S2:86: 1 to 2 s, unless a profile says otherwise
        target.verdicts.judge(
            f"{place}/finish_seconds",
            took <= usual + target.poll_seconds,
            expected=f"1 to {usual:g} s",
            seen=f"{took:.1f} s",
            call=final,
        )
    if task.phase == "lost":
        return  # what was answered is no task, so that it says nothing of a task's fields
    found = read_answer.status_of(target.vendor, final) is not read_answer.MISSING
    target.verdicts.judge(
        f"{place}/field",
        found,
        expected=target.vendor.data["lifecycle"]["field"],
        seen="found" if found else "no such field",
        call=final,
    )


def _judge_limit_outcome(target: Target, task: Task, most: float) -> None:
    """The state that stands for the time limit is no answer to a task that surely ended before it."""
    life, claim = target.vendor.data["lifecycle"], f"{target.vendor.name}#lifecycle/limit_outcome"
    state = read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, task.last))
    if target.verdicts.has(claim) and state == life["limit_outcome"]:
        expected = f"{state} after {life['limit_seconds']} s only"
        holds = most >= life["limit_seconds"] - 1
        target.verdicts.judge(claim, holds, expected=expected, seen=f"after {most:.1f} s at most", call=task.last)


def _judge_stays(target: Target, read: Operation, task: Task, final: Call) -> None:
    """Asked again at once, after the download and some seconds later, a task that has ended says and gives the same."""
    value = read_answer.status_of(target.vendor, final)
    ended = read_answer.state_of(target.vendor, value)
    first: bytes | None = None
    again = []
    for pause in (0.0, target.poll_seconds, LATER_SECONDS):
        target.clock.sleep(pause)
        call = target.read(task)
        if task.phase == "lost":
            return
        again.append(read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, call)))
        judge_lasting(target.judge, read, final, call)
        link = read_answer.main_link(read, call)
        if link is not None and pause != target.poll_seconds:
            status, content = target.download(link)
            first = content if first is None else first
            life = f"{target.vendor.name}#link/life_seconds"
            if pause and first and status != 200 and target.verdicts.has(life):
                seen = f"HTTP {status} some seconds after a download"
                target.verdicts.judge(life, False, expected="alive", seen=seen, call=target.wire.calls[-1])
            if first != content or status != 200:
                judge_result(target, read, content if status == 200 else b"", [b"", first], 1)
    if ended is not None:
        target.verdicts.judge(
            f"{target.vendor.name}#lifecycle/states/{ended}/phase",
            all(one == ended for one in again),
            expected=f"stays {ended}",
            seen=again,
            call=task.last,
        )


def _judge_running(target: Target, task: Task, states: list[str | None]) -> None:
    vendor, place = target.vendor, f"{target.vendor.name}#lifecycle"
    order = vendor.data["lifecycle"]["running"]
    for state in dict.fromkeys(one for one in states if one in order):
        left = states[-1] != state
        target.verdicts.judge(
            f"{place}/states/{state}/phase",
            left,
            expected="a running state that is left in the end",
            seen="left" if left else f"still {state} after {target.patience:g} s",
            call=task.last,
        )
    ranks = [
        seen_by(call, order.index(state)) for call, state in zip(task.reads, states, strict=True) if state in order
    ]
    if len(ranks) > 1 and target.verdicts.has(f"{place}/running"):
        holds = out_of_order(ranks) is None
        target.verdicts.judge(f"{place}/running", holds, expected=order, seen=states, call=task.last)


def _judge_progress(target: Target, operation: Operation, task: Task) -> None:
    read = target.vendor.operations[operation.contract["read"]]
    for pointer in places_of(
        read.contract["responses"].get("running", {}).get("body", {}), ("task.progress", "task.queue")
    ):
        seen = [value for call in task.reads if isinstance(value := read_answer.at(call.json, pointer), int)]
        name = pointer.rpartition("/")[2]
        rises = name == "progress"
        running = seen[:-4] if len(seen) > 4 else seen
        if running != sorted(running, reverse=not rises):
            target.verdicts.notice(f"{read.name}: {name} went {'back' if rises else 'up'} while running: {running}")


@suite_test("*#task/parameter", "*#lifecycle/*", standing="mock_only", cases=_creates, requests=30, credits=1)
def test_polling_changes_nothing(target: Target, case: Case) -> None:
    """Two readers at the same moment see the same, however often one of them has asked."""
    operation = target.vendor.operations[case.data]
    busy, idle = target.create(operation), target.create(operation)
    if busy is None or idle is None:
        return
    idle_states, busy_states = [], []
    for _ in range(4):
        for _ in range(3):
            target.read(busy)
        busy_states.append(busy.phase)
        target.read(idle)
        idle_states.append(idle.phase)
        target.clock.sleep(1.0)
    assert idle_states[-1] == busy_states[-1], (idle_states, busy_states)


def _has_all(operation: Operation, call: Call) -> bool:
    """Whether an answer has the fields of a success, whatever it calls itself."""
    wanted = operation.definition(operation.contract["responses"]["deleted"]["schema"])
    data = call.json.get("data") if isinstance(call.json, dict) else None
    return isinstance(data, dict) and bool(data) and len(set(call.json) & set(wanted["required"])) > 1


def _deletes(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name, needs=("links",)) for op in vendor.of_kind("delete")]


@suite_test("*deletetask#*", "*#task/deleted", "#errors/task_deleted/*", cases=_deletes, requests=14, credits=2)
def test_a_deleted_task_is_gone(target: Target, case: Case) -> None:
    """Deleting succeeds once; afterwards reading and deleting are answered with the code for deleted tasks."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    read = target.vendor.operations[create.contract["read"]]
    task, other = target.create(create), target.create(create)
    if task is None or other is None:
        return
    values = {operation.contract["task"]["parameter"]: task.task_id}
    readable = read_answer.answer_to(read, target.read(task)) == "accepted"
    call = target.send(operation, values)
    accepted = read_answer.answer_to(operation, call) == "accepted"
    if accepted or (call.status == 200 and _has_all(operation, call)):
        target.judge.answer(operation, "deleted", call)
        preconditions.prove(target.judge, operation)
    else:
        judge_not_reached(target.judge, operation, call)
        return
    for name in ("method", "path", "encodings", "task/parameter"):
        claim = f"{operation.vendor}/{operation.name}#{name}"
        if target.verdicts.has(claim) and accepted:
            target.verdicts.used(claim, expected="as documented", seen="accepted", call=call)
    for again in (operation, read, read, operation) if readable else (operation, operation):
        needed = {
            **values,
            **{k: v for k, v in task.values.items() if k in again.fields},
        }
        call = target.send(again, needed)
        rule = again.contract["task"]
        target.expect_refused(
            f"{again.vendor}/{again.name}#task/deleted",
            again,
            call,
            rule["deleted"],
            expected=rule["deleted"],
        )
    target.cleanup.remove(task)
    if readable:
        call = target.send(read, {**_values_for(read, other), read.contract["task"]["parameter"]: other.task_id})
        claim = f"{operation.vendor}/{operation.name}#task/parameter"
        if read_answer.answer_to(read, call) == "refused" and target.verdicts.has(claim):
            expected = "only the task that was named is deleted"
            target.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)


def _values_for(read: Operation, task: Task) -> dict[str, object]:
    """What a read of this task asks for beside its id."""
    return {name: value for name, value in task.values.items() if name in read.fields}


@suite_test(
    "*#task/match",
    cases=lambda vendor: [
        Case(op.name, op.name, needs=("links",)) for op in vendor.of_kind("read") if "match" in op.contract["task"]
    ],
    requests=4,
    credits=1,
)
def test_reading_a_task_under_another_type_fails(target: Target, case: Case) -> None:
    """A type that is not the task's does not find the task."""
    read = target.vendor.operations[case.data]
    rule = read.contract["task"]
    task = target.create(target.vendor.operations[read.contract["create"]])
    if task is None:
        return
    values = {rule["parameter"]: task.task_id, rule["match"]: task.values[rule["match"]] + 1}
    call = target.send(read, values)
    target.expect_refused(
        f"{read.vendor}/{read.name}#task/match", read, call, rule["unknown"], expected=rule["unknown"]
    )


@suite_test(
    "*#request/*", "*#request_headers/*", "*#path", "*#method", "*#encodings", cases=_creates, requests=6, credits=1
)
def test_a_read_of_a_task_is_answered(target: Target, case: Case) -> None:
    """The documented read request, with its documented fields, is accepted."""
    operation = target.vendor.operations[case.data]
    read = target.vendor.operations[operation.contract["read"]]
    task = target.create(operation)
    if task is None:
        return
    call = target.read(task)
    place = f"{read.vendor}/{read.name}"
    if task.phase == "lost":
        return
    preconditions.prove(target.judge, read)
    for claim in target.verdicts.claims:
        local = claim.removeprefix(place)
        if local in ("#method", "#path", "#encodings", "#task/parameter") or local.startswith(
            ("#request/", "#request_headers/")
        ):
            if local.rpartition("/")[2] in ("minimum", "maximum", "enum") or "/required/" in local:
                continue
            target.verdicts.used(claim, expected="as documented", seen="accepted", call=call)
