"""What one delivery is: whose, for which task, whether its signature fits, and how it is to be answered.

The client's own functions verify and parse; this module only says what they found. What arrived may be
anything, and nothing of it reaches a terminal unescaped. Opens no connection, prints nothing, shows no token.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_TASKS = 10_000
MAGICTIGER, ENHANCOR = "magictiger", "enhancor"


class Attempts:
    """Counts the deliveries of each task; the oldest tasks are forgotten."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def next(self, vendor: str, task: str) -> int:
        """The number of this delivery of the task, from 1."""
        key = (vendor, task[:200])
        with self._lock:
            self._counts[key] = number = self._counts.pop(key, 0) + 1
            if len(self._counts) > MAX_TASKS:
                self._counts.popitem(last=False)
        return number


@dataclass(frozen=True, slots=True)
class CheckedDelivery:
    """One delivery, judged. Texts are as they came: show them through `lines` or `facts` only.

    `signature` is "valid", "invalid" or "none" (Enhancor has none), `checked` says more about it; `answer` is
    the HTTP status for the sender, `attempt` counts the deliveries of this task (None when none is named).
    """

    number: int
    path: str
    size: int | None
    vendor: str | None = None
    task: str | None = None
    status: str | None = None
    result: str | None = None
    signature: str = "none"
    checked: str = ""
    problem: str = ""
    attempt: int | None = None
    answer: int = 200
    is_json: bool = False
    saved: str = ""

    def answered_with(self, status: int) -> CheckedDelivery:
        """The same, answered otherwise."""
        return dataclasses.replace(self, answer=status)

    def noting(self, saved: str) -> CheckedDelivery:
        """The same, with where its body is."""
        return dataclasses.replace(self, saved=saved)

    def facts(self) -> dict[str, Any]:
        """For JSON; texts are cut, and escaped by whoever writes JSON."""
        found = dataclasses.asdict(self)
        return {name: value[:2000] if isinstance(value, str) else value for name, value in found.items()}

    def lines(self) -> Iterator[str]:
        """One readable block, safe to print."""
        size = "too large to be read" if self.size is None else f"{self.size} bytes"
        yield f"#{self.number}  {self.vendor or 'unknown sender'}  POST {printable(self.path, 100)}  ({size})"
        for name, value in (
            ("task", self.task),
            ("status", self.status),
            ("result", self.result),
        ):
            if value is not None:
                yield f"  {name:10} {printable(value)}"
        if self.vendor is not None:
            yield f"  {'signature':10} {self.signature}{f' ({printable(self.checked)})' if self.checked else ''}"
        if self.attempt is not None:
            yield f"  {'attempt':10} {self.attempt} of this task"
        if self.problem:
            yield f"  {'problem':10} {printable(self.problem)}"
        yield f"  {'answered':10} HTTP {self.answer}"
        if self.saved:
            yield f"  {'saved':10} {printable(self.saved)}"


def judge(
    number: int,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    tokens: Sequence[str],
    attempts: Attempts,
    *,
    limit: int,
) -> CheckedDelivery:
    """Judge one delivery; header names are lower-case. `body` is None when over `limit` bytes, or cut off."""
    if body is None:
        why = f"the body is over {limit} bytes or broke off; it was not looked at"
        return CheckedDelivery(number, path, None, problem=why, answer=413)
    data, is_json = _object(body)
    delivery = CheckedDelivery(number, path, len(body), is_json=is_json)
    inner = data.get("data")
    if "md5" in headers or "token" in headers or (isinstance(inner, dict) and "taskid" in inner):
        delivery = _callback(delivery, headers, body, tokens, inner if isinstance(inner, dict) else {})
    elif "request_id" in data or "requestId" in data:
        delivery = _webhook(delivery, body, data)
    else:
        what = "neither Magic Tiger's callback nor Enhancor's webhook" if is_json else "not a JSON object"
        return dataclasses.replace(delivery, problem=f"the body is {what}: {_start(body)}", answer=400)
    if delivery.vendor is not None and delivery.task is not None:
        delivery = dataclasses.replace(delivery, attempt=attempts.next(delivery.vendor, delivery.task))
    return delivery


def _callback(
    delivery: CheckedDelivery, headers: Mapping[str, str], body: bytes, tokens: Sequence[str], data: Mapping[str, Any]
) -> CheckedDelivery:
    from greycard_client import BadSignature, UnexpectedResponse, parse_callback

    delivery = dataclasses.replace(
        delivery,
        vendor=MAGICTIGER,
        task=_text(data.get("taskid")),
        status=_text(data.get("status")),
        result=_text(data.get("outputurl")),
        signature="valid",
    )
    sent = headers.get("token", "")
    checked = ""
    if not tokens and sent.startswith("test"):
        tokens, checked = (sent,), "against the test token it came with; give --token to check against yours"
    if not tokens:
        why = "no --token to check against, and its own is none of a mock's" if sent else "no token header"
        return dataclasses.replace(delivery, signature="invalid", checked=why, answer=401)
    try:
        callback = parse_callback(headers, body, tokens)
    except BadSignature as error:
        return dataclasses.replace(delivery, signature="invalid", checked=_reason(error), answer=401)
    except UnexpectedResponse as error:
        return dataclasses.replace(delivery, checked=checked, problem=str(error), answer=400)
    return dataclasses.replace(delivery, status=f"{delivery.status} ({callback.task.phase})", checked=checked)


def _webhook(delivery: CheckedDelivery, body: bytes, data: Mapping[str, Any]) -> CheckedDelivery:
    from greycard_client import UnexpectedResponse, parse_webhook

    delivery = dataclasses.replace(
        delivery,
        vendor=ENHANCOR,
        task=_text(data.get("request_id")) or _text(data.get("requestId")),
        status=_text(data.get("status")),
        result=_text(data.get("result")),
        checked="Enhancor signs nothing; ask for the status before you trust it",
    )
    try:
        webhook = parse_webhook(body)
    except UnexpectedResponse as error:
        return dataclasses.replace(delivery, problem=str(error), answer=400)
    return dataclasses.replace(delivery, task=webhook.request_id)


def _reason(error: Exception) -> str:
    return str(error).removeprefix("magictiger callback: ").partition("; answer")[0]


def _object(body: bytes) -> tuple[dict[str, Any], bool]:
    """The JSON object in the body (empty when there is none), and whether the body is one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}, False
    return (found, True) if isinstance(found, dict) else ({}, False)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    try:
        return None if value is None else json.dumps(value)
    except (ValueError, RecursionError):
        return "(too large to be shown)"


def _start(body: bytes) -> str:
    return printable(body[:60].decode("utf-8", "backslashreplace"), 60) or "(empty)"
