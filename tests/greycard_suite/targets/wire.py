"""The session that makes requests of a target: paced, budgeted, recorded. It judges nothing."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import requests
import urllib3

from greycard_client.bounded import Deadline, blocks, open_answer
from greycard_suite.call import Call, described
from greycard_suite.clock import Pace
from greycard_suite.targets.read_body import MAX_OTHER_BYTES, TooLongError, read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_suite.clock import Clock

    Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]

TIMEOUT = (5.0, 45.0)
LARGE_UPLOAD_BYTES = 1 << 20
ANSWER_SECONDS = 60.0
"""The deadline of a request, from name look-up to the last byte, unless the user gives another."""

MOST_UNFINISHED = 2
"""So many answers in a row that do not come to their end, and the target is no longer asked."""

LONGEST_HEADER = 4096
MOST_HEADERS = 100
"""Of an answer's headers so many are kept, and so many characters of each."""

RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""How long to wait before each new try of a request that was refused as one too many."""

LONGEST_RETRY_SECONDS = 15.0
"""The most that is waited where the target names a time itself."""


class BudgetSpentError(RuntimeError):
    """The run may send no more requests, or spend no more credits."""


class UnreachableError(RuntimeError):
    """The target cannot be reached at all."""


class UnansweredError(RuntimeError):
    """A request that may have cost something was sent and not answered, so that it is not sent again."""


class NotSentError(UnreachableError):
    """There was no connection to the target, so that nothing was sent."""


class KeyRefusedError(UnreachableError):
    """The target refuses the user's key, so that nothing can be said of it."""


@dataclass
class Budget:
    """What a run may spend; None: as much as it needs."""

    requests: int | None = None
    credits: int | None = None
    used_requests: int = 0
    used_credits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def take(self, credits: int) -> None:  # noqa: A002 - the vendors' word
        """Count one request before it is sent; raises BudgetSpentError when it would exceed the budget."""
        with self._lock:
            if self.requests is not None and self.used_requests >= self.requests:
                msg = f"the budget of {self.requests} requests is spent"
                raise BudgetSpentError(msg)
            if credits and self.credits is not None and self.used_credits + credits > self.credits:
                msg = f"the budget of {self.credits} credits is spent"
                raise BudgetSpentError(msg)
            self.used_requests += 1
            self.used_credits += credits


class Wire(Protocol):
    """What a target sends its requests with: a session, or the answers of a recording."""

    session: requests.Session
    pace: Pace
    calls: list[Call]

    def send(  # noqa: PLR0913 - all of these are one request, and keywords
        self,
        operation: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        credential: str,
        fields: Any = None,
        encoding: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
        paced: bool = True,
        credits: int = 0,  # noqa: A002 - the vendors' word
        sign: Signer | None = None,
        once: bool = False,
    ) -> Call:
        """Make one request; `sign` is called with it when it is whole. With `once` it is sent once at most."""
        ...


