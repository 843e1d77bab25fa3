"""Time: the only module of the mocks that reads or waits for the machine's clock.

Every world has a `WorldClock`, which can be frozen, advanced and sped up; it stands on a base clock that is
either the machine's (`SystemClock`) or stands still until it is advanced (`VirtualClock`). All times are
seconds since 1970.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Protocol

monotonic = time.monotonic
"""Seconds of the machine's monotonic clock, for deadlines of real input and output."""

GRAIN = 1e-4
"""Seconds below which two moments are the same.

A float that counts seconds since 1970 holds 2e-7 of a second, and a clock that is advanced in hundreds of small
steps adds up that error."""

_wait = time.sleep
"""As it was when this was imported: `patch_sleep` is for applications, and moves no clock that is its own base."""

LIMIT_SECONDS = 100 * 365 * 86400.0
"""The farthest that a clock can be advanced at once."""


class Clock(Protocol):
    """What tells the time and waits."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...


class SystemClock:
    """Real time that never runs backwards: the wall clock at the start plus monotonic time since."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        if seconds > 0:
            _wait(seconds)


class SharedClock:
    """The time of another machine, which several processes go by, as far as its answers have told it.

    It is at most as wrong as its answers are late, and never runs backwards. Before the first answer it is this
    machine's own.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()
        self._last = 0.0
        self._lock = threading.Lock()

    def told(self, moment: float, asked: float, answered: float) -> None:
        """The other machine said that it is `moment`, between these two moments of `monotonic`."""
        low, high = moment - answered, moment - asked
        if not low <= self._offset <= high:
            self._offset = min(max(self._offset, low), high)

    def now(self) -> float:
        """Seconds since 1970."""
        with self._lock:
            self._last = max(self._last, self._offset + time.monotonic())
            return self._last

    def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        if seconds > 0:
            _wait(seconds)


class VirtualClock:
    """Time that stands still until somebody sleeps or advances; it begins at a fixed moment, so runs repeat exactly."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Advance at once by `seconds`."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move forward; raises ValueError on a negative, infinite or absurd step."""
        step = checked_step(seconds)
        with self._lock:
            self._now += step


def checked_step(seconds: float) -> float:
    """`seconds` as a float; raises ValueError unless 0 <= seconds <= LIMIT_SECONDS."""
    try:
        step = float(seconds)
    except (TypeError, ValueError, OverflowError):
        step = math.nan
    if isinstance(seconds, bool) or not math.isfinite(step) or not 0 <= step <= LIMIT_SECONDS:
        msg = f"cannot advance by {seconds!r} seconds; give a number from 0 to {LIMIT_SECONDS:.0f}"
        raise ValueError(msg)
    return step


class WorldClock:
    """The clock of one world, on top of a base clock; it is moved, frozen and sped up without touching other worlds."""

    __slots__ = ("_auto", "_base", "_lock", "_made_auto", "_made_speed", "_state")

    def __init__(self, base: Clock, *, speed: float = 1.0, auto: bool = False) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._auto = self._made_auto = auto
        self._made_speed = checked_speed(speed)
        start = base.now()
        # (moment of the base, moment here, speed, frozen), replaced as a whole so that now() needs no lock
        self._state: tuple[float, float, float, bool] = (start, start, self._made_speed, False)

    @property
    def frozen(self) -> bool:
        """Whether time passes only by `advance`."""
        return self._state[3]

    @property
    def speed(self) -> float:
        """Seconds of this world per second of the base clock."""
        return self._state[2]

    @property
    def virtual(self) -> bool:
        """Whether waiting costs no real time."""
        return isinstance(self._base, VirtualClock)

    @property
    def stands(self) -> bool:
        """Whether time passes only when somebody moves it: this clock is virtual or frozen."""
        return self._state[3] or self.virtual

    @property
    def auto(self) -> bool:
        """Whether a repeated poll moves this clock to the next event; only a clock that stands is moved so."""
        return self._auto and self.stands

    @property
    def kind(self) -> str:
        """The choice in one word, as it is made: ``auto``, ``virtual``, ``frozen``, ``real``, or ``real*20``."""
        if self.auto:
            return "auto"
        if self.frozen:
            return "frozen"
        return "virtual" if self.virtual else "real" if self.speed == 1 else f"real*{self.speed:g}"

    @property
    def base(self) -> Clock:
        """What this clock stands on."""
        return self._base

    def real_seconds(self, seconds: float) -> float:
        """How long `seconds` of this world take on its base clock; 0 where waiting moves this clock at once."""
        return 0.0 if self.virtual or self.frozen else seconds / self.speed

    def now(self) -> float:
        """Seconds since 1970 in this world."""
        while True:
            state = self._state
            base = self._base.now()
            # a freeze or another speed in between would make this moment later than the next one
            if self._state is state:
                anchor, here, speed, frozen = state
                return here if frozen else here + (base - anchor) * speed

    def _set(self, *, frozen: bool | None = None, speed: float | None = None, at_least: float = -math.inf) -> None:
        with self._lock:
            anchor, here, old_speed, was_frozen = self._state
            base = self._base.now()
            now = here if was_frozen else here + (base - anchor) * old_speed
            self._state = (
                base,
                max(now, at_least),
                old_speed if speed is None else speed,
                was_frozen if frozen is None else frozen,
            )

    def freeze(self) -> None:
        """Stop this world's time; polls do not move it either."""
        self._auto = False
        self._set(frozen=True)

    def use_auto(self) -> None:
        """Stop this world's time, and let a repeated poll move it to the next event."""
        self._auto = True
        if not self.virtual:
            self._set(frozen=True)

    def resume(self) -> None:
        """Undo `freeze`: time passes again from where it stands, or, on a virtual base, moves as it did before."""
        self._auto = self._made_auto
        self._set(frozen=False)

    def set_speed(self, speed: float) -> None:
        """Run at `speed` times the base clock; raises ValueError unless 0 < speed <= 1,000,000."""
        self._set(speed=checked_speed(speed))

    def move_to(self, moment: float) -> None:
        """Advance to `moment`; a moment in the past changes nothing."""
        self._set(at_least=moment)

    def restore(self, moment: float, *, speed: float, frozen: bool) -> None:
        """Stand at `moment`, which may be in the past: only for a world whose whole state is replaced."""
        with self._lock:
            self._state = (self._base.now(), moment, checked_speed(speed), frozen)

    def as_kept(self) -> tuple[float, float, float, bool, bool, bool]:
        """All that decides how this clock goes on, on the same base."""
        return (*self._state, self._auto, self._made_auto)

    def use_kept(self, kept: Iterable[float | bool]) -> None:
        """Go on as another one whose `as_kept` this is."""
        anchor, here, speed, frozen, auto, made_auto = kept
        with self._lock:
            self._state = (float(anchor), float(here), float(speed), bool(frozen))
            self._auto, self._made_auto = bool(auto), bool(made_auto)

    def begin_anew(self) -> None:
        """Stand where the base does, as when this was made."""
        with self._lock:
            start = self._base.now()
            self._state = (start, start, self._made_speed, False)
            self._auto = self._made_auto

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this world: at once when virtual or frozen, otherwise in real time."""
        real = self.real_seconds(seconds)
        if real > 0:
            self._base.sleep(real)
        else:
            self.move_to(self.now() + max(0.0, seconds))


def checked_speed(speed: float) -> float:
    """`speed` as a float; raises ValueError unless 0 < speed <= 1,000,000."""
    if isinstance(speed, bool) or not (math.isfinite(speed) and 0 < speed <= 1_000_000):
        msg = f"speed {speed!r} must be over 0 and at most 1000000"
        raise ValueError(msg)
    return float(speed)


class SlidingWindow:
    """The moments of the last `seconds` seconds at which something was let through; the caller holds the lock."""

    __slots__ = ("moments", "seconds")

    def __init__(self, seconds: float, moments: Iterable[float] = ()) -> None:
        self.seconds = seconds
        self.moments = deque(moments)

    def admit(self, now: float, limit: int) -> bool:
        """Whether one more at `now` is among the `limit` allowed in any window; if so it is remembered.

        What is refused does not count. A moment exactly `seconds` after an old one finds that one gone.
        """
        moments = self.moments
        # threads read the clock before they reach the lock, so a later arrival may hold an earlier moment
        if moments:
            now = max(now, moments[-1])
        while moments and now - moments[0] + GRAIN >= self.seconds:
            moments.popleft()
        if len(moments) >= limit:
            return False
        moments.append(now)
        return True

    def opening(self, now: float, limit: int) -> float:
        """When one more is let through; `now` when it is at once, infinite when never. Changes nothing."""
        if limit <= 0:
            return math.inf
        inside = [moment for moment in self.moments if now - moment + GRAIN < self.seconds]
        return now if len(inside) < limit else inside[-limit] + self.seconds
