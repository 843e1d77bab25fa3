"""Reads from recorded calls how each task went: which state was seen when, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.evidence.recording import Record

CLOSE_SECONDS = 1.0
"""A task's end is known well enough when it was asked for at least this often around its end."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One answer about a task: seconds from its creation, the state's name (or the value as text), the phase."""

    after: float
    state: str
    phase: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task as its reader saw it. `duration`: seconds until an end was first seen; None when none was.

    The end itself lies between `running_until`, when it was last seen running (0 when never), and `duration`.
    """

    vendor: str
    operation: str
    test: str
    task_id: str
    sights: tuple[Sight, ...]
    duration: float | None
    running_until: float

    @property
    def is_close(self) -> bool:
        """Whether it was asked for often enough to tell when it ended."""
        return self.duration is not None and self.duration - self.running_until <= CLOSE_SECONDS

    @property
    def end(self) -> str:
        """The name of the last state that was seen."""
        return self.sights[-1].state


def task_lines(records: Iterable[Record], vendors: Mapping[str, Vendor]) -> list[TaskLine]:
    """Every task that was created and read, in the order of the recording."""
    found: list[TaskLine] = []
    for record in records:
        if record.vendor in vendors:
            found += _lines(record, vendors[record.vendor])
    return found


def telling(lines: Iterable[TaskLine], most: int = 12) -> list[TaskLine]:
    """For each operation and end the line that shows most states, but for tasks that were left while running."""
    best: dict[tuple[str, str, str], TaskLine] = {}
    for line in (one for one in lines if one.sights[-1].phase != "running"):
        key = (line.vendor, line.operation, line.end)
        if key not in best or _weight(line) > _weight(best[key]):
            best[key] = line
    return list(best.values())[:most]


def _weight(line: TaskLine) -> tuple[int, int]:
    return len({sight.state for sight in line.sights}), len(line.sights)


def _lines(record: Record, vendor: Vendor) -> list[TaskLine]:
    created: dict[str, tuple[Operation, Call]] = {}
    sights: dict[str, list[Sight]] = {}
    for call in record.calls:
        operation = vendor.operations.get(call.operation)
        if operation is None or not call.is_json:
            continue
        if operation.kind == "create":
            task = read_answer.task_id_of(operation, call)
            if task is not None:
                if task in created:
                    # the mock's world was begun anew: this test walks at random and shows no vendor's pace
                    return []
                created[task] = (operation, call)
        elif operation.kind == "read":
            asked = _asked(operation, call)
            if asked in created:
                sight = _sight(vendor, call, created[asked][1].started)
                if sight is not None:
                    sights.setdefault(asked, []).append(sight)
    return [_line(vendor, created[task][0], record.test, task, seen) for task, seen in sights.items()]


def _line(vendor: Vendor, operation: Operation, test: str, task: str, seen: list[Sight]) -> TaskLine:
    duration = next((one.after for one in seen if one.phase in ("succeeded", "failed")), None)
    before = (one.after for one in seen if one.phase == "running" and (duration is None or one.after <= duration))
    return TaskLine(vendor.name, operation.name, test, task, tuple(seen), duration, max(before, default=0.0))


def _asked(operation: Operation, call: Call) -> str:
    parameter = operation.contract["task"]["parameter"]
    if isinstance(call.fields, dict) and parameter in call.fields:
        return str(call.fields[parameter])
    return call.url.partition("?")[0].rstrip("/").rpartition("/")[2]


def _sight(vendor: Vendor, call: Call, created: float) -> Sight | None:
    value = read_answer.status_of(vendor, call)
    if value is read_answer.MISSING:
        return None
    state = read_answer.state_of(vendor, value)
    phase = vendor.data["lifecycle"]["states"][state]["phase"] if state else "unknown"
    return Sight(max(0.0, call.started - created), state or str(value)[:40], phase)
