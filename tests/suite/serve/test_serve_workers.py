"""`greycard serve --workers` as processes: what is lost when they are killed, how they end, what they print."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from greycard_suite.tools.kill_workers.mock import SERVERS, Redis, children, until
from greycard_suite.tools.kill_workers.runs import lines_of, run

pytestmark = [
    pytest.mark.wire,
    pytest.mark.slow,
    pytest.mark.skipif(not any(map(shutil.which, SERVERS)), reason=f"none of {', '.join(SERVERS)} is installed"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc"),
]
KEY = {"X-API-KEY": "test-key"}
SCALE = "/api/tasks/visual/scale"


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A store of this test's own."""
    with tempfile.TemporaryDirectory(prefix="gc-redis-") as folder:
        found = Redis(Path(folder))
        found.start()
        yield found
        found.kill()


@pytest.fixture
def start(redis: Redis, source_path: str) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts `greycard serve picwish` with two workers: the parent, and its address."""
    running: list[subprocess.Popen[str]] = []

    def started(*options: str) -> tuple[subprocess.Popen[str], str]:
        command = [
            sys.executable, "-m", "greycard", "serve", "picwish", "--port", "0", "--workers", "2",
            "--store", redis.url, "--log-format", "json", *options,
        ]  # fmt: skip
        environ = {**os.environ, "PYTHONPATH": source_path}
        running.append(
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True, start_new_session=True
            )
        )
        output = running[-1].stdout
        assert output is not None
        return running[-1], json.loads(output.readline())["url"]

    yield started
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def is_free(url: str) -> bool:
    """Whether the port can be had by somebody else."""
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            mine.bind(("127.0.0.1", urlsplit(url).port or 0))
        except OSError:
            return False
        return True


def both_answer(url: str, parent: subprocess.Popen[str]) -> None:
    """Wait until each worker listens, which is as soon as it has taken a connection."""
    assert until(lambda: len(children(parent.pid)) == 2)
    assert until(lambda: requests.get(f"{url}/_mock/health", timeout=10).status_code == 200)


def test_nothing_is_lost_when_workers_and_the_store_are_killed(source_path: str, monkeypatch: Any) -> None:
    """A short run of `greycard_suite.tools.kill_workers`: a minute of it belongs to a machine that is free."""
    monkeypatch.setenv("PYTHONPATH", source_path)
    found = run(6, 1, workers=2, clients=4, every=1.5)
    assert found.wrong == [], "\n".join(lines_of(found))
    assert len(found.created) > 20
    assert found.kills["worker"] >= 2
    assert found.kills["store"] == 2


@pytest.mark.parametrize("how", ["terminal", "parent"])
def test_the_end_leaves_no_process_and_no_port(start: Callable[..., Any], how: str) -> None:
    """Ctrl-C comes to all of them, what a supervisor sends to the parent alone."""
    parent, url = start("--quiet")
    both_answer(url, parent)
    workers = children(parent.pid)
    if how == "terminal":
        os.killpg(parent.pid, signal.SIGINT)
    else:
        parent.send_signal(signal.SIGTERM)
    assert parent.wait(30) == 0
    assert parent.stderr.read() == ""
    assert until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers), 5)
    assert is_free(url)


def test_workers_end_when_their_parent_was_killed(start: Callable[..., Any]) -> None:
    """Nobody is left who would end them."""
    parent, url = start("--quiet")
    both_answer(url, parent)
    workers = children(parent.pid)
    parent.kill()
    assert until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers), 15)
    assert is_free(url)


def test_a_worker_that_is_killed_is_replaced_though_the_store_is_away(start: Callable[..., Any], redis: Redis) -> None:
    """Connections that none had taken are taken by the next; meanwhile clients see the vendor's own error."""
    parent, url = start("--quiet")
    both_answer(url, parent)
    before = children(parent.pid)
    redis.kill()
    for one in before:
        os.kill(one, signal.SIGKILL)
    begun = time.monotonic()
    answer = requests.get(f"{url}{SCALE}/x", headers=KEY, timeout=30)  # waits until one listens again
    assert time.monotonic() - begun < 30
    assert answer.status_code == 500
    assert "the mock's own trouble" in answer.headers["X-Greycard-Reason"]
    assert requests.get(f"{url}/_mock/", timeout=10).status_code == 503
    redis.start()
    assert until(lambda: requests.get(f"{url}{SCALE}/x", headers=KEY, timeout=10).status_code == 404)
    assert not set(before) & set(children(parent.pid))


def test_lines_of_several_workers_are_whole(start: Callable[..., Any]) -> None:
    """Both print to one output, and no line is cut by another one."""
    parent, url = start()
    both_answer(url, parent)

    def ask(number: int) -> int:
        return requests.get(f"{url}/nothing-{number}-{'x' * 3000}", timeout=20).status_code

    with ThreadPoolExecutor(8) as pool:  # nobody reads what is printed, so that writers wait in the middle of lines
        assert set(pool.map(ask, range(300))) == {404}
    parent.send_signal(signal.SIGTERM)
    lines = [json.loads(line) for line in parent.stdout.read().splitlines()]
    seen = {line["path"].split("-")[1] for line in lines if "nothing" in line.get("path", "")}
    assert len(seen) == 300


def test_a_worker_that_cannot_start_ends_the_parent(redis: Redis, source_path: str) -> None:
    """It says once what is wrong."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [
            sys.executable, "-m", "greycard", "serve", "--workers", "3", "--store", redis.url,
            "--port", str(taken.getsockname()[1]),
        ]  # fmt: skip
        environ = {**os.environ, "PYTHONPATH": source_path}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "the port is taken" in done.stderr
