"""Drifts of a task's life: states new, renamed, confused, never left or left again; deletion; tasks that never were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.answers import failing
from greycard_schemas.drifts.model import Facts, put
from greycard_schemas.templates import places_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift, Patch

_MET = "a failure of this kind cannot be brought about at a vendor"
_FOREVER = 1e8
_AFTER = (
    "*#pictures/*",
    "*#result/*",
    "*#link/*",
    "*#sync/*",
    "*#delivers/*",
    "*#default",
    "*/x-means",
    "*#failed/*",
    "*#succeeded/*",
    "*#request/*",
)
_BRIEF = "the state lasts less than the time between two polls"


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of states, of time, of deletion and of unknown tasks."""
    yield from _states(facts)
    yield from _new_states(facts)
    yield from _relapses(facts)
    yield from _time(facts)
    yield from _tasks(facts)


def _value_claims(facts: Facts, state: str, value: Any) -> list[str]:
    """The claims that fall when `state` is written as `value`."""
    phase, found = facts.data["lifecycle"]["states"][state]["phase"], []
    for read in facts.vendor.of_kind("read"):
        template = read.contract["responses"][phase]["body"]
        found += failing(facts, read, read.contract["responses"][phase]["schema"], template, state, status=value)
    return found


def _fresh(facts: Facts, value: Any) -> Any:
    values = [state["value"] for state in facts.data["lifecycle"]["states"].values()]
    if isinstance(value, int):
        return min(values) - 1 if value < 0 else max(values) + 5
    return str(max(map(int, values)) + 5) if value.isdigit() else f"{value}_V2"


def _states(facts: Facts) -> Iterator[Drift]:
    life, place = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle"
    in_reach = _outcomes_in_reach(facts)
    for name, state in life["states"].items():
        value = _fresh(facts, state["value"])
        unseen = _BRIEF if _is_brief(life, name) else "" if state["phase"] != "failed" or name in in_reach else _MET
        claims = [f"{place}/states/{name}/value", *_value_claims(facts, name, value)]
        also = [f"{place}/states/{name}/phase", *facts.naming(name), *_limit(facts, name)]
        yield facts.drift(
            f"lifecycle.states.{name}.value",
            "renamed",
            f"The state {name} is written {value} instead of {state['value']}.",
            [put("vendor", f"/lifecycle/states/{name}/value", value)],
            family="state renamed",
            claims=claims,
            also=also,
            why="what ends in this state ends in one that no document knows",
            unseen_live=unseen,
        )
    for value in life["absent"][:1]:
        name = "failed"
        yield facts.drift(
            "lifecycle.absent",
            "appears",
            f"A task that fails ends as {value}, which no state is called.",
            [put("vendor", f"/lifecycle/states/{name}/value", value)],
            family="state renamed",
            claims=[f"{place}/absent", f"{place}/states/{name}/value", *_value_claims(facts, name, value)],
            also=[f"{place}/states/{name}/phase", *facts.naming(name)],
            unseen_live="" if name in in_reach else _MET,
        )
    yield from _confused(facts)


def _is_brief(life: dict[str, Any], state: str) -> bool:
    """Whether a poll every half second may pass the state by."""
    if state not in life["running"]:
        return False
    index = life["running"].index(state)
    ends = [*life["offsets_seconds"][1:], life["finish_seconds"]]
    return bool(index > 0 and ends[index] - life["offsets_seconds"][index] < 0.5)


def _outcomes_in_reach(facts: Facts) -> set[str]:
    """The final states that a bad picture leads to."""
    found = {"succeeded"}
    for operation in facts.vendor.of_kind("create"):
        for consequence in operation.contract.get("pictures", {}).get("consequences", {}).values():
            found.add(str(consequence.get("outcome", "failed" if "item" in consequence else "succeeded")))
    return found


def _limit(facts: Facts, name: str) -> list[str]:
    mine = facts.data["lifecycle"].get("limit_outcome") == name
    return [f"{facts.vendor.name}#lifecycle/limit_*"] if mine else []


def _confused(facts: Facts) -> Iterator[Drift]:
    """Success is called a failure: the wrong terminal value."""
    states, place = facts.data["lifecycle"]["states"], f"{facts.vendor.name}#lifecycle"
    failed = next(name for name, state in states.items() if state["phase"] == "failed")
    good, bad = states["succeeded"]["value"], states[failed]["value"]
    patches: list[Patch] = [
        put("vendor", "/lifecycle/states/succeeded/value", bad),
        put("vendor", f"/lifecycle/states/{failed}/value", good),
    ]
    same_form = all(len(read.contract["responses"]["succeeded"]["body"]) == 3 for read in facts.vendor.of_kind("read"))
    yield facts.drift(
        "lifecycle.states",
        "confused",
        f"A task that succeeds ends as {bad}, one that fails as {good}.",
        patches,
        family="wrong terminal",
        severity="silent",
        claims=[
            f"{place}/states/succeeded/value",
            f"{place}/states/{failed}/value",
            *_value_claims(facts, "succeeded", bad),
        ],
        also=[
            "*#succeeded/*",
            "*#failed/*",
            "*#pictures/*",
            f"{place}/*",
            "*#result/*",
            "*#sync/*",
            "*#delivers/*",
            "*#item/*",
            "*#request/*",
            "*#body/*",
        ],
        why="what is read from an answer depends on the state that it claims",
        unseen_live="the answer about a task that failed and that about one that succeeded differ in nothing else"
        if same_form
        else "",
    )


