"""The rate limit: a sliding window over the requests that were let through.

Pure; the caller holds the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.plan import GRAIN

if TYPE_CHECKING:
    from collections import deque


def admit(arrivals: deque[float], now: float, *, limit: int, window: float) -> bool:
    """Whether a request at `now` is among the `limit` allowed in any `window` seconds.

    If so it is remembered.

    Requests that are refused do not count. A request exactly `window` seconds after an old one finds that one
    gone.
    """
    # threads read the clock before they reach the lock, so a later arrival may hold an earlier moment
    if arrivals:
        now = max(now, arrivals[-1])
    while arrivals and now - arrivals[0] + GRAIN >= window:
        arrivals.popleft()
    if len(arrivals) >= limit:
        return False
    arrivals.append(now)
    return True
