"""What a recording shows of a vendor's answers beside verdicts: fields with their types, and how long tasks take."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.timelines import task_lines
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.evidence.recording import Record


@dataclass
class Fields:
    """The fields of all answers of one kind, as dotted names: those seen `ever`, and those seen `always`."""

    ever: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    types: dict[str, set[str]] = field(default_factory=dict)
    answers: int = 0

    def add(self, body: Any) -> None:
        """One more answer of this kind."""
        seen = dict[str, set[str]]()
        for name, kind in _fields(body):
            seen.setdefault(name, set()).add(kind)
        self.always = set(seen) if not self.answers else self.always & set(seen)
        self.ever |= set(seen)
        for name, kinds in seen.items():
            self.types.setdefault(name, set()).update(kinds)
        self.answers += 1


@dataclass(frozen=True, slots=True)
class AnswerFields:
    """Fields by (vendor, operation, kind of answer); median seconds by (vendor, operation, end)."""

    answers: Mapping[tuple[str, str, str], Fields]
    durations: Mapping[tuple[str, str, str], float]


def answer_fields_of(records: Iterable[Record], vendors: Mapping[str, Vendor]) -> AnswerFields:
    """The fields of everything that was recorded of these vendors."""
    kept = [record for record in records if record.vendor in vendors]
    answers: dict[tuple[str, str, str], Fields] = {}
    for record in kept:
        vendor = vendors[record.vendor]
        for call in record.calls:
            operation = vendor.operations.get(call.operation)
            if operation is not None and call.is_json:
                answers.setdefault((vendor.name, operation.name, _kind(vendor, operation, call)), Fields()).add(
                    call.json
                )
        for operation in vendor.of_kind("delivery"):
            for delivery in record.deliveries:
                if isinstance(delivery.json, dict):
                    answers.setdefault((vendor.name, operation.name, "delivery"), Fields()).add(delivery.json)
    took: dict[tuple[str, str, str], list[float]] = {}
    for line in task_lines(kept, vendors):
        if line.duration is not None and line.is_close:
            took.setdefault((line.vendor, line.operation, line.end), []).append(line.duration)
    return AnswerFields(answers, {place: median(values) for place, values in took.items()})


def _kind(vendor: Vendor, operation: Operation, call: Call) -> str:
    """refused, the phase of the state, or accepted; a synchronous create answers like a read."""
    if read_answer.answer_to(operation, call) != "accepted":
        return "refused"
    if read_answer.status_of(vendor, call) is read_answer.MISSING:
        return "accepted"
    read = operation if operation.kind == "read" else vendor.operations.get(operation.contract.get("read", ""))
    phase = read_answer.phase_seen(vendor, read, call) if read is not None else None
    return phase or "in an unknown state"


def _fields(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            here = f"{where}.{name}" if where else str(name)
            yield here, _type(child)
            yield from _fields(child, here)
    elif isinstance(value, list):
        for child in value[:20]:
            yield from _fields(child, f"{where}[]")


def _type(value: Any) -> str:
    names: dict[type, str] = {
        dict: "object",
        list: "array",
        str: "string",
        bool: "boolean",
        type(None): "null",
    }
    return names.get(type(value), "number")
