"""All state of one credential at one vendor: tasks, balance, rate window, clock, scenarios, faults, journal.

One lock guards each world; nothing here is shared between worlds, so parallel tests never meet.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import Clock, WorldClock
from greycard_mocks.core.faults import KINDS, Fault, FaultError, make_fault
from greycard_mocks.core.keeping.in_memory import in_memory
from greycard_mocks.core.keeping.kept import Kept
from greycard_mocks.core.limiters import LIMITERS, Limiter
from greycard_mocks.core.polls import Polls
from greycard_mocks.core.scenario import Scenario, ScenarioError, checked
from greycard_mocks.core.shared import Shared
from greycard_mocks.images.memory import give_back
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.plan import TaskPlan

LARGE = 10_000
"""Tasks of a world from which on its memory is given back when it is reset."""

ANYONE = "test-anyone"
"""The credential of all requests where a vendor does not ask for one."""

RESULT = "result"
"""The name of the operation "download a result", which is no vendor's but the mock's own."""

MAX_WAITING = 1000
"""Scenarios, and faults, that wait in one world."""


class World:
    """The state of one credential."""

    def __init__(
        self,
        runtime: Runtime,
        credential: str,
        clock: Clock,
        *,
        seed: int,
        speed: float,
        auto: bool = False,
        keep: Callable[[World], Kept] = in_memory,
    ) -> None:
        self.runtime = runtime
        self.credential = credential
        self.id = world_id(runtime.name, credential)
        self.seed = seed
        self.clock = WorldClock(clock, speed=speed, auto=auto)
        self.settling = 0
        """How many calls of this process are moving the clock and making what falls due on the way."""
        self.polls = Polls()
        self.callback_url: str | None = None
        self.usual: Scenario | None = None
        """What happens to each task for which no scenario waits."""
        kept = self.kept = keep(self)
        self.lock, self.advancing = kept.lock, kept.advancing
        self.tasks, self.deleted, self.dues, self.journal = kept.tasks, kept.deleted, kept.dues, kept.journal
        self.begin_anew()

    @property
    def is_of_a_stranger(self) -> bool:
        """Whether its credential is none that is valid where keys are checked."""
        return self.credential == ANYONE or not self.credential.startswith("test")

    @property
    def drifts(self) -> tuple[str, ...]:
        """The ids of the drifts by which this world departs from its vendor's document."""
        return self.runtime.drifts

    @property
    def freedoms(self) -> tuple[str, ...]:
        """The ids of the freedoms by which this world does otherwise what no document states."""
        return self.runtime.freedoms

    def reset(self) -> None:
        """Back to the beginning: no tasks, no scenarios, no faults, the clock and the callback address kept."""
        with self.lock:
            is_large = len(self.tasks) >= LARGE
            self.kept.clear()
            self.begin_anew()
            if is_large:
                give_back()

    def begin_anew(self) -> None:
        """Have all that is no collection as at the beginning. Call under the lock."""
        self.window = self.limiter()
        usual = _settings(self.runtime)
        self.balance: float = usual["balance"]
        self.rate_limit: int | None = usual["rate_limit"]
        self.queue_length: int = usual["queue_length"]
        self.link_life: float | None = usual["link_life"]
        self.scenarios: deque[tuple[Scenario, int | None]] = deque()
        self.faults: list[Fault] = []
        self.forced_errors: deque[str] = deque()
        self.counter = self.reads = 0
        self.polls = Polls()
        self.shared = Shared()

    def new_id(self) -> str:
        """The next task id: from the seed, the world and a counter, so runs repeat exactly.

        Call under the lock.
        """
        self.counter += 1
        digest = hashlib.blake2b(f"{self.seed}/{self.id}/{self.counter}".encode(), digest_size=16).digest()
        return self.runtime.new_id(digest)

    def limiter(self) -> Limiter:
        """An unused limiter of the kind that the vendor has."""
        rate = self.runtime.rate
        return LIMITERS[self.runtime.manners.limiter](rate["window_seconds"] if rate else 0.0)

    def add(self, plan: TaskPlan) -> None:
        """Remember a task; the oldest are forgotten when there are too many. Call under the lock."""
        self.kept.add_task(plan)

    def delete(self, task_id: str) -> None:
        """Forget a task but remember that it was deleted. Call under the lock."""
        del self.tasks[task_id]
        self.kept.add_deleted(task_id)

    def add_scenario(self, scenario: Scenario) -> Scenario:
        """Queue a scenario for the next tasks.

        Raises ScenarioError when it names what the vendor does not have.
        """
        resolved = checked(scenario, self.runtime)
        with self.lock:
            if len(self.scenarios) >= MAX_WAITING:
                msg = f"{MAX_WAITING} scenarios wait already; reset the world, or use one with a count"
                raise ScenarioError(msg)
            self.scenarios.append((resolved, resolved.count))
        return resolved

    def add_fault(self, kind: str, /, **options: Any) -> Fault:
        """Switch a fault on; raises FaultError when the vendor has nothing that it could strike."""
        now = self.clock.now()
        fault = make_fault(kind, options, now=now)
        if KINDS[kind].group == "delivery":
            possible = [one.name for one in self.runtime.deliveries.values()]
        else:
            possible = [name for name, one in self.runtime.operations.items() if one.kind != "delivery"]
            possible.append(RESULT)
        if not possible:
            msg = f"{self.runtime.name} sends no callbacks or webhooks, so {kind!r} can strike nothing"
            raise FaultError(msg)
        if fault.operation is not None and fault.operation not in possible:
            names = f"{', '.join(possible)}{similar(fault.operation, possible)}"
            msg = f"{kind!r} cannot strike {fault.operation!r}; choose from {names}"
            raise FaultError(msg)
        struck = [one for one in self.runtime.deliveries.values() if fault.operation in (None, one.name)]
        if KINDS[kind].forged and not any("signature" in one.contract for one in struck):
            msg = f"the deliveries of {self.runtime.name} carry no signature that could be wrong"
            raise FaultError(msg)
        with self.lock:
            self.faults = [one for one in self.faults if not one.is_over(now)]
            if len(self.faults) >= MAX_WAITING:
                msg = f"{MAX_WAITING} faults are switched on already; reset the world"
                raise FaultError(msg)
            self.faults.append(fault)
        return fault

    def take_fault(self, operation: str) -> Fault | None:
        """The fault that strikes a request or download now; counts it down."""
        now = self.clock.now()
        with self.lock:
            self.faults = [fault for fault in self.faults if not fault.is_over(now)]
            for fault in self.faults:
                if KINDS[fault.kind].group != "delivery" and fault.strikes(operation, now):
                    return fault
        return None

    def use_runtime(self, runtime: Runtime) -> None:
        """Behave by another reading of the same vendor's document; tasks, scenarios and what was set stay."""
        with self.lock:
            before, self.runtime = self.runtime, runtime
            usual, now = _settings(before), _settings(runtime)
            for name, value in now.items():
                if getattr(self, name) == usual[name]:
                    setattr(self, name, value)
            if before.manners.limiter != runtime.manners.limiter:
                self.window = self.limiter()  # what one kind remembers means nothing to another
            self.window.seconds = runtime.rate["window_seconds"] if runtime.rate else 0.0

    def take_scenario(self, operation: str) -> Scenario | None:
        """The scenario for a task that is created now; counts it down. Call under the lock."""
        for index, (scenario, left) in enumerate(self.scenarios):
            if scenario.operation not in (None, operation):
                continue
            if left is not None:
                if left <= 1:
                    del self.scenarios[index]
                else:
                    self.scenarios[index] = (scenario, left - 1)
            return scenario
        return self.usual


def _settings(runtime: Runtime) -> dict[str, Any]:
    """What an account has before anybody sets it."""
    return {
        "balance": float(runtime.balance["start"]) if runtime.balance else 0.0,
        "rate_limit": runtime.rate["limit"] if runtime.rate else None,
        "queue_length": int(runtime.lifecycle.get("queue_length", 0)),
        "link_life": runtime.link["life_seconds"],
    }


def world_id(vendor: str, credential: str) -> str:
    """The public name of a world: does not give the credential away."""
    return hashlib.blake2b(f"{vendor}:{credential}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
