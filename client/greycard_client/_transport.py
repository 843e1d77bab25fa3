"""The seam to HTTP: one session, one deadline, retries, size caps, and answers or errors that leak nothing.

Knows no vendor's fields. The key is put into a header when a request is prepared and appears nowhere else;
errors of `requests` never escape and are not chained, because they hold the prepared request with the key.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import requote_uri
from urllib3.exceptions import HTTPError

from ._answer import Answer, parse_retry_after
from ._failures import classify
from ._parse import Scrubber
from .bounded import BoundedAdapter, Deadline, blocks, gathered, open_answer
from .clock import Clock, SystemClock
from .errors import LinkExpired, RateLimited, TimedOut, TransportError, UnexpectedResponse, error_class

MEBIBYTE = 1024 * 1024
BACKOFF_FIRST = 0.5
BACKOFF_LONGEST = 30.0
MOST_REDIRECTS = 5

_T = TypeVar("_T")
_log = logging.getLogger("greycard_client")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_text(what: str, value: object) -> None:
    """Raises TypeError for a credential that is no text, such as None from a variable that is not set."""
    if not isinstance(value, str):
        msg = f"{what} must be a text, not {type(value).__name__}; is its variable set?"
        raise TypeError(msg)


class KeyHeader(AuthBase):
    """Sets the key's header while a request is prepared; being its `auth`, it also keeps ``.netrc`` out."""

    def __init__(self, name: str, secret: str) -> None:
        check_text(f"the value for header {name}", secret)
        if _CONTROL.search(secret):
            msg = f"the value for header {name} holds control characters; check it for a line end"
            raise ValueError(msg)
        self.name = name
        self._value: str | bytes = secret if secret.isascii() else secret.encode("utf-8", "surrogatepass")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self.name] = self._value  # type: ignore[assignment]  # bytes are fine on the wire
        return request

    def __repr__(self) -> str:
        return f"KeyHeader({self.name!r}, '***')"

    def __reduce__(self) -> NoReturn:
        msg = "a key is not pickled; make a new client in the other process"
        raise TypeError(msg)


