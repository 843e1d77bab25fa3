"""Keeps what every test of a run sent and received, so that the run can be shown and judged again.

Large bodies are replaced by their digest and the facts of the picture; nothing is redacted or written here.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_mocks.images.inspect import Picture
    from greycard_suite.targets.receiver import Delivery
    from greycard_suite.targets.target import Target
    from greycard_suite.targets.wire import Call

KEPT_JSON_BYTES = 8 << 20
KEPT_TEXT_BYTES = 8 << 10


class EvidenceLacksError(RuntimeError):
    """A replayed test sends a request that the recording has no answer to."""


class DigestedBody(bytes):
    """Stands for a body that was not kept.

    Its length, its SHA-256, and the facts of the picture, if it was one.
    """

    size: int
    sha256: str
    picture: Picture | None

    def __new__(cls, size: int, sha256: str, picture: Picture | None) -> Self:
        """`size` in bytes; the content is empty."""
        made = super().__new__(cls)
        made.size, made.sha256, made.picture = size, sha256, picture
        return made

    def __len__(self) -> int:
        """The length that the body had."""
        return self.size


@dataclass(frozen=True, slots=True)
class Record:
    """One try of one test: what it sent, what came back, what arrived meanwhile. Times in seconds since 1970.

    `setting` is what the test could see of its target beside answers; `attempt` counts from 1.
    """

    vendor: str
    test: str
    attempt: int
    started: float
    ended: float
    calls: tuple[Call, ...]
    deliveries: tuple[Delivery, ...]
    setting: Mapping[str, Any]
    credentials: Mapping[str, str] = field(repr=False)


@dataclass
class Recorder:
    """Collects records while a run goes on; one test at a time."""

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
            if target.kind == "live":  # tests that run beside each other share one receiver
                deliveries = tuple(one for one in deliveries if any(task in one.body for task in _tasks(target, own)))
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

    def by_vendor(self, vendors: Sequence[str]) -> dict[str, tuple[Record, ...]]:
        """The records of each vendor in the order in which the tests ran."""
        return {name: tuple(one for one in self.records if one.vendor == name) for name in vendors}


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


def compact(call: Call) -> Call:
    """The call with a large or binary body replaced by its digest."""
    limit = KEPT_JSON_BYTES if call.json is not None else KEPT_TEXT_BYTES if _is_text(call) else 0
    return call if len(call.body) <= limit else dataclasses.replace(call, body=digested(call.body))


def digested(content: bytes) -> DigestedBody:
    """Length, digest and picture facts of these bytes."""
    return DigestedBody(len(content), hashlib.sha256(content).hexdigest(), picture_of(content))


def picture_of(content: bytes) -> Picture | None:
    """The facts of a picture, of its bytes or of what a recording kept of them; None when they are none."""
    from greycard_mocks.images.inspect import NotAPicture, inspect

    if isinstance(content, DigestedBody):
        return content.picture
    try:
        return inspect(content, len(content))
    except NotAPicture:
        return None


def _tasks(target: Target, calls: Sequence[Call]) -> list[bytes]:
    """The ids of the tasks that these calls created."""
    from greycard_suite.judge.read_answer import task_id_of

    operations = target.vendor.operations
    created = [call for call in calls if call.operation in operations and operations[call.operation].kind == "create"]
    found = (task_id_of(operations[call.operation], call) for call in created)
    return [task.encode() for task in found if task]


def _is_text(call: Call) -> bool:
    kind = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    return kind.startswith("text/")
