"""What can go wrong, as one tree; every error is picklable and none of them ever holds a secret.

GreycardError
├── TransportError(message, *, maybe_accepted)    no answer, or not the whole of one
│   ├── ConnectFailed                             refused, unknown host, certificate: nothing was sent
│   └── TimedOut                                  connect time-out (nothing sent), read time-out (maybe)
├── ApiError(status, code, message, retry_after)  the vendor answered with a refusal
│   ├── AuthError                                 the key is missing, wrong or not enabled
│   ├── InvalidRequest                            a parameter is missing or wrong
│   ├── TooLarge                                  the picture is over a limit
│   ├── RateLimited                               too many requests; see retry_after
│   ├── InsufficientBalance                       the account is empty
│   ├── NotFound                                  no such task, or it was deleted
│   │   └── LinkExpired                           a result link that answers 403
│   └── ServerError                               the vendor's own failure
├── TaskFailed(vendor, task_id, status, reason)   accepted, worked on, failed
├── WaitTimeout(vendor, task_id, status, seconds) still running when the caller's time was over
├── BadSignature                                  a callback that the vendor cannot have sent
└── UnexpectedResponse(message, status, excerpt)  not JSON, wrong shape, or a status nobody documented

This module may import nothing of the package; its classes hold plain values only, so that they travel
between processes.
"""

# ruff: noqa: N818 - the tree has the names of the design, which say what happened
from __future__ import annotations

from http import HTTPStatus
from typing import Any


def _restore(kind: type[GreycardError], args: tuple[Any, ...], state: dict[str, Any]) -> GreycardError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class GreycardError(Exception):
    """The root: ``except GreycardError`` catches whatever this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild without calling ``__init__``, whose signature differs from class to class."""
        return _restore, (type(self), self.args, self.__dict__.copy())


class TransportError(GreycardError):
    """No complete answer arrived. ``maybe_accepted``: the vendor may have acted on the request."""

    def __init__(self, message: str, *, maybe_accepted: bool = False) -> None:
        self.maybe_accepted = maybe_accepted
        super().__init__(message)


class ConnectFailed(TransportError):
    """No connection came about, so nothing was sent."""


class TimedOut(TransportError):
    """The connect or the read time-out passed."""


class ApiError(GreycardError):
    """The vendor refused the request.

    ``status`` is the HTTP status, ``code`` the vendor's own number where the body has one, ``message`` the
    vendor's text (control characters escaped, secrets removed), ``retry_after`` the seconds that the answer
    asked for. The class itself is raised for refusals whose cause cannot be told from status or code.
    """

    advice = ""

    def __init__(
        self,
        status: int,
        code: int | str | None = None,
        message: str = "",
        retry_after: float | None = None,
        where: str = "",
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.where = where
        text = f"{where}: HTTP {status}" if where else f"HTTP {status}"
        if code is not None and code != status:
            text += f", code {code}"
        if message:
            text += f": {message}"
        super().__init__(f"{text} ({self.advice})" if self.advice else text)


class AuthError(ApiError):
    """The vendor does not know the key, or the service is not enabled for it."""

    advice = "check the key and that the service is enabled for it"


class InvalidRequest(ApiError):
    """A parameter is missing or has a value that the vendor does not take."""

    advice = "check the parameters against the vendor's document"


class TooLarge(ApiError):
    """The picture is over the vendor's limit."""

    advice = "send a smaller picture"


class RateLimited(ApiError):
    """More requests than the account may send."""

    advice = "slow down, or raise retries="


class InsufficientBalance(ApiError):
    """The account has no balance left."""

    advice = "top up the account"


class NotFound(ApiError):
    """The vendor knows no such task or path, or the task was deleted."""

    advice = "check the id; results are kept for a limited time"


class LinkExpired(NotFound):
    """A result link answered 403: links are signed for a limited time (one hour at PicWish, S2:117)."""

    advice = "the link has probably expired: read the task again and download at once"


class ServerError(ApiError):
    """The vendor failed."""

    advice = "try again later, or tell the vendor"


class TaskFailed(GreycardError):
    """The task was accepted and ended without a result."""

    def __init__(self, vendor: str, task_id: str, status: int | str, reason: str = "") -> None:
        self.vendor = vendor
        self.task_id = task_id
        self.status = status
        self.reason = reason
        super().__init__(f"{vendor} task {task_id} failed with status {status}: {reason or 'no reason given'}")


class WaitTimeout(GreycardError):
    """The task was still running after ``seconds``; it goes on at the vendor and can be waited for again."""

    def __init__(self, vendor: str, task_id: str, status: int | str | None, seconds: float) -> None:
        self.vendor = vendor
        self.task_id = task_id
        self.status = status
        self.seconds = seconds
        super().__init__(
            f"{vendor} task {task_id} has status {status} after {seconds:g} s; wait again or raise timeout="
        )


class BadSignature(GreycardError):
    """A callback whose token or md5 header does not fit; answer it with HTTP 401 and forget it."""


class UnexpectedResponse(GreycardError):
    """An answer that no document describes. ``excerpt`` is a short, printable part of its body."""

    def __init__(self, message: str, status: int | None = None, excerpt: str = "") -> None:
        self.status = status
        self.excerpt = excerpt
        super().__init__(f"{message}; the body starts: {excerpt}" if excerpt else message)


_BY_STATUS: dict[int, type[ApiError]] = {
    401: AuthError,
    402: InsufficientBalance,
    403: AuthError,
    404: NotFound,
    410: NotFound,
    413: TooLarge,
    429: RateLimited,
}


def error_class(status: int) -> type[ApiError]:
    """The class for an HTTP status (S2:58-65; 402, 403 and 410 in their usual meaning)."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    family = status // 100 * 100
    if family == HTTPStatus.BAD_REQUEST:
        return InvalidRequest
    return ServerError if family == HTTPStatus.INTERNAL_SERVER_ERROR else ApiError
