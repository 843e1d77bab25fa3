"""The session that makes requests of a target: paced, budgeted, recorded. It judges nothing."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import requests
import urllib3

from greycard_suite.call import Call, described
from greycard_suite.clock import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_suite.clock import Clock

    Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]

MAX_BODY_BYTES = 80 << 20
TIMEOUT = (5.0, 45.0)
LARGE_UPLOAD_BYTES = 1 << 20
ANSWER_SECONDS = 60.0
"""A request that is not answered whole after this time counts as answered with nothing that can be read."""

BLOCK_BYTES = 64 << 10
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""How long to wait before each new try of a request that was refused as one too many."""

LONGEST_RETRY_SECONDS = 15.0
"""The most that is waited where the target names a time itself."""


class BudgetSpentError(RuntimeError):
    """The run may send no more requests, or spend no more credits."""


class UnreachableError(RuntimeError):
    """The target cannot be reached at all."""


class KeyRefusedError(UnreachableError):
    """The target refuses the user's key, so that nothing can be said of it."""


@dataclass
class Budget:
    """What a run may spend; None: as much as it needs."""

    requests: int | None = None
    credits: int | None = None
    used_requests: int = 0
    used_credits: int = 0

    def take(self, credits: int) -> None:  # noqa: A002 - the vendors' word
        """Count one request before it is sent; raises BudgetSpentError when it would exceed the budget."""
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
    ) -> Call:
        """Make one request; `sign` is called with it when it is whole."""
        ...


class HttpWire:
    """Sends requests for one vendor and keeps what came back."""

    def __init__(self, session: requests.Session, clock: Clock, pace: Pace, budget: Budget, *, wall: Clock) -> None:
        self.session = session
        self.clock = clock
        self.pace = pace
        self.budget = budget
        self.calls: list[Call] = []
        self._wall = wall
        self._lock = threading.Lock()

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
    ) -> Call:
        """Make one request; raises BudgetSpentError before and UnreachableError after sending.

        `sign` is called with the request when it is whole.
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
        status, answered, content = self._exchange(method, url, body, files)
        sizes = {name: described(file, sent) for name, (file, sent) in (files or {}).items()}
        call = Call(
            operation, method, url, fields, sizes, encoding, credential, status, answered, content, _parsed(content),
            started, self._wall.now() - wall, len(self.calls) + 1,
        )  # fmt: skip
        with self._lock:
            self.calls.append(call)
        return call

    def _exchange(
        self, method: str, url: str, body: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer; status 0 when a large upload was cut off by the target.

        A target that has answered before is given a second chance: servers close connections that were idle.
        """
        large = sum(len(content) for _, content in (files or {}).values()) > LARGE_UPLOAD_BYTES
        for attempt in (1, 2):
            began = self._wall.now()
            try:
                with self.session.request(
                    method, url, allow_redirects=False, timeout=TIMEOUT, stream=True, **body
                ) as response:
                    return response.status_code, dict(response.headers), self._content(response.raw, began)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                if attempt == 1 and self.budget.used_requests > 1 and not isinstance(error, requests.Timeout):
                    continue
                if large and self.budget.used_requests > 1:
                    return 0, {}, b""
                msg = f"{method} {url.split('?', maxsplit=1)[0]}: {type(error).__name__}; is the target running?"
                raise UnreachableError(msg) from None
        raise AssertionError  # the loop returns or raises

    def _content(self, raw: Any, began: float) -> bytes:
        """The whole body; none when it drips in so slowly that the time for an answer is over before."""
        parts, total = list[bytes](), 0
        while total < MAX_BODY_BYTES and (block := raw.read1(BLOCK_BYTES, decode_content=True)):
            parts.append(block)
            total += len(block)
            if self._wall.now() - began > ANSWER_SECONDS:
                return b""
        return b"".join(parts)


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


def _parsed(content: bytes) -> Any:
    if not content or len(content) > 8 << 20 or content[:1] not in b'{["0123456789-tfn \n\r\t':
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
