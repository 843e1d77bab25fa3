"""What is kept of one try of one test, so that the run can be shown and judged again.

Large bodies are replaced by their digest and the facts of the picture; nothing is redacted or written here.
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.call import MOST_CHARACTERS, DigestedBody, digested, reduce, weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.wrong_keys import WrongKey
    from greycard_suite.call import Call, Delivery

KEPT_TEXT_BYTES = 8 << 10
SMALL_BYTES = 2 << 10
OUTLINE_CHARACTERS = 4096
"""How much of an older answer stays in memory: of a live run, all that was answered is on the disk."""


_OWN_PORT = re.compile(r"(http://(?:127\.0\.0\.1|localhost)):\d+")


class EvidenceLacksError(RuntimeError):
    """A replayed test sends a request that the recording has no answer to."""


@dataclass(frozen=True, slots=True)
class Record:
    """One try of one test: what it sent, what came back, what arrived meanwhile. Times in seconds since 1970.

    `setting` is what the test could see of its target beside answers; `attempt` counts from 1. `entries` are those of
    the archive, where they are written already. `cut_off`: its run ended before it did, so that what did not hold in it
    may come from that.
    """

    vendor: str
    test: str
    attempt: int
    started: float
    ended: float
    calls: Sequence[Call]
    deliveries: Sequence[Delivery]
    setting: Mapping[str, Any]
    credentials: Mapping[str, str] = field(repr=False)
    entries: Sequence[Mapping[str, Any]] | None = field(default=None, repr=False)
    cut_off: bool = False

    def tried(self, keys: Mapping[str, WrongKey]) -> dict[str, WrongKey]:
        """Those of these wrong keys that the recorded run had: which there are depends on the right one."""
        return {name: key for name, key in keys.items() if name in self.setting.get("wrong_keys", keys)}


def request_key(*parts: Any) -> str:
    """What a request is recognised by, whatever port the suite's own server had in the run that sent it."""
    return _OWN_PORT.sub(r"\1", json.dumps(parts, sort_keys=True))


@dataclass
class LargeBodies:
    """Keeps the newest answers of a run whole, as long as they take no more than about `most` bytes in sum.

    Of older ones remain length, digest and picture facts, and the outline of their JSON: what they held has been
    judged when they came. Small answers are left alone.
    """

    most: int = 16 << 20
    _whole: deque[tuple[Call, int]] = field(default_factory=deque)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """One more answer; the newest stays whole whatever its size."""
        taken = _taken(call) if len(call.body) > SMALL_BYTES else 0
        if not taken:
            return
        with self._lock:
            self._whole.append((call, taken))
            self._bytes += taken
            while self._bytes > self.most and len(self._whole) > 1:
                oldest, freed = self._whole.popleft()
                self._bytes -= freed
                reduce(oldest, OUTLINE_CHARACTERS)


def _taken(call: Call) -> int:
    """About as many bytes as an answer takes in memory: values of JSON take some eight times their text."""
    body = 0 if isinstance(call.body, DigestedBody) else len(call.body)
    return body + (0 if call.json is None else 8 * weight(call.json, MOST_CHARACTERS))


def compact(call: Call) -> Call:
    """The call with a binary body, or a large one of text, replaced by its digest."""
    if call.json is not None or isinstance(call.body, DigestedBody):
        return call
    most = KEPT_TEXT_BYTES if _is_text(call) else 0
    return call if len(call.body) <= most else dataclasses.replace(call, body=digested(call.body))


def _is_text(call: Call) -> bool:
    kind = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    return kind.startswith("text/")
