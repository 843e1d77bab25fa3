"""The connection to Redis: scripts, a deadline for each, and what happens when nobody answers.

The only module that knows `redis`. A deadline is a second at most, and while nobody answers only one caller in a while
asks again, so that no request of a vendor waits for a store that is not there.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_mocks.clock import SharedClock, monotonic
from greycard_mocks.core.keeping.kept import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greycard_mocks.store.scripts import Script

TIMEOUT_SECONDS = 0.7
SLOW_SECONDS = 30.0
"""For a world of a hundred thousand tasks that is written at once."""

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
            from redis.exceptions import NoScriptError
            from redis.retry import Retry
        except ImportError:
            msg = "a store needs the package redis: pip install '.[redis]' in a clone, or pip install redis"
            raise StoreUrlError(msg) from None
        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._lost: tuple[type[Exception], ...] = (redis.ConnectionError, OSError)
        self._late: type[Exception] = redis.TimeoutError
        self._refusals: tuple[type[Exception], ...] = (redis.ResponseError, redis.AuthenticationError)
        self._unknown: type[Exception] = NoScriptError
        try:
            self._pool: Any = redis.ConnectionPool.from_url(
                url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, protocol=2,
                retry=Retry(NoBackoff(), 0),
            )  # fmt: skip
            self._pool.connection_class(**self._pool.connection_kwargs)  # an option that it does not know is told now
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
        self._mine = threading.local()
        """The connection of each thread: the client's own way to one costs a fifth of a request."""

        self._made: weakref.WeakSet[Any] = weakref.WeakSet()
        self.shown = _shown(url)
        """The address without its password."""

        self.clock = clock
        self.is_well = True
        self.may_ask: Callable[[], bool] = lambda: True
        """Whether this thread is one that may ask while nobody answers, and wait for that."""

        self._not_before = 0.0
        self._lock = threading.Lock()

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, is_slow: bool = False) -> Any:
        """What a script returns; it may be run a second time where the connection was lost.

        With `is_slow` it may take long.
        Raises StoreError when the store does not answer.
        """

        def call(connection: Any) -> Any:
            try:
                return self._asked(connection, ("EVALSHA", script.sha, len(keys), *keys, *arguments))
            except self._unknown:
                return self._asked(connection, ("EVAL", script.text, len(keys), *keys, *arguments))

        return self._guarded(call, is_slow=is_slow)

    def command(self, *parts: Any) -> Any:
        """What one command returns, as the store sends it. Raises StoreError."""
        return self._guarded(lambda connection: self._asked(connection, parts))

    def commands(self, *commands: Sequence[Any], again: bool = True) -> list[Any]:
        """What several commands return that are sent together, as the store sends it. Raises StoreError.

        With `again` they may be run a second time where the connection was lost.
        """

        def call(connection: Any) -> list[Any]:
            connection.send_packed_command(connection.pack_commands(commands))
            found, wrong = [], None
            for _ in commands:  # all answers, so that the next command does not get one of these
                try:
                    found.append(connection.read_response())
                except self._refusals as error:
                    wrong = error
            if wrong is not None:
                raise wrong
            return found

        answered: list[Any] = self._guarded(call, again=again)
        return answered

    @staticmethod
    def _asked(connection: Any, parts: Sequence[Any]) -> Any:
        connection.send_packed_command(connection.pack_command(*parts))
        return connection.read_response()

    def _connection(self) -> Any:
        """The connection of this thread."""
        me = os.getpid()
        process, found = getattr(self._mine, "connection", (0, None))
        if process != me:  # a child that was forked must not speak over its parent's
            found = self._pool.connection_class(**self._pool.connection_kwargs)
            self._mine.connection = (me, found)
            self._made.add(found)
        return found

    def _patient(self) -> Any:
        """A connection for what takes long."""
        return self._pool.connection_class(**{**self._pool.connection_kwargs, "socket_timeout": SLOW_SECONDS})

    def _guarded(self, call: Callable[[Any], Any], *, is_slow: bool = False, again: bool = True) -> Any:
        if not self.is_well:
            self._take_turn()
        try:
            connection = self._patient() if is_slow else self._connection()
            try:
                found = call(connection)
            except self._late:
                raise
            except self._lost:
                if not again:
                    raise
                found = call(connection)  # which connects anew: the store may have been started again
            finally:
                if is_slow:
                    connection.disconnect()
        except self._errors as error:
            self.is_well, self._not_before = False, monotonic() + AGAIN_SECONDS
            does = "refuses" if isinstance(error, self._refusals) else "does not answer"
            msg = f"the store at {self.shown} {does}: {_words(error)}"
            raise StoreError(msg) from error
        self.is_well = True
        return found

    def _take_turn(self) -> None:
        """While nobody answers, let one caller in a while ask. Raises StoreError for the others."""
        is_mine = self.may_ask()
        with self._lock:
            now = monotonic()
            if now < self._not_before or not is_mine:
                msg = f"the store at {self.shown} does not answer"
                raise StoreError(msg)
            self._not_before = now + AGAIN_SECONDS

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._made):
            connection.disconnect()


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


def _shown(url: str) -> str:
    """An address without user and password, which may stand among its options too."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2].partition('?')[0]}"
