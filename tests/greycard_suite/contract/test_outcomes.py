"""Every documented end of a task, and the errors that only a mock shows on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import read_answer
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.target import Target


def _ends(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        for name, state in vendor.data["lifecycle"]["states"].items():
            if state["phase"] != "running":
                yield Case(f"{operation.name}-{name}", (operation.name, name))


@suite_test(
    "#lifecycle/*",
    "*#failed/*",
    "*#succeeded/*",
    "*#answer/*",
    "*#responses/*",
    standing="mock_only",
    cases=_ends,
    requests=60,
    credits=1,
)
def test_every_documented_end_can_be_reached(target: Target, case: Case) -> None:
    """A task that is made to end in a state ends in it, stays there, and its answers have the documented form."""
    name, outcome = case.data
    operation = target.vendor.operations[name]
    states = target.vendor.data["lifecycle"]["states"]
    if outcome not in target.control.world.runtime.states:
        return
    life = target.vendor.data["lifecycle"]
    at_limit = life.get("limit_outcome") == outcome
    if at_limit:
        target.control.force("succeeded", finish=2 * life["limit_seconds"])  # it would, were there no limit
    else:
        target.control.force(outcome)
    task = target.create(operation)
    if task is not None:
        task.expects = states[outcome]["phase"]
    target.finish(task)
    if task is None or task.phase in ("running", "lost"):
        return
    value = read_answer.status_of(target.vendor, task.last)
    place = f"{target.vendor.name}#lifecycle"
    state = read_answer.state_of(target.vendor, value)
    if at_limit and state not in (None, outcome):
        target.verdicts.judge(f"{place}/limit_outcome", False, expected=outcome, seen=value, call=task.last)
        return
    target.verdicts.judge(
        f"{place}/states/{outcome}/value",
        str(value) == str(states[outcome]["value"]),
        expected=states[outcome]["value"],
        seen=value,
        call=task.last,
    )
    took = task.last.started - task.create.started
    target.clock.sleep(5)
    target.read(task)
    again = read_answer.status_of(target.vendor, task.last)
    target.verdicts.judge(
        f"{place}/states/{outcome}/phase",
        again == value and task.phase != "running",
        expected=f"stays {value}",
        seen=again,
        call=task.last,
    )
    if target.vendor.data["lifecycle"].get("limit_outcome") == outcome:
        limit = target.vendor.data["lifecycle"]["limit_seconds"]
        near = abs(took - limit) <= 2 * target.poll_seconds + 1
        target.verdicts.judge(
            f"{place}/limit_seconds",
            near,
            expected=f"ends after {limit} s",
            seen=f"{took:.1f} s",
            call=task.last,
        )
        target.verdicts.judge(
            f"{place}/limit_outcome",
            str(value) == str(states[outcome]["value"]),
            expected=outcome,
            seen=value,
            call=task.last,
        )


@suite_test(
    "#lifecycle/*",
    "*#running/*",
    standing="mock_only",
    cases=lambda vendor: [Case(op.name, op.name) for op in vendor.of_kind("create")],
    requests=60,
    credits=1,
)
def test_every_running_state_can_be_seen(target: Target, case: Case) -> None:
    """A task that takes its time shows every running state, each under its documented value."""
    operation = target.vendor.operations[case.data]
    running = target.control.timing.running
    target.control.force("succeeded", durations=dict.fromkeys(running, 2.0))
    task = target.create(operation)
    target.finish(task)
    if task is None:
        return
    seen = {read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, call)) for call in task.reads}
    place = f"{target.vendor.name}#lifecycle/states"
    for state in target.vendor.data["lifecycle"]["running"]:
        if state in seen and task.phase == "succeeded":
            target.verdicts.judge(
                f"{place}/{state}/phase", True, expected="running, then left", seen="left", call=task.last
            )


def _errors(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name) for op in vendor.of_kind("create")]


@suite_test("#errors/server_error/*", standing="mock_only", cases=_errors, requests=2)
def test_a_server_error_looks_as_documented(target: Target, case: Case) -> None:
    """An error of the vendor's own is answered with the documented code."""
    operation = target.vendor.operations[case.data]
    target.control.fail_next("server_error")
    call = target.send(operation, target.request(operation))
    target.judge.error("server_error", call)


@suite_test("#errors/insufficient_balance/*", "#balance/*", standing="mock_only", cases=_errors, requests=4, credits=2)
def test_an_account_without_balance_creates_nothing(target: Target, case: Case) -> None:
    """Each task costs; a create that cannot be paid is refused with the vendor's code."""
    balance = target.vendor.data.get("balance")
    operation = target.vendor.operations[case.data]
    if balance is None:
        return
    target.control.set_balance(balance["cost"])
    paid = target.create(operation)
    call = target.send(operation, target.request(operation))
    claim = f"{target.vendor.name}#balance/error"
    target.verdicts.judge(
        f"{target.vendor.name}#balance/cost",
        paid is not None,
        expected="one task is paid",
        seen=summary(call),
        call=call,
    )
    target.expect_refused(claim, operation, call, balance["error"], expected=balance["error"])


@suite_test("*#request/*", standing="mock_only", requests=1)
def test_what_nobody_can_see_is_said(target: Target) -> None:
    """Statements that no answer can show have a reason in the suite's data."""
    from greycard_suite.judge.unobservable import EXCUSES

    for pattern, reason in EXCUSES.items():
        target.verdicts.excuse(pattern, reason)
