"""Freedoms of a task's life: which running states are seen, in what order, for how long, under which numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import put

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.freedoms.model import Freedom, Silences

QUICK = "the task is over before anybody can look"
SKIPPED = "no task is ever in this state"
LONGEST = 20.0
"""Seconds that a slow vendor takes where its document sets no limit: less than anybody's patience."""


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of states, of their order and of time."""
    yield from _which_states(facts)
    yield from _times(facts)
    yield from _values(facts)
    yield from _reasons(facts)
    yield from _queue(facts)


def unseen_running(facts: Silences, why: str, states: Iterable[str] | None = None) -> dict[str, str]:
    """Patterns of the claims that only an answer about a running task shows; with `states` only about those."""
    vendor, life = facts.vendor.name, facts.data["lifecycle"]
    gone = list(life["running"]) if states is None else list(states)
    hidden = {f"{vendor}#lifecycle/states/{state}/*": why for state in gone}
    if states is None:
        for operation in facts.vendor.of_kind("read"):
            running = operation.contract["responses"].get("running", {})
            hidden[f"{vendor}/{operation.name}#responses/running/*"] = why
            if running:
                hidden[f"{vendor}/{operation.name}#{running['schema'].rpartition('/')[2]}/*"] = why
    shared = {
        answer["schema"]
        for operation in facts.vendor.of_kind("read")
        for name, answer in operation.contract["responses"].items()
        if name != "running"
    }
    return {
        pattern: reason
        for pattern, reason in hidden.items()
        if not any(pattern.endswith(f"#{schema.rpartition('/')[2]}/*") for schema in shared)
    }


def _which_states(facts: Silences) -> Iterator[Freedom]:
    life, place = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle"
    running = life["running"]
    for index, state in enumerate(running):
        others = [one for one in running if one != state]
        offsets = [one for number, one in enumerate(life["offsets_seconds"]) if number != index]
        if others:
            yield from facts.freedom(
                f"life.without-{state}",
                f"No task is ever seen {state}.",
                [*_order(others), put("vendor", "/lifecycle/offsets_seconds", [0, *offsets[1:]])],
                family="states skipped",
                of=[f"{place}/running", f"{place}/offsets_seconds"],
                hides=unseen_running(facts, SKIPPED, [state]),
            )
    if len(running) > 1:
        last = running[-1]
        yield from facts.freedom(
            "life.one-state",
            f"Every task that has not ended is seen {last}.",
            [*_order([last]), put("vendor", "/lifecycle/offsets_seconds", [0])],
            family="states skipped",
            of=[f"{place}/running", f"{place}/offsets_seconds"],
            hides=unseen_running(facts, SKIPPED, running[:-1]),
        )
        if facts.assumed(f"{place}/running"):
            yield from facts.freedom(
                "life.other-order",
                "The running states come in another order.",
                _order(running[::-1]),
                family="states in another order",
                of=[f"{place}/running"],
                hides=unseen_running(facts, "the state may pass before anybody looks again", running),
            )


def _order(running: list[str]) -> list[Patch]:
    return [put("vendor", "/lifecycle/running", running)]


def _times(facts: Silences) -> Iterator[Freedom]:
    life, place = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle"
    of = [f"{place}/finish_seconds"]
    # a delivery that comes too early comes hardly earlier than the end
    on_time = {f"{facts.vendor.name}/{one.name}#on/succeeded": QUICK for one in facts.vendor.of_kind("delivery")}
    if not facts.stated(f"{place}/finish_seconds"):
        yield from facts.freedom(
            "life.instant",
            "Tasks are done before the create is answered.",
            [put("vendor", "/lifecycle/finish_seconds", 0.001)],
            family="time",
            of=of,
            hides=unseen_running(facts, QUICK) | on_time,
            keeps=[("vendor", "/lifecycle/offsets_seconds")],
        )
        yield from facts.freedom(
            "life.quick",
            "Tasks are done almost at once.",
            [put("vendor", "/lifecycle/finish_seconds", 0.3)],
            family="time",
            of=of,
            hides=unseen_running(facts, QUICK) | on_time,
            keeps=[("vendor", "/lifecycle/offsets_seconds")],
        )
        slow = min(LONGEST, life.get("limit_seconds", 2 * LONGEST) / 2)
        yield from facts.freedom(
            "life.slow",
            f"Tasks take {slow:g} s.",
            [put("vendor", "/lifecycle/finish_seconds", slow)],
            family="time",
            of=of,
        )
        uneven = slow / 3
        yield from facts.freedom(
            "life.long-queue",
            f"Tasks take {slow:g} s, most of it in their first state.",
            [
                put("vendor", "/lifecycle/finish_seconds", slow),
                put(
                    "vendor",
                    "/lifecycle/offsets_seconds",
                    [0, *(round(2 * uneven + index / 10, 1) for index in range(len(life["running"]) - 1))],
                ),
            ],
            family="time",
            of=[*of, f"{place}/offsets_seconds"],
            keeps=[("vendor", "/lifecycle/running")],
            hides=unseen_running(facts, "the state passes before anybody looks again", life["running"][1:-1]),
        )


def _values(facts: Silences) -> Iterator[Freedom]:
    """Other numbers for states, where the table of states is missing."""
    states, place = facts.data["lifecycle"]["states"], f"{facts.vendor.name}#lifecycle/states"
    for phase in ("running", "succeeded", "failed"):
        mine = [
            name
            for name, state in states.items()
            if state["phase"] == phase and isinstance(state["value"], int) and facts.assumed(f"{place}/{name}/value")
        ]
        named = facts.data["lifecycle"]["field"].rpartition("/")[2]
        yield from facts.freedom(
            f"life.numbers-{phase}",
            f"States of phase {phase} have other numbers, where the document gives none.",
            [put("vendor", f"/lifecycle/states/{name}/value", states[name]["value"] + 10) for name in mine],
            family="numbers of states",
            of=[
                *(f"{place}/{name}/value" for name in mine),
                *(claim for claim in facts.claims if claim.endswith(f"/{named}/enum")),
            ],
        )


def _reasons(facts: Silences) -> Iterator[Freedom]:
    states, place = facts.data["lifecycle"]["states"], f"{facts.vendor.name}#lifecycle/states"
    for change, words in (
        ("other", "That did not work \u2014 \u5904\u7406\u5931\u8d25 / \u00e9chec"),
        ("coded", "E-4711"),
    ):
        mine = [name for name, state in states.items() if "reason" in state and facts.assumed(f"{place}/{name}/reason")]
        yield from facts.freedom(
            f"life.reasons-{change}",
            f"Failed tasks give another reason: {words}.",
            [put("vendor", f"/lifecycle/states/{name}/reason", words) for name in mine],
            family="words",
            of=[f"{place}/{name}/reason" for name in mine],
        )
    codes = [
        name
        for name, state in states.items()
        if "errorcode" in state and facts.assumed(f"{place}/{name}/errorcode") and isinstance(state["errorcode"], int)
    ]
    yield from facts.freedom(
        "life.error-codes",
        "Failed tasks carry another error code, where the document gives none.",
        [put("vendor", f"/lifecycle/states/{name}/errorcode", 7) for name in codes],
        family="codes",
        of=[f"{place}/{name}/errorcode" for name in codes],
    )


def _queue(facts: Silences) -> Iterator[Freedom]:
    life, claim = facts.data["lifecycle"], f"{facts.vendor.name}#lifecycle/queue_length"
    for length in (0, 40):
        if "queue_length" in life and facts.assumed(claim):
            yield from facts.freedom(
                f"life.queue-{length}",
                f"A new task finds {length} others before it.",
                [put("vendor", "/lifecycle/queue_length", length)],
                family="queue",
                of=[claim],
            )
    items: dict[str, Any] = life.get("item_states", {})
    running = [name for name, state in life["states"].items() if state["phase"] == "running"]
    if items and facts.assumed(f"{facts.vendor.name}#lifecycle/item_states") and len(running) > 1:
        yield from facts.freedom(
            "life.item-numbers",
            "The single pictures of a task count their states in their own way.",
            [put("vendor", "/lifecycle/item_states", {"succeeded": running[0], "failed": running[1]})],
            family="numbers of states",
            of=[f"{facts.vendor.name}#lifecycle/item_states"],
        )
