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

from greycard_suite.call import DigestedBody, digested, reduce, weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.wrong_keys import WrongKey
    from greycard_suite.call import Call, Delivery

KEPT_JSON_BYTES = 8 << 20
KEPT_TEXT_BYTES = 8 << 10
SMALL_BYTES = 16 << 10
OUTLINE_CHARACTERS = 16 << 10
MOST_CHARACTERS = 256 << 10
"""JSON of more characters, long texts aside, is looked at in outline only, at once and in a replay alike."""


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


def limit(call: Call) -> None:
    """Reduce an answer that is larger than any document speaks of, before anybody judges it."""
    large = len(call.body) > MOST_CHARACTERS and not isinstance(call.body, DigestedBody)
    if large and call.json is not None and weight(call.json, MOST_CHARACTERS) > MOST_CHARACTERS:
        reduce(call, OUTLINE_CHARACTERS)


@dataclass
class LargeBodies:
    """Keeps the newest answers of a run whole, as long as they take no more than `most` bytes in sum.

    Of older ones remain length, digest and picture facts, and the outline of their JSON: what they held has been
    judged when they came. Small answers are left alone.
    """

    most: int = 32 << 20
    _whole: deque[Call] = field(default_factory=deque)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """One more answer; the newest stays whole whatever its size."""
        if isinstance(call.body, DigestedBody) or len(call.body) <= SMALL_BYTES:
            return
        with self._lock:
            self._whole.append(call)
            self._bytes += _weight(call)
            while self._bytes > self.most and len(self._whole) > 1:
                oldest = self._whole.popleft()
                self._bytes -= _weight(oldest)
                reduce(oldest, OUTLINE_CHARACTERS)


def _weight(call: Call) -> int:
    """About as many bytes as an answer takes: of JSON both the text and what is made of it are kept."""
    return len(call.body) * (1 if call.json is None else 2)


def compact(call: Call) -> Call:
    """The call with a large or binary body replaced by its digest."""
    limit(call)
    if isinstance(call.body, DigestedBody):
        return call
    most = KEPT_JSON_BYTES if call.json is not None else KEPT_TEXT_BYTES if _is_text(call) else 0
    return call if len(call.body) <= most else dataclasses.replace(call, body=digested(call.body))


def _is_text(call: Call) -> bool:
    kind = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    return kind.startswith("text/")
