"""`greycard serve --workers N`: processes that take connections of one port, and a parent that replaces those that end.

The parent listens and answers nothing. Its socket is the workers' too, so that a connection which one of them has not
taken yet is taken by another. Where processes cannot inherit a socket (Windows) there are no workers.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SOCKET = "GREYCARD_WORKER_SOCKET"
"""The number of the descriptor on which a worker listens."""

NUMBER = "GREYCARD_WORKER"
"""Which one it is, from 0."""

TURN = "GREYCARD_WORKER_TURN"
"""The number of the descriptor of a file that is locked by whichever of them prints."""

REPLACES = "GREYCARD_WORKER_REPLACES"
"""Set for a worker that takes the place of one that has ended: it serves, whether the store answers just now or not."""

INHERITS = os.name != "nt"
"""Whether a process here can be given a socket by the one that starts it."""

LOOK_SECONDS = 0.1
STOP_SECONDS = 15.0
MOST_IN_A_ROW = 5
"""Workers that end as soon as they were started, after which the parent gives up."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What a process is that was started to serve beside others: which one, and the socket on which it listens."""

    number: int
    listening: socket.socket
    replaces: bool
    """Whether it takes the place of one that has ended."""

    parent: int
    turn: int
    """A file that is locked by whichever of them prints."""

    def in_turn(self, write: Callable[[str], None]) -> Callable[[str], None]:
        """`write`, while no other worker writes: what is longer than a pipe takes at once would be torn."""
        import fcntl  # not there where there are no workers

        def alone(text: str) -> None:
            fcntl.lockf(self.turn, fcntl.LOCK_EX)
            try:
                write(text)
            finally:
                fcntl.lockf(self.turn, fcntl.LOCK_UN)

        return alone

    @property
    def is_orphan(self) -> bool:
        """Whether its parent has ended, without having had the time to end it."""
        return os.getppid() != self.parent


def worker() -> Worker | None:
    """Which worker this process is; None when it is none."""
    given = os.environ.get(SOCKET)
    if given is None:
        return None
    number, turn = int(os.environ[NUMBER]), int(os.environ[TURN])
    return Worker(number, socket.socket(fileno=int(given)), REPLACES in os.environ, os.getppid(), turn)


def run_workers(host: str, port: int, count: int, token: str | None, stopped: threading.Event) -> int:
    """Run so many workers with the options of this process until `stopped`; the exit status.

    Raises web.server.ServeError when the address cannot be had.
    """
    from greycard_mocks.serve import is_loopback
    from greycard_mocks.web.server import listening_socket

    listening = listening_socket(host, port)
    turn = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the socket
    environment = {**os.environ, SOCKET: str(listening.fileno()), TURN: str(turn.fileno())}
    if not is_loopback(host):
        environment["GREYCARD_TOKEN"] = token or secrets.token_urlsafe(24)
    workers = _Workers(environment, (listening.fileno(), turn.fileno()))
    try:
        return workers.run(count, stopped)
    finally:
        listening.close()
        turn.close()


class _Workers:
    def __init__(self, environment: Mapping[str, str], descriptors: tuple[int, ...]) -> None:
        self._environment, self._descriptors = environment, descriptors
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._failures = 0

    def run(self, count: int, stopped: threading.Event) -> int:
        try:
            for number in range(count):
                self._running[number] = self._started(number)
            while not stopped.wait(LOOK_SECONDS):
                for number, process in self._running.items():
                    status = process.poll()
                    if status is None:
                        continue
                    if status in (1, 2):  # it has said why, and another one would say the same
                        return status
                    self._failures += 1
                    if self._failures > MOST_IN_A_ROW * count:
                        click.echo("the workers end again and again; giving up", err=True)
                        return 1
                    click.echo(f"worker {number} has ended ({status}), another one takes its place", err=True)
                    self._running[number] = self._started(number, {REPLACES: "1"})
                    break
                else:
                    self._failures = max(0, self._failures - 1) if self._all_live() else self._failures
            return 0
        finally:
            self._end()

    def _all_live(self) -> bool:
        return all(process.poll() is None for process in self._running.values())

    def _started(self, number: int, more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        environment = {**self._environment, NUMBER: str(number), **(more or {})}
        return subprocess.Popen(  # noqa: S603 - this very command
            [sys.executable, "-m", "greycard", *sys.argv[1:]], env=environment, pass_fds=self._descriptors
        )

    def _end(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
