"""Ends a test that would not end by itself. For the main thread of operating systems with timers; elsewhere nothing."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Fail the test that takes more than so many seconds of real time."""

    def ended(*_: object) -> NoReturn:
        pytest.fail(f"it did not come to its end within {seconds:g} s", pytrace=False)

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ended)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
