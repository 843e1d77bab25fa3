"""Faults that a user switches on, with the names known from WireMock and toxiproxy.

Each heals itself in the end.

A fault is chosen by an operation filter, a probability from its own seed, a count and a time to live in world
time. This module decides; `app` and `server` carry out what touches the wire, `deliveries` what touches
deliveries.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

WIRE_FAULTS = (
    "CONNECTION_RESET_BY_PEER",
    "EMPTY_RESPONSE",
    "MALFORMED_RESPONSE_CHUNK",
    "RANDOM_DATA_THEN_CLOSE",
)
ANSWER_FAULTS = (
    "latency",
    "dribble",
    "truncate",
    "malformed_body",
    "wrong_content_type",
    "error_status",
    "outage",
)
DELIVERY_FAULTS = ("lose", "duplicate", "reorder", "late", "early", "bad_signature")
KINDS = (*WIRE_FAULTS, *ANSWER_FAULTS, *DELIVERY_FAULTS)

DEFAULT_TTL_SECONDS = 3600.0
MAX_DELAY_SECONDS = 60.0


class FaultError(ValueError):
    """A fault cannot be set; the message says what to write instead."""


@dataclass(slots=True)
class Fault:
    """One fault. `count` None: until its time to live is over. Times in seconds, `until` in world time."""

    kind: str
    operation: str | None = None
    count: int | None = 1
    probability: float = 1.0
    until: float = math.inf
    seconds: float = 1.0
    distribution: str = "fixed"
    spread: float = 0.0
    status: int = 503
    fraction: float = 0.5
    chunks: int = 5
    seed: int = 0
    used: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable choice, no secret

    def matches(self, operation: str, now: float) -> bool:
        """Whether the fault strikes now; draws from its own seed when it has a probability."""
        if now > self.until or self.spent or self.operation not in (None, operation):
            return False
        return self.probability >= 1 or self._random.random() < self.probability

    def use(self) -> None:
        """Count one strike."""
        self.used += 1

    @property
    def spent(self) -> bool:
        """Whether the count is used up."""
        return self.count is not None and self.used >= self.count

    def delay(self) -> float:
        """Seconds of latency for this strike.

        Fixed, uniform (seconds +- spread) or lognormal (median, sigma).
        """
        if self.distribution == "uniform":
            value = self._random.uniform(self.seconds - self.spread, self.seconds + self.spread)
        elif self.distribution == "lognormal":
            value = self.seconds * math.exp(self._random.gauss(0, self.spread))
        else:
            value = self.seconds
        return min(MAX_DELAY_SECONDS, max(0.0, value))

    def noise(self, length: int) -> bytes:
        """`length` random bytes from the fault's seed."""
        return self._random.randbytes(length)

    def as_json(self) -> dict[str, Any]:
        """The fault as plain JSON."""
        names = ("kind", "operation", "count", "probability", "seconds", "distribution", "spread", "status",
                 "fraction", "chunks", "seed", "used")  # fmt: skip
        shown = {name: getattr(self, name) for name in names}
        return {**shown, "until": None if math.isinf(self.until) else self.until}


def make_fault(kind: str, *, now: float, ttl: float | None = None, **options: Any) -> Fault:
    """A checked fault; raises FaultError naming what is wrong and what is possible."""
    if kind not in KINDS:
        msg = f"no fault {kind!r}; choose from {', '.join(KINDS)}"
        raise FaultError(msg)
    checks: dict[str, tuple[type | tuple[type, ...], float, float]] = {
        "count": (int, 1, 1e9), "probability": ((int, float), 0, 1), "seconds": ((int, float), 0, 86400),
        "spread": ((int, float), 0, 3600), "status": (int, 100, 599), "fraction": ((int, float), 0, 1),
        "chunks": (int, 1, 1000), "seed": (int, 0, 2**63),
    }  # fmt: skip
    for name, value in options.items():
        if name == "count" and value is None:
            continue
        if name in checks:
            types, low, high = checks[name]
            is_number = isinstance(value, types) and not isinstance(value, bool)
            if not is_number or not low <= value <= high:
                msg = f"{name} must be a number from {low:g} to {high:g}, not {value!r}"
                raise FaultError(msg)
        elif name == "distribution":
            if value not in ("fixed", "uniform", "lognormal"):
                msg = f"distribution must be fixed, uniform or lognormal, not {value!r}"
                raise FaultError(msg)
        elif name != "operation":
            known = ", ".join([*checks, "distribution", "operation", "ttl"])
            msg = f"unknown option {name!r}; known are {known}"
            raise FaultError(msg)
    life: Any = DEFAULT_TTL_SECONDS if ttl is None else ttl
    if not isinstance(life, int | float) or isinstance(life, bool) or not 0 < life <= 1e9:
        msg = f"ttl must be a number of seconds over 0, not {life!r}"
        raise FaultError(msg)
    if kind == "error_status" and not options.get("status"):
        options["status"] = 503
    if kind == "outage":
        options.setdefault("count", None)
    return Fault(kind, until=now + life, **options)
