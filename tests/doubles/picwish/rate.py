"""The limit on requests per second, in the ways in which such a limit is usually built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ALMOST = 1e-9


class Limiter:
    """Two requests in any second, unless a trait has it otherwise."""

    def __init__(self, has: Callable[[str], bool]) -> None:
        self._has = has
        self._seen: dict[str, list[float]] = {}
        self._tokens = 2.0
        self._filled = 0.0
        self._started: float | None = None
        self._punished_until = 0.0

    def admits(self, now: float, action: str) -> bool:
        """Whether this request is within the rate; those that are not leave no trace, mostly."""
        has = self._has
        if self._started is None:
            self._started = now
        if has("rate_used_up") and now - self._started < 30:
            return False
        if has("rate_unlimited") or (has("rate_creates_only") and action != "create"):
            return True
        if now < self._punished_until:
            return False
        if has("rate_token_bucket"):
            return self._bucket(now)
        seen = self._seen.setdefault(action if has("rate_separate") else "", [])
        admitted = self._counts(now, seen)
        if admitted or has("rate_refused_count"):
            seen.append(now)
        if not admitted and has("rate_punishes"):
            self._punished_until = now + 20
        return admitted

    def _counts(self, now: float, seen: list[float]) -> bool:
        has = self._has
        if has("rate_fixed_window"):
            return sum(int(moment) == int(now) for moment in seen) < 2
        if has("rate_spaced"):
            return not seen or now - seen[-1] >= 0.5 - _ALMOST
        window = 3.0 if has("rate_one_in_three_seconds") else 1.0
        limit = 1 if has("rate_one") or has("rate_one_in_three_seconds") or has("rate_shared") else 2
        return sum(now - moment < window - _ALMOST for moment in seen[-8:]) < limit

    def _bucket(self, now: float) -> bool:
        self._tokens = min(2.0, self._tokens + 2 * (now - self._filled))
        self._filled = now
        if self._tokens < 1 - _ALMOST:
            return False
        self._tokens -= 1
        return True
