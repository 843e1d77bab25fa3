"""What the errors of `requests` mean: which error of the tree, was anything sent, may another try help.

Copies neither their texts nor the prepared request that hangs on them, because both may hold the key.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError

from .errors import ConnectFailed, TimedOut, TransportError


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: object = error
    while isinstance(current, BaseException):
        yield current
        inner: object = getattr(current, "reason", None)
        current = inner if isinstance(inner, BaseException) else next(iter(current.args), None)


def classify(error: requests.RequestException | HTTPError, where: str) -> tuple[TransportError, bool]:
    """The error of the tree for one of `requests` or urllib3, and whether another try may help."""
    names = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return TimedOut(f"{where}: no connection within the connect time-out"), True
    if isinstance(error, requests.exceptions.SSLError):
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            return ConnectFailed(f"{where}: the server's certificate was not accepted"), False
        return TransportError(f"{where}: the TLS connection failed", maybe_accepted=True), False
    if isinstance(error, requests.exceptions.Timeout) or "ReadTimeoutError" in names:
        return TimedOut(f"{where}: no answer within the read time-out", maybe_accepted=True), True
    if isinstance(error, requests.exceptions.ProxyError) or "NewConnectionError" in names:
        return ConnectFailed(f"{where}: no connection; check base_url, the network and that the server runs"), True
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return TransportError(
            f"{where}: the connection broke before the answer was complete", maybe_accepted=True
        ), True
    # What is left has its cause in a URL, a redirect or an encoding: the same would happen again.
    sent = not isinstance(error, ValueError)
    return TransportError(
        f"{where}: the request could not be completed ({type(error).__name__})", maybe_accepted=sent
    ), False
