"""Four processes on one port and one store, fifty threads: what is counted is counted exactly."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts(["wondershare", "magictiger"])
pytestmark = [pytest.mark.wire, pytest.mark.slow]

WORKERS, THREADS = 4, 50
DELIVERIES = 1000 if settings().max_examples > 1000 else 300
"""With the profile `deep` as many as the issue asks for."""

BASIC = {"Authorization": "Basic dGVzdC1hOnNlY3JldA=="}
PICWISH, SCALE = {"X-API-KEY": "test-a"}, "/api/tasks/visual/scale"
BATCH = "/v3/pic/rw/batch"
PATIENCE_SECONDS = 60.0


class Servers:
    """What `greycard serve --workers 4` serves."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._place = urlsplit(url).netloc

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> tuple[int, Any]:
        """Status and JSON, over a connection of its own, which any of the processes takes."""
        connection = http.client.HTTPConnection(self._place, timeout=PATIENCE_SECONDS)
        try:
            content = None if body is None else json.dumps(body)
            kind = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, content, {**kind, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def world(self, world: str, method: str, path: str, body: Any = None) -> Any:
        """What the control plane says of a world."""
        status, told = self.ask(method, f"/_mock/worlds/{world}{path}", body)
        assert status < 300, told
        return told

    def picture(self) -> str:
        """The address of a picture."""
        return f"{self.url}/_mock/images/96x72.jpg"


@pytest.fixture(scope="module")
def servers(redis_server: Any, source_path: str) -> Iterator[Servers]:
    """Four processes that share everything."""
    command = [
        sys.executable, "-m", "greycard_suite.cli", "serve", "--port", "0", "--log-format", "json",
        "--store", redis_server.url, "--store-prefix", f"exact-{os.getpid()}", "--workers", str(WORKERS),
    ]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": source_path}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
    assert process.stdout is not None
    drain: threading.Thread | None = None
    try:
        while "url" not in (told := json.loads(process.stdout.readline())):
            pass
        drain = threading.Thread(target=process.stdout.read)
        drain.start()
        yield Servers(told["url"].rstrip("/"))
    finally:
        process.terminate()
        process.wait(timeout=30)
        if drain is not None:
            drain.join(10)
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        process.stderr.close()


def valid(vendor: str, operation: str, servers: Servers) -> Any:
    """A body that is accepted."""
    return addressed(base_request(CONTRACTS[vendor].operations[operation]), servers.picture())


def together(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act` returns for each number, fifty at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(act, range(count)))


@pytest.mark.parametrize("limit", [2, 37])
def test_a_rate_admits_exactly_its_number(servers: Servers, limit: int) -> None:
    """In each window of a clock that stands, whoever answers."""
    world = f"picwish:test-rate-{limit}"
    servers.world(world, "POST", "/clock", {"action": "freeze"})
    servers.world(world, "PATCH", "/settings", {"rate_limit": limit})
    for _ in range(3):
        answers = together(150, lambda _: servers.ask("GET", f"{SCALE}/x", headers={"X-API-KEY": world[8:]}))
        assert Counter(status for status, _ in answers) == {404: limit, 429: 150 - limit}
        servers.world(world, "POST", "/clock", {"action": "advance", "seconds": 1})


def test_no_unit_is_spent_twice(servers: Servers) -> None:
    """One hundred units are one hundred tasks, and then none."""
    world = "wondershare:test-a"
    servers.world(world, "PATCH", "/settings", {"balance": 100})
    body = valid("wondershare", "rw.batch", servers)
    answers = together(150, lambda _: servers.ask("POST", BATCH, body, BASIC))
    accepted = [told["data"]["task_id"] for _, told in answers if told.get("data")]
    assert len(set(accepted)) == len(accepted) == 100, Counter(json.dumps(told)[:80] for _, told in answers)
    assert servers.world(world, "GET", "/settings")["balance"] == 0
    tasks = servers.world(world, "GET", "/tasks?limit=1000")
    assert {one["id"] for one in tasks["tasks"]} == set(accepted)


def test_each_scenario_is_taken_once(servers: Servers) -> None:
    """Added by all at once, and taken by all at once."""
    world, key = "magictiger:test-b", {"token": "test-b"}
    servers.world(world, "POST", "/clock", {"action": "freeze"})
    together(40, lambda _: servers.world(world, "POST", "/scenarios", {"outcome": "failed"}))
    body = valid("magictiger", "createtask", servers)
    answers = together(100, lambda _: servers.ask("POST", "/createtask", body, key))
    assert {told["code"] for _, told in answers} == {0}, answers[0]
    servers.world(world, "POST", "/clock", {"action": "advance", "seconds": 3600})
    tasks = servers.world(world, "GET", "/tasks?limit=1000")["tasks"]
    assert Counter(one["outcome"] for one in tasks) == {"failed": 40, "succeeded": 60}
    assert servers.world(world, "GET", "/scenarios") == {"scenarios": []}


def test_time_that_is_moved_by_all_is_moved_by_the_sum(servers: Servers) -> None:
    """Resets between the moves change nothing about the time, and leave a whole world."""
    world = "picwish:test-time"
    begin = servers.world(world, "POST", "/clock", {"action": "freeze"})["now"]

    def move(number: int) -> None:
        if number % 5:
            servers.world(world, "POST", "/clock", {"action": "advance", "seconds": 2})
        else:
            servers.world(world, "POST", "/reset", {})

    together(100, move)
    told = servers.world(world, "GET", "")
    assert told["clock"]["now"] == pytest.approx(begin + 160)
    assert (told["tasks"], told["due"], told["entries"]) == (0, 0, 0)


def test_two_vendors_that_are_changed_at_once_are_both_changed(servers: Servers) -> None:
    """What whole vendors do is not overwritten by who changes another one."""
    wanted = {"picwish": "megabyte", "wondershare": "megabyte", "enhancor": "webhook_status"}
    known = {
        name: servers.ask("GET", f"/_mock/vendors/{name}/variants")[1]["options"][one] for name, one in wanted.items()
    }

    for round_ in range(8):
        chosen = {name: known[name][round_ % len(known[name])] for name in wanted}
        names = list(wanted)

        def change(number: int, chosen: dict[str, str] = chosen, names: list[str] = names) -> None:
            name = names[number]
            status, told = servers.ask("PATCH", f"/_mock/vendors/{name}/variants", {wanted[name]: chosen[name]})
            assert status == 200, told

        together(len(names), change)
        told = together(
            12, lambda number: servers.ask("GET", f"/_mock/vendors/{list(wanted)[number % 3]}/variants")[1]["variants"]
        )
        for number, variants in enumerate(told):
            name = list(wanted)[number % 3]
            assert variants[wanted[name]] == chosen[name], (round_, name)


class Receiver(ThreadingHTTPServer):
    """Refuses the first delivery of each task, and acknowledges all others."""

    daemon_threads, request_queue_size = True, 256

    def __init__(self, wanted: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wanted, self.got, self.acknowledged = wanted, Counter[str](), Counter[str]()
        self.lock, self.is_over = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        """Where to deliver."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def close(self) -> None:
        """Stop."""
        self.shutdown()
        self.thread.join(10)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Take one delivery."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.got[body["request_id"]] += 1
            is_first = self.server.got[body["request_id"]] == 1
            if not is_first:
                self.server.acknowledged[body["request_id"]] += 1
        self.send_response(500 if is_first else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if len(self.server.acknowledged) == self.server.wanted:
            self.server.is_over.set()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listens for deliveries."""
    made = Receiver(DELIVERIES)
    yield made
    made.close()


def test_each_delivery_is_made_until_it_is_acknowledged_and_no_more(servers: Servers, receiver: Receiver) -> None:
    """Whichever of the four processes makes an attempt, the others do not."""
    world, key = "enhancor:test-d", {"x-api-key": "test-d"}
    servers.world(world, "POST", "/clock", {"action": "speed", "speed": 20})
    body = {"img_url": servers.picture(), "webhookUrl": receiver.address, "mode": "fast"}
    answers = together(DELIVERIES, lambda _: servers.ask("POST", "/api/upscaler/v1/queue", body, key))
    tasks = {told["requestId"] for status, told in answers if status == 200}
    assert len(tasks) == DELIVERIES
    assert receiver.is_over.wait(PATIENCE_SECONDS), len(receiver.acknowledged)
    clock = servers.world(world, "POST", "/clock", {"action": "advance", "seconds": 60})
    assert clock["delivery_attempts"] == 0
    assert receiver.got == dict.fromkeys(tasks, 2)
    assert receiver.acknowledged == dict.fromkeys(tasks, 1)
    entries = servers.world(world, "GET", "/deliveries?limit=1000")["entries"]
    told = Counter((one["attempt"], one["outcome"]) for one in entries)
    assert sum(told.values()) == len(entries)
    assert set(told) <= {(1, "failed"), (2, "acknowledged")}
