"""Turns of load at servers that run side by side, in random order; for each its speed, latencies and CPU time."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.peers.load import Job, Turn
from bench.peers.servers import CREATE, Server
from bench.processes import DYING_WITH_US, cpu_seconds, free_port, started

ACCOUNT = "/_mock/worlds/picwish:test-bench/settings"


class MeasureError(Exception):
    """A server that does not do what it is compared for; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has been started, with the seconds that its first answer took."""

    server: Server
    process: int
    port: int
    first_answer: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One turn at one server, None with the reason where an answer was wrong; `cpu` is the server's, in seconds."""

    turn: Turn | None
    cpu: float
    wrong: str = ""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.turn.requests / self.turn.seconds if self.turn else 0.0

    @property
    def cpu_each(self) -> float:
        """The server's microseconds of CPU per request."""
        return 1e6 * self.cpu / self.turn.requests if self.turn else 0.0

    @property
    def p50(self) -> float:
        """The median latency in milliseconds."""
        return self.turn.p50 if self.turn else 0.0

    @property
    def p99(self) -> float:
        """The latency in milliseconds that 1 % of the requests exceed."""
        return self.turn.p99 if self.turn else 0.0

    @property
    def load_each(self) -> float:
        """The load's own microseconds of CPU per request."""
        return 1e6 * self.turn.cpu / self.turn.requests if self.turn else 0.0


Load = Callable[[Job], Turn]
Results = dict[tuple[str, int], list[Measured]]


@contextmanager
def load_process() -> Generator[Load]:
    """A process that makes load, as a function of the job. It ends with the block, or with this process."""
    command = [*DYING_WITH_US, sys.executable, "-m", "bench.peers.load"]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:

        def ask(job: Job) -> Turn:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asdict(job)) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            answer: dict[str, Any] = json.loads(line) if line else {"wrong": "the load ended, see above"}
            if "wrong" in answer:
                raise MeasureError(answer["wrong"])
            return Turn(**answer)

        try:
            yield ask
        finally:
            process.kill()


@contextmanager
def running(server: Server) -> Generator[Running]:
    """Start a server, lift the limit that it has, and see that it checks what it should.

    Raises `StartError`, and `MeasureError` when it accepts what it should refuse.
    """
    port = free_port()
    command = [word.replace("{port}", str(port)) for word in server.command]
    with started(server.name, command, port, server.environ) as (process, seconds):
        if server.lift_limit:
            _send(port, "PATCH", ACCOUNT, json.dumps({"rate_limit": None}), {"Content-Type": "application/json"})
        if server.checks:
            _see_refusals(server, port)
        yield Running(server, process.pid, port, seconds)


def _send(port: int, method: str, path: str, body: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _see_refusals(server: Server, port: int) -> None:
    """A server that refuses nothing would be compared unfairly."""
    for why, request in (
        ("a create without the key", server.create(port, key="X-None: x")),
        ("a create with a wrong type", server.create(port, kind="wrong")),
    ):
        head, _, body = request.partition("\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        status = _send(port, "POST", CREATE, body, headers)
        if not 400 <= status < 500:
            raise MeasureError(f"{server.name} answered {status} to {why}")


def job(at: Running, connections: int, seconds: float) -> Job:
    """The load for one turn at one server."""
    server = at.server
    return Job(at.port, connections, seconds, server.create(at.port), server.poll(at.port), server.own_ids)


def measured(load: Load, at: Running, connections: int, seconds: float) -> Measured:
    """One turn at one server."""
    before = cpu_seconds(at.process)
    try:
        turn = load(job(at, connections, seconds))
    except MeasureError as error:
        return Measured(None, 0.0, f"{at.server.name}, {connections} connections: {error}")
    return Measured(turn, cpu_seconds(at.process) - before)


def rounds(
    load: Load,
    servers: Sequence[Running],
    connections: Sequence[int],
    count: int,
    seconds: float,
    chance: random.Random,
) -> Results:
    """So many rounds; in each every server has one turn with each number of connections, in random order."""
    results: Results = {}
    turns = [(at, number) for at in servers for number in connections]
    for _ in range(count):
        chance.shuffle(turns)
        for at, number in turns:
            results.setdefault((at.server.name, number), []).append(measured(load, at, number, seconds))
    return results


def first_answers(servers: Sequence[Server], count: int) -> dict[str, list[float]]:
    """The seconds from start to first answer, so many times for each server, in turn."""
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(count):
        for server in servers:
            port = free_port()
            command = [word.replace("{port}", str(port)) for word in server.command]
            with started(server.name, command, port, server.environ) as (_process, seconds):
                found[server.name].append(seconds)
    return found
