"""What the control plane shows: plain JSON of worlds, tasks and journals.

Changes nothing; gives no secret away.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.faults import kinds_of
from greycard_mocks.core.journal import holds_text
from greycard_mocks.core.plan import status_at
from greycard_mocks.core.scenario import end_of_stuck
from greycard_mocks.core.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.scenario import Scenario
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

DEFAULT_LIMIT = 100


def vendors(engine: Engine) -> dict[str, Any]:
    """The vendors with everything that can be named in a scenario, fault or variant."""
    found = {}
    for name, runtime in engine.runtimes.items():
        known = runtime.data.get("variants", {})
        found[name] = {
            "title": runtime.vendor.title,
            "operations": {
                one.name: {"kind": one.kind, "method": one.method, "path": one.path}
                if one.kind != "delivery"
                else {"kind": "delivery"}
                for one in runtime.operations.values()
            },
            "running_states": list(runtime.timing.running),
            "stuck_ends": end_of_stuck(runtime.timing),
            "outcomes": {state: runtime.states[state]["value"] for state in runtime.outcomes()},
            "variants": {
                variant: {"default": rule["default"], "options": list(rule["options"])}
                for variant, rule in known.items()
            },
        }
    faults_known = {
        "wire": list(kinds_of("wire")),
        "answer": list(kinds_of("answer")),
        "delivery": list(kinds_of("delivery")),
    }
    return {"vendors": found, "faults": faults_known}


def worlds(engine: Engine, query: Mapping[str, str]) -> dict[str, Any]:
    """All worlds in short, those of one vendor or credential where the query names them; newest last."""
    found = [
        one
        for one in tuple(engine.worlds)
        if query.get("vendor") in (None, one.runtime.name) and query.get("credential") in (None, one.credential)
    ]
    shown = found[-_limit(query) :]
    for one in shown:
        one.kept.refresh()
    return {"worlds": [summary(one) for one in shown], "count": len(found)}


def summary(one: World) -> dict[str, Any]:
    """One world in short; a credential is shown only when it is a test one."""
    credential = one.credential if one.credential.startswith("test") else None
    return {
        "id": one.id, "vendor": one.runtime.name, "credential": credential, "now": one.clock.now(),
        "tasks": len(one.tasks), "due": len(one.dues), "scenarios": len(one.scenarios),
        "faults": len(one.faults), "entries": len(one.journal.entries),
    }  # fmt: skip


def world(engine: Engine, one: World) -> dict[str, Any]:
    """One world with its settings, scenarios, faults, clock, variants, drifts and freedoms."""
    return {
        **summary(one), "settings": settings_of(one), "clock": clock(engine, one),
        **scenarios(engine, one), **faults(engine, one), "variants": variants(engine, one)["variants"],
        "drifts": list(one.drifts), "freedoms": list(one.freedoms),
    }  # fmt: skip


def scenarios(_: Engine, one: World) -> dict[str, Any]:
    """The scenarios that wait; `left` counts the tasks that each is still for."""
    with one.lock:
        waiting = list(one.scenarios)
    return {"scenarios": [{**scenario(one, wanted), "left": left} for wanted, left in waiting]}


def scenario(one: World, wanted: Scenario) -> dict[str, Any]:
    """A scenario of this world, with what ends a task that is stuck."""
    ends = end_of_stuck(one.runtime.timing) if wanted.stuck else None
    return {**wanted.as_json(), "stuck_ends": ends}


def faults(_: Engine, one: World) -> dict[str, Any]:
    """The faults that are switched on."""
    now = one.clock.now()
    with one.lock:
        return {"faults": [fault.as_json() for fault in one.faults if not fault.is_over(now)]}


def clock(engine: Engine, one: World) -> dict[str, Any]:
    """The world's clock, `now` in seconds since 1970, and how many delivery attempts are under way or overdue."""
    standing = one.clock
    return {
        "now": standing.now(),
        "frozen": standing.frozen,
        "speed": standing.speed,
        "virtual": standing.virtual,
        "kind": standing.kind,
        "warning": one.polls.warning or None,
        "under_way": engine.time.under_way(one),
    }


