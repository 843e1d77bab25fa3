"""The load of `bench_peers.py`: create and poll over kept connections, from one process that waits with epoll.

Requests are bytes made beforehand, and every answer is checked: HTTP status, JSON, the vendor's status, id and state.
As a process (``python -m bench.peers.load``) it takes one `Job` as JSON per line, and answers with a `Turn`.
"""

from __future__ import annotations

import gc
import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from bench.answers import WrongAnswerError, body_of, check_state, closes, id_of, quantile

SILENCE = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """One turn: so many connections for so many seconds. `{id}` in `poll` becomes the id that the create gave.

    `own_ids` says that the poll must tell that id back, which servers of canned answers cannot.
    """

    port: int
    connections: int
    seconds: float
    create: str
    poll: str
    own_ids: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn showed; latencies in milliseconds, `cpu` the seconds that the load itself used."""

    requests: int
    seconds: float
    p50: float
    p99: float
    slowest: float
    cpu: float


@dataclass(slots=True)
class Connection:
    """One connection: its request, since when it waits, and what has come. `task` is empty while it creates."""

    wire: socket.socket
    request: bytes
    sent: float
    task: str
    came: bytes = b""


class Load:
    """The connections of one turn, and what they have seen so far."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.create = job.create.encode()
        self.before, self.after = (part.encode() for part in job.poll.split("{id}"))
        self.poller = select.epoll()
        self.by_file: dict[int, Connection] = {}
        self.latencies: list[float] = []

    def open(self, request: bytes, task: str = "") -> None:
        """Begin a connection that sends this request as soon as it can; servers may close one after any answer."""
        wire = socket.socket()
        wire.setblocking(False)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.by_file[wire.fileno()] = Connection(wire, request, time.perf_counter(), task)
        wire.connect_ex(("127.0.0.1", self.job.port))
        self.poller.register(wire, select.EPOLLOUT)

    def run(self) -> None:
        """Create and poll in turn over each connection until the time is over; answers under way are waited for.

        Raises `WrongAnswerError` at the first wrong answer, and when nobody answers for `SILENCE` seconds.
        """
        deadline = time.perf_counter() + self.job.seconds
        for _ in range(self.job.connections):
            self.open(self.create)
        while self.by_file:
            ready = self.poller.poll(SILENCE)
            if not ready:
                raise WrongAnswerError(f"{len(self.by_file)} requests without an answer for {SILENCE:g} s")
            for file, event in ready:
                connection = self.by_file[file]
                if event & select.EPOLLOUT:
                    connection.wire.send(connection.request)
                    self.poller.modify(file, select.EPOLLIN)
                elif (body := self.answer(connection)) is not None:
                    now = time.perf_counter()
                    self.latencies.append(now - connection.sent)
                    self.go_on(connection, body, over=now >= deadline)

    def answer(self, connection: Connection) -> bytes | None:
        """What has come so far, once it is a whole answer."""
        came = connection.wire.recv(1 << 16)
        if not came:
            raise WrongAnswerError(f"closed instead of answered, after {connection.came[:500]!r}")
        connection.came = connection.came + came if connection.came else came
        return body_of(connection.came)

    def go_on(self, connection: Connection, body: bytes, *, over: bool) -> None:
        """Check an answer and send the next request, over a new connection where the server closes this one."""
        if connection.task:
            check_state(body, connection.task if self.job.own_ids else "")
            connection.task, request = "", self.create
        else:
            connection.task = id_of(body)
            request = self.before + connection.task.encode() + self.after
        if over or closes(connection.came):
            del self.by_file[connection.wire.fileno()]
            connection.wire.close()
            if not over:
                self.open(request, connection.task)
            return
        connection.came, connection.sent = b"", time.perf_counter()
        connection.wire.send(request)

    def close(self) -> None:
        """Close what is still open."""
        self.poller.close()
        for connection in self.by_file.values():
            connection.wire.close()


def turn(job: Job) -> Turn:
    """One turn of load. Raises `WrongAnswerError` as `Load.run` does."""
    load = Load(job)
    try:
        cpu, began = time.process_time(), time.perf_counter()
        load.run()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    finally:
        load.close()
    ordered = sorted(1000 * latency for latency in load.latencies)
    return Turn(len(ordered), seconds, quantile(ordered, 0.5), quantile(ordered, 0.99), ordered[-1], cpu)


def main() -> None:
    """Work off the jobs until standard input ends, with garbage collected between the turns only."""
    for line in sys.stdin:
        gc.collect()
        gc.disable()
        try:
            answer: dict[str, Any] = asdict(turn(Job(**json.loads(line))))
        except (WrongAnswerError, OSError) as error:
            answer = {"wrong": f"{error}"}
        gc.enable()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
