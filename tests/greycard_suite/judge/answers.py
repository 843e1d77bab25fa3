"""Judges answers whose form is known: by the schema of their phase, their status, the errors of the vendor.

A test judges only what is particular to it. Nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.judge import judge
from greycard_schemas.templates import lists_of
from greycard_suite.judge import read_answer
from greycard_suite.judge.task import known_truth, summary
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
        """Judge the answer to a read by the schema of its phase; one that is none leaves the task lost."""
        if read_answer.answer_to(operation, call) != "accepted":
            task.phase = "lost"
            return
        self.verdicts.found.add(operation.name)
        value = read_answer.status_of(self.vendor, call)
        phase, judgements = read_answer.phase_of(self.vendor, operation, call)
        if phase == "running" and self._says_nothing(value):
            learned = self.verdicts.learned.get(f"{value!r}")
            if learned is None:
                task.phase = phase
                task.undecided.append(call)
                return
            phase, judgements = learned, read_answer.judged_as(operation, learned, call)
        task.phase = phase
        if task.forbidden:
            return
        reference = operation.contract["responses"][phase]["schema"]
        self.keywords(read_answer.owed(operation, reference, task.values, judgements), call)
        self._judge_http(operation, phase, call)
        self._judge_state(phase, call)
        truth = {**known_truth(task), **_shown_truth(operation, phase, call)}
        self.meanings(operation, reference, call.json, truth, call)
        if phase == "succeeded":
            self.verdicts.succeeded.add(operation.contract["create"])
        if phase == "succeeded" and task.expects == "succeeded":
            self._judge_echoes(operation, reference, task, call)
            if read_answer.state_of(self.vendor, value) is not None:
                self._judge_result(operation, call)
            self._judge_input(operation, task, call)
        if phase != "running":
            self._judge_items(operation, phase, call)
        observe_answer(self.vendor, self.verdicts, operation, phase, call)

    def _says_nothing(self, value: Any) -> bool:
        """Whether a status alone does not tell an end: it is unknown, or ended by a table that nobody wrote."""
        if value is read_answer.MISSING or value is None:
            return False
        state = read_answer.state_of(self.vendor, value)
        if state is None:
            return True
        ended = self.vendor.data["lifecycle"]["states"][state]["phase"] != "running"
        return ended and not read_answer.states_are_documented(self.vendor)

    def _judge_echoes(self, operation: Operation, reference: str, task: Task, call: Call) -> None:
        """What was sent to be given back is given back by a finished answer, and not as nothing."""
        for claim, pointer, meaning in read_answer.meanings(operation, reference):
            sent = task.values.get(meaning.removeprefix("request.")) if meaning.startswith("request.") else None
            if sent not in (None, "") and read_answer.at(call.json, pointer) in (None, "") and self.verdicts.has(claim):
                self.verdicts.judge(claim, False, expected=sent, seen=read_answer.at(call.json, pointer), call=call)

    def _judge_result(self, operation: Operation, call: Call) -> None:
        """A task that says it has succeeded gives its result."""
        fields = read_answer.result_fields(operation)
        body = operation.contract["responses"]["succeeded"]["body"]
        data = read_answer.value_of(body, call.json, "result.delivered")
        if not fields or read_answer.main_link(operation, call) or (isinstance(data, str) and data):
            self.verdicts.learned[f"{read_answer.status_of(self.vendor, call)!r} is success"] = "succeeded"
            return
        self._no_result(operation, call, fields)

    def _judge_input(self, operation: Operation, task: Task, call: Call) -> None:
        """The link of the input may be that of a copy, but not that of the result, unless that is the input's own."""
        reference = operation.contract["responses"]["succeeded"]["schema"]
        link = read_answer.main_link(operation, call)
        if link is None or link in map(str, task.values.values()):
            return
        for claim, pointer, meaning in read_answer.meanings(operation, reference):
            if meaning == "picture.link" and read_answer.at(call.json, pointer) == link:
                expected = "the link of the input picture"
                self.verdicts.judge(claim, False, expected=expected, seen="the link of the result", call=call)

    def _no_result(self, operation: Operation, call: Call, fields: Sequence[str]) -> None:
        lists = read_answer.item_lists(operation) if not read_answer.items_of(operation, call) else []
        for claim in self.required(operation, [*fields, *lists]):
            self.verdicts.judge(
                claim, False, expected="a task that has succeeded gives its result", seen=summary(call), call=call
            )

    def required(self, operation: Operation, fields: Sequence[str]) -> list[str]:
        """The documented statements that a finished answer has these fields."""
        place = f"{operation.vendor}/{operation.name}#"
        return [
            one.id
            for one in self.verdicts.claims.values()
            if one.is_claim
            and one.id.startswith(place)
            and any(one.id.endswith(f"required/{name}") for name in fields)
            and not one.id.startswith((f"{place}failed", f"{place}running", f"{place}request"))
            and "/items/" not in one.id  # of a part of the result, such as a face
        ]

    def _judge_items(self, operation: Operation, phase: str, call: Call) -> None:
        """Each entry of a batch has a result or a reason, and never both."""
        reference = (
            operation.contract["responses"]["failed"]["schema"] if "failed" in operation.contract["responses"] else ""
        )
        claims = [
            claim
            for claim, _, meaning in (read_answer.meanings(operation, reference, in_items=True) if reference else ())
            if meaning == "item.reason" and self.verdicts.has(claim)
        ]
        failed = read_answer.failed_items(operation, call)
        for pointer, item in read_answer.items_of(operation, call).items():
            good, why = read_answer.has_link(item), read_answer.has_reason(item)
            if not good and phase == "succeeded" and pointer not in failed:
                for claim in self.required(operation, read_answer.result_fields(operation)):
                    self.verdicts.judge(
                        claim, False, expected="a result or a reason", seen=f"{pointer}: {item}", call=call
                    )
                continue
            for claim in claims:
                expected = "no reason beside a result" if good else "the reason of the failure"
                self.verdicts.judge(claim, good != why, expected=expected, seen=f"{pointer}: {item}", call=call)

    def answer(self, operation: Operation, name: str, call: Call) -> None:
        """Judge an answer whose name is known (accepted, deleted)."""
        reference = operation.contract["responses"][name]["schema"]
        found = judge(operation, reference, call.json)
        at_once = operation.contract.get("sync", {}).get("answer_of")
        if at_once is not None and self._failed_at_once(at_once, call):
            return
        if at_once is not None and read_answer.status_of(self.vendor, call) is not read_answer.MISSING:
            # a create that is answered with the finished task needs what that needs
            head = f"{operation.vendor}/{at_once}#succeeded/required/"
            found = [one for one in found if one.keyword != "required" or self._is_needed(head, one)]
        self.keywords(found, call)
        self._judge_http(operation, name, call)
        observe_answer(self.vendor, self.verdicts, operation, name, call)

    def _failed_at_once(self, name: str, call: Call) -> bool:
        """Whether a create was answered with a failed task, which is judged as one."""
        read = self.vendor.operations[name]
        if read_answer.phase_seen(self.vendor, read, call) != "failed":
            return False
        self.keywords(read_answer.judged_as(read, "failed", call), call)
        return True

    def _is_needed(self, head: str, one: Any) -> bool:
        """Whether a field at the top of an answer is one that a document asks of a finished task."""
        known = self.verdicts.claims.get(f"{head}{one.expected}")
        return bool(one.holds or known is None or known.is_claim)

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
            if meaning in truth and seen not in (read_answer.MISSING, None) and self.verdicts.has(claim):
                self.verdicts.judge(
                    claim,
                    _agrees(meaning, seen, truth[meaning]),
                    expected=_expected(meaning, truth[meaning]),
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
        if task.forbidden:  # nothing says how such a task ends
            task.phase = self.verdicts.learned.get(f"{last!r}", task.expects) if ended else task.phase
            return
        for call in undecided:
            is_end = ended and read_answer.status_of(self.vendor, call) == last
            phase = task.expects if is_end else "running"
            self.keywords(read_answer.judged_as(read, phase, call), call)
            self._judge_state(phase, call)
            self.meanings(read, read.contract["responses"][phase]["schema"], call.json, known_truth(task), call)
            told = read_answer.status_of(self.vendor, call)
            if is_end and phase == "succeeded":
                self._judge_result(read, call)
            elif f"{told!r} is success" in self.verdicts.learned:
                # told as done like those that were done, and without what they have
                self._no_result(read, call, read_answer.result_fields(read))
        if ended:
            task.phase = task.expects
            self.verdicts.learned.setdefault(f"{last!r}", task.expects)

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


_SPELLINGS = {"jpeg": "jpg", "tif": "tiff", "bitmap": "bmp"}


def _agrees(meaning: str, seen: Any, truth: Any) -> bool:
    """Whether a value says what is known to be true, in whatever spelling."""
    if meaning == "task.errorcode":
        return (seen not in read_answer.NOTHING) is truth
    if meaning.endswith(".extension"):
        return _extension(seen) == _extension(truth)
    if meaning in ("task.id", "task.faces_count"):
        return str(seen) == str(truth)
    return bool(seen == truth)


def _expected(meaning: str, truth: Any) -> str:
    if meaning == "task.errorcode":
        return "the code of what went wrong" if truth else "no code of an error"
    return f"{meaning} is {truth}"


def _extension(name: Any) -> str:
    word = str(name).lower().removeprefix("image/").removeprefix(".")
    return _SPELLINGS.get(word, word)


def _shown_truth(operation: Operation, phase: str, call: Call) -> dict[str, Any]:
    """What an answer must say of itself in its phase."""
    found: dict[str, Any] = {} if phase == "running" else {"task.errorcode": phase == "failed"}
    if phase == "succeeded":
        body = operation.contract["responses"][phase]["body"]
        for pointer in lists_of(body, "task.faces"):
            listed = read_answer.at(call.json, pointer)
            if isinstance(listed, list):
                found["task.faces_count"] = len(listed)
    return found
