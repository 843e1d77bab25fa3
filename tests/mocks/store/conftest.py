"""A Redis (or Valkey) server of the tests' own, on a socket file, and engines whose worlds are kept there."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.store.store import Store
from servers.redis_server import RedisServer

WAIT_SECONDS = 10.0


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The server of this process of the tests."""
    with tempfile.TemporaryDirectory(prefix="gc-redis-") as folder:  # short: a socket's path has 100 characters
        server = RedisServer(Path(folder))
        yield server
        server.kill()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Waits until something is so."""

    def until(what: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it does not come to be"
            time.sleep(0.02)

    return until


@pytest.fixture
def lasting_server() -> Iterator[RedisServer]:
    """A server of one test's own, which loses nothing when it is killed."""
    with tempfile.TemporaryDirectory(prefix="gc-redis-") as folder:
        found = RedisServer(Path(folder), "--appendonly", "yes", "--appendfsync", "always")
        yield found
        found.kill()


@pytest.fixture
def stores(redis_server: RedisServer) -> Iterator[Callable[[], Store]]:
    """Makes stores that share the same worlds: one for each process that a test plays."""
    prefix, made = f"t-{secrets.token_hex(6)}", []

    def make() -> Store:
        made.append(Store(redis_server.url, prefix=prefix, keep_seconds=600))
        return made[-1]

    yield make
    for store in made[:1]:
        store.wipe()
    for store in made:
        store.close()


@pytest.fixture
def engines(stores: Callable[[], Store]) -> Iterator[Callable[..., Engine]]:
    """Makes engines that share the same worlds; options are those of `Engine`."""
    made: list[Engine] = []

    def make(contracts: Any, **options: Any) -> Engine:
        made.append(Engine(contracts, store=stores(), **options))
        return made[-1]

    yield make
    for engine in made:
        engine.sources.close()
