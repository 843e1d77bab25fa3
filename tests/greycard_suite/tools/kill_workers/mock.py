"""A mock with some workers, and the store that it keeps its worlds in, as processes that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

SERVERS = ("valkey-server", "redis-server")
SPEED = 20
"""Mock seconds for each real second, so that tasks end and their callbacks come within the run."""

START_SECONDS = 30.0


class Redis:
    """The store, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        program = next((found for name in SERVERS if (found := shutil.which(name))), None)
        if program is None:
            msg = f"install one of {', '.join(SERVERS)}"
            raise SystemExit(msg)
        self._socket = folder / "socket"
        self.url = f"unix://{self._socket}"
        self._command = [
            program, "--port", "0", "--unixsocket", str(self._socket), "--dir", str(folder), "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no",
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        until(self._socket.exists)

    def kill(self) -> None:
        """End it as a machine does that loses its power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def until(what: Callable[[], object], seconds: float = START_SECONDS) -> bool:
    """Wait until something is so; whether it came to be."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def served(store: str, hook: str, workers: int, options: list[str]) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    """A mock of Magic Tiger with some workers: its address, and its parent process."""
    command = [
        sys.executable, "-m", "greycard", "serve", "magictiger", "--port", "0", "--workers", str(workers),
        "--store", store, "--callback-url", hook, "--speed", str(SPEED), "--log-format", "json", "--quiet", *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        until(lambda: health(url) == 200)
        yield url, process
        process.send_signal(signal.SIGTERM)
        process.wait(40)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def health(url: str) -> int:
    """The status of the health, 0 where nobody answers."""
    try:
        return requests.get(f"{url}/_mock/health", timeout=5).status_code
    except requests.RequestException:
        return 0


def children(parent: int) -> list[int]:
    """The processes that another one has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent and fields[0] != "Z":
                    found.append(int(entry.name))
    return sorted(found)
