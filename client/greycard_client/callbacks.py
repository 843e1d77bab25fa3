"""What vendors send to you: Magic Tiger's signed callback (document 001), Enhancor's webhook (document 004).

Knows no web framework: it takes headers and body bytes and gives values. Does not talk to the network.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ._parse import (
    EXCERPT,
    JsonObject,
    Scrubber,
    as_int,
    as_number,
    as_object,
    as_text,
    load_object,
    printable,
)
from .errors import BadSignature, UnexpectedResponse
from .magictiger import TASK_STATUSES, EnhanceTask, Phase, task_from

Md5Rule = Callable[[bytes, str], str]


class Headers(Protocol):
    """Any framework's request headers: something with ``items()``, where a name may be repeated."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Pairs of name and value."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedCallback:
    """A callback whose headers fit; ``token_index`` says which of the tokens it was signed with."""

    body: bytes = field(repr=False)
    token_index: int


@dataclass(frozen=True, slots=True)
class Callback:
    """Magic Tiger's callback (S1:106-142): the envelope and the task that it reports."""

    code: int
    msg: str
    task: EnhanceTask
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """The task has its result."""
        return self.task.succeeded

    @property
    def failed(self) -> bool:
        """The task failed."""
        return self.task.failed

    @property
    def finished(self) -> bool:
        """The task is over."""
        return self.task.finished

    @property
    def running(self) -> bool:
        """The task goes on."""
        return self.task.running


@dataclass(frozen=True, slots=True)
class Webhook:
    """Enhancor's webhook (S4:104-112). It is not signed: ask `Enhancor.status` before trusting it."""

    request_id: str
    status: str
    succeeded: bool
    result: str | None = field(default=None, repr=False)
    cost: float | None = None
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def failed(self) -> bool:
        """There will be no result."""
        return not self.succeeded

    @property
    def finished(self) -> bool:
        """Always: a webhook is sent when a request is over."""
        return True

    @property
    def running(self) -> bool:
        """Never."""
        return False


def callback_md5(body: bytes, token: str) -> str:
    """The ``md5`` header: lower-case hex MD5 of the body followed by the token.

    assumed: S1:104 refers to "MD5 Calculation", which the document does not hold. MD5 is weak, and the
    token stands beside it in clear (S1:103): receive callbacks over https only.
    """
    return hashlib.md5(body + _bytes(token), usedforsecurity=False).hexdigest()


def verify_callback(
    headers: Headers, body: bytes, token: str | Sequence[str], *, rule: Md5Rule = callback_md5
) -> VerifiedCallback:
    """Check the headers ``token`` and ``md5`` (S1:101-105) of a Magic Tiger callback, in constant time.

    ``body`` are the bytes as received; ``token`` is yours, or several while you change it. Header names
    may be in any case, the digest too. `BadSignature` when a header is missing, given twice or does not
    fit; `ValueError` when there is no token to check against.
    """
    tokens = _tokens(token)
    sent_token = _bytes(_single(headers, "token"))
    sent_md5 = _bytes(_single(headers, "md5").strip().lower())
    found: int | None = None
    for index, own in enumerate(tokens):  # all of them, always: the time must not tell which one fits
        token_fits = hmac.compare_digest(sent_token, _bytes(own))
        md5_fits = hmac.compare_digest(sent_md5, _bytes(rule(body, own).lower()))
        if token_fits & md5_fits:
            found = index
    if found is None:
        msg = "magictiger callback: token and md5 do not fit any known token and this body; answer HTTP 401"
        raise BadSignature(msg)
    return VerifiedCallback(body, found)


def parse_callback(
    headers: Headers,
    body: bytes,
    token: str | Sequence[str],
    *,
    rule: Md5Rule = callback_md5,
    statuses: Mapping[int, Phase] = TASK_STATUSES,
) -> Callback:
    """Verify a Magic Tiger callback and read it (S1:100-142); answer it with `callback_acknowledgement`.

    `BadSignature` as `verify_callback`, `UnexpectedResponse` for a body that is no such callback. It may come
    more than once (S1:99).
    """
    verify_callback(headers, body, token, rule=rule)
    scrub = Scrubber(_tokens(token))

    def unexpected(why: str) -> UnexpectedResponse:
        return UnexpectedResponse(f"magictiger callback: {scrub.message(why)}", excerpt=scrub.excerpt(body))

    envelope = _object(body)
    if envelope is None:
        raise unexpected("the body is not a JSON object")
    code = as_int(envelope.get("code"))
    data = as_object(envelope.get("data"))
    if code is None or data is None:
        raise unexpected("the body has no integer code or no data object")
    task = task_from(data, None, envelope, statuses, unexpected, scrub.message)
    if task.running and task.status not in statuses:
        raise unexpected(f"data.status {task.status} is not a known status, and neither a result nor an error is there")
    return Callback(code, scrub.message(as_text(envelope.get("msg"))), task, envelope)


def callback_acknowledgement(success: bool = True) -> JsonObject:  # noqa: FBT001, FBT002 - its one argument
    """The JSON that Magic Tiger expects as the answer to its callback (S1:145-152)."""
    return {"code": 0, "msg": "", "data": {"success": success}}


def parse_webhook(body: bytes) -> Webhook:
    """Read Enhancor's webhook (S4:104-112).

    "success", and "completed" of newer pages, mean success; "failed" and "error" (assumed: only clients name
    them) mean failure, in any case. `UnexpectedResponse` for anything else.
    """
    data = _object(body)
    request_id = None
    why = "the body is not a JSON object"
    if data is not None:
        request_id = as_text(data.get("request_id")) or as_text(data.get("requestId"))
        why = "the body has no request_id"
    if data is None or not request_id:
        msg = f"enhancor webhook: {why}"
        raise UnexpectedResponse(msg, excerpt=Scrubber().excerpt(body))
    status = data.get("status")
    meaning = status.lower() if isinstance(status, str) else None
    if not isinstance(status, str) or meaning not in {"success", "completed", "failed", "error"}:
        msg = f"enhancor webhook: status {printable(repr(status), EXCERPT)} is not a known status"
        raise UnexpectedResponse(msg, excerpt=Scrubber().excerpt(body))
    return Webhook(
        request_id=request_id,
        status=status,
        succeeded=meaning in {"success", "completed"},
        result=as_text(data.get("result")) or None,
        cost=as_number(data.get("cost")),
        raw=data,
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _tokens(token: str | Sequence[str]) -> tuple[str, ...]:
    tokens = (token,) if isinstance(token, str) else tuple(token)
    if not tokens or not all(tokens):
        msg = "no token, or an empty one, to check the callback against; pass the token of your account"
        raise ValueError(msg)
    return tokens


def _single(headers: Headers, wanted: str) -> str:
    values = {value for name, value in headers.items() if name.lower() == wanted}
    if len(values) != 1:
        problem = "is missing" if not values else "is given twice"
        msg = f"magictiger callback: the header {wanted} {problem}; answer HTTP 401"
        raise BadSignature(msg)
    return values.pop()


def _object(body: bytes) -> JsonObject | None:
    try:
        return load_object(body)
    except ValueError:
        return None
