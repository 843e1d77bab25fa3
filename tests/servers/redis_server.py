"""A Redis (or Valkey) server of the tests' own, on a socket file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from greycard_mocks.core.keeping.kept import StoreError
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
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)  # noqa: S603 - found on the path
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


@contextmanager
def own_redis(*options: str) -> Iterator[RedisServer]:
    """A server of one's own, with further options; skips the test where none is installed."""
    with tempfile.TemporaryDirectory(prefix="gc-redis-") as folder:  # short: a socket's path has 100 characters
        server = RedisServer(Path(folder), *options)
        try:
            yield server
        finally:
            server.kill()


LASTING = ("--appendonly", "yes", "--appendfsync", "always")
"""Options of a server that has everything again when it is started once more."""
