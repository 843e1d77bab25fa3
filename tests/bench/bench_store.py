"""Worlds in Redis beside worlds in memory: time added to a request, two workers beside one, memory of a task.

Run: python tests/bench/bench_store.py [--rounds 8] [--tasks 1000000] [--write tests/bench/README.md]. Starts a
redis-server of its own, without a disk. The aims stand in the table. Linux only.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import pages
from bench.processes import end_on_signals, free_port, greycard_command, source_path, started

HERE = Path(__file__).parents[2]
CREATE = "/api/tasks/visual/scale"
TURN = 150
"""Requests of a kind in a turn."""

CONNECTIONS = 16
SECONDS = 1.5
PER_STEP = 1000


@contextmanager
def redis() -> Iterator[str]:
    """The address of a server of our own."""
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise click.ClickException("no redis-server and no valkey-server is installed: apt-get install redis-server")
    with tempfile.TemporaryDirectory(prefix="gc-") as folder:
        path = f"{folder}/socket"
        process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL
        )
        try:
            while not Path(path).exists():
                time.sleep(0.02)
            yield f"unix://{path}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def served(*options: str) -> Iterator[int]:
    """The port of a mock of its own."""
    port = free_port()
    command = greycard_command("serve", "--quiet", "--port", str(port), *options)
    with started("greycard", command, port, {"PYTHONPATH": source_path(HERE)}):
        yield port


class Client:
    """One connection of one credential, whose rate is lifted."""

    def __init__(self, port: int, key: str) -> None:
        settings = urllib.request.Request(
            f"http://127.0.0.1:{port}/_mock/worlds/picwish:{key}/settings",
            data=b'{"rate_limit": null}', method="PATCH", headers={"Content-Type": "application/json"},
        )  # fmt: skip
        urllib.request.urlopen(settings).close()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = f"type=clean&image_url=http://127.0.0.1:{port}/_mock/images/60x40.jpg".encode()
        head = f"Host: x\r\nX-API-KEY: {key}\r\nContent-Type: application/x-www-form-urlencoded"
        self.create = f"POST {CREATE} HTTP/1.1\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        task = json.loads(self.ask(self.create))["data"]["task_id"]
        self.poll = f"GET {CREATE}/{task} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {key}\r\n\r\n".encode()
        for _ in range(20):
            self.ask(self.poll)

    def ask(self, request: bytes) -> bytes:
        """The body of the answer to one request."""
        self.socket.sendall(request)
        return self.answer()

    def answer(self) -> bytes:
        """The body of the next answer."""
        found = b""
        while b"\r\n\r\n" not in found:
            found += self.socket.recv(65536)
        head, _, body = found.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
        while len(body) < length:
            body += self.socket.recv(65536)
        return body


def added(url: str, rounds: int) -> dict[str, tuple[float, float]]:
    """By kind of request: the median in memory, and in the store, in seconds, in turns."""
    times: dict[str, tuple[list[float], list[float]]] = {"create": ([], []), "poll": ([], [])}
    with ExitStack() as stack:
        ports = [stack.enter_context(served()), stack.enter_context(served("--store", url, "--store-prefix", "added"))]
        clients = [Client(port, "test-added") for port in ports]
        for _, (index, client), kind in itertools.product(range(rounds), enumerate(clients), times):
            request = client.create if kind == "create" else client.poll
            for _ in range(TURN):
                began = time.perf_counter()
                client.ask(request)
                times[kind][index].append(time.perf_counter() - began)
    return {kind: (statistics.median(one), statistics.median(other)) for kind, (one, other) in times.items()}


def throughput(port: int) -> float:
    """Requests a second over some connections, each with a credential of its own."""
    clients = {client.socket.fileno(): client for client in (Client(port, f"test-{n}") for n in range(CONNECTIONS))}
    poller = select.epoll()
    for number, client in clients.items():
        poller.register(number, select.EPOLLIN)
        client.socket.sendall(client.poll)
    done, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for number, _ in poller.poll(1):
            clients[number].answer()
            clients[number].socket.sendall(clients[number].poll)
            done += 1
    return done / SECONDS


def workers(url: str, rounds: int) -> dict[int, float]:
    """By number of workers, the median throughput."""
    found: dict[int, list[float]] = {1: [], 2: []}
    with ExitStack() as stack:
        ports = {
            count: stack.enter_context(served("--store", url, "--store-prefix", f"w{count}", "--workers", str(count)))
            for count in found
        }
        for _, (count, port) in itertools.product(range(rounds), ports.items()):
            found[count].append(throughput(port))
    return {count: statistics.median(each) for count, each in found.items()}


def memory(url: str, tasks: int) -> tuple[float, float, float]:
    """Bytes of a task in the store; the median seconds of a poll beside a thousand tasks, and beside all of them."""
    from greycard_mocks.core.keeping.kept import MAX_TASKS
    from greycard_mocks.core.plan import Course, Item, Look, TaskPlan
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.images.inspect import Picture
    from greycard_mocks.store.store import Store
    from greycard_schemas.loader import load_contracts

    store = Store(url, prefix="memory")
    engine = Engine(load_contracts(["picwish"]), store=store)
    look = Look(Picture("jpeg", 400, 300, 16211, None, 1, 1, 0), 1600, 1200, "jpeg")
    chance = random.Random(1)  # noqa: S311 - only so that no two are alike
    values = {"type": "clean", "fix_face_only": 0, "return_type": 1}

    def used() -> int:
        found = re.search(rb"used_memory:(\d+)", store.link.command("INFO", "memory"))
        return int(found[1]) if found else 0

    def polled() -> float:
        with served("--store", url, "--store-prefix", "memory") as port:
            client = Client(port, "test-0")
            times = []
            for _ in range(4 * TURN):
                began = time.perf_counter()
                client.ask(client.poll)
                times.append(time.perf_counter() - began)
            return statistics.median(times)

    few, before = 0.0, used()
    for number in range(tasks // PER_STEP):
        world = engine.worlds.world("picwish", f"test-{number * PER_STEP // (MAX_TASKS // 2)}")
        timeline = world.runtime.timeline(world.runtime.timing, "succeeded")
        with world.lock:
            for n in range(PER_STEP):
                link = f"https://cdn.example.com/uploads/{number * PER_STEP + n:010d}/photo.jpg"
                course = Course("scale.create", timeline, values)
                task = str(uuid.UUID(bytes=chance.randbytes(16)))
                world.add(TaskPlan(task, 1.8e9 + n, course, Item(link, chance.randbytes(16), look)))
        if number == 0:
            few = polled()
    return (used() - before) / tasks, few, polled()


@click.command()
@click.option("--rounds", default=8, show_default=True)
@click.option("--tasks", default=1_000_000, show_default=True)
@click.option("--write", type=Path, help="A page whose marked section becomes what is printed.")
def main(rounds: int, tasks: int, write: Path | None) -> None:
    """Measure, print the table, and write it where asked."""
    end_on_signals()
    circumstances = pages.circumstances()
    with redis() as url:
        times, workers_found = added(url, rounds), workers(url, max(3, rounds // 2))
        size, few, many = memory(url, tasks)
    rows = []
    for kind, (here, there) in times.items():
        measured = f"{here * 1e3:.2f}, {there * 1e3:.2f}, {(there - here) * 1e3:.2f} ms"
        rows.append([f"{kind}: median in memory, in Redis, added", measured, "at most 0.4 ms added"])
    one, two = workers_found[1], workers_found[2]
    rows += [
        ["polls a second, one worker, two workers", f"{one:.0f}, {two:.0f} ({two / one:.2f} times)", "1.5 times"],
        [f"memory of a task in Redis, {tasks:,} tasks", f"{size:.0f} bytes", "at most 400"],
        ["a poll beside 1,000 tasks, beside all", f"{few * 1e3:.2f}, {many * 1e3:.2f} ms", "the same"],
    ]
    section = f"{circumstances}, {rounds} rounds.\n\n{pages.table(['figure', 'measured', 'aim'], rows)}"
    click.echo(section)
    if write is not None:
        pages.rewrite(write, "store", section)


if __name__ == "__main__":
    main()
