"""A lock that may be held for long, such as by whoever moves a world's clock: it stands while its process lives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from greycard_mocks.clock import SystemClock, monotonic
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.store.scripts import RELEASE, RENEW

if TYPE_CHECKING:
    from types import TracebackType

    from greycard_mocks.store.base import Base

LEASE_MS = 4_000
"""For how long it stands without being renewed."""

WAIT_SECONDS = 0.01


class Lease:
    """A lock among processes and threads. A thread that holds it may take it again."""

    def __init__(self, store: Base, key: str) -> None:
        self._store, self._key = store, key
        self._local = threading.RLock()
        self._depth = 0
        self._token = ""
        self._wait = SystemClock()

    def is_mine(self, token: str) -> bool:
        """Whether this is what this process holds it by."""
        return self._depth > 0 and token == self._token

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as threading has it
        """As `threading.RLock.acquire`. Raises StoreError."""
        until = monotonic() + timeout if timeout >= 0 else float("inf")
        if not self._local.acquire(blocking, timeout):
            return False
        self._depth += 1
        if self._depth > 1:
            return True
        try:
            token = self._store.token()
            while not self._taken(token):
                if not blocking or monotonic() >= until:
                    self._depth = 0
                    self._local.release()
                    return False
                self._wait.sleep(WAIT_SECONDS)
        except BaseException:
            self._depth = 0
            self._local.release()
            raise
        self._token = token
        self._store.life.hold(self)
        return True

    def _taken(self, token: str) -> bool:
        return self._store.link.command("SET", self._key, token, "NX", "PX", LEASE_MS) is not None

    def renew(self) -> None:
        """Let it stand for another while."""
        self._store.link.run(RENEW, [self._key], (self._token, LEASE_MS))

    def release(self) -> None:
        """Let it go."""
        try:
            if self._depth == 1:
                self._store.life.let_go(self)
                self._store.link.run(RELEASE, [self._key], (self._token,))
        except StoreError:
            pass  # it ends by itself
        finally:
            self._depth -= 1
            self._local.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.release()
