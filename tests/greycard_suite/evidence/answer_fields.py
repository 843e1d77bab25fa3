"""What a recording shows of a vendor's answers beside verdicts: which forms they have, and how long tasks take."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.directions import Asked, asked_by, wrong_in
from greycard_suite.evidence.timelines import task_lines
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.evidence.recording import Record


_MOST_ITEMS = 20
"""Items of a list that are looked at."""


@dataclass
class Fields:
    """The forms that all answers of one kind have: their fields and types, without their values.

    In a form every text is empty, every number 0, and a list holds each form of its items once.
    """

    forms: dict[str, list[str]] = field(default_factory=dict)
    """By the form as JSON the test of each answer that had it."""

    def add(self, body: Any, test: str = "") -> None:
        """One more answer of this kind, which a test got."""
        self.forms.setdefault(json.dumps(form_of(body), sort_keys=True), []).append(test)

    @property
    def tests(self) -> set[str]:
        """The tests that got such an answer."""
        return {test for tests in self.forms.values() for test in tests}

    def of(self, tests: Container[str]) -> list[tuple[Any, int]]:
        """Each form that one of these tests got, and in how many answers, as they came."""
        counts = {form: sum(test in tests for test in got) for form, got in self.forms.items()}
        return [(json.loads(form), count) for form, count in counts.items() if count]


@dataclass(frozen=True, slots=True)
class AnswerFields:
    """Forms by (vendor, operation, kind of answer); median seconds by (vendor, operation, end).

    `asked` has the requests whose answers tell whether their values are accepted, by (vendor, operation); `wrong` has
    the shortest answer that breaks a statement, by the statement.
    """

    answers: Mapping[tuple[str, str, str], Fields]
    durations: Mapping[tuple[str, str, str], float]
    asked: Mapping[tuple[str, str], Sequence[Asked]] = field(default_factory=dict)
    wrong: Mapping[str, Any] = field(default_factory=dict)


def answer_fields_of(records: Iterable[Record], vendors: Mapping[str, Vendor]) -> AnswerFields:
    """The fields of everything that was recorded of these vendors."""
    kept = [record for record in records if record.vendor in vendors]
    answers: dict[tuple[str, str, str], Fields] = {}
    asked: dict[tuple[str, str], list[Asked]] = {}
    wrong: dict[str, Any] = {}
    for record in kept:
        vendor = vendors[record.vendor]
        for call in record.calls:
            operation = vendor.operations.get(call.operation)
            if operation is None:
                continue
            if (told := asked_by(vendor, operation, call, record.test)) is not None:
                asked.setdefault((vendor.name, operation.name), []).append(told)
            for claim in wrong_in(vendor, operation, call):
                wrong[claim] = min(wrong.get(claim, call.json), call.json, key=lambda one: len(json.dumps(one)))
            if call.is_json:
                answers.setdefault((vendor.name, operation.name, _kind(vendor, operation, call)), Fields()).add(
                    call.json, record.test
                )
        for operation in vendor.of_kind("delivery"):
            for delivery in record.deliveries:
                if isinstance(delivery.json, dict):
                    answers.setdefault((vendor.name, operation.name, "delivery"), Fields()).add(
                        delivery.json, record.test
                    )
    took: dict[tuple[str, str, str], list[float]] = {}
    for line in task_lines(kept, vendors):
        if line.duration is not None and line.is_close:
            took.setdefault((line.vendor, line.operation, line.end), []).append(line.duration)
    return AnswerFields(answers, {place: median(values) for place, values in took.items()}, asked, wrong)


def form_of(value: Any) -> Any:
    """A JSON value without what it says: fields and types alone."""
    if isinstance(value, dict):
        return {str(name): form_of(child) for name, child in value.items()}
    if isinstance(value, list):
        forms = {json.dumps(form, sort_keys=True): form for form in map(form_of, value[:_MOST_ITEMS])}
        return list(forms.values())
    return value if value is None else "" if isinstance(value, str) else False if isinstance(value, bool) else 0


def _kind(vendor: Vendor, operation: Operation, call: Call) -> str:
    """Refused (by which error), the phase of the state, or accepted; a synchronous create answers like a read."""
    if read_answer.answer_to(operation, call) != "accepted":
        code = read_answer.code_of(vendor, call)
        known = [name for name, error in vendor.data["errors"].items() if str(error["code"]) == str(code)]
        return f"refused ({known[0]})" if known else "refused"
    if read_answer.status_of(vendor, call) is read_answer.MISSING:
        return "accepted"
    read = operation if operation.kind == "read" else vendor.operations.get(operation.contract.get("read", ""))
    phase = read_answer.phase_seen(vendor, read, call) if read is not None else None
    return phase or "in an unknown state"
