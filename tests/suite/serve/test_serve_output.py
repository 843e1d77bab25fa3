"""`greycard serve` as a process: its lines, its clock, its archive, and readers that are slow or gone."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from greycard_suite.commands.serve import serve

pytestmark = [pytest.mark.wire, pytest.mark.slow]
SCALE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}


@pytest.fixture
def start(source_path: str) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `greycard serve picwish` on a free port with these options."""
    running: list[subprocess.Popen[bytes]] = []

    def started(*options: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, "PYTHONPATH": source_path}
        command = [sys.executable, "-m", "greycard_suite.cli", "serve", "picwish", "--port", "0", *options]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[bytes]) -> bytes:
    """The next line of output."""
    assert process.stdout is not None
    return process.stdout.readline()


def ended(process: subprocess.Popen[bytes]) -> bytes:
    """What is still printed when the process is told to end, which it does."""
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stderr is not None
    rest = process.stdout.read()  # what `communicate` gives is without the part that lies in the buffer
    assert (process.wait(timeout=30), process.stderr.read()) == (0, b"")
    return rest


def test_json_from_the_first_line_to_the_last(start: Callable[..., Any], tmp_path: Path) -> None:
    """Each line is an object; the clock stands still until it is moved; the archive holds what happened."""
    archive = tmp_path / "all.har"
    process = start("--log-format", "json", "--clock", "virtual", "--har", str(archive))
    url = json.loads(line(process))["url"]
    for _ in range(3):
        answer = requests.get(f"{url}{SCALE}/x", headers=KEY, timeout=10)
    assert answer.status_code == 429
    assert "time stands still" in answer.headers["X-Greycard-Reason"]
    lines = [json.loads(line(process)) for _ in range(3)]
    assert [one["status"] for one in lines] == [404, 404, 429]
    assert "clock.advance(1)" in lines[-1]["reason"]
    assert lines[-1]["option"] == "--variant picwish.rate_scope=create"
    kind = requests.get(f"{url}/_mock/worlds/picwish:test-key/clock", timeout=10).json()["kind"]
    assert kind == "virtual"
    assert json.loads(ended(process).splitlines()[-1]) == {"event": "stopped"}
    assert [entry["response"]["status"] for entry in json.loads(archive.read_text())["log"]["entries"]] == [
        404,
        404,
        429,
    ]


def test_quiet_prints_no_requests(start: Callable[..., Any]) -> None:
    """The first lines and the last one are there."""
    process = start("--quiet", "--clock", "real*20")
    url = line(process).split()[3].decode()
    requests.get(f"{url}{SCALE}/x", headers=KEY, timeout=10)
    assert requests.get(f"{url}/_mock/worlds/picwish:test-key/clock", timeout=10).json()["speed"] == 20
    rest = ended(process)
    assert b" GET " not in rest
    assert rest.endswith(b"\nstopping\n")


@pytest.mark.parametrize("reader", ["gone", "asleep"])
def test_a_reader_that_is_gone_or_asleep_ends_nothing(start: Callable[..., Any], reader: str) -> None:
    """Requests are answered while nobody takes the lines, and the end comes when it is asked for."""
    process = start()
    url = line(process).split()[3].decode()
    while line(process).strip():  # the first lines, up to an empty one
        pass
    while line(process).strip():  # what there is to paste, up to another one, after which only requests are printed
        pass
    if reader == "gone":
        process.stdout.close()
    else:
        fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, 4096)
    with requests.Session() as http:
        for _ in range(300):
            assert http.get(f"{url}{SCALE}/x", headers=KEY, timeout=10).status_code in (404, 429)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--clock", "never"], "the clock must be 'auto', 'virtual', 'real', or 'real*20'"),
        (["--clock", "real*0"], "the clock must be"),
        (["--clock", "real*20", "--speed", "2"], "both say how fast time passes"),
        (["--log-format", "xml"], "'text', 'json'"),
    ],
)
def test_what_cannot_be_is_wrong_use(options: list[str], words: str) -> None:
    """Status 2 and a sentence."""
    done = CliRunner().invoke(serve, ["picwish", *options])
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())


def test_an_archive_that_cannot_be_written_is_said(start: Callable[..., Any], tmp_path: Path) -> None:
    """In one sentence, when the mock ends; its folder was made at the start."""
    archive = tmp_path / "new" / "all.har"
    process = start("--har", str(archive))
    line(process)
    archive.mkdir()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(b"Error: --har ")
