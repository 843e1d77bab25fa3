"""Collects the records of a run while it goes on: what every try of every test sent and received.

It looks at targets and changes nothing of them; what a record is stands in `evidence.recording`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from greycard_suite.call import reduce
from greycard_suite.evidence.recording import OUTLINE_CHARACTERS, LargeBodies, Record, compact
from greycard_suite.judge.read_answer import task_id_of
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.journaled import JournaledWire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_suite.call import Call, Delivery
    from greycard_suite.evidence.journal import Journal
    from greycard_suite.targets.target import Target


@dataclass
class Recorder:
    """Collects the records of one test, in `pen` where the run writes down what it sends as it goes on."""

    pen: Pen | None = None
    records: list[Record] = field(default_factory=list)
    goes_on: bool = False
    """Whether the latest try was cut off by the end of a run, and goes on now."""
    _open: list[tuple[Record, Target, int, int]] = field(default_factory=list)

    def begin(self, test: str, target: Target) -> None:
        """A test begins to use this target."""
        attempt = len(self._open) + 1
        setting = setting_of(target)
        started = target.clock.now()
        record = Record(target.vendor.name, test, attempt, started, started, (), (), setting, target.credentials)
        arrived = len(target.receiver.deliveries) if target.receiver else 0
        calls = len(target.wire.calls)
        if self.pen is not None and target.recorded is None:
            wire = self.pen.wire(target, record)
            target.wire, self.goes_on = wire, wire.goes_on
            arrived = 0 if wire.goes_on else arrived
        elif target.recorded is not None:
            self.goes_on = target.recorded.cut_off
        self._open.append((record, target, calls, arrived))

    def end(self, *, broken_off: bool = False) -> None:
        """The test is over: take what its targets have seen since it began; `broken_off`: its last try was not ended.

        Raises EvidenceUnwritableError or SecretLeakError where that cannot be written down.
        """
        for attempt, (begun, target, calls, arrived) in enumerate(self._open, 1):
            if target.recorded is not None:
                if target.recorded.attempt == attempt:
                    self.records.append(target.recorded)
                continue
            sent = target.wire.calls[calls:]
            deliveries = tuple(target.receiver.deliveries[arrived:]) if target.receiver else ()
            if deliveries and target.kind == "live":  # tests that run beside each other share one receiver
                deliveries = _own(target, sent, deliveries)
            record = replace(begun, ended=target.clock.now(), deliveries=deliveries)
            if self.pen is None:
                self.records.append(replace(record, calls=tuple(compact(call) for call in sent)))
                continue
            if not (broken_off and attempt == len(self._open)):
                self.pen.journal.end(record)
            for call in sent:
                if len(call.body) > OUTLINE_CHARACTERS:
                    reduce(call, OUTLINE_CHARACTERS)
            self.records.append(self.pen.journal.record(record))
        self._open.clear()


@dataclass(eq=False)
class Pen:
    """What the tests of a run write with: one journal, one look at whether the run is to end, one memory."""

    journal: Journal
    interruption: Interruption
    large: LargeBodies = field(default_factory=LargeBodies)

    def wire(self, target: Target, record: Record) -> JournaledWire:
        """The target's wire, so that the try that this record names is written down."""
        return JournaledWire(target.wire, target.vendor, self.journal, record, self.interruption, self.large)


def setting_of(target: Target) -> dict[str, Any]:
    """What a replay needs to know of a target, as plain JSON."""
    return {
        "kind": target.kind,
        "base_url": target.base_url,
        "images": target.images.base,
        "static_images": target.images.static,
        "capabilities": sorted(target.capabilities),
        "receiver": target.receiver.url if target.receiver else None,
        "patience": target.patience,
        "poll_seconds": target.poll_seconds,
        "variants": dict(target.vendor.variants),
        "credentials": sorted(target.credentials),
        "wrong_keys": sorted(target.wrong_keys),
    }


def _own(target: Target, calls: Sequence[Call], deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """The deliveries of the tasks that these calls created, and those that name nobody."""
    assert target.receiver is not None
    since = min((call.started for call in calls), default=0.0)
    mine = [*target.receiver.strays(since)]
    for task in _tasks(target, calls):
        mine += target.receiver.of_task(task, since)
    return tuple(one for one in deliveries if any(one is other for other in mine))


def _tasks(target: Target, calls: Sequence[Call]) -> list[str]:
    """The ids of the tasks that these calls created."""
    operations = target.vendor.operations
    created = [call for call in calls if call.operation in operations and operations[call.operation].kind == "create"]
    found = (task_id_of(operations[call.operation], call) for call in created)
    return [task for task in found if task]
