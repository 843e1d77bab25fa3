"""Keeps requests under a vendor's rate, so that a run does not live on refusals. Knows no vendor."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from greycard_client import Clock

MARGIN_SECONDS = 0.05
"""Added to the window, because two requests need not take the same time to arrive."""


class Pacer:
    """Lets `number` requests pass in any `seconds`; shared by all threads of a run."""

    def __init__(self, clock: Clock, number: int, seconds: float = 1.0) -> None:
        self._clock, self._window = clock, seconds + MARGIN_SECONDS
        self._passed: deque[float] = deque(maxlen=number)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when one more request may be sent."""
        with self._lock:  # held while waiting: whoever comes later has to wait longer anyway
            if len(self._passed) == self._passed.maxlen:
                self._clock.sleep(self._passed[0] + self._window - self._clock.now())
            self._passed.append(self._clock.now())


class PacedSession(requests.Session):
    """A session whose requests below `base` wait for the pacer; others, such as downloads, do not."""

    def __init__(self, pacer: Pacer, base: str) -> None:
        super().__init__()
        self.trust_env = False  # neither proxies nor .netrc, as the client's own session
        self._pacer, self._base = pacer, base

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As of any session, after waiting."""
        if (request.url or "").startswith(self._base):
            self._pacer.wait()
        return super().send(request, **kwargs)
