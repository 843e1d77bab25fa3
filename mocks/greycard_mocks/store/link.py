"""The connection to Redis: scripts, a deadline for each, and what happens when nobody answers.

The only module that knows `redis`. A deadline is a second at most, and while nobody answers only one caller in a while
asks again, so that no request of a vendor waits for a store that is not there.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_mocks.clock import SharedClock, monotonic
from greycard_mocks.core.keeping.kept import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greycard_mocks.store.scripts import Script

TIMEOUT_SECONDS = 0.7
AGAIN_SECONDS = 0.25
"""For how long nobody else asks a store that has not answered."""

SCHEMES = ("redis://", "rediss://", "unix://")


class StoreUrlError(ValueError):
    """An address of a store that cannot be used; the message says what to write."""


class Link:
    """Runs scripts and commands at the store behind `url`; `clock` follows the store's."""

    def __init__(self, url: str, clock: SharedClock) -> None:
        """Raises StoreUrlError; connects to nothing yet."""
        if not url.startswith(SCHEMES):
            msg = f"a store is an address such as redis://127.0.0.1:6379/0, not {_shown(url)!r:.100}"
            raise StoreUrlError(msg)
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            msg = "a store needs the package redis: pip install '.[redis]' in a clone, or pip install redis"
            raise StoreUrlError(msg) from None
        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._lost: tuple[type[Exception], ...] = (redis.ConnectionError, OSError)
        self._late: type[Exception] = redis.TimeoutError
        self._refusals: tuple[type[Exception], ...] = (redis.ResponseError, redis.AuthenticationError)
        self._unknown: type[Exception] = redis.exceptions.NoScriptError
        try:
            self._client: Any = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, max_connections=1024,
                retry=Retry(NoBackoff(), 0), protocol=2,
            )  # fmt: skip
            pool = self._client.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # an option that it does not know is told now
        except (ValueError, TypeError, redis.RedisError) as error:
            msg = f"the address of the store, {_shown(url)}, cannot be read: {error}"
            raise StoreUrlError(msg) from None
        path = urlsplit(url).path.strip("/")
        if not url.startswith("unix:") and path and not path.isdecimal():
            msg = f"the address of the store, {_shown(url)}, ends with {path!r:.50}; write the number of a database"
            raise StoreUrlError(msg)
        if url.startswith("unix:") and not path:
            msg = f"the address of the store, {_shown(url)}, names no socket; write unix:///run/redis/redis.sock"
            raise StoreUrlError(msg)
        self.shown = _shown(url)
        """The address without its password."""

        self.clock = clock
        self.is_well = True
        self._not_before = 0.0
        self._lock = threading.Lock()

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, again: bool = True) -> Any:
        """What a script returns; with `again` it may be run a second time where the connection was lost.

        Raises StoreError when the store does not answer.
        """

        def call() -> Any:
            try:
                return self._client.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
            except self._unknown:
                return self._client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)

        return self._guarded(call, again=again)

    def command(self, *parts: Any) -> Any:
        """What one command returns. Raises StoreError."""
        return self._guarded(lambda: self._client.execute_command(*parts), again=True)

    def commands(self, *commands: Sequence[Any], again: bool = True) -> list[Any]:
        """What several commands return that are sent together; `again` as for `run`. Raises StoreError."""

        def call() -> list[Any]:
            pipeline = self._client.pipeline(transaction=False)
            for one in commands:
                pipeline.execute_command(*one)
            found: list[Any] = pipeline.execute()
            return found

        answered: list[Any] = self._guarded(call, again=again)
        return answered

    def _guarded(self, call: Callable[[], Any], *, again: bool) -> Any:
        if not self.is_well:
            self._take_turn()
        try:
            try:
                found = call()
            except self._late:
                raise
            except self._lost:
                if not again:
                    raise
                self._client.connection_pool.disconnect(inuse_connections=False)  # a store that was started again
                found = call()
        except self._errors as error:
            self.is_well, self._not_before = False, monotonic() + AGAIN_SECONDS
            does = "refuses" if isinstance(error, self._refusals) else "does not answer"
            msg = f"the store at {self.shown} {does}: {_words(error)}"
            raise StoreError(msg) from error
        self.is_well = True
        return found

    def _take_turn(self) -> None:
        """While nobody answers, let one caller in a while ask. Raises StoreError for the others."""
        with self._lock:
            now = monotonic()
            if now < self._not_before:
                msg = f"the store at {self.shown} does not answer"
                raise StoreError(msg)
            self._not_before = now + AGAIN_SECONDS

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


def _shown(url: str) -> str:
    """An address without user and password, which may stand among its options too."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2].partition('?')[0]}"
