"""Walks at random through create, poll, wait and rate limit, and holds the invariants after every step.

The walks are drawn from a fixed seed, so that two runs take the same steps; one that breaks an invariant is made as
short as it can be before it is shown. No library draws them: whoever only runs the suite would have to install it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_schemas.examples.requests import base_request
from greycard_suite.judge import read_answer
from greycard_suite.targets.target import UNKNOWN_TASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

    Step = tuple[str, Any]

WALKS = 25
STEPS = 20
SEED = 20
SECONDS = (0.0, 0.1, 0.4, 0.999, 1.0, 1.5, 31.0)


def walk(target: Target, walks: int = WALKS, steps: int = STEPS) -> None:
    """Take so many walks; raises AssertionError with the fewest steps that break an invariant."""
    for drawn in drawn_walks(target, walks, steps):
        broken = broken_by(target, drawn)
        if broken is not None:
            shortest = shrunk(drawn, lambda some: broken_by(target, some) is not None)
            msg = f"after the steps {shortest}: {broken_by(target, shortest) or broken}"
            raise AssertionError(msg)


def drawn_walks(target: Target, walks: int, steps: int) -> Iterator[list[Step]]:
    """So many lists of so many steps each: the name of a method of `History`, and its argument."""
    chance = random.Random(f"{SEED}/{target.vendor.name}")  # noqa: S311 - the same walks in each run
    outcomes = (None, *target.control.world.runtime.outcomes())
    choices: dict[str, Callable[[], Any]] = {
        "wait": lambda: chance.choice(SECONDS),
        "create": lambda: chance.choice(outcomes),
        "poll": lambda: chance.randrange(50),
        **({"knock": lambda: chance.randint(1, 5)} if target.vendor.data.get("rate") else {}),
    }
    names = list(choices)
    for _ in range(walks):
        yield [(name, choices[name]()) for name in chance.choices(names, k=steps)]


def broken_by(target: Target, steps: list[Step]) -> str | None:
    """What goes wrong on a walk in a fresh world; None where nothing does."""
    history = History(target)
    try:
        for name, argument in steps:
            getattr(history, name)(argument)
            history.nothing_is_lost()
    except AssertionError as error:
        return str(error) or "an invariant does not hold"
    return None


def shrunk(steps: list[Step], breaks: Callable[[list[Step]], bool]) -> list[Step]:
    """The steps without those that can be left out one by one, from the last to the first, while it `breaks` still."""
    kept = list(steps)
    for place in reversed(range(len(steps))):
        fewer = kept[:place] + kept[place + 1 :]
        if breaks(fewer):
            kept = fewer
    return kept


@dataclass
class History:
    """What happens in one world of the mock, which is as new at the beginning, and what must hold of it."""

    target: Target
    tasks: list[Task] = field(default_factory=list)
    last: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        target = self.target
        target.control.world.reset()
        target.cleanup.clear()  # the world gives the same ids again
        target.wire.pace.forget()
        target.clock.sleep(5)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.target.clock.sleep(seconds)

    def create(self, outcome: str | None) -> None:
        """Create a task, which will end so (None: as tasks do)."""
        if outcome is not None:
            self.target.control.forget_scenarios()
            self.target.control.force(outcome)
        task = self.target.create(self.target.vendor.of_kind("create")[0])
        assert task is not None, "a plain request was not accepted"
        self.tasks.append(task)

    def poll(self, index: int) -> None:
        """Ask for one of the tasks: its state goes forward, and an end stays."""
        if not self.tasks:
            return
        task, vendor = self.tasks[index % len(self.tasks)], self.target.vendor
        order = vendor.data["lifecycle"]["running"]
        call = self.target.read(task)
        state = read_answer.state_of(vendor, read_answer.status_of(vendor, call))
        assert state is not None, f"no state: {call.body!r:.300}"
        before = self.last.setdefault(task.task_id, state)
        if before not in order:
            assert state == before, f"{before}, which is an end, became {state}"
        elif state in order:
            assert order.index(state) >= order.index(before), f"{before} became {state}"
        self.last[task.task_id] = state

    def knock(self, number: int) -> None:
        """Send so many requests at once: as many are refused as are beyond the rate."""
        target, vendor = self.target, self.target.vendor
        rate = vendor.data["rate"]
        target.clock.sleep(2.0)
        operation = vendor.of_kind("read")[0]
        values = {**base_request(operation), operation.contract["task"]["parameter"]: UNKNOWN_TASK}
        codes = [read_answer.code_of(vendor, target.send(operation, values, paced=False)) for _ in range(number)]
        limit = number if rate["scope"] == "create" else target.control.world.rate_limit
        refused = sum(code == vendor.data["errors"][rate["error"]]["code"] for code in codes)
        assert refused == max(0, number - limit), f"{refused} of {number} at once were refused, the limit is {limit}"
        target.clock.sleep(2.0)

    def nothing_is_lost(self) -> None:
        """Every task is there."""
        known = self.target.control.world.tasks
        assert all(task.task_id in known for task in self.tasks), "a task is lost"
