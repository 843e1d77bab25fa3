"""Microseconds of CPU that a request takes in the core: `Engine.handle`, without any web server.

Run: ``python tests/bench/bench_core.py [--requests 100000] [--only TEXT] [--beside DIRECTORY] [--profile CASE]``.
Every vendor's create and read, and what is refused; journal, checks, rate window and state are all on. With
`--beside` the same is asked of another checkout, in alternating rounds: the ratio counts, not the figures of a machine
that does something else as well. Aims: a create at most 50 us, a read at most 30 us.
"""

from __future__ import annotations

import argparse
import base64
import gc
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import click

ORIGIN = "http://greycard.test"
PICTURE = f"{ORIGIN}/_mock/images/300x300.png"
TASKS = 500
BLOCK = 500
"""Requests that are made ready, outside the time that is measured, before they are answered."""

ROUNDS = 6
AIMS = {"create": 50, "read": 30}
BASIC = "Basic " + base64.b64encode(b"test-bench:secret").decode()
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class Vendor:
    """How one vendor is asked: its key, its requests, and where an answer tells the id of a task."""

    def __init__(self, name: str, key: tuple[str, str], content_type: str, *path_to_id: str) -> None:
        self.name, self.key, self.content_type, self.path_to_id = name, key, content_type, path_to_id
        self.create: tuple[str, Any] = ("", {})
        self.broken: Any = {}
        self.read: Callable[[str], tuple[str, str, Any]] = lambda _: ("GET", "", None)

    def id_in(self, answer: Any) -> str:
        """The id of the task that was created."""
        for step in self.path_to_id:
            answer = answer[step]
        return str(answer)


def vendors() -> Iterator[Vendor]:
    """All of them."""
    one = Vendor("picwish", ("x-api-key", "test-bench"), FORM, "data", "task_id")
    one.create = ("/api/tasks/visual/scale", {"type": "clean", "image_url": PICTURE})
    one.broken = {"type": "best", "image_url": PICTURE}
    one.read = lambda task: ("GET", f"/api/tasks/visual/scale/{task}", None)
    yield one
    one = Vendor("wondershare", ("authorization", BASIC), JSON, "data", "task_id")
    one.create = ("/v3/pic/fsrtwo/batch", {"images": [PICTURE], "file_ext": "PNG", "priority": 1})
    one.broken = {"images": [PICTURE], "file_ext": "PNG", "priority": 11}
    one.read = lambda task: ("GET", f"/v3/pic/fsrtwo/result/{task}", None)
    yield one
    one = Vendor("magictiger", ("token", "test-bench"), JSON, "data", "taskid")
    one.create = ("/createtask", {"picurl": PICTURE, "type": 1, "chtaskid": "4711"})
    one.broken = {"picurl": PICTURE, "type": "one"}
    one.read = lambda task: ("POST", "/gettask", {"taskid": task, "type": 1})
    yield one
    one = Vendor("enhancor", ("x-api-key", "test-bench"), JSON, "requestId")
    one.create = ("/api/upscaler/v1/queue", {"img_url": PICTURE, "webhookUrl": "http://here.test/", "mode": "fast"})
    one.broken = {"img_url": PICTURE, "webhookUrl": "http://here.test/", "mode": "slow"}
    one.read = lambda task: ("POST", "/api/upscaler/v1/status", {"request_id": task})
    yield one


def request(vendor: Vendor, method: str, path: str, values: Any, *, key: str | None = None) -> Any:
    """One request as the web server hands it over."""
    from greycard_mocks.core.answer import Request

    name, known = vendor.key
    headers = {
        "host": "greycard.test", "user-agent": "python-requests/2.33.0", "accept-encoding": "gzip, deflate",
        "accept": "*/*", "connection": "keep-alive", name: known if key is None else key,
    }  # fmt: skip
    body = b""
    if values is not None:
        body = (json.dumps(values) if vendor.content_type == JSON else urlencode(values)).encode()
        headers |= {"content-type": vendor.content_type, "content-length": str(len(body))}
    return Request(method, path, "", headers, io.BytesIO(body), len(body), ORIGIN)


