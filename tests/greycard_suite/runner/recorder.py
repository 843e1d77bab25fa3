"""Collects the records of a run while it goes on: what every try of every test sent and received.

It looks at targets and changes nothing of them; what a record is stands in `evidence.recording`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.recording import Record, compact
from greycard_suite.judge.read_answer import task_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_suite.call import Call, Delivery
    from greycard_suite.targets.target import Target


@dataclass
class Recorder:
    """Collects the records of one test."""

    records: list[Record] = field(default_factory=list)
    _open: list[tuple[str, Target, int, int, float]] = field(default_factory=list)

    def begin(self, test: str, target: Target) -> None:
        """A test begins to use this target."""
        arrived = len(target.receiver.deliveries) if target.receiver else 0
        self._open.append((test, target, len(target.wire.calls), arrived, target.clock.now()))

    def end(self) -> None:
        """The test is over: take what its targets have seen since it began."""
        for attempt, (test, target, calls, arrived, started) in enumerate(self._open, 1):
            own = tuple(compact(call) for call in target.wire.calls[calls:])
            deliveries = tuple(target.receiver.deliveries[arrived:]) if target.receiver else ()
            if deliveries and target.kind == "live":  # tests that run beside each other share one receiver
                deliveries = _own(target, own, deliveries)
            ended = target.clock.now()
            self.records.append(
                Record(
                    target.vendor.name,
                    test,
                    attempt,
                    started,
                    ended,
                    own,
                    deliveries,
                    setting_of(target),
                    target.credentials,
                )
            )
        self._open.clear()


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
