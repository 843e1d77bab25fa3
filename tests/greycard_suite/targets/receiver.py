"""Receives the deliveries of a target and answers as a test has said: in this process, or on a port of this machine."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_suite.call import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_suite.clock import Clock

ACKNOWLEDGEMENT = {"code": 0, "msg": "", "data": {"success": True}}
MAX_KEPT = 10_000


@dataclass
class Receiver:
    """Keeps every delivery and acknowledges it, but for the tasks that a test wants to fail."""

    url: str
    clock: Clock
    deliveries: list[Delivery] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    """How many more deliveries of a task are answered with HTTP 500."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, task_id: str, times: int) -> None:
        """Answer the next `times` deliveries of this task with HTTP 500."""
        with self._lock:
            self.failures[task_id] = times

    def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Take one delivery and answer it."""
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            content = None
        with self._lock:
            status = 200
            for task_id, left in self.failures.items():
                if left > 0 and task_id.encode() in body:
                    self.failures[task_id] = left - 1
                    status = 500
            if len(self.deliveries) < MAX_KEPT:
                lower = {name.lower(): value for name, value in headers.items()}
                self.deliveries.append(Delivery(path, lower, body, content, self.clock.now(), status))
        return status, json.dumps(ACKNOWLEDGEMENT).encode()

    def of_task(self, task_id: str) -> list[Delivery]:
        """The deliveries that name this task, oldest first."""
        return [one for one in tuple(self.deliveries) if task_id.encode() in one.body]
