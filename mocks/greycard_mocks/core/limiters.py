"""How a documented rate may be kept: each kind admits that rate, and they differ in what else they let through.

A limiter holds moments only, so that a world can be written down and read back. The caller holds the world's lock.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Protocol

from greycard_mocks.clock import GRAIN, SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Limiter(Protocol):
    """Says of each request whether it is within the rate; what is refused does not count."""

    seconds: float
    moments: deque[float]

    def admit(self, now: float, limit: int) -> bool:
        """Whether one more at `now` is within `limit` requests per `seconds`; if so it is remembered."""
        ...

    def opening(self, now: float, limit: int) -> float:
        """When one more is let through; `now` when it is at once, infinite when never. Changes nothing."""
        ...


class FixedWindows:
    """Windows of `seconds` one after the other, aligned to the clock; each has room for `limit` requests."""

    __slots__ = ("moments", "seconds")

    def __init__(self, seconds: float, moments: Iterable[float] = ()) -> None:
        self.seconds = seconds
        self.moments = deque(moments)

    def admit(self, now: float, limit: int) -> bool:
        """As `Limiter.admit`."""
        if self.moments:
            now = max(now, self.moments[-1])
        begin = math.floor((now + GRAIN) / self.seconds) * self.seconds if self.seconds > 0 else now
        while self.moments and self.moments[0] + GRAIN < begin:
            self.moments.popleft()
        if len(self.moments) >= limit:
            return False
        self.moments.append(now)
        return True

    def opening(self, now: float, limit: int) -> float:
        """As `Limiter.opening`."""
        if limit <= 0:
            return math.inf
        if self.seconds <= 0:
            return now
        begin = math.floor((now + GRAIN) / self.seconds) * self.seconds
        inside = sum(moment + GRAIN >= begin for moment in self.moments)
        return now if inside < limit else begin + self.seconds


class TokenBucket:
    """A bucket that gains `limit` tokens in `seconds` and holds `limit` at most, or only `burst`.

    What is remembered is one moment: when the bucket will be full again.
    """

    __slots__ = ("_burst", "moments", "seconds")

    def __init__(self, seconds: float, moments: Iterable[float] = (), *, burst: int | None = None) -> None:
        self.seconds = seconds
        self.moments = deque(moments)
        self._burst = burst

    def admit(self, now: float, limit: int) -> bool:
        """As `Limiter.admit`."""
        if limit <= 0:
            return False
        token = self.seconds / limit
        room = (self._burst or limit) * token
        full = max(now, self.moments[-1] if self.moments else now) + token
        if full - now > room + GRAIN:
            return False
        self.moments.clear()
        self.moments.append(full)
        return True

    def opening(self, now: float, limit: int) -> float:
        """As `Limiter.opening`."""
        if limit <= 0:
            return math.inf
        token = self.seconds / limit
        full = max(now, self.moments[-1] if self.moments else now) + token
        return max(now, full - (self._burst or limit) * token)


def _smooth(seconds: float) -> TokenBucket:
    return TokenBucket(seconds, burst=1)


LIMITERS: dict[str, Callable[[float], Limiter]] = {
    "sliding": SlidingWindow,
    "fixed": FixedWindows,
    "bucket": TokenBucket,
    "smooth": _smooth,
}
"""Every kind by the name that `Manners.limiter` gives it."""
