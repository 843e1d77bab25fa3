"""What is kept of one try of one test, so that the run can be shown and judged again.

Large bodies are replaced by their digest and the facts of the picture; nothing is redacted or written here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.call import digested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_suite.call import Call, Delivery

KEPT_JSON_BYTES = 8 << 20
KEPT_TEXT_BYTES = 8 << 10


class EvidenceLacksError(RuntimeError):
    """A replayed test sends a request that the recording has no answer to."""


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


def compact(call: Call) -> Call:
    """The call with a large or binary body replaced by its digest."""
    limit = KEPT_JSON_BYTES if call.json is not None else KEPT_TEXT_BYTES if _is_text(call) else 0
    return call if len(call.body) <= limit else dataclasses.replace(call, body=digested(call.body))


def _is_text(call: Call) -> bool:
    kind = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    return kind.startswith("text/")
