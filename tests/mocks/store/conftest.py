"""A Redis (or Valkey) server of the tests' own, on a socket file, and engines whose worlds are kept there."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.store.store import Store

SERVERS = ("valkey-server", "redis-server")
START_SECONDS = 10.0


class RedisServer:
    """One server. `url` is its socket file, which no test has to be marked `wire` for."""

    def __init__(self, folder: Path, *options: str) -> None:
        program = next((found for name in SERVERS if (found := shutil.which(name))), None)
        if program is None:
            pytest.skip("no redis-server and no valkey-server is installed")
        self._command = [
            program, "--port", "0", "--unixsocket", str(folder / "socket"), "--dir", str(folder), "--save", "",
            "--daemonize", "no", *options,
        ]  # fmt: skip
        self._socket = folder / "socket"
        self.url = f"unix://{self._socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        store = Store(self.url)
        while True:
            try:
                store.check()
            except StoreError:
                assert time.monotonic() < until, "the server does not start"
                time.sleep(0.02)
            else:
                store.close()
                return

    def signal(self, number: int) -> None:
        """Send it a signal, such as that which stops it until another one comes."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a machine does that loses its power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._socket.unlink(missing_ok=True)


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

    def until(what: Callable[[], object], seconds: float = START_SECONDS) -> None:
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
