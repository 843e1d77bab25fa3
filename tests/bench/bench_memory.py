"""Memory: 100,000 tasks in one world, pauses with a million, a 15 MB upload, a refused one of 200 MB over a socket.

Run: python tests/bench/bench_memory.py [--tasks 100000] [--many 1000000]. Aims: at most 60 MiB above the start for
tasks with links of their own, at most 15 when they are gone, CPU a request within 10 % of that at 1,000 tasks; no
garbage collection of 50 ms with a million tasks; at most 8 MiB above idle for each upload. Each part runs in a process
of its own; Linux only (reads /proc).
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import io
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import click

ORIGIN = "http://greycard.test"
CREATE = "/api/tasks/visual/scale"
QUEUE = "/api/upscaler/v1/queue"
FORM = "application/x-www-form-urlencoded"
MIB = 1 << 20


def memory(process: int | str, name: str) -> float:
    """`VmRSS` (now) or `VmHWM` (peak) of a process in MiB."""
    text = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(rf"{name}:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


class Pictures:
    """A guard behind which every link leads to a small picture that no other link leads to."""

    def __init__(self) -> None:
        from greycard_mocks.images.testcards import card

        self.card = card(40, 30, "jpg")

    def fetch(self, url: str, **_: Any) -> Any:
        """The card with a comment of its own."""
        comment = url.rpartition("=")[2].encode().rjust(10, b"0")
        file = io.BytesIO(self.card[:2] + b"\xff\xfe\x00\x0c" + comment + self.card[2:])
        return contextlib.nullcontext(SimpleNamespace(file=file))


def engine_with(keys: dict[str, str]) -> Any:
    """An engine in which time stands still, with a world without a rate for each key: vendor by key."""
    from greycard_mocks.clock import VirtualClock
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import load_contracts

    engine = Engine(load_contracts(), clock=VirtualClock(), guard=Pictures(), origin=ORIGIN)  # type: ignore[arg-type]
    for key, vendor in keys.items():
        without_limits(engine.worlds.world(vendor, key))
    return engine


def without_limits(world: Any) -> None:
    """Let a world take as many tasks as are sent."""
    world.rate_limit, world.balance = None, 1e12


def call(engine: Any, method: str, path: str, key: str, content_type: str, body: bytes = b"") -> Any:
    """Send one request to the core; the parsed answer."""
    from greycard_mocks.core.answer import Request

    headers = {"host": "greycard.test", "x-api-key": key, "content-type": content_type, "user-agent": "bench"}
    answer = engine.handle(Request(method, path, "", headers, io.BytesIO(body), len(body), ORIGIN))
    assert answer.status == 200, answer
    return json.loads(answer.body)


def create(engine: Any, key: str, link: str) -> str:
    """Create a task of PicWish; its id."""
    body = urlencode({"type": "clean", "image_url": link}).encode()
    return str(call(engine, "POST", CREATE, key, FORM, body)["data"]["task_id"])


def tasks(count: int) -> None:
    """Create `count` tasks in one world, each with a link of its own to a picture of its own; polls in between."""
    key = "test-bench"
    engine = engine_with({key: "picwish"})
    world = engine.worlds.world("picwish", key)
    numbers = itertools.count(1_000_000)

    def link() -> str:
        return f"http://pictures.example.com/uploads/photo.jpg?number={next(numbers)}"

    def pair_microseconds() -> float:
        best = float("inf")
        ids = list(world.tasks)[:: max(1, len(world.tasks) // 300)][:300]
        for _ in range(9):
            began = time.process_time()
            for task in ids:
                create(engine, key, link())
                call(engine, "GET", f"{CREATE}/{task}", key, "")
            best = min(best, (time.process_time() - began) / len(ids))
        return best * 1e6

    for _ in range(6000):  # more than pictures are remembered, so that only tasks grow from here on
        create(engine, key, link())
    world.reset()
    without_limits(world)
    for _ in range(1000):
        create(engine, key, link())
    gc.collect()
    start = memory("self", "VmRSS")
    few = pair_microseconds()
    while len(world.tasks) < count:
        create(engine, key, link())
    gc.collect()
    grown = memory("self", "VmRSS") - start
    many = pair_microseconds()
    world.reset()
    gc.collect()
    left = memory("self", "VmRSS") - start
    click.echo(f"{count} tasks, each with a link of its own: {grown:.1f} MiB above the start; aim: at most 60")
    click.echo(f"after a reset of their world: {left:.1f} MiB above the start; aim: at most 15")
    click.echo(
        f"a pair takes {few:.0f} us at 1,000 and {many:.0f} us at {count}: "
        f"{100 * (many / few - 1):+.0f} %; aim: within 10 %"
    )


def pauses(count: int) -> None:
    """The longest pause for garbage collection while requests go on, with `count` tasks over several worlds."""
    per_world = 125_000
    keys = {f"test-{number}": ("picwish", "enhancor")[number % 2] for number in range(-(-count // per_world))}
    engine = engine_with(keys)
    link = f"{ORIGIN}/_mock/images/300x300.png"
    queued = json.dumps({"img_url": link, "webhookUrl": "http://receiver.example.com/", "mode": "fast"}).encode()
    gc.freeze()  # as `greycard serve` does when all is loaded
    began, spent, longest = 0.0, 0.0, 0.0

    def note(phase: str, _: Any) -> None:
        nonlocal began, spent, longest
        if phase == "start":
            began = time.perf_counter()
        else:
            spent += time.perf_counter() - began
            longest = max(longest, time.perf_counter() - began)

    def some(number: int) -> None:
        for key, vendor in keys.items():
            for _ in range(number):
                if vendor == "picwish":
                    task = create(engine, key, link)
                else:
                    call(engine, "POST", QUEUE, key, "application/json", queued)
            if vendor == "picwish":
                call(engine, "GET", f"{CREATE}/{task}", key, "")

    some(count // len(keys))
    gc.callbacks.append(note)
    at = time.perf_counter()
    some(5000)
    at = time.perf_counter() - at
    under_load, share = longest, spent / at
    gc.collect()
    held = sum(len(world.tasks) for world in engine.worlds)
    click.echo(
        f"garbage collection with {held} tasks: at most {under_load * 1000:.1f} ms under load ({share:.1%} of the "
        f"time), {longest * 1000:.1f} ms for everything; aim: under 50"
    )


def serve() -> None:
    """Serve the mock in this process and print its port."""
    import threading

    from greycard_mocks.app import create_app
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.web.server import start
    from greycard_schemas.loader import load_contracts

    running = start(create_app(Engine(load_contracts())))
    click.echo(running.port)
    threading.Event().wait()


def upload(port: int, size: int, credential: str) -> int:
    """Send a multipart upload whose file has `size` bytes; the status of the answer."""
    from greycard_mocks.images.testcards import card_blocks

    head = (
        b'--B\r\nContent-Disposition: form-data; name="type"\r\n\r\nclean\r\n'
        b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n'
    )
    tail = b"\r\n--B--\r\n"

    def blocks() -> Iterator[bytes]:
        yield head
        yield from card_blocks(640, 480, "jpeg", size_bytes=size)
        yield tail

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "X-API-KEY": credential,
        "Content-Type": "multipart/form-data; boundary=B",
        "Content-Length": str(len(head) + size + len(tail)),
    }
    connection.request("POST", CREATE, body=blocks(), headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def uploads() -> None:
    """Peak memory of the serving process over its idle state, for each upload, after small ones."""
    for name, size in (("15 MB accepted", 15 * MIB), ("200 MB refused", 200 * MIB)):
        command = [sys.executable, __file__, "--child", "serve"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            port = int(process.stdout.readline()) if process.stdout else 0
            try:
                upload(port, 100_000, "test-warm")
                upload(port, 100_000, "wrong")
                time.sleep(0.3)
                idle = memory(process.pid, "VmRSS")
                Path(f"/proc/{process.pid}/clear_refs").write_text("5", "ascii")  # forget the peak so far
                status = upload(port, size, "test-big")
                peak = memory(process.pid, "VmHWM")
                click.echo(f"{name}: HTTP {status}, peak {peak - idle:.1f} MiB above {idle:.0f} MiB; aim: at most 8")
            finally:
                process.kill()


def main() -> None:
    """Run each part in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--child", choices=["tasks", "pauses", "serve"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "tasks":
        tasks(options.tasks)
    elif options.child == "pauses":
        pauses(options.many)
    elif options.child == "serve":
        serve()
    else:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        os.environ.update(environ)
        for part in ("tasks", "pauses"):
            counts = ["--tasks", str(options.tasks), "--many", str(options.many)]
            subprocess.run([sys.executable, __file__, "--child", part, *counts], check=True)
        uploads()


if __name__ == "__main__":
    main()
