"""What the page shows of one world: plain records made under its lock, for the templates to place.

Reads the engine, changes nothing and knows neither Flask nor HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.journal import verdict_of
from greycard_mocks.core.plan import status_at
from greycard_mocks.core.scenario import words_of_stuck
from greycard_mocks.dashboard.filters import Filter
from greycard_mocks.dashboard.pictures import Picture, pictures_of
from greycard_mocks.dashboard.reasons import Why, why_of
from greycard_mocks.dashboard.text import distance, length
from greycard_mocks.dashboard.timeline import Timeline, timeline_of
from greycard_mocks.delivery.message import address_of, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.plan import TaskPlan, Timing
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

STEP = 12
"""How many tasks, requests and deliveries are shown at first: with 300 of each the page has about two screens."""

MAX_SHOWN = 500
ANSWER = ("body", "fault", "content_type", "headers", "size", "sha256")
"""What is shown of an answer, in this order."""

MAX_THUMBNAILS = 12
MAX_MOVES = 5


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as it stands now."""

    id: str
    operation: str
    created: float
    state: str
    value: str
    phase: str
    timeline: Timeline
    pictures: tuple[Picture, ...]
    note: str
    values: Mapping[str, Any]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request. `verdict` is ok, refused, noted (carried out, but a picture fails) or fault."""

    number: int
    at: float
    method: str
    path: str
    operation: str
    status: int
    unmatched: bool
    task: str
    files: tuple[str, ...]
    verdict: str
    why: Why | None
    ignored: tuple[str, ...]
    """What was sent and not looked at."""

    sent: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a delivery. `outcome` is acknowledged, failed, lost or due."""

    number: int
    at: float
    outcome: str
    status: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """All attempts to tell of one task."""

    task: str
    url: str
    attempts: tuple[Attempt, ...]
    body: Any
    body_known: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page of one world shows; lists newest first, with the number of all kept."""

    now: float
    tasks: tuple[TaskRow, ...]
    task_count: int
    requests: tuple[RequestRow, ...]
    request_count: int
    found_count: int
    """How many requests the filter lets through."""

    refused_count: int
    deliveries: tuple[DeliveryRow, ...]
    delivery_count: int
    unmatched: tuple[RequestRow, ...]
    usual: str
    """What each task does for which no scenario waits, where a preset says so; empty where none does."""

    scenarios: tuple[str, ...]
    faults: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    clock_moves: tuple[str, ...]
    """The last moves of an `auto` clock, newest first, in words."""

    warning: str
    """What is told of a clock that stands while the world is polled; empty where there is nothing to tell."""


def page_of(engine: Engine, world: World, shown: int = STEP, wanted: Filter | None = None) -> Page:
    """The page of `world`, with at most `shown` entries in each list, and of the requests only those `wanted`."""
    wanted = wanted or Filter()
    shown = max(1, min(MAX_SHOWN, shown))
    with world.lock:
        now = world.clock.now()
        plans = world.kept.latest_tasks(shown)
        task_count = len(world.tasks)
        entries = tuple(world.journal.entries)
        waiting = [(due.moment, due.task_id, due.number) for due in world.dues.listed()[:MAX_SHOWN]]
        scenarios = tuple(_scenario_words(scenario, left, world.runtime.timing) for scenario, left in world.scenarios)
        warning = world.polls.warning
        faults = tuple(_fault_words(fault, now) for fault in world.faults if not fault.is_over(now))
    moves = [entry for entry in reversed(entries) if entry.kind == "clock"]
    requests = [entry for entry in reversed(entries) if entry.kind in ("request", "download")]
    found = [entry for entry in requests if wanted.fits(entry)] if wanted else requests
    deliveries = _deliveries(world, entries, waiting)
    by_task = {row.task: row for row in deliveries}
    unmatched = [
        e for e in reversed(engine.worlds.unmatched.of_kind("request")) if e.get("vendor") == world.runtime.name
    ]
    return Page(
        now=now,
        tasks=tuple(
            _task(engine, world, plan, now, by_task.get(plan.id), thumbnails=n < MAX_THUMBNAILS)
            for n, plan in enumerate(plans)
        ),
        task_count=task_count,
        requests=tuple(request_row(engine, entry) for entry in found[:shown]),
        request_count=len(requests),
        found_count=len(found),
        refused_count=sum(verdict_of(entry) == "refused" for entry in requests),
        deliveries=tuple(deliveries[:shown]),
        delivery_count=len(deliveries),
        clock_moves=tuple(f"{length(entry['seconds'])}: {entry['reason']}" for entry in moves[:MAX_MOVES]),
        warning=warning,
        unmatched=tuple(request_row(engine, entry) for entry in unmatched[:shown]),
        usual=_doings(world.usual, world.runtime.timing) if world.usual is not None else "",
        scenarios=scenarios,
        faults=faults,
        facts=tuple(_facts(world)),
    )


def request_row(engine: Engine, entry: Entry) -> RequestRow:
    """One entry of a journal of requests."""
    facts = entry.facts
    sent = {name: facts.get(name) for name in ("values", "files", "headers")}
    return RequestRow(
        entry.number, entry.at, str(facts.get("method", "")), str(facts.get("path", "")),
        str(facts.get("operation") or ""), int(facts.get("status") or 0), bool(facts.get("unmatched")),
        str(facts.get("task") or ""),
        tuple(str(name) for name in facts.get("files") or ()),
        verdict_of(entry),
        why_of(engine.runtimes.get(str(facts.get("vendor"))), facts),
        tuple(str(name) for name in facts.get("ignored") or ()),
        {name: value for name, value in sent.items() if value},
        {name: value for name in ANSWER if (value := (facts.get("answer") or {}).get(name)) not in ({}, None)},
    )  # fmt: skip


def _task(
    engine: Engine, world: World, plan: TaskPlan, now: float, told: DeliveryRow | None, *, thumbnails: bool
) -> TaskRow:
    runtime = world.runtime
    state = status_at(plan, now)
    made = told.attempts if told else ()
    attempts = [(one.at, one.outcome, f"delivery attempt {one.number}: {one.outcome}") for one in made]
    pictures, note = pictures_of(engine.results, world, plan, now, thumbnails=thumbnails)
    return TaskRow(
        plan.id, plan.operation, plan.created,
        state, str(runtime.states[state]["value"]), runtime.phase(state),
        timeline_of(plan, now, runtime.phase, attempts), pictures, note, plan.values,
        tuple(item.link for item in plan.items if item.link)[:10],
    )  # fmt: skip


def _deliveries(world: World, entries: Sequence[Entry], waiting: Iterable[tuple[float, str, int]]) -> list[DeliveryRow]:
    """The attempts made and due, by task, the task with the latest attempt first."""
    made: dict[str, list[Attempt]] = {}
    about: dict[str, Mapping[str, Any]] = {}
    for moment, task, number in sorted(waiting, reverse=True):
        made.setdefault(task, []).insert(0, Attempt(number, moment, "due", None, ""))
    for entry in reversed(entries):
        if entry.kind == "delivery":
            facts = entry.facts
            task = str(facts.get("task", ""))
            about.setdefault(task, facts)
            made.setdefault(task, []).insert(
                0, Attempt(int(facts.get("attempt") or 0), entry.at, str(facts.get("outcome", "failed")),
                           facts.get("status"), str(facts.get("reason", ""))),
            )  # fmt: skip
    return [
        DeliveryRow(
            task, str(about[task].get("url", "")) if task in about else _address(world, task),
            tuple(attempts[:20]),
            about[task].get("body") if task in about else None, task in about,
        )
        for task, attempts in made.items()
    ]  # fmt: skip


def _address(world: World, task: str) -> str:
    plan = world.tasks.get(task)
    return shown_url(address_of(world.runtime, world, plan) or "") if plan else ""


def _doings(scenario: Any, timing: Timing) -> str:
    """What becomes of the tasks of a scenario."""
    parts = [f"end as {scenario.outcome}"] if scenario.outcome else []
    parts += [f"{state} lasts {length(seconds)}" for state, seconds in scenario.durations.items()]
    parts += [f"stuck in {scenario.stuck} {words_of_stuck(timing)}"] if scenario.stuck else []
    parts += [f"skip {state}" for state in scenario.skip] + [f"repeat {state}" for state in scenario.repeat]
    parts += [f"end after {length(scenario.finish)}"] if scenario.finish is not None else []
    parts += [f"picture {number} fails" for number in scenario.failed_items]
    return ", ".join(parts) or "as usual"


def _scenario_words(scenario: Any, left: int | None, timing: Timing) -> str:
    whose = "every task until reset" if left is None else f"the next {left} tasks" if left != 1 else "the next task"
    where = f" of {scenario.operation}" if scenario.operation else ""
    return f"{whose}{where}: {_doings(scenario, timing)}"


def _fault_words(fault: Any, now: float) -> str:
    left = "until it heals" if fault.count is None else f"{fault.count - fault.used} left"
    where = f" on {fault.operation}" if fault.operation else ""
    chance = f", with probability {fault.probability:g}" if fault.probability < 1 else ""
    return f"{fault.kind}{where}{chance}: {left}, heals {distance(fault.until, now)}"


def is_told_by_account(runtime: Runtime) -> bool:
    """Whether deliveries go to one address of the account, not to one that each request names."""
    return any("account" in one.contract["address"] for one in runtime.deliveries.values())


def _facts(world: World) -> Iterable[tuple[str, str]]:
    runtime = world.runtime
    if runtime.balance is not None:
        yield "Balance", f"{world.balance:,g}"
    if runtime.rate is not None:
        window = runtime.rate["window_seconds"]
        yield "Rate", f"{world.rate_limit} in {window:g} s" if world.rate_limit is not None else "no limit"
    yield "Link lifetime", length(world.link_life) if world.link_life is not None else "for ever"
    if is_told_by_account(runtime):
        yield "Callbacks to", shown_url(world.callback_url) if world.callback_url else "nowhere"
    known = runtime.data.get("variants", {})
    variants = ", ".join(
        f"{name}={value}" for name, value in sorted(runtime.vendor.variants.items())
        if known.get(name, {}).get("default") != value
    )  # fmt: skip
    if variants:
        yield "Variants", variants
    if world.drifts:
        yield "Drifts", ", ".join(world.drifts)
    if world.freedoms:
        yield "Freedoms", ", ".join(one.rpartition("/")[2] for one in world.freedoms)
