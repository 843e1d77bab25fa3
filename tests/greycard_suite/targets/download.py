"""Fetches a result link as whoever downloads a file does: without a credential, along redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from greycard_suite.targets.wire import UnreachableError

if TYPE_CHECKING:
    from greycard_suite.targets.wire import Wire

MOVED = (301, 302, 303, 307, 308)
REDIRECTS = 5
"""How many redirects one download follows."""


def download(wire: Wire, url: str) -> tuple[int, bytes]:
    """HTTP status and bytes of what is behind a link; status 0 when nothing answers."""
    status, content = 0, b""
    for _ in range(REDIRECTS + 1):
        try:
            call = wire.send("result", "GET", url, headers={}, credential="missing", paced=False)
        except UnreachableError:
            return 0, b""
        status, content = call.status, call.body
        headers = {name.lower(): value for name, value in call.headers.items()}
        further = headers.get("location", "") if status in MOVED else ""
        url = urljoin(url, further)
        if not further or urlsplit(url).scheme not in ("http", "https"):
            break
    return status, content
