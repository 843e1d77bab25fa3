"""Links to files of this machine, for a mock on this machine: a small server on loopback, for one run.

Gives only the files that it was told, each under a name that cannot be guessed, and takes Enhancor's
webhooks. It never listens on anything but loopback.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from greycard_client import Webhook
    from greycard_mocks.web.server import RunningServer

BLOCK_BYTES = 64 << 10
MAX_WEBHOOK_BYTES = 1 << 20
MAX_WEBHOOKS = 10_000


@dataclass
class LocalLinks:
    """A running server; `link` makes links, `webhook_url` takes webhooks. Use it in a `with`, or close it."""

    _secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _files: dict[str, Path] = field(default_factory=dict)
    _webhooks: dict[str, Webhook] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: RunningServer | None = None

    def link(self, file: Path) -> str:
        """The link under which `file` can be fetched while the server runs."""
        name = f"/{secrets.token_urlsafe(24)}"
        with self._lock:
            self._files[name] = file
        return self._running().url + name

    @property
    def webhook_url(self) -> str:
        """Where webhooks are taken."""
        return f"{self._running().url}/{self._secret}"

    def webhook(self, request_id: str) -> Webhook | None:
        """The webhook that has come for a request, if any."""
        with self._lock:
            return self._webhooks.get(request_id)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> RunningServer:
        from greycard_mocks.web.server import start

        with self._lock:
            if self._server is None:
                self._server = start(self._application)
            return self._server

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if method == "POST" and path == f"/{self._secret}":
            status = self._take(read_bounded(environ, MAX_WEBHOOK_BYTES))
            start_response(status, [("Content-Length", "0")])
            return []
        file = self._files.get(path) if method == "GET" else None
        try:
            opened = file.open("rb") if file else None
        except OSError:
            opened = None
        if opened is None:
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        length = opened.seek(0, 2)
        opened.seek(0)
        headers = [("Content-Type", "application/octet-stream"), ("Content-Length", str(length))]
        start_response("200 OK", headers)
        return _blocks(opened)

    def _take(self, body: bytes | None) -> str:
        from greycard_client import UnexpectedResponse, parse_webhook

        try:
            webhook = parse_webhook(body or b"")
        except UnexpectedResponse:
            return "400 Bad Request"
        with self._lock:
            if len(self._webhooks) < MAX_WEBHOOKS:
                self._webhooks.setdefault(webhook.request_id, webhook)
        return "200 OK"


def _blocks(opened: Any) -> Iterator[bytes]:
    with opened:
        while block := opened.read(BLOCK_BYTES):
            yield block


def read_bounded(environ: dict[str, Any], limit: int) -> bytes | None:
    """The whole body of a WSGI request; None when it is longer than `limit` bytes or breaks off."""
    stream, parts, total = environ["wsgi.input"], list[bytes](), 0
    try:
        while block := stream.read(BLOCK_BYTES):
            total += len(block)
            if total > limit:
                return None
            parts.append(block)
    except (OSError, ValueError):
        return None
    return b"".join(parts)
