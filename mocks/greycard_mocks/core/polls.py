"""How often the same question was asked while a world's clock stood still: what moves an `auto` clock, and warns.

A state is a function of (plan, now). So the same poll, asked again while the clock has not moved, gets the answer that
it had before; nothing else has to be remembered or compared. Plain data; reads no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

FROZEN_POLLS = 10
"""So many identical polls at one moment of a world are told to the user."""

MAX_KEYS = 10_000

Key = tuple[str, ...]


@dataclass(slots=True)
class Polls:
    """The polls at the moment where a world's clock stands; the caller holds the world's lock."""

    moment: float = -math.inf
    counts: dict[Key, int] = field(default_factory=dict)
    warning: str = ""
    """What the user was told; once for a world."""

    def asked(self, key: Key, now: float) -> int:
        """How often this was asked at this very moment."""
        return self.counts.get(key, 0) if now == self.moment else 0

    def note(self, key: Key, now: float) -> int:
        """Count one more; what was asked at another moment is forgotten."""
        if now != self.moment or len(self.counts) >= MAX_KEYS:
            self.moment, self.counts = now, {}
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]