def variants(_: Engine, one: World) -> dict[str, Any]:
    """The option of every variant, what there is to choose from, and the drifts and freedoms in force."""
    return variants_of(one.runtime)


def variants_of(runtime: Runtime) -> dict[str, Any]:
    """As `variants`, of a runtime."""
    known, chosen = runtime.data.get("variants", {}), runtime.vendor.variants
    return {
        "variants": {name: chosen.get(name, rule["default"]) for name, rule in known.items()},
        "options": {name: list(rule["options"]) for name, rule in known.items()},
        "drifts": list(runtime.drifts),
        "freedoms": list(runtime.freedoms),
    }


def settings(_: Engine, one: World) -> dict[str, Any]:
    """The settings."""
    return settings_of(one)


def tasks(one: World, query: Mapping[str, str]) -> dict[str, Any]:
    """The newest tasks, newest first."""
    with one.lock:
        count = len(one.tasks)
        newest = one.kept.latest_tasks(_limit(query))
    now = one.clock.now()
    return {"tasks": [_task(one, plan, now) for plan in newest], "count": count}


def _task(one: World, plan: TaskPlan, now: float) -> dict[str, Any]:
    state = status_at(plan, now)
    return {
        "id": plan.id, "operation": plan.operation, "created": plan.created,
        "finished": plan.finished if math.isfinite(plan.finished) else None,
        "state": state, "value": one.runtime.states[state]["value"], "outcome": plan.outcome,
        "timeline": [[offset if math.isfinite(offset) else None, name] for offset, name in plan.timeline],
        "reason": plan.reason,
    }  # fmt: skip


def entries(one: World, kind: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The last entries of one kind, oldest first.

    The query may name operation, task, status, outcome, text, `after` (a number), refused=1, unmatched=1, ignored=1.
    """
    found = [entry for entry in one.journal.of_kind(kind) if _fits(entry, query)]
    return {"entries": [entry.as_json() for entry in found[-_limit(query) :]], "count": len(found)}


def clock_moves(one: World, query: Mapping[str, str]) -> dict[str, Any]:
    """The moves of an `auto` clock with their reasons, and the warning of a clock that stands while it is polled."""
    found = [entry for entry in one.journal.of_kind("clock", "warning") if _fits(entry, query)]
    return {"entries": [entry.as_json() for entry in found[-_limit(query) :]], "count": len(found)}


def unmatched(engine: Engine, query: Mapping[str, str]) -> dict[str, Any]:
    """Requests that no vendor has, of all worlds and of none; `reason` names the nearest operation."""
    found = [(None, entry) for entry in engine.worlds.unmatched.of_kind("request") if entry.get("unmatched")]
    every: list[tuple[str | None, Entry]] = [*found]
    for one in tuple(engine.worlds):
        every += [(one.id, entry) for entry in one.journal.of_kind("request") if entry.get("unmatched")]
    shown = [
        {"world": place, **entry.as_json()}
        for place, entry in sorted(every, key=lambda pair: pair[1].at)
        if query.get("vendor") in (None, entry["vendor"])
    ]
    return {"entries": shown[-_limit(query) :], "count": len(shown)}


def _fits(entry: Entry, query: Mapping[str, str]) -> bool:
    if entry.number <= int(query.get("after", 0)):
        return False
    for name, fact in (("refused", "reason"), ("unmatched", "unmatched"), ("ignored", "ignored")):
        if query.get(name) == "1" and not entry.get(fact):
            return False
    wanted = [(name, query[name]) for name in ("operation", "task", "status", "outcome") if name in query]
    return all(str(entry.get(name)) == value for name, value in wanted) and holds_text(entry, query.get("text", ""))


def _limit(query: Mapping[str, str]) -> int:
    return int(query.get("limit", DEFAULT_LIMIT))
