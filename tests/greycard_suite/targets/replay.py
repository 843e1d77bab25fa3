"""Targets whose answers, deliveries and time come from a recording, never from a network.

A request is matched within its test by operation, method, address, credential and fields, in the order of the
recording. A test that asks for more than was recorded ends there, and its statements say so.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter

from greycard_suite.call import Call, Delivery
from greycard_suite.clock import Pace
from greycard_suite.evidence.folder import read_archive
from greycard_suite.evidence.har import EvidenceError
from greycard_suite.evidence.recording import EvidenceLacksError, LargeBodies, Record, request_key
from greycard_suite.evidence.redaction import Redactor, placeholder, redacted_link
from greycard_suite.judge.answers import Judge
from greycard_suite.targets.images import Images
from greycard_suite.targets.receiver import Receiver
from greycard_suite.targets.target import Target
from greycard_suite.targets.wire import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.verdicts import Verdicts

LACKS = "the evidence lacks this request"


@dataclass
class ReplayClock:
    """The recorded time: each answer sets it, sleeping moves it on, and what has arrived by then is received."""

    receiver: Receiver | None = None
    pending: deque[Delivery] = field(default_factory=deque)
    _now: float = 0.0

    def now(self) -> float:
        """Seconds since 1970 in the recording."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.set(self._now + max(0.0, seconds))

    def set(self, moment: float) -> None:
        """It is this time now."""
        self._now = moment
        while self.receiver is not None and self.pending and self.pending[0].at <= moment:
            self.receiver.deliveries.append(self.pending.popleft())


