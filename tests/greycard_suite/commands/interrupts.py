"""Turns the signals that end a process into the wish that a run end, so that it keeps what it has found."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from greycard_suite.targets.interruption import Interruption

GRACE_SECONDS = 5.0
"""How long an interrupted run waits for answers that are under way: they may have cost something."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(interruption: Interruption) -> Generator[None]:
    """While this lasts, SIGINT and SIGTERM ask the run to end.

    A second one, or the end of `GRACE_SECONDS`, raises KeyboardInterrupt.
    Signals reach the main thread only: in another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    alarm: Any = getattr(signal, "setitimer", None)  # not on Windows: there only the second signal ends the waiting

    def give_up(number: int, frame: object) -> None:
        del number, frame
        interruption.gave_up = True
        raise KeyboardInterrupt

    def asked(number: int, frame: object) -> None:
        if interruption.asked:
            give_up(number, frame)
        interruption.ask(number)
        if alarm is not None:
            alarm(signal.ITIMER_REAL, GRACE_SECONDS)

    before = {number: signal.signal(number, asked) for number in SIGNALS}
    if alarm is not None:
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, give_up)
    try:
        yield
    finally:
        if alarm is not None:
            alarm(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
