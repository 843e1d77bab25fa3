"""Server processes of the benchmarks: started, measured and ended for certain. Linux only (reads /proc)."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

TICKS = os.sysconf("SC_CLK_TCK")
GREYCARD = "from greycard_suite.cli import main; main()"
FOLDERS = ("schemas", "mocks", "client", "tests")
DYING_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []


class StartError(Exception):
    """A server did not come up; the message says which, and its last words."""


def end_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into an exit that closes what is open, as Ctrl-C does."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def many_descriptors() -> int:
    """Raise the limit of open files to what the system allows, for this process and its children; the new limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def source_path(checkout: Path) -> str:
    """The PYTHONPATH with which a process imports greycard from this checkout, whatever is installed."""
    return os.pathsep.join(str(checkout / folder) for folder in FOLDERS)


def greycard_command(*words: str) -> list[str]:
    """The command `greycard` with these words, for `source_path`, with this Python."""
    return [sys.executable, "-c", GREYCARD, *words]


@contextmanager
def started(
    name: str, command: Sequence[str], port: int, environ: dict[str, str] | None = None, patience: float = 60
) -> Generator[tuple[subprocess.Popen[bytes], float]]:
    """A process that answers HTTP at this port, and the seconds from its start to its first answer.

    It is ended with all its children when the block is left, and by the kernel when this process is killed.
    Raises `StartError` when it ends early or says nothing for `patience` seconds.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [*DYING_WITH_US, *command],
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            start_new_session=True,
        )
        try:
            while not answers(port):
                if process.poll() is not None or time.perf_counter() - began > patience:
                    words.seek(0)
                    said = words.read().decode("utf-8", "replace").strip().splitlines()[-3:]
                    raise StartError(f"{name} does not answer; it said: {' '.join(said) or 'nothing'}")
                time.sleep(0.002)
            yield process, time.perf_counter() - began
        finally:
            end(process)


def answers(port: int) -> bool:
    """Whether a server speaks HTTP at this port, whatever it thinks of the request."""
    request = b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(request)
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of `started` and its children, politely first; afterwards none is left."""
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
        for member in session(process.pid):
            _send(member, number)
        if _until(lambda: process.poll() is not None and not session(process.pid), seconds):
            return


def _send(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)


def _until(reached: Callable[[], bool], seconds: float) -> bool:
    deadline = time.perf_counter() + seconds
    while not reached():
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.01)
    return True


def session(leader: int) -> dict[int, list[str]]:
    """The living processes of a session: by their number, the fields of /proc/N/stat from the state on."""
    found: dict[int, list[str]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                fields = Path(entry.path, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            if fields[3] == str(leader) and fields[0] != "Z":
                found[int(entry.name)] = fields
    return found


def cpu_seconds(leader: int) -> float:
    """The CPU time, of user and system, that a process of `started` and its children have used so far."""
    return sum(sum(map(int, fields[11:15])) for fields in session(leader).values()) / TICKS