def _new_states(facts: Facts) -> Iterator[Drift]:
    life = facts.data["lifecycle"]
    running = life["running"]
    value = _fresh(facts, life["states"][running[0]]["value"])
    middle = life["finish_seconds"]
    state = {
        "value": value,
        "phase": "running",
        "x-source": {"value": "assumed: a drift", "phase": "assumed: a drift"},
    }
    yield facts.drift(
        "lifecycle.running",
        "new-state",
        f"A task passes through a state {value} that no document knows.",
        [
            put("vendor", "/lifecycle/states/greycard_new", state, "add"),
            put("vendor", "/lifecycle/running", [*running, "greycard_new"]),
            put("vendor", "/lifecycle/offsets_seconds", [*life["offsets_seconds"], middle]),
            put("vendor", "/lifecycle/finish_seconds", middle + 1),
        ],
        family="state new",
        severity="additive",
        claims=_value_claims(facts, running[0], value),
        also=[f"{facts.vendor.name}#lifecycle/finish_seconds"],
    )


def _relapses(facts: Facts) -> Iterator[Drift]:
    life, place = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle"
    failed = next(name for name, state in life["states"].items() if state["phase"] == "failed")
    ends = [f"{place}/states/{name}/phase" for name, one in life["states"].items() if one["phase"] != "running"]
    for change, state in (("regresses", life["running"][-1]), ("changes-its-end", failed)):
        relapse = {
            "state": state,
            "after_seconds": 0.8,
            "x-source": {"state": "assumed: a drift", "after_seconds": "assumed: a drift"},
        }
        yield facts.drift(
            "lifecycle.states.succeeded",
            change,
            f"A task that has succeeded becomes {state} again.",
            [put("vendor", "/lifecycle/relapse", relapse, "add")],
            family="regression after the end",
            claims=ends,
            also=[
                *(f"{place}/states/*/phase", f"{place}/limit_*", "*#pictures/consequences/*"),
                *((*_AFTER, "*#body/*") if change == "changes-its-end" else ()),
            ],
            why="every end is left again",
        )


def _time(facts: Facts) -> Iterator[Drift]:
    life, place = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle"
    limit = life.get("limit_seconds")
    unlimited = [put("vendor", "/lifecycle/limit_seconds", _FOREVER)] if limit else []
    for index, state in enumerate(life["running"]):
        yield facts.drift(
            f"lifecycle.states.{state}",
            "never-left",
            f"No task ever leaves the state {state}.",
            [
                put("vendor", "/lifecycle/finish_seconds", _FOREVER),
                put("vendor", "/lifecycle/running", life["running"][: index + 1]),
                put("vendor", "/lifecycle/offsets_seconds", life["offsets_seconds"][: index + 1]),
                *unlimited,
            ],
            family="never ends",
            claims=[f"{place}/limit_seconds", f"{place}/states/{state}/phase", *_of_results(facts)],
            also=["*#sync/*", "*#delivers/*", f"{place}/*", "*#pictures/consequences/*", "*/x-means"],
            why="what is given only at the end is never given",
        )
    if not limit:
        return
    yield facts.drift(
        "lifecycle",
        "slow",
        f"Every task takes {limit + 15} s.",
        [put("vendor", "/lifecycle/finish_seconds", limit + 15), put("vendor", "/lifecycle/limit_seconds", limit * 4)],
        family="time limit",
        severity="silent",
        claims=[f"{place}/limit_seconds"],
        also=[f"{place}/finish_seconds", f"{place}/limit_outcome"],
    )
    reach = "no task reaches the time limit in a run"
    for change, value in (("up", limit * 1.5), ("down", limit * 0.5)):
        yield facts.drift(
            "lifecycle.limit_seconds",
            change,
            f"A task is given up after {value:g} s instead of {limit} s.",
            [put("vendor", "/lifecycle/limit_seconds", value)],
            family="time limit",
            severity="silent",
            claims=[f"{place}/limit_seconds"],
            unseen_live=reach,
        )


def _of_results(facts: Facts) -> list[str]:
    """Where no document says how the end of a task is written: the claims that it has a result."""
    if facts.stated(f"{facts.vendor.name}#lifecycle/states/succeeded/phase"):
        return []
    found = []
    for read in facts.vendor.of_kind("read"):
        answer = read.contract["responses"]["succeeded"]
        for path in (one.split("/")[1:] for one in places_of(answer["body"], ("result.link", "result.delivered"))):
            steps = [answer["schema"].rpartition("/")[2], *path[:-1], "required", path[-1]]
            found.append(f"{facts.vendor.name}/{read.name}#{'/'.join(steps)}")
    return found


def _tasks(facts: Facts) -> Iterator[Drift]:
    vendor = facts.vendor.name
    for operation in facts.vendor.operations.values():
        task, place = operation.contract.get("task", {}), f"{vendor}/{operation.name}#task"
        if task:
            yield facts.drift(
                f"{operation.name}.task.unknown",
                "invented",
                f"{operation.name} answers for a task that never was.",
                [put(operation.name, "/x-operation/task/invents", value=True, op="add")],
                family="unknown id answered",
                severity="silent",
                claims=[f"{place}/unknown"],
                also=["*#errors/task_unknown/*", "*#errors/not_found/*", "*#rate/*", "*#errors/rate_limited/*"],
                why="a refusal that never comes has no code",
            )
        if operation.kind == "delete":
            told = [
                f"{vendor}/{one.name}#task/deleted"
                for one in facts.vendor.operations.values()
                if "task" in one.contract
            ]
            yield facts.drift(
                f"{operation.name}.task.deleted",
                "kept",
                f"{operation.name} says that it deleted the task, which stays.",
                [put(operation.name, "/x-operation/deletes", value=False, op="add")],
                family="delete that does not delete",
                severity="silent",
                claims=told,
                also=["*#errors/task_deleted/*"],
                why="a refusal that never comes has no code",
            )
