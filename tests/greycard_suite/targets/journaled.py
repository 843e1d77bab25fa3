"""A wire that writes down what it sends and receives, and pays for nothing that an earlier run has paid for.

It stands around the wire of one try of one test. Where that try had begun in a run that was cut off, and had created
something, what is on record is answered from there, and what the record does not have is sent. Results are fetched
anew, because of them only the facts are kept.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.call import described
from greycard_suite.evidence.recording import request_key
from greycard_suite.evidence.redaction import Redactor, redacted_link
from greycard_suite.judge.read_answer import answer_to
from greycard_suite.targets.interruption import Interruption, RunInterruptedError
from greycard_suite.targets.wire import BudgetSpentError, NotSentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call
    from greycard_suite.evidence.archive import Place, Try
    from greycard_suite.evidence.journal import Journal
    from greycard_suite.evidence.recording import LargeBodies, Record
    from greycard_suite.targets.wire import Wire

CUT_OFF = "was under way when the run was cut off, and may have cost something; --pay-again sends it again"


class CutOffError(RuntimeError):
    """A request may have cost something in a run that was cut off, and its answer is not known."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A create that an earlier run has sent: what it is known by, its answer if there is one, whether it may cost."""

    key: str
    answer: Call | None
    costs: bool


@dataclass
class Earlier:
    """The creates of a try that an earlier run has sent, in their order, as far as they were not asked for again."""

    sent: list[Sent] = field(default_factory=list)

    def take(self, key: str) -> Call | None:
        """The answer to this create, when it was sent before; None when it was not.

        Raises CutOffError when its answer is not known, or when something else that may cost was sent in its place.
        """
        found = next((one for one in self.sent if one.key == key), None)
        if found is None and not any(one.costs for one in self.sent):
            return None
        if found is None or found.answer is None:
            raise CutOffError(CUT_OFF)
        self.sent.remove(found)
        return found.answer


class JournaledWire:
    """Around the wire of one try; keeps `wire.Wire`."""

    def __init__(
        self,
        inner: Wire,
        vendor: Vendor,
        journal: Journal,
        record: Record,
        interruption: Interruption,
        large: LargeBodies,
    ) -> None:
        """`record` says which try begins; raises what `Journal.begin` does."""
        self.session, self.pace, self.calls = inner.session, inner.pace, inner.calls
        self._inner, self._vendor, self._journal = inner, vendor, journal
        self._place: Place = (record.vendor, record.test, record.attempt)
        self._interruption, self._large = interruption, large
        self._redactor = Redactor(vendor, journal.secrets)
        self._lock = threading.Lock()
        known = journal.archive.tries.get(self._place)
        calls = list(known.stored_calls(journal.archive.path)) if known is not None else []
        self._earlier = Earlier(self._creates(known, calls) if known is not None else [])
        self.goes_on = bool(self._earlier.sent)
        """Whether this try goes on with one that was cut off: what it sees may come from the interruption."""
        journal.begin(record, anew=not self.goes_on)
        self._free: dict[str, deque[Call]] = defaultdict(deque)
        for call in calls if self.goes_on else ():
            self.calls.append(call)
            large.add(call)
            if not self._may_cost(call.operation, call.credential) and call.operation in vendor.operations:
                self._free[self._key_of(call)].append(call)

    def send(self, operation: str, method: str, url: str, *, credential: str, **more: Any) -> Call:
        """Make one request, or give the answer that is on record; raises as the wire inside does.

        Raises RunInterruptedError before and CutOffError instead of sending, EvidenceUnwritableError when what is
        sent cannot be written down.
        """
        self._interruption.check()
        files = {name: described(file, content) for name, (file, content) in (more.get("files") or {}).items()}
        may_cost = self._may_cost(operation, credential)
        intent = None
        if may_cost or self.goes_on:
            key = self._key(operation, method, url, credential, more.get("fields"), files)
            with self._lock:
                free = self._free.get(key)
                known = self._earlier.take(key) if may_cost else free.popleft() if free else None
            if known is not None:
                return known
            if may_cost:
                intent = self._journal.intend(self._place, operation, {"key": key, "files": files})
        try:
            call = self._inner.send(operation, method, url, credential=credential, **more)
        except (BudgetSpentError, RunInterruptedError, NotSentError):
            if intent is not None:
                self._journal.not_sent(self._place, intent)
            raise
        self._journal.answered(self._place, call, intent)
        self._large.add(call)
        return call

    def _may_cost(self, operation: str, credential: str) -> bool:
        known = self._vendor.operations.get(operation)
        return known is not None and known.kind == "create" and credential == "valid"

    def _creates(self, known: Try, calls: Sequence[Call]) -> list[Sent]:
        """What the try has sent that may have cost something; `calls` are all its calls, in their order."""
        if not known.intents:  # an archive has the answers only
            return [
                self._sent(self._key_of(call), call)
                for call in calls
                if self._may_cost(call.operation, call.credential)
            ]
        answers = dict(zip(sorted(known.calls, key=lambda one: one.number), calls, strict=True))
        lines = [known.answered.get(number) for number in known.intents]
        found = [None if line is None else answers[line] for line in lines]
        return [self._sent(facts["key"], call) for facts, call in zip(known.intents.values(), found, strict=True)]

    def _sent(self, key: str, answer: Call | None) -> Sent:
        refused = answer is not None and answer_to(self._vendor.operations[answer.operation], answer) == "refused"
        return Sent(key, answer, costs=not refused)

    def _key_of(self, call: Call) -> str:
        return self._key(call.operation, call.method, call.url, call.credential, call.fields, call.files)

    def _key(
        self, operation: str, method: str, url: str, credential: str, fields: Any, files: Mapping[str, str]
    ) -> str:
        """What a request is recognised by, in any run."""
        kept = self._redactor.text(redacted_link(url))
        return request_key(operation, method, kept, credential, self._redactor.value(fields), dict(files))
