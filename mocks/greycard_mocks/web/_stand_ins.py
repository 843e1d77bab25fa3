"""More threads for a server while some of its own wait for something long, so that others are answered meanwhile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class StandIns:
    """Keeps `usual` threads of a pool of cheroot's free of long waiting, up to the limit of the pool."""

    def __init__(self, pool: Any, usual: int) -> None:
        self._pool, self._usual = pool, usual
        self._waiting = 0
        self._count = threading.Lock()
        self._change = threading.Lock()

    @contextmanager
    def stand_in(self) -> Iterator[None]:
        """Let another thread of the pool take the place of this one for as long as this is entered."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    def _add(self, more: int) -> None:
        with self._count:
            self._waiting += more
        # starting a thread takes cheroot up to a tenth of a second; who has waited goes on at once
        if self._change.acquire(blocking=more > 0):
            try:
                missing = self._usual + self._waiting - len(self._pool._threads)  # noqa: SLF001 - nothing else tells
                if missing > 0:
                    self._pool.grow(missing)
                elif missing < 0:
                    self._pool.shrink(-missing)
            finally:
                self._change.release()
