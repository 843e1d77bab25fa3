"""Who may use what lies below ``/_mock/``: checks of the Host, the origin and the token of one request.

Pure functions over headers (names in lower case) that answer with the reason of a refusal, or None. They keep
a web page that a developer happens to visit from reading or steering a mock on the same machine, and so they keep
whoever gives a mock a link or a callback address.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from greycard_mocks.egress.own_header import DEPTH_HEADER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TOKEN_HEADER = "x-greycard-token"  # noqa: S105 - the name of a header
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}?)\.?(?::[0-9]{1,5})?")


def why_host_refused(headers: Mapping[str, str], own_hosts: Collection[str], *, has_token: bool = False) -> str | None:
    """Refuses a Host header that another site's name server could have pointed at this machine.

    Where a token is asked for, an address in digits passes too: no name server has a say in it.
    """
    host = headers.get("host", "")
    name = host_name(host)
    if name is not None:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            if name == "localhost" or name.endswith(".localhost"):
                return None
        else:
            if address.is_loopback or has_token:
                return None
        if name in {own.lower() for own in own_hosts}:
            return None
    return (
        f"the Host header {host[:100]!r} does not name this mock; "
        "use localhost, 127.0.0.1 or the address that it was started with"
    )


def host_name(host: str) -> str | None:
    """The name or address in a Host header in lower case, without port and brackets; None when unreadable."""
    match = _HOST.fullmatch(host)
    return match["name"].strip("[]").lower() if match else None


def why_cross_site(headers: Mapping[str, str]) -> str | None:
    """Refuses what a browser sends for another site; a client that is no browser sends neither header."""
    site = headers.get("sec-fetch-site", "")
    if site not in ("", "same-origin", "none"):
        return f"a browser sent this from another place (Sec-Fetch-Site: {site[:40]}); use the mock's own page"
    origin = headers.get("origin")
    if origin is None:
        return None
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        place = ""
    if place and place.lower() == headers.get("host", "").lower():
        return None
    return f"a browser sent this from the origin {origin[:100]!r}, not this mock; use the mock's own page"


def why_from_a_mock(headers: Mapping[str, str]) -> str | None:
    """Refuses what a mock sent, this one or another: somebody gave it that address for a picture or a delivery."""
    if DEPTH_HEADER not in headers:
        return None
    return (
        f"a mock sent this (it has the header {DEPTH_HEADER}): no picture link and no delivery may lead to the mock's "
        "own endpoints; give another address"
    )


def why_token_refused(headers: Mapping[str, str], token: str | None) -> str | None:
    """Refuses a request without the token; it travels as `Authorization: Bearer` or in `X-Greycard-Token`."""
    if token is None:
        return None
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    given = bearer.strip() if scheme.lower() == "bearer" else headers.get(TOKEN_HEADER, "")
    if given and is_same(given, token):
        return None
    state = "is wrong" if given else "is missing"
    return f"the token {state}; send the one from the start as 'Authorization: Bearer ...' or X-Greycard-Token"


def is_same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing; takes any text."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
