"""What holds requests back: the states of the account, and limiters of which the document says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles.enhancor.common import some
from doubles.enhancor.wire import refuse

if TYPE_CHECKING:
    from doubles.double import Answer
    from doubles.enhancor.common import Has


class Limits:
    """The account and its rates; times are seconds since 1970."""

    def __init__(self, has: Has) -> None:
        self._has = has
        self._asked = 0
        self._first: float | None = None
        self._recent: list[float] = []
        self._tokens = 20.0
        self._filled = 0.0

    def before_everything(self, now: float) -> Answer | None:
        """What refuses any request, whoever asks."""
        self._asked += 1
        if self._first is None:
            self._first = now
        if self._has("maintenance") and now - self._first < 90:
            return refuse(self._has, "down", Retry_After="30")
        if self._has("gateway_hiccups") and self._asked % 20 == 7:
            return refuse(self._has, "gateway")
        return None

    def of_account(self, operation: str, now: float) -> Answer | None:
        """What refuses a request whose key is right."""
        has = self._has
        if has("key_expired"):
            return refuse(has, "expired")
        if has("service_not_opened"):
            return refuse(has, "closed")
        if has("key_only_reads") and operation == "queue":
            return refuse(has, "reading")
        if has("rate_used_up") and (now - (self._first or now)) % 60 < 40:
            return refuse(has, "rate", Retry_After="40")
        return self._rate(now)

    def _rate(self, now: float) -> Answer | None:
        """A limiter far above what a polling client needs."""
        has = self._has
        if some(has, "rate_window", "rate_fixed"):
            self._recent = [moment for moment in self._recent if now - moment < 1]
            same = [moment for moment in self._recent if has("rate_window") or int(moment) == int(now)]
            if len(same) >= 20:
                return refuse(has, "rate", Retry_After="1")
            self._recent.append(now)
        if has("rate_bucket"):
            self._tokens = min(20.0, self._tokens + 10 * (now - self._filled))
            self._filled = now
            if self._tokens < 1:
                return refuse(has, "rate")
            self._tokens -= 1
        return None

    def of_queue(self, queued: int, running: int) -> Answer | None:
        """What refuses a queue request that is right: nothing left to pay with, or too many at once."""
        has = self._has
        if has("no_balance") or (has("balance_for_two") and queued >= 2):
            return refuse(has, "balance")
        if has("one_at_a_time") and running >= 1:
            return refuse(has, "busy", Retry_After="2")
        return None