class HttpWire:
    """Sends requests for one vendor and keeps what came back; `deadline` is in seconds, for each request in all."""

    def __init__(
        self,
        session: requests.Session,
        clock: Clock,
        pace: Pace,
        budget: Budget,
        *,
        wall: Clock,
        deadline: float = ANSWER_SECONDS,
    ) -> None:
        self.session = session
        self.clock = clock
        self.pace = pace
        self.budget = budget
        self.calls: list[Call] = []
        self.deadline = deadline
        self._unfinished = _Unfinished()
        self._wall = wall
        self._lock = threading.Lock()

    def for_test(self) -> HttpWire:
        """A wire to the same target, of which only the calls are its own."""
        made = HttpWire(self.session, self.clock, self.pace, self.budget, wall=self._wall, deadline=self.deadline)
        made._unfinished = self._unfinished
        return made

    def send(  # noqa: PLR0913 - all of these are one request, and keywords
        self,
        operation: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        credential: str,
        fields: Any = None,
        encoding: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
        paced: bool = True,
        credits: int = 0,  # noqa: A002 - the vendors' word
        sign: Signer | None = None,
        once: bool = False,
    ) -> Call:
        """Make one request; raises BudgetSpentError before and UnreachableError after sending.

        `sign` is called with the request when it is whole. With `once`, UnansweredError is raised where it was sent and
        the connection broke, and other requests were answered; without, it is then sent once more.
        """
        self.budget.take(credits)
        if paced:
            self.pace.wait(self.clock)
        body: dict[str, Any] = {}
        if encoding == "application/json":
            body = {"data": json.dumps(fields).encode(), "headers": {**headers, "Content-Type": encoding}}
        elif encoding == "multipart/form-data":
            parts: dict[str, Any] = {name: (None, _text(value)) for name, value in (fields or {}).items()}
            parts.update({name: (file, content) for name, (file, content) in (files or {}).items()})
            body = {"files": parts, "headers": dict(headers)}
        elif encoding:
            body = {
                "data": {name: _text(value) for name, value in (fields or {}).items()},
                "headers": dict(headers),
            }
        else:
            body = {"headers": dict(headers)}
        if sign is not None:
            body["auth"] = sign
        started, wall = self.clock.now(), self._wall.now()
        status, answered, content, parsed = self._exchange(method, url, body, files, once=once)
        sizes = {name: described(file, sent) for name, (file, sent) in (files or {}).items()}
        call = Call(
            operation, method, url, fields, sizes, encoding, credential, status, answered, content, parsed,
            started, self._wall.now() - wall, len(self.calls) + 1,
        )  # fmt: skip
        with self._lock:
            self.calls.append(call)
        return call

    def _exchange(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes]] | None,
        *,
        once: bool,
    ) -> tuple[int, dict[str, str], bytes, Any]:
        """Status, headers, body and JSON of the answer; status 0 when a large upload was cut off by the target.

        A target that has answered before is given a second chance, because servers close connections that were idle.
        What may be sent only `once` goes over a new connection instead, which nobody has had a reason to close.
        """
        large = sum(len(content) for _, content in (files or {}).values()) > LARGE_UPLOAD_BYTES
        deadline = Deadline(self.deadline)
        for attempt in (1, 2):
            try:
                with open_answer(self.session, method, url, deadline, fresh=once, timeout=TIMEOUT, **body) as response:
                    return response.status_code, _kept(response.headers), *self._content(response, deadline)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                answers_others = self.budget.used_requests > 1
                late = deadline.passed or isinstance(error, requests.Timeout)
                maybe_received = once and not _found_nobody(error)
                if attempt == 1 and answers_others and not late and not maybe_received:
                    continue
                if large and answers_others and not _found_nobody(error):
                    return 0, {}, b"", None
                where = f"{method} {url.split('?', maxsplit=1)[0]}"
                if maybe_received and answers_others and not late and self._unfinished.is_the_first():
                    msg = f"{where}: {type(error).__name__}; it may have cost something, and was not sent again"
                    raise UnansweredError(msg) from None
                why = f"no answer within {self.deadline:g} s" if deadline.passed else type(error).__name__
                msg = f"{where}: {why}; is the target running?"
                raise (NotSentError if _found_nobody(error) else UnreachableError)(msg) from None
        raise AssertionError  # the loop returns or raises

    def _content(self, response: requests.Response, deadline: Deadline) -> tuple[bytes, Any]:
        """What is kept of the body, and its JSON; nothing when it is too long, or the deadline passes before its end.

        Raises UnreachableError when that happens again and again.
        """
        try:
            found = read_body(blocks(response, deadline))
        except (TooLongError, requests.Timeout):
            if self._unfinished.is_the_first():
                return b"", None
            limits = f"{self.deadline:g} s (--deadline) and {MAX_OTHER_BYTES >> 20} MiB, or as a picture"
            msg = f"{MOST_UNFINISHED} answers in a row did not end within {limits}"
            raise UnreachableError(msg) from None
        self._unfinished.in_a_row = 0
        return found


@dataclass
class _Unfinished:
    """The answers of a target, in a row, that did not come to their end."""

    in_a_row: int = 0

    def is_the_first(self) -> bool:
        """Count one more; whether there is hope that the next answer comes to its end."""
        self.in_a_row += 1
        return self.in_a_row < MOST_UNFINISHED


def _found_nobody(error: Exception) -> bool:
    """Whether there was no connection, so that nothing can have been sent."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer, of a size that no header has; a link that is longer leads nowhere."""
    return {name[:LONGEST_HEADER]: value[:LONGEST_HEADER] for name, value in islice(headers.items(), MOST_HEADERS)}


def is_busy(call: Call) -> bool:
    """Whether a request was refused because there are too many at the moment."""
    return call.status == 429 or (call.status == 503 and _named_pause(call) is not None)


def retry_after(call: Call, otherwise: float) -> float:
    """How long the target asks to wait, bounded; `otherwise` where it does not say."""
    named = _named_pause(call)
    return otherwise if named is None else min(max(named, otherwise), LONGEST_RETRY_SECONDS)


def _named_pause(call: Call) -> float | None:
    text = next((value for name, value in call.headers.items() if name.lower() == "retry-after"), "")
    return float(text) if text.isascii() and text.isdigit() else (LONGEST_RETRY_SECONDS if text else None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