class ReplayWire:
    """Answers each request of one test from its recording; keeps `wire.Wire`."""

    def __init__(self, record: Record, redactor: Redactor, clock: ReplayClock, large: LargeBodies) -> None:
        self.clock = clock
        self.calls: list[Call] = []
        self.pace = Pace(None, 1.0, 0.0)
        self.session = _no_session()
        self._redactor = redactor
        self._record = record
        self._large = large
        self._answers: dict[str, deque[int]] = defaultdict(deque)
        for place, call in enumerate(record.calls):  # the calls themselves are read again when they are asked for
            self._answers[
                request_key(call.operation, call.method, call.url, call.credential, call.fields, sorted(call.files))
            ].append(place)

    def send(
        self,
        operation: str,
        method: str,
        url: str,
        *,
        credential: str,
        fields: Any = None,
        files: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> Call:
        """The recorded answer; raises EvidenceLacksError when there is none (any more)."""
        kept = self._redactor.text(redacted_link(url))
        answers = self._answers[
            request_key(operation, method, kept, credential, self._redactor.value(fields), sorted(files or {}))
        ]
        if not answers:
            raise EvidenceLacksError(LACKS)
        call = self._record.calls[answers.popleft()]
        self.clock.set(call.started + call.elapsed)
        self.calls.append(call)
        self._large.add(call)
        return call


class ReplayTargets:
    """Targets for a run over recorded evidence; `recorded_kind` is what was recorded. Keeps `protocol.Targets`."""

    kind = "replay"

    def __init__(self, directory: Path, judged: Mapping[str, Vendor], *, partly: bool = False) -> None:
        """Raises EvidenceError when `directory` holds no evidence, or none of some judged vendor, unless `partly`."""
        self.judged = judged
        self.budget = Budget()
        self.credentials: Mapping[str, Mapping[str, str]] = {}
        self.archive = read_archive(directory)
        self.settings = self.archive.settings
        missing = [name for name in judged if name not in self.settings]
        if missing and not partly:
            msg = (
                f"{directory} holds no evidence of {', '.join(missing)}, "
                f"only of {', '.join(self.settings) or 'nobody'}; name those with --vendor"
            )
            raise EvidenceError(msg)
        self.recorded_kind = str(next((one["kind"] for one in self.settings.values()), "live"))
        self._records = {(one.vendor, one.test, one.attempt): one for one in self.archive.records}
        self._tries: dict[tuple[str, str], int] = defaultdict(int)
        self._large = LargeBodies()

    @property
    def confirms(self) -> bool:
        """A live run has tried its violations again, and so does its replay."""
        return self.recorded_kind == "live"

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What could be done with the target that was recorded."""
        return frozenset(self.settings[vendor]["capabilities"])

    def why_missing(self, need: str) -> str:
        """Why the recorded target lacked a capability."""
        from greycard_suite.targets.live import MISSING

        return MISSING.get(need, f"the target cannot: {need}")

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The target for the next try of the test that `verdicts` has begun."""
        self._tries[vendor, verdicts.test] += 1
        number, judged = self._tries[vendor, verdicts.test], self.judged[vendor]
        # what the recorded run did not try again is judged by the same answers: they cannot change
        record = self._records.get((vendor, verdicts.test, number)) or self._records.get((vendor, verdicts.test, 1))
        record = record or Record(vendor, verdicts.test, 1, 0.0, 0.0, (), (), self.settings[vendor], {})
        setting = record.setting
        clock = ReplayClock(pending=deque(sorted(record.deliveries, key=lambda one: one.at)))
        clock.receiver = Receiver(setting["receiver"], clock) if setting["receiver"] else None
        clock.set(record.started)
        wire = ReplayWire(record, Redactor(judged), clock, self._large)
        credentials = _credentials(judged, setting["credentials"])
        return Target(
            self.recorded_kind,
            Judge(judged, verdicts),
            setting["base_url"],
            wire,
            clock,
            Images(setting["images"], setting["static_images"]),
            self.capabilities(vendor),
            credentials,
            clock.receiver,
            ReplayControl(judged) if self.recorded_kind == "mock" else None,
            setting["patience"],
            setting["poll_seconds"],
            recorded=record,
        )

    def threads(self, vendor: str) -> int:
        """One test at a time: nobody waits."""
        del vendor
        return 1

    def clean_up(self, target: Target) -> None:
        """Nothing that a test created outlives it."""

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Whether the evidence holds a test from its begin to its end."""
        record = self._records.get((vendor, test, 1))
        return (vendor, test) in self.archive.done and record is not None and bool(record.calls)

    def holds(self, vendor: str, test: str, attempt: int) -> bool:
        """Whether the evidence holds a try of a test to its end, whatever became of the test."""
        known = self.archive.tries.get((vendor, test, attempt))
        return known is not None and known.ended is not None

    def drop_record(self, vendor: str, test: str) -> bool:
        """There is nobody else to ask."""
        del vendor, test
        return False

    def close(self) -> None:
        """Nothing is open."""


class ReplayControl:
    """Stands where a recorded test had the control of a mock: takes every scenario, whose result is recorded."""

    def __init__(self, vendor: Vendor) -> None:
        from greycard_mocks.core.contract import Runtime

        self.world = _ReplayWorld(Runtime(vendor))
        self.timing = self.world.runtime.timing

    def force(self, outcome: str, **more: Any) -> None:
        """The recorded task ended so."""

    def forget_scenarios(self) -> None:
        """The recorded tasks ended as they did."""

    def set_balance(self, balance: float) -> None:
        """The recorded account had it."""

    def fail_next(self, error: str) -> None:
        """The recorded answer has it."""

    def journal(self) -> list[dict[str, Any]]:
        """A recording has none."""
        return []


class _ReplayWorld:
    """What a test may look at in a mock's world: here, what the contract says of it."""

    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime
        self.rate_limit = runtime.rate["limit"] if runtime.rate else None
        self.tasks = _Every()

    def reset(self) -> None:
        """The recorded world was."""


class _Every:
    """Holds every id: that the mock kept its tasks was seen when it was recorded."""

    def __contains__(self, _: object) -> bool:
        return True


def _credentials(vendor: Vendor, names: list[str]) -> dict[str, str]:
    return {name: placeholder(vendor) for name in names}


def _no_session() -> requests.Session:
    """A session that reaches nothing: a recording has no answers for what does not pass the wire."""

    class Lacking(BaseAdapter):
        def send(self, *_: Any, **__: Any) -> requests.Response:
            raise EvidenceLacksError(LACKS)

        def close(self) -> None:
            pass

    session = requests.Session()
    session.trust_env = False
    for prefix in ("http://", "https://"):
        session.mount(prefix, Lacking())
    return session
