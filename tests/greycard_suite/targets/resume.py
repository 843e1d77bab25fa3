"""Goes on with a live run that was cut off: what its evidence holds is judged from there, the rest is asked live."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_suite.judge.read_answer import answer_to, task_id_of
from greycard_suite.judge.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_suite.evidence.recording import Record
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.targets.live import LiveTargets
    from greycard_suite.targets.replay import ReplayTargets
    from greycard_suite.targets.target import Target
    from greycard_suite.targets.wire import Budget


@dataclass
class ResumedTargets:
    """Targets of a live run whose first part is recorded. Keeps `protocol.Targets`.

    A test that was done is judged by its record, and so is each try that had ended of a test that was not. The try that
    was cut off is live: `journaled` answers what it had paid for.
    """

    live: LiveTargets
    recorded: ReplayTargets
    kind: str = "live"
    recorded_kind: str = "live"
    confirms: bool = True
    _incomplete: set[tuple[str, str]] = field(default_factory=set)
    _tries: Counter[tuple[str, str]] = field(default_factory=Counter)
    _left: dict[str, dict[str, Task]] = field(default_factory=dict)

    @property
    def budget(self) -> Budget:
        """What the rest of the run may spend."""
        return self.live.budget

    @property
    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """The user's own credentials by vendor."""
        return self.live.credentials

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What can be done with this vendor's live target."""
        return self.live.capabilities(vendor)

    def why_missing(self, need: str) -> str:
        """Why the live target lacks a capability, and what would give it."""
        return self.live.why_missing(need)

    def threads(self, vendor: str) -> int:
        """How many tests of the live target may run at once."""
        return self.live.threads(vendor)

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Whether a test needs no request, because its evidence is there."""
        return (vendor, test) not in self._incomplete and self.recorded.is_recorded(vendor, test)

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The recorded target of a try where there is one, otherwise the live one."""
        test = (vendor, verdicts.test)
        self._tries[test] += 1
        ended = test not in self._incomplete and self.recorded.holds(*test, self._tries[test])
        source = self.recorded if ended or self.is_recorded(*test) else self.live
        return source.target(vendor, verdicts)

    def clean_up(self, target: Target) -> None:
        """Delete what a live test created; what a recorded one created was dealt with when it ran."""
        if target.recorded is None:
            self.live.clean_up(target)

    def find_left_behind(self) -> None:
        """Note the tasks that tests created which were cut off, and did not delete."""
        for one in self.recorded.archive.cut_off():
            vendor = self.live.judged.get(one.place[0])
            if vendor is not None and vendor.of_kind("delete"):
                for call in one.stored_calls(self.recorded.archive.path):
                    operation = vendor.operations.get(call.operation)
                    if operation is not None and operation.kind == "create":
                        task = task_id_of(operation, call)
                        if task is not None and answer_to(operation, call) == "accepted":
                            self._left.setdefault(vendor.name, {})[task] = Task(operation, call, task, {})

    def clean_up_left_behind(self, records: Mapping[str, Sequence[Record]], verdicts: Mapping[str, Verdicts]) -> int:
        """Delete the tasks that were left behind, unless a test has gone on with them; returns how many."""
        count = 0
        for name, tasks in self._left.items():
            vendor = self.live.judged[name]
            deletes = {one.name: one.contract["task"]["parameter"] for one in vendor.of_kind("delete")}
            for call in (call for record in records[name] for call in record.calls if call.operation in deletes):
                if isinstance(call.fields, dict):
                    tasks.pop(str(call.fields.get(deletes[call.operation])), None)
            if tasks:
                target = self.live.target(name, verdicts[name].child("left behind"))
                target.cleanup = list(tasks.values())
                count += len(tasks)
                self.live.clean_up(target)
        return count

    def drop_record(self, vendor: str, test: str) -> bool:
        """The record of this test breaks off: ask live. False when that has been said before."""
        if (vendor, test) in self._incomplete:
            return False
        self._incomplete.add((vendor, test))
        self._tries[vendor, test] = 0
        return True

    def close(self) -> None:
        """Stop listening, close the sessions."""
        self.live.close()
