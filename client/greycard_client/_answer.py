"""One complete answer of a vendor, and the errors that it can be turned into.

Knows HTTP statuses but no vendor's fields. Whatever goes from an answer into an error is scrubbed of the key
and made printable here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ._parse import JsonObject, Scrubber, load_object
from .errors import ApiError, UnexpectedResponse, error_class

_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer: status, the whole body, and the ways to turn it into data or an error."""

    where: str
    status: int
    body: bytes = field(repr=False)
    retry_after: float | None
    scrub: Scrubber

    @property
    def refused(self) -> bool:
        """The HTTP status alone says that the request failed."""
        return self.status >= HTTPStatus.BAD_REQUEST

    def object(self) -> JsonObject:
        """The JSON object of the body; a refusal by HTTP status needs none and is raised as what it is."""
        try:
            return load_object(self.body)
        except ValueError:
            pass
        if self.refused:
            raise self.refusal(self.status, None, self.excerpt())
        raise self.unexpected("the answer is not a JSON object")

    def excerpt(self) -> str:
        """The start of the body, safe to print."""
        return self.scrub.excerpt(self.body)

    def clean(self, text: str | None) -> str:
        """A text of the vendor's, safe to print and to log."""
        return self.scrub.message(text)

    def refusal(
        self,
        kind: int | type[ApiError],
        code: int | str | None,
        message: str | None,
    ) -> ApiError:
        """The error of the tree for an HTTP-like status or a class that the vendor's code stands for."""
        wanted = error_class(kind) if isinstance(kind, int) else kind
        told = self.clean(code) if isinstance(code, str) else code
        return wanted(self.status, told, self.clean(message), self.retry_after, self.where)

    def unexpected(self, why: str) -> UnexpectedResponse:
        """The error for an answer that no document describes."""
        return UnexpectedResponse(f"{self.where}: {self.clean(why)}", self.status, self.excerpt())


def parse_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """``Retry-After`` in seconds, from seconds or an HTTP date (against ``Date``, else the clock)."""
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _timestamp(value)
    if until is None:
        return None
    sent = _timestamp(headers.get("Date", ""))
    return max(0.0, until - (now if sent is None else sent))


def _timestamp(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
