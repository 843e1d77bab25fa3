"""A session that keeps requests under a vendor's rate, so that a run does not live on refusals. Knows no vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from greycard_client.bounded import BoundedAdapter

if TYPE_CHECKING:
    from greycard_client import Clock
    from greycard_suite.clock import Pace

MARGIN_SECONDS = 0.05
"""Added to the window, because two requests need not take the same time to arrive."""


class PacedSession(requests.Session):
    """A session whose requests below `base` keep the pace; others, such as downloads, do not."""

    def __init__(self, pace: Pace, clock: Clock, base: str) -> None:
        super().__init__()
        self.trust_env = False  # neither proxies nor .netrc, and a deadline, as the client's own session
        for scheme in ("http://", "https://"):
            self.mount(scheme, BoundedAdapter())
        self._pace, self._clock, self._base = pace, clock, base

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As of any session, after waiting."""
        if (request.url or "").startswith(self._base):
            self._pace.wait(self._clock)
        return super().send(request, **kwargs)
