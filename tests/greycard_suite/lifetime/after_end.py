"""What an answer says of a task that has ended, held against an earlier one, its own figures and our clock.

Judges answers and moments that were seen anyway; nothing here sends.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from greycard_schemas.templates import places_of
from greycard_suite.judge import read_answer
from greycard_suite.lifetime.intervals import Interval, began, clock_offset, moment_of, seen_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge
    from greycard_suite.judge.task import Task

LASTING = (
    *(f"task.{name}" for name in ("id", "progress", "created", "completed", "price", "faces_count", "errorcode")),
    *(f"{what}.{fact}" for what in ("picture", "result") for fact in ("width", "height", "size", "extension")),
    *("item.status", "item.reason"),
)
"""What does not change once a task has ended; a link may be a fresh one, and a place in a queue means nothing then."""

MILLISECONDS = 100_000_000_000
"""A time stamp from here on counts milliseconds: in seconds it would lie beyond the year 5000."""
HOUR_ZONES = 900.0
"""Seconds by which two clocks of one vendor may differ: less than any time zone."""
OWN_CLOCK = 129_600.0
"""Seconds by which a vendor's clock may differ from ours, where nothing else tells its time."""


def judge_lasting(judge: Judge, operation: Operation, first: Call, later: Call) -> None:
    """Once ended, an answer says the same each time, in every field whose value lasts."""
    phase, _ = read_answer.phase_of(judge.vendor, operation, first)
    after = read_answer.phase_of(judge.vendor, operation, later)[0]
    if phase != after:
        if not read_answer.states_are_documented(judge.vendor):  # elsewhere it is judged as a state that was left
            name = judge.vendor.data["lifecycle"]["field"].rpartition("/")[2]
            for claim in judge.required(operation, [name])[:1]:
                judge.verdicts.judge(claim, False, expected=f"stays {phase}", seen=after, call=later)
        return
    for name, before, now in _fields(judge, operation, phase, first, later):
        for claim in judge.required(operation, [name])[:1]:
            judge.verdicts.judge(
                claim, before == now, expected=f"{name} stays {before!r} after the end", seen=now, call=later
            )


def _fields(judge: Judge, operation: Operation, phase: str, first: Call, later: Call) -> Iterator[tuple[str, Any, Any]]:
    names = (*LASTING, *(() if read_answer.states_are_documented(judge.vendor) else ("task.status",)))
    body = operation.contract["responses"][phase]["body"]
    wanted = (*names, *(f"request.{field}" for field in judge.vendor.operations[operation.contract["create"]].fields))
    for pointer in places_of(body, wanted):
        name = pointer.rpartition("/")[2]
        before, after = (list(read_answer.values_at(call.json, pointer)) for call in (first, later))
        if before or after:
            yield name, before, after


def judge_stamps(judge: Judge, operation: Operation, task: Task) -> None:
    """The moments that a finished answer names lie where the calls say that they must."""
    body, reference = (operation.contract["responses"]["succeeded"][key] for key in ("body", "schema"))
    claims = {meaning: claim for claim, _, meaning in read_answer.meanings(operation, reference)}
    created, completed = (
        _seconds(read_answer.value_of(body, task.last.json, f"task.{name}")) for name in ("created", "completed")
    )
    if "task.created" in claims and created is not None:
        _judge_created(judge, claims["task.created"], created, task)
    if "task.completed" in claims and created is not None and completed is not None:
        phases = [
            seen_by(call, read_answer.phase_of(judge.vendor, operation, call)[0] != "running") for call in task.reads
        ]
        end, begin = began(phases, bool), moment_of(task.create)
        most = begin.most_until(end) if end is not None else float("inf")
        took = completed - created
        known = [claims[one] for one in ("task.completed", "task.created") if judge.verdicts.has(claims.get(one, ""))]
        holds = 0 <= took <= most + 2
        for claim in known[:1] if holds else known:  # which of the two is wrong cannot be told
            judge.verdicts.judge(
                claim,
                holds,
                expected=f"0 to {most:.1f} s between the two moments, which is what the calls left for it",
                seen=f"{took:g} s",
                call=task.last,
                one_of=tuple(known) if not holds and len(known) > 1 else (),
            )


def _judge_created(judge: Judge, claim: str, created: float, task: Task) -> None:
    moment = moment_of(task.create)
    ours = clock_offset(created, moment)
    told = _date_offset(task.create, moment)
    known, allowed = (told, HOUR_ZONES) if told is not None else (Interval(0.0, 0.0), OWN_CLOCK)
    gap = max(known.least_until(ours), ours.least_until(known))
    judge.verdicts.judge(
        claim,
        gap <= allowed,
        expected="the moment of the create, by the vendor's clock",
        seen=f"{gap:.0f} s away from it" if gap else "there",
        call=task.last,
    )


def _seconds(stamp: Any) -> float | None:
    """A time stamp in seconds, whichever of the two usual units it counts; None for what is none."""
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    return stamp / 1000 if stamp >= MILLISECONDS else float(stamp)


def _date_offset(call: Call, moment: Interval) -> Interval | None:
    """By how much the vendor's clock is ahead of ours, by the Date header of an answer."""
    text = next((value for name, value in call.headers.items() if name.lower() == "date"), "")
    try:
        return clock_offset(parsedate_to_datetime(text).timestamp(), moment)
    except (ValueError, TypeError):
        return None