class Bench:
    """One engine with all vendors, and the cases that are asked of it."""

    def __init__(self) -> None:
        from greycard_mocks.engine.engine import Engine
        from greycard_schemas.loader import load_contracts

        self.engine = Engine(load_contracts(), origin=ORIGIN)
        self.cases: dict[str, Callable[[int], Any]] = {}
        for vendor in vendors():
            self._add(vendor)

    def _ask(self, one: Any, status: int | None = 200) -> Any:
        answer = self.engine.handle(one)
        assert status in (None, answer.status), answer
        return json.loads(answer.body) if answer.body else None

    def _add(self, vendor: Vendor) -> None:
        world = self.engine.worlds.world(vendor.name, "test-bench")
        world.rate_limit = None
        world.balance = 1e12
        world.clock.freeze()
        method, (path, values) = "POST", vendor.create
        running, ended = (
            [vendor.id_in(self._ask(request(vendor, method, path, values))) for _ in range(TASKS)] for _ in range(2)
        )
        world.clock.move_to(world.clock.now() + 1000)
        world.dues.clear()
        running = [vendor.id_in(self._ask(request(vendor, method, path, values))) for _ in range(TASKS)]
        for task in ended:
            self._ask(request(vendor, *vendor.read(task)))

        def case(name: str, make: Callable[[int], Any]) -> None:
            self.cases[f"{vendor.name} {name}"] = make

        case("create", lambda _: request(vendor, method, path, values))
        case("read running", lambda number: request(vendor, *vendor.read(running[number % TASKS])))
        case("read ended", lambda number: request(vendor, *vendor.read(ended[number % TASKS])))
        case("wrong key", lambda number: request(vendor, *vendor.read(running[number % TASKS]), key="wrong"))
        case("no such task", lambda number: request(vendor, *vendor.read(f"0f8fad5b-{number}")))
        case("no such path", lambda _: request(vendor, method, f"{path}s", values))
        case("invalid", lambda _: request(vendor, method, path, vendor.broken))
        if world.runtime.rate is not None:
            full = "test-full"
            other = self.engine.worlds.world(vendor.name, full)
            other.clock.freeze()
            for _ in range(world.runtime.rate["limit"]):
                self._ask(request(vendor, *vendor.read(running[0]), key=full), None)
            case("rate 429", lambda number: request(vendor, *vendor.read(running[number % TASKS]), key=full))

    def microseconds(self, name: str, requests: int) -> float:
        """CPU of one request of a case, by this process' clock."""
        make, handle, spent = self.cases[name], self.engine.handle, 0
        for world in self.engine.worlds:
            world.dues.clear()
        for start in range(0, requests, BLOCK):
            ready = [make(number) for number in range(start, start + BLOCK)]
            gc.collect(0)
            began = time.process_time_ns()
            for one in ready:
                handle(one)
            spent += time.process_time_ns() - began
        return spent / requests / 1000


def child() -> None:
    """Answer lines of a case, a tab and a number of requests with microseconds, until there are no more."""
    bench = Bench()
    click.echo(json.dumps(list(bench.cases)))
    for line in sys.stdin:
        name, requests = line.rstrip("\n").split("\t")
        click.echo(str(bench.microseconds(name, int(requests))))


def started(root: Path) -> subprocess.Popen[str]:
    """A child that measures the checkout at `root`."""
    paths = [str(root / folder) for folder in ("schemas", "mocks", "client", "tests")]
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*paths, *(path for path in sys.path if "site-pack" in path)]),
    }
    command = [sys.executable, "-S", "-u", __file__, "--child"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)


def asked(process: subprocess.Popen[str], line: str | None = None) -> str:
    """What a child says next."""
    assert process.stdin is not None
    assert process.stdout is not None
    if line is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline()


def profiled(name: str, requests: int) -> None:
    """Where the time of one case goes."""
    import cProfile
    import pstats

    bench = Bench()
    bench.microseconds(name, 2000)
    ready = [bench.cases[name](number) for number in range(requests)]
    profile = cProfile.Profile()
    profile.enable()
    for one in ready:
        bench.engine.handle(one)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Measure every case in rounds and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="for each case, over all rounds")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--beside", type=Path, help="another checkout to compare with")
    parser.add_argument("--profile", help="show where the time of this case goes instead")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child()
        return
    if options.profile:
        profiled(options.profile, 20_000)
        return
    roots = [Path(__file__).resolve().parents[2], *([options.beside.resolve()] if options.beside else [])]
    children = [started(root) for root in roots]
    try:
        names, *_ = [json.loads(asked(process)) for process in children]
        click.echo(f"{'us of CPU a request':28}{'here':>8}" + (f"{'beside':>9}{'ratio':>8}" if options.beside else ""))
        every = max(BLOCK, options.requests // ROUNDS // BLOCK * BLOCK)
        for name in (name for name in names if options.only in name):
            rounds = [[float(asked(process, f"{name}\t{every}")) for process in children] for _ in range(ROUNDS)]
            here = median(one[0] for one in rounds)
            aim = AIMS.get(name.split()[1])
            beside = ""
            if options.beside:
                ratio = median(one[1] / one[0] for one in rounds)
                beside = f"{median(one[1] for one in rounds):9.1f}{ratio:8.2f}"
            click.echo(f"{name:28}{here:8.1f}{beside}" + (f"   aim: at most {aim}" if aim else ""))
    finally:
        for process in children:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
