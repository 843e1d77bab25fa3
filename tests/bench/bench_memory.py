"""Memory: 100,000 tasks in one world, a 15 MB upload, and a refused upload of 200 MB over a real socket.

Run: python tests/bench/bench_memory.py [--tasks 100000]. Aims: at most 60 MiB above the start for the tasks,
time a request within 10 % of that at 1,000 tasks; at most 8 MiB above idle for each upload. Each part runs in
a process of its own; Linux only (reads /proc).
"""

from __future__ import annotations

import argparse
import gc
import http.client
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

CREATE = "/api/tasks/visual/scale"
MIB = 1 << 20


def memory(process: int | str, name: str) -> float:
    """`VmRSS` (now) or `VmHWM` (peak) of a process in MiB."""
    text = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(rf"{name}:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def tasks(count: int) -> None:
    """Create `count` tasks in one world through the WSGI door, each with its own link; polls in between."""
    from greycard_mocks.app import create_app
    from greycard_mocks.clock import VirtualClock
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import load_contracts

    engine = Engine(load_contracts(), clock=VirtualClock())
    engine.worlds.world("picwish", "test-bench").rate_limit = None
    app = create_app(engine)

    def call(method: str, path: str, body: bytes = b"") -> Any:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "x",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "greycard.test",
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_API_KEY": "test-bench",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return b"".join(app(environ, lambda *_: None))  # type: ignore[arg-type]

    forms = [
        urlencode({"type": "clean", "image_url": f"http://greycard.test/_mock/images/40x30.jpg?seed={seed}"}).encode()
        for seed in range(1000)
    ]
    world = engine.worlds.world("picwish", "test-bench")

    def create(number: int) -> None:
        for step in range(number):
            call("POST", CREATE, forms[step % len(forms)])

    def pair_microseconds() -> float:
        best = float("inf")
        ids = list(world.tasks)[:: max(1, len(world.tasks) // 300)][:300]
        for _ in range(5):
            began = time.perf_counter()
            for step, task in enumerate(ids):
                call("POST", CREATE, forms[step])
                call("GET", f"{CREATE}/{task}")
            best = min(best, (time.perf_counter() - began) / len(ids))
        return best * 1e6

    create(1000)
    gc.collect()
    start = memory("self", "VmRSS")
    few = pair_microseconds()
    create(count - len(world.tasks))
    gc.collect()
    grown = memory("self", "VmRSS") - start
    many = pair_microseconds()
    click.echo(f"{len(world.tasks)} tasks: {grown:.1f} MiB above the start; aim: at most 60")
    click.echo(
        f"a pair takes {few:.0f} us at 1,000 and {many:.0f} us at {count}: "
        f"{100 * (many / few - 1):+.0f} %; aim: within 10 %"
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
    parser.add_argument("--child", choices=["tasks", "serve"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "tasks":
        tasks(options.tasks)
    elif options.child == "serve":
        serve()
    else:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        os.environ.update(environ)
        subprocess.run([sys.executable, __file__, "--child", "tasks", "--tasks", str(options.tasks)], check=True)
        uploads()


if __name__ == "__main__":
    main()
