"""Judges answers whose form is known: by the schema of their phase, their status, the errors of the vendor.

A test judges only what is particular to it. Nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.judge import judge
from greycard_suite.judge import read_answer
from greycard_suite.judge.task import known_truth
from greycard_suite.judge.variants_seen import observe_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.task import Task
    from greycard_suite.judge.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the answers of one vendor: `vendor` is the contract that judges, `verdicts` takes what it finds."""

    vendor: Vendor
    verdicts: Verdicts

    def read(self, operation: Operation, task: Task, call: Call) -> None:
        """Judge the answer to a read by the schema of its phase."""
        if read_answer.answer_to(operation, call) != "accepted":
            self.verdicts.notice(f"{operation.name}: a task that exists was answered with HTTP {call.status}")
            task.phase = "lost"
            return
        value = read_answer.status_of(self.vendor, call)
        phase, judgements = read_answer.phase_of(self.vendor, operation, call)
        task.phase = phase
        if (
            phase == "running"
            and value is not read_answer.MISSING
            and value is not None
            and read_answer.state_of(self.vendor, value) is None
        ):
            task.undecided.append(call)
            return
        self.keywords(judgements, call)
        self._judge_http(operation, phase, call)
        self._judge_state(phase, call)
        self.meanings(
            operation,
            operation.contract["responses"][phase]["schema"],
            call.json,
            known_truth(task),
            call,
        )
        observe_answer(self.vendor, self.verdicts, operation, phase, call)

    def answer(self, operation: Operation, name: str, call: Call) -> None:
        """Judge an answer whose name is known (accepted, deleted)."""
        reference = operation.contract["responses"][name]["schema"]
        self.keywords(list(judge(operation, reference, call.json)), call)
        self._judge_http(operation, name, call)
        observe_answer(self.vendor, self.verdicts, operation, name, call)

    def keywords(self, judgements: Sequence[Any], call: Call) -> None:
        """Note what a schema says of an answer, keyword by keyword."""
        for one in judgements:
            if self.verdicts.has(one.claim):
                self.verdicts.judge(one.claim, one.holds, expected=one.expected, seen=one.seen, call=call)

    def meanings(
        self, operation: Operation, reference: str, document: Any, truth: Mapping[str, Any], call: Call
    ) -> None:
        """Hold every field whose meaning is documented (`x-means`) against what is known to be true."""
        for claim, pointer, meaning in read_answer.meanings(operation, reference):
            seen = read_answer.at(document, pointer)
            if meaning in truth and seen is not read_answer.MISSING and self.verdicts.has(claim):
                self.verdicts.judge(
                    claim,
                    seen == truth[meaning],
                    expected=f"{meaning} is {truth[meaning]}",
                    seen=seen,
                    call=call,
                )

    def _judge_http(self, operation: Operation, name: str, call: Call) -> None:
        claim = f"{operation.vendor}/{operation.name}#responses/{name}/http"
        if self.verdicts.has(claim):
            wanted = operation.contract["responses"][name]["http"]
            self.verdicts.judge(claim, call.status == wanted, expected=wanted, seen=call.status, call=call)

    def _judge_state(self, phase: str, call: Call) -> None:
        vendor = self.vendor.name
        value = read_answer.status_of(self.vendor, call)
        state = read_answer.state_of(self.vendor, value)
        states = self.vendor.data["lifecycle"]["states"]
        known = [name for name, one in states.items() if one["phase"] == phase]
        if value is not read_answer.MISSING and len(known) == 1:
            claim, expected = f"{vendor}#lifecycle/states/{known[0]}/value", states[known[0]]["value"]
            self.verdicts.judge(claim, state == known[0], expected=expected, seen=value, call=call)
        elif state is not None:
            # where several states can be meant, a value that no state has contradicts none of them
            claim, expected = f"{vendor}#lifecycle/states/{state}/value", states[state]["value"]
            self.verdicts.used(claim, expected=expected, seen=value, call=call)
        absent = self.vendor.data["lifecycle"].get("absent", [])
        claim = f"{vendor}#lifecycle/absent"
        if self.verdicts.has(claim) and value is not read_answer.MISSING:
            self.verdicts.judge(claim, value not in absent, expected=f"never {absent}", seen=value, call=call)

    def resolve(self, task: Task) -> None:
        """Judge answers in an unknown state: one that is left again was running, one that stays is the end."""
        undecided, task.undecided = task.undecided, []
        if not undecided:
            return
        read = self.vendor.operations[task.operation.contract["read"]]
        ended = task.phase == "running" and task.last is undecided[-1]
        last = read_answer.status_of(self.vendor, undecided[-1])
        for call in undecided:
            is_end = ended and read_answer.status_of(self.vendor, call) == last
            phase = task.expects if is_end else "running"
            self.keywords(list(judge(read, read.contract["responses"][phase]["schema"], call.json)), call)
            self._judge_state(phase, call)
        if ended:
            task.phase = task.expects

    def error(self, name: str, call: Call) -> None:
        """Judge a refusal that only this error fits; see `refusals` for the situations in which that is so."""
        error, place = self.vendor.data["errors"][name], f"{self.vendor.name}#errors/{name}"
        code, right = read_answer.code_of(self.vendor, call), self.carries(name, call)
        self.verdicts.judge(f"{place}/code", right, expected=error["code"], seen=code, call=call)
        contradictory = self.verdicts.claims[f"{place}/http"].origin == "contradictory"
        faithful = {200, error["code"]} if contradictory else {error["http"]}
        expected, status = error["http"], call.status
        self.verdicts.judge(f"{place}/http", status in faithful, expected=expected, seen=status, call=call)
        observe_answer(self.vendor, self.verdicts, None, name, call)

    def carries(self, error: str, call: Call) -> bool:
        """Whether an answer carries an error's code: in JSON, or in HTTP where JSON has none and that is faithful."""
        wanted, code = str(self.vendor.data["errors"][error]["code"]), str(read_answer.code_of(self.vendor, call))
        either = self.verdicts.claims[f"{self.vendor.name}#errors/{error}/http"].origin == "contradictory"
        return code == wanted or (either and not code.isdigit() and str(call.status) == wanted)
