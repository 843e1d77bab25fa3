"""Hypothesis walks through create, poll, wait, delete and rate limit, and holds the invariants after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from greycard_suite.contract.declare import suite_test
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

EXAMPLES = 25
STEPS = 20


@suite_test("#lifecycle/states/*", standing="mock_only", requests=100_000)
def test_no_history_breaks_an_invariant(target: Target) -> None:
    """Whatever the order of calls: states go forward, ends stay, answers keep their form, 429s follow the times."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        cast("Any", lambda: machine(target)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)),
            report_multiple_bugs=False,
        ),
    )


def machine(target: Target) -> Any:
    """A state machine over one world of the mock; reset at the beginning of every history."""
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

    vendor = target.vendor
    order = vendor.data["lifecycle"]["running"]
    rate = vendor.data.get("rate")

    class History(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            target.control.world.reset()
            target.cleanup.clear()  # the world gives the same ids again
            target.wire.pace.forget()
            target.clock.sleep(5)
            self.tasks: list[Task] = []
            self.states: dict[str, list[str | None]] = {}
            self.arrivals: list[float] = []

        @rule(seconds=st.sampled_from([0.0, 0.1, 0.4, 0.999, 1.0, 1.5, 31.0]))
        def wait(self, seconds: float) -> None:
            target.clock.sleep(seconds)

        @rule(outcome=st.sampled_from([None, *target.control.world.runtime.outcomes()]))
        def create(self, outcome: str | None) -> None:
            if outcome is not None:
                target.control.world.scenarios.clear()
                target.control.force(outcome)
            operation = vendor.of_kind("create")[0]
            task = target.create(operation)
            assert task is not None
            self.tasks.append(task)

        @precondition(lambda self: self.tasks)
        @rule(index=st.integers(0, 50))
        def poll(self, index: int) -> None:
            task = self.tasks[index % len(self.tasks)]
            call = target.read(task)
            state = read_answer.state_of(vendor, read_answer.status_of(vendor, call))
            assert state is not None, call.body
            history = self.states.setdefault(task.task_id, [])
            if history:
                before = history[-1]
                if before not in order:
                    assert state == before, (before, state)
                elif state in order:
                    assert order.index(state) >= order.index(before), (before, state)
            history.append(state)

        @rule(number=st.integers(1, 5))
        def knock(self, number: int) -> None:
            if rate is None:
                return
            target.clock.sleep(2.0)
            operation = vendor.of_kind("read")[0]
            from greycard_suite.contract.test_access import unknown_values

            codes = [
                read_answer.code_of(vendor, target.send(operation, unknown_values(target, operation.name), paced=False))
                for _ in range(number)
            ]
            limit = number if rate["scope"] == "create" else target.control.world.rate_limit
            assert sum(code == vendor.data["errors"][rate["error"]]["code"] for code in codes) == max(0, number - limit)
            target.clock.sleep(2.0)

        @invariant()
        def nothing_is_lost(self) -> None:
            assert all(task.task_id in target.control.world.tasks for task in self.tasks)

    return History()
