"""What the four clients have in common: options, life cycle, and a repr and a pickle without the key.

The one base class of the package, because the same fourteen lines four times would be worse; it is private
and knows no vendor.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any, NoReturn, Self, TypedDict, Unpack

import requests

from ._download import SaveOptions, save_link
from ._transport import KeyHeader, Transport
from .clock import Clock


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that every client takes; all may be left out."""

    session: requests.Session | None
    """Used instead of an own one, and then neither configured nor closed; see `BoundedAdapter`."""
    clock: Clock | None
    """Where waiting happens; the system's by default."""
    timeout: float | tuple[float, float]
    """Connect and read time-out in seconds, for each wait, (5, 30) by default (PicWish: see there)."""
    deadline: float
    """Seconds for all of a call, from name look-up to the last byte, with its further tries; 300 by default."""
    retries: int
    """Further tries after 429 and connection errors; 4 by default, 0 for none."""
    resend_creates: bool
    """Also send a create again that the vendor may have accepted; False by default."""
    rng: random.Random | None
    """The source of the jitter."""
    max_retry_after: float
    """The longest pause, in seconds, that a Retry-After can ask for; 60 by default."""
    max_answer_bytes: int
    """The longest answer that is read; 8 MiB by default (PicWish: see there)."""


class VendorClient:
    """One vendor, one key; close it, or use it as a context manager. Not to be shared between threads."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def base_url(self) -> str:
        """Where the requests go, without a trailing slash."""
        return self._transport.base_url

    def close(self) -> None:
        """Close the connections, unless the session was passed in."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        msg = f"{type(self).__name__} holds a key and is not pickled; make a new one in the other process"
        raise TypeError(msg)

    def _save_link(
        self, url: str | None, what: str, path: str | os.PathLike[str], **options: Unpack[SaveOptions]
    ) -> Path:
        if not url:
            msg = f"{what} has no result to save; wait until it has succeeded"
            raise ValueError(msg)
        return save_link(self._transport, url, path, **options)


def key_transport(vendor: str, base_url: str, header: str, key: str, options: ClientOptions) -> Transport:
    """The transport of a vendor whose key is the whole value of one header."""
    return Transport(vendor, base_url, KeyHeader(header, key), (key,), **options)


def json_body(body: object) -> dict[str, Any]:
    """The arguments of `Transport.call` that send ``body`` as JSON; None values are kept."""
    return {
        "data": json.dumps(body, allow_nan=False).encode(),
        "headers": {"Content-Type": "application/json"},
    }
