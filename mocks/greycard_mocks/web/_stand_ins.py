"""More threads for a server while some of its own wait for something long, so that others are answered meanwhile.

They stay for the next time, and end with the server.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator


class StandIns:
    """Adds to a pool of cheroot's as many threads as wait for something long, up to the limit of the pool."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._most = self._waiting = 0
        self._closed = False
        self._count = threading.Lock()
        self._growth = threading.Lock()

    @contextmanager
    def stand_in(self) -> Generator[None]:
        """Let another thread of the pool take the place of this one for as long as this is entered."""
        with self._count:
            self._waiting += 1
        try:
            self._grow()
            yield
        finally:
            with self._count:
                self._waiting -= 1

    def close(self) -> None:
        """Start no more threads: the pool is about to end those that it has."""
        with self._growth:
            self._closed = True

    def _grow(self) -> None:
        with self._growth:
            missing = self._waiting - self._most
            if missing > 0 and not self._closed:
                self._pool.grow(missing)
                self._most += missing
