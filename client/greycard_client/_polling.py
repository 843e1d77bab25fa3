"""The one loop that waits for a task.

Knows no vendor: it is told how to read, how long to pause and what to raise. Time passes only through
the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from .clock import Clock
from .errors import WaitTimeout

SHORTEST_PAUSE = 0.05


class _Pollable(Protocol):
    @property
    def finished(self) -> bool: ...


_T = TypeVar("_T", bound=_Pollable)


def wait_for(
    read: Callable[[float], _T],
    pause: Callable[[_T], float],
    expired: Callable[[_T], WaitTimeout],
    *,
    clock: Clock,
    timeout: float,
) -> _T:
    """Read until the task is finished; at the deadline itself for the last time, then raise ``expired``.

    ``read`` is given the deadline (clock seconds), so that its retries do not outlive it.
    """
    if not timeout >= 0:
        msg = f"timeout is {timeout!r}; it must be a number of seconds, zero or more"
        raise ValueError(msg)
    deadline = clock.now() + timeout
    current = read(deadline)
    while not current.finished:
        left = deadline - clock.now()
        if left <= 0:
            raise expired(current)
        clock.sleep(min(max(SHORTEST_PAUSE, pause(current)), left))
        current = read(deadline)
    return current
