"""What a user of the mock wants to happen to the next tasks of a world: chosen, never rolled.

A scenario changes how a task is planned; it never touches one that exists.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.bounds import is_number, is_whole
from greycard_mocks.core.plan import Timing
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.contract import Runtime

MAX_WHOLE = 1 << 53


class ScenarioError(ValueError):
    """A scenario names something that the vendor does not have; the message says what it has."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What shall happen to the next `count` tasks (None: until reset).

    `outcome` is the name of a final state, or its value on the wire; `durations` seconds by running state;
    `stuck` the running state that is left no more, for ever or until the vendor's limit for a task (`end_of_stuck`);
    `skip` and `repeat` running states; `finish` seconds to the
    end. `operation` limits the scenario to the tasks of one create operation.
    """

    outcome: str | None = None
    durations: Mapping[str, float] = dataclasses.field(default_factory=dict)
    stuck: str | None = None
    skip: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()
    finish: float | None = None
    failed_items: tuple[int, ...] = ()
    count: int | None = 1
    operation: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The scenario as plain JSON."""
        return {
            "outcome": self.outcome,
            "durations": dict(self.durations),
            "stuck": self.stuck,
            "skip": list(self.skip),
            "repeat": list(self.repeat),
            "finish": self.finish,
            "failed_items": list(self.failed_items),
            "count": self.count,
            "operation": self.operation,
        }


def checked(scenario: Scenario, runtime: Runtime) -> Scenario:
    """`scenario` with names resolved.

    Raises ScenarioError when the vendor lacks a state or operation it names.
    """
    running = runtime.timing.running
    outcome = scenario.outcome
    if outcome is not None:
        name = outcome if outcome in runtime.states else runtime.state_of_value(outcome)
        if name is None or name not in runtime.outcomes():
            values = ", ".join(f"{one} ({runtime.states[one]['value']})" for one in runtime.outcomes())
            meant = similar(outcome, runtime.outcomes())
            msg = f"{runtime.name} tasks cannot end in {outcome!r}; choose from {values}{meant}"
            raise ScenarioError(msg)
        outcome = name
    for state in (
        *scenario.durations,
        *scenario.skip,
        *scenario.repeat,
        *([scenario.stuck] if scenario.stuck else []),
    ):
        if state not in running:
            states = f"{', '.join(running)}{similar(state, running)}"
            msg = f"{runtime.name} has no running state {state!r}; choose from {states}"
            raise ScenarioError(msg)
    if all(state in scenario.skip for state in running):
        msg = f"at least one running state of {runtime.name} must be left: {', '.join(running)}"
        raise ScenarioError(msg)
    for seconds in (
        *scenario.durations.values(),
        *([scenario.finish] if scenario.finish is not None else []),
    ):
        if not (math.isfinite(seconds) and 0 <= seconds <= 1e9):
            msg = f"a duration must be from 0 to 1000000000 seconds, not {seconds!r}"
            raise ScenarioError(msg)
    if scenario.count is not None and scenario.count < 1:
        msg = "count must be at least 1, or null for 'until reset'"
        raise ScenarioError(msg)
    creates = [operation.name for operation in runtime.vendor.of_kind("create")]
    if scenario.operation is not None and scenario.operation not in creates:
        names = f"{', '.join(creates)}{similar(scenario.operation, creates)}"
        msg = f"{runtime.name} has no create operation {scenario.operation!r}; choose from {names}"
        raise ScenarioError(msg)
    return dataclasses.replace(scenario, outcome=outcome)


def make_scenario(**wanted: Any) -> Scenario:
    """A scenario from plain JSON values; raises ScenarioError saying which part cannot be read."""
    forms: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "outcome": ("a state, or its value", lambda v: isinstance(v, str | int) and not isinstance(v, bool)),
        "durations": (
            "an object of seconds by state",
            lambda v: isinstance(v, dict) and all(is_number(one, -1e15, 1e15) for one in v.values()),
        ),
        "stuck": ("a state", lambda v: isinstance(v, str)),
        "skip": ("an array of states", _is_texts),
        "repeat": ("an array of states", _is_texts),
        "finish": ("a number of seconds", lambda v: is_number(v, -1e15, 1e15)),
        "failed_items": (
            "an array of positions from 0",
            lambda v: isinstance(v, list | tuple) and all(is_whole(one, 0, MAX_WHOLE) for one in v),
        ),
        "count": ("a whole number, or null for 'until reset'", lambda v: is_whole(v, 0, MAX_WHOLE)),
        "operation": ("the name of a create operation", lambda v: isinstance(v, str)),
    }
    for name, value in wanted.items():
        if name not in forms:
            msg = f"a scenario has no {name!r}; known are {', '.join(forms)}{similar(name, forms)}"
            raise ScenarioError(msg)
        words, fits = forms[name]
        may_be_none = name not in ("durations", "skip", "repeat", "failed_items")
        if not (fits(value) or (value is None and may_be_none)):
            msg = f"{name} must be {words}, not {value!r:.100}"
            raise ScenarioError(msg)
    read: dict[str, Any] = {name: tuple(wanted[name]) for name in ("skip", "repeat", "failed_items") if name in wanted}
    outcome = wanted.get("outcome")
    if outcome is not None:
        read["outcome"] = str(outcome)
    return Scenario(**{**wanted, **read})


def end_of_stuck(timing: Timing) -> dict[str, Any] | None:
    """What ends a task that is stuck: the vendor's limit, after so many seconds, with a state; None where nothing does.

    S2:35, S2:70: a PicWish task that is not done after 30 s has failed, whatever it was doing.
    """
    if timing.limit is None:
        return None
    return {"after_seconds": timing.limit, "state": timing.limit_outcome}


def words_of_stuck(timing: Timing) -> str:
    """How long a task can be stuck, in words."""
    end = end_of_stuck(timing)
    return "for ever" if end is None else f"until its limit: {end['state']} after {end['after_seconds']:g} s"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def timing_for(scenario: Scenario | None, timing: Timing) -> Timing:
    """The pace of a task under `scenario`."""
    if scenario is None:
        return timing
    if not (scenario.durations or scenario.skip or scenario.repeat or scenario.stuck or scenario.finish is not None):
        return timing
    ends = [*timing.offsets[1:], timing.finish]
    states: list[tuple[str, float]] = []
    for state, start, end in zip(timing.running, timing.offsets, ends, strict=True):
        if state in scenario.skip:
            continue
        length = float(scenario.durations.get(state, end - start))
        states.append((state, length))
        if state in scenario.repeat and len(timing.running) > 1:
            states.append((timing.running[timing.running.index(state) - 1], length))
            states.append((state, length))
        if state == scenario.stuck:
            states[-1] = (state, math.inf)
            break
    moment, offsets = 0.0, []
    for _, length in states:
        offsets.append(moment)
        moment += length
    finish = scenario.finish if scenario.finish is not None and not scenario.stuck else moment
    return dataclasses.replace(timing, running=tuple(s for s, _ in states), offsets=tuple(offsets), finish=finish)


def usual_scenario(runtime: Runtime, wanted: Mapping[str, Any]) -> Scenario:
    """A scenario for every task, from its fields; raises ScenarioError as `make_scenario` and `checked` do."""
    return checked(make_scenario(**{**wanted, "count": None}), runtime)