def _without_key(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _checked_base(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "base_url must be an absolute http or https URL such as https://host"
        raise ValueError(msg)
    if "@" in parts.netloc or parts.query or parts.fragment:
        msg = "base_url may hold no user, query or fragment; credentials have parameters of their own"
        raise ValueError(msg)
    return base_url.rstrip("/")


class Transport:
    """Sends requests of one vendor with one key. The parameters are those of `ClientOptions`."""

    def __init__(  # noqa: PLR0913 - the options, each with its default, in one place
        self,
        vendor: str,
        base_url: str,
        key: KeyHeader,
        secrets: tuple[str, ...],
        *,
        session: requests.Session | None = None,
        clock: Clock | None = None,
        timeout: float | tuple[float, float] = (5.0, 30.0),
        deadline: float = 300.0,
        retries: int = 4,
        resend_creates: bool = False,
        rng: random.Random | None = None,
        max_retry_after: float = 60.0,
        max_answer_bytes: int = 8 * MEBIBYTE,
    ) -> None:
        self.vendor = vendor
        self.base_url = _checked_base(base_url)
        self.clock: Clock = clock if clock is not None else SystemClock()
        self.scrub = Scrubber(secrets)
        self._key = key
        self._owned = session is None
        self._session = requests.Session() if session is None else session
        if self._owned:
            self._session.trust_env = False
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, BoundedAdapter())
        self._timeout = timeout
        Deadline(deadline)  # refuses what is no number of seconds where it is given
        self._seconds = deadline
        self._retries = retries
        self._resend_creates = resend_creates
        self._rng = rng if rng is not None else random.Random()  # noqa: S311 - jitter, no secret
        self._max_retry_after = max_retry_after
        self._max_answer_bytes = max_answer_bytes

    def close(self) -> None:
        """Close the session, unless it was passed in."""
        if self._owned:
            self._session.close()

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        read: Callable[[Answer], _T],
        *,
        once: bool = False,
        until: float | None = None,
        **body: Any,
    ) -> _T:
        """Send one request and give its complete answer to ``read``.

        ``once`` marks what must not happen twice; after ``until`` (clock seconds) no further try begins. ``body`` is
        passed to `requests` (``data``, ``files``, ``headers``).
        """
        where = f"{self.vendor} {operation}"
        options: dict[str, Any] = {
            **body,
            "auth": self._key,
            "headers": {
                "User-Agent": "greycard-client",
                "Accept-Encoding": "identity",
                **body.get("headers", {}),
            },
            "timeout": self._timeout,
        }

        def exchange(deadline: Deadline) -> _T:
            with open_answer(self._session, method, self.base_url + path, deadline, **options) as response:
                if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
                    msg = f"{where}: a redirect (HTTP {response.status_code}) is not followed; check base_url"
                    raise UnexpectedResponse(msg, response.status_code)
                content = gathered(_capped(response, deadline, where, self._max_answer_bytes, "max_answer_bytes="))
                wait = parse_retry_after(response.headers, self.clock.now())
                return read(Answer(where, response.status_code, content, wait, self.scrub))

        return self._with_retries(where, exchange, self._seconds, once=once, until=until)

    def fetch(
        self, url: str, read: Callable[[Iterator[bytes]], _T], max_bytes: int, deadline: float | None = None
    ) -> _T:
        """Stream a result link, without the key, to ``read``; up to 5 redirects are followed, their bodies unread.

        ``deadline`` is in seconds, that of the client unless given. `LinkExpired` for HTTP 403, `UnexpectedResponse`
        for what is no link or longer than ``max_bytes``.
        """
        where = f"{self.vendor} download"

        def exchange(limit: Deadline, link: str = url, redirects: int = 0) -> _T:
            self._check_link(link, where)
            options: dict[str, Any] = {
                "auth": _without_key,
                "headers": {"User-Agent": "greycard-client", "Accept-Encoding": "identity"},
                "timeout": self._timeout,
            }
            with open_answer(self._session, "GET", link, limit, **options) as response:
                status = response.status_code
                if status == HTTPStatus.OK:
                    return read(_capped(response, limit, where, max_bytes, "max_bytes="))
                if not response.is_redirect:
                    kind = LinkExpired if status == HTTPStatus.FORBIDDEN else error_class(status)
                    wait = parse_retry_after(response.headers, self.clock.now())
                    raise kind(status, None, "the result link gave no picture", wait, where)
                if redirects == MOST_REDIRECTS:
                    msg = f"{where}: the result link redirects more than {MOST_REDIRECTS} times"
                    raise UnexpectedResponse(msg, status)
                target = _redirect_target(response)
            return exchange(limit, target, redirects + 1)

        return self._with_retries(where, exchange, self._seconds if deadline is None else deadline)

    def _check_link(self, url: str, where: str) -> None:
        if not url.lower().startswith(("http://", "https://")):
            msg = f"{where}: the result is not an http or https link"
            raise UnexpectedResponse(msg, excerpt=self.scrub.message(url)[:40])

    def _with_retries(
        self,
        where: str,
        exchange: Callable[[Deadline], _T],
        seconds: float,
        *,
        once: bool = False,
        until: float | None = None,
    ) -> _T:
        deadline = Deadline(seconds)
        tries = 0
        while True:
            error: TransportError | RateLimited
            try:
                return exchange(deadline)
            except RateLimited as refused:
                error, retryable = refused, True
            except (requests.RequestException, HTTPError) as raised:
                error, retryable = classify(raised, where)
                # Never send a create again that may have been accepted: it would be paid for twice.
                if once and error.maybe_accepted and not self._resend_creates:
                    retryable = False
                if deadline.passed:
                    msg = f"{where}: not done within the deadline of {seconds:g} s; raise deadline= if that is right"
                    error = TimedOut(msg, maybe_accepted=error.maybe_accepted)
            # Outside of the except clauses, so that no error of requests becomes the context.
            pause = self._pause(tries, error)
            late = pause >= deadline.left or (until is not None and self.clock.now() + pause > until)
            if not retryable or tries >= self._retries or late:
                raise error
            tries += 1
            _log.debug("%s: %s, try %d after %.2f s", where, type(error).__name__, tries + 1, pause)
            self.clock.sleep(pause)

    def _pause(self, tries: int, error: TransportError | RateLimited) -> float:
        asked = error.retry_after if isinstance(error, RateLimited) else None
        if asked is not None:
            return min(asked, self._max_retry_after)
        # Exponential, jitter in the upper half: pauses near zero could all fall into one second of the rate (S2:64)
        longest = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2.0 ** min(tries, 10))
        return self._rng.uniform(longest / 2, longest)


def _redirect_target(response: requests.Response) -> str:
    # requests reads headers as Latin-1, and links in them as the UTF-8 that they mostly are
    location = response.headers["Location"].encode("latin-1", "replace").decode("utf-8", "replace")
    return urljoin(response.url, requote_uri(location))


def _capped(response: requests.Response, deadline: Deadline, where: str, limit: int, option: str) -> Iterator[bytes]:
    total = 0
    for block in blocks(response, deadline):
        total += len(block)
        if total > limit:
            msg = f"{where}: the answer is longer than {limit} bytes; raise {option} if that is right"
            raise UnexpectedResponse(msg, response.status_code)
        yield block
