"""Faults that a user switches on, with the names known from WireMock and toxiproxy; each heals itself in the end.

A fault is chosen by an operation filter, a probability from its own seed, a count and a time to live in world
time. A kind is one entry of `KINDS`, which says what options it takes and what it does: answer in place of the
vendor, change the answer that is ready, or change how a delivery goes. What it does is plain data afterwards: the
web room sends whatever `Answer` says, the delivery room does whatever the kind says.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.answer import Answer
from greycard_mocks.core.bounds import is_number, is_whole
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    _drawn: random.Random | None = field(default=None, repr=False)

    @property
    def _random(self) -> random.Random:
        if self._drawn is None:
            self._drawn = random.Random(self.seed)  # noqa: S311 - repeatable choice, no secret
        return self._drawn

    def is_over(self, now: float) -> bool:
        """Whether the fault has healed: its count is used up, or its time to live is."""
        return now > self.until or (self.count is not None and self.used >= self.count)

    def strikes(self, operation: str, now: float) -> bool:
        """Whether the fault strikes now, which uses it; draws from its own seed when it has a probability."""
        if self.is_over(now) or self.operation not in (None, operation):
            return False
        struck = self.probability >= 1 or self._random.random() < self.probability
        self.used += struck
        return struck

    def delay(self) -> float:
        """Seconds of latency for this strike: fixed, uniform (seconds +- spread) or lognormal (median, sigma)."""
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

    def chance(self) -> list[Any] | None:
        """How far its seed has been drawn from, as plain values; None where nothing was drawn."""
        if self._drawn is None:
            return None
        version, numbers, left = self._drawn.getstate()
        return [version, list(numbers), left]

    def use_chance(self, chance: Sequence[Any] | None) -> None:
        """Draw on from where another one, whose `chance` this is, had come to."""
        if chance is not None:
            version, numbers, left = chance
            self._random.setstate((version, tuple(numbers), left))

    def as_json(self) -> dict[str, Any]:
        """The fault as plain JSON."""
        names = ("kind", "operation", "count", "probability", "seconds", "distribution", "spread", "status",
                 "fraction", "chunks", "seed", "used")  # fmt: skip
        shown = {name: getattr(self, name) for name in names}
        return {**shown, "until": None if math.isinf(self.until) else self.until}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: what it may be given, and what it does.

    `group` is wire, answer or delivery. `answers` gives an answer in place of the vendor's, so that the request is
    not carried out; `changes` changes the answer that is ready. The others are about a delivery: whether its moment is
    `early` or `late`, whether it lets the next one `pass`, whether its signature is `forged`, how many `copies` of it
    there are, and whether one of them is `lost`.
    """

    group: str
    options: tuple[str, ...] = ()
    answers: Callable[[Fault], Answer] | None = None
    changes: Callable[[Fault, Answer], None] | None = None
    copies: int = 1
    lost: bool = False
    early: bool = False
    late: bool = False
    passes: bool = False
    forged: bool = False
    lasts: bool = False
    """Whether it strikes until its time to live is over, unless it is given a count."""


def _refuse(fault: Fault) -> Answer:
    reason = f"fault {fault.kind}, switched on by the user of the mock; the request was not carried out"
    return Answer(fault.status, b'{"error": "a fault that was asked for"}', reason=reason)


def _reset(_: Fault, answer: Answer) -> None:
    answer.instead, answer.reset = b"", True


def _say_nothing(_: Fault, answer: Answer) -> None:
    answer.instead = b""


def _break_chunk(fault: Fault, answer: Answer) -> None:
    answer.instead = _head(answer, "Transfer-Encoding: chunked") + b"zz\r\n" + fault.noise(16)


def _send_noise(fault: Fault, answer: Answer) -> None:
    answer.instead = fault.noise(256)


def _cut_off(fault: Fault, answer: Answer) -> None:
    kept = answer.body[: int(len(answer.body) * fault.fraction)]
    answer.instead = _head(answer, f"Content-Length: {len(answer.body)}") + kept


def _head(answer: Answer, framing: str) -> bytes:
    phrase = HTTPStatus(answer.status).phrase.upper() if answer.status in set(HTTPStatus) else "UNKNOWN"
    return (f"HTTP/1.1 {answer.status} {phrase}\r\nContent-Type: {answer.content_type}\r\n{framing}\r\n\r\n").encode()


