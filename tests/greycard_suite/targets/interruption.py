"""The request to end a run before it is over, and what brings it to the places where a run sends or waits."""

from __future__ import annotations

import threading

INTERRUPTED = "the run was interrupted"


class RunInterruptedError(RuntimeError):
    """The run was asked to end: nothing more is sent, and nothing more is waited for."""


class Interruption:
    """Set once by whoever wants the run to end; `number` is the signal that asked for it.

    `gave_up`: answers that are still under way are no longer waited for.
    """

    def __init__(self) -> None:
        self.number = 0
        self.gave_up = False
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether the run was asked to end."""
        return self._event.is_set()

    def ask(self, number: int) -> None:
        """Let the run end."""
        self.number = number
        self._event.set()

    def check(self) -> None:
        """Raises RunInterruptedError once the run was asked to end."""
        if self.asked:
            raise RunInterruptedError(INTERRUPTED)

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds; raises RunInterruptedError as soon as the run is asked to end."""
        self._event.wait(seconds)
        self.check()
