"""One task as the suite follows it, from the answer that created it to the last answer about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call


@dataclass
class Task:
    """One task from creation to its end, as the answers told it."""

    operation: Operation
    create: Call
    task_id: str
    values: dict[str, Any]
    reads: list[Call] = field(default_factory=list)
    phase: str = "running"
    expects: str = "succeeded"
    undecided: list[Call] = field(default_factory=list)
    """Answers in a state that no document knows: what they mean shows only later."""
    forbidden: bool = False
    """Whether its request broke a rule, so that no document says how it is answered or that it ends."""

    @property
    def last(self) -> Call:
        """The newest answer about the task."""
        return self.reads[-1] if self.reads else self.create


def known_truth(task: Task) -> dict[str, Any]:
    """What is known of a task without looking at pictures: its id, and the values that were sent."""
    return {
        "task.id": task.task_id,
        **{f"request.{name}": value for name, value in task.values.items() if value is not None},
    }


def summary(call: Call) -> str:
    """HTTP status and the beginning of the body, in one line."""
    if call.json is None:
        return f"HTTP {call.status} {len(call.body)} bytes"
    kept = call.body[:640].decode("utf-8", "replace") or json.dumps(call.json)  # of a large answer an outline is kept
    text = " ".join(kept.split())[:160]
    return f"HTTP {call.status} {text}"