def _delay(fault: Fault, answer: Answer) -> None:
    answer.delay = fault.delay()


def _dribble(fault: Fault, answer: Answer) -> None:
    answer.chunks = min(fault.chunks, max(1, len(answer.body)))
    answer.pause = fault.delay() / answer.chunks


def _garble(fault: Fault, answer: Answer) -> None:
    answer.body = answer.body[: max(1, int(len(answer.body) * fault.fraction))] + b'\x00{"'


def _mislabel(_: Fault, answer: Answer) -> None:
    answer.content_type = "text/html; charset=utf-8"


_LATENCY = ("seconds", "distribution", "spread")

KINDS: dict[str, Kind] = {
    # the connection breaks
    "CONNECTION_RESET_BY_PEER": Kind("wire", changes=_reset),
    "EMPTY_RESPONSE": Kind("wire", changes=_say_nothing),
    "MALFORMED_RESPONSE_CHUNK": Kind("wire", changes=_break_chunk),
    "RANDOM_DATA_THEN_CLOSE": Kind("wire", changes=_send_noise),
    # the answer is late, broken, or another one
    "latency": Kind("answer", _LATENCY, changes=_delay),
    "dribble": Kind("answer", (*_LATENCY, "chunks"), changes=_dribble),
    "truncate": Kind("answer", ("fraction",), changes=_cut_off),
    "malformed_body": Kind("answer", ("fraction",), changes=_garble),
    "wrong_content_type": Kind("answer", changes=_mislabel),
    "error_status": Kind("answer", ("status",), answers=_refuse),
    "outage": Kind("answer", ("status",), answers=_refuse, lasts=True),
    # a delivery goes wrong:
    # of each of these kinds one strikes a delivery, in this order; `lose` strikes each copy by itself
    "early": Kind("delivery", early=True),
    "late": Kind("delivery", ("seconds",), late=True),
    "reorder": Kind("delivery", passes=True),
    "bad_signature": Kind("delivery", forged=True),
    "duplicate": Kind("delivery", copies=2),
    "lose": Kind("delivery", lost=True),
}
"""Every kind by name; a new kind is one entry."""

COMMON_OPTIONS = ("operation", "count", "probability", "seed", "ttl")

_FORMS: dict[str, tuple[Callable[[Any, Any, Any], bool], float, float]] = {
    "count": (is_whole, 1, 1e9), "probability": (is_number, 0, 1), "seconds": (is_number, 0, 86400),
    "spread": (is_number, 0, 3600), "status": (is_whole, 100, 599), "fraction": (is_number, 0, 1),
    "chunks": (is_whole, 1, 1000), "seed": (is_whole, 0, 2**63),
}  # fmt: skip


def kinds_of(*groups: str) -> tuple[str, ...]:
    """The names of the kinds of these groups: wire, answer, delivery."""
    return tuple(name for name, kind in KINDS.items() if kind.group in groups)


def make_fault(kind: str, options: Mapping[str, Any], *, now: float) -> Fault:
    """A checked fault; raises FaultError naming what is wrong and what is possible."""
    known = KINDS.get(kind)
    if known is None:
        msg = f"no fault {kind!r}; choose from {', '.join(KINDS)}{similar(kind, KINDS)}"
        raise FaultError(msg)
    takes = (*known.options, *COMMON_OPTIONS)
    for name, value in options.items():
        if name not in takes:
            msg = f"{kind} has no option {name!r}; it takes {', '.join(takes)}{similar(name, takes)}"
            raise FaultError(msg)
        if not (name == "count" and value is None):
            _check(name, value)
    given = dict(options)
    ttl = given.pop("ttl", None)
    life: Any = DEFAULT_TTL_SECONDS if ttl is None else ttl
    if not is_number(life, 0, 1e9) or life == 0:
        msg = f"ttl must be a number of seconds over 0, not {life!r}"
        raise FaultError(msg)
    if known.lasts:
        given.setdefault("count", None)
    return Fault(kind, until=now + life, **given)


def _check(name: str, value: Any) -> None:
    if name in _FORMS:
        fits, low, high = _FORMS[name]
        if not fits(value, low, high):
            msg = f"{name} must be a number from {low:g} to {high:g}, not {value!r}"
            raise FaultError(msg)
    elif name == "distribution" and value not in ("fixed", "uniform", "lognormal"):
        msg = f"distribution must be fixed, uniform or lognormal, not {value!r}"
        raise FaultError(msg)
