"""What clients and the receiver of callbacks see, and that receiver, which fails now and then."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

ACKNOWLEDGED = b'{"code": 0, "msg": "", "data": {"success": true}}'
FAILING = 0.15
"""The part of the tasks whose first callback the receiver does not acknowledge."""


@dataclass
class Found:
    """What clients and receiver saw."""

    created: dict[str, float] = field(default_factory=dict)
    """Tasks that were answered with success, and when."""

    told: Counter[str] = field(default_factory=Counter)
    """How often each task was told of."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    """What came back, in a few words."""

    wrong: list[str] = field(default_factory=list)
    """What no client may see."""

    slowest: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)


class Receiver(ThreadingHTTPServer):
    """Takes callbacks, and fails now and then."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, found: Found, randomness: random.Random) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.found, self._randomness, self._lock = found, randomness, threading.Lock()

    def take(self, body: Mapping[str, Any]) -> bool:
        """Note one callback; whether it is acknowledged."""
        task = str(body["data"]["taskid"])
        with self._lock:
            self.found.told[task] += 1
            fails = self.found.told[task] == 1 and self._randomness.random() < FAILING
            self.found.acknowledged[task] += not fails
        return not fails


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_fine = cast("Receiver", self.server).take(json.loads(body))
        with suppress(ConnectionError):  # whoever told us was killed
            self.send_response(200 if is_fine else 500)
            self.send_header("Content-Length", str(len(ACKNOWLEDGED) if is_fine else 0))
            self.end_headers()
            self.wfile.write(ACKNOWLEDGED if is_fine else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the class has it
        """Print nothing."""
