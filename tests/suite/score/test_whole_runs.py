"""The score as a user meets it: the same twice, nothing left out by the choice, nothing left behind by a kill."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APPLICATIONS = Path(__file__).parents[2] / "example_apps"
DRIFTS = "enhancor/lifecycle.*,enhancor/status.cost*,enhancor/errors*,enhancor/queue.success*,enhancor/webhook.s*"

pytestmark = pytest.mark.slow


def test_the_same_twice_and_as_without_a_choice(scored: Callable[..., Any]) -> None:
    """Two runs write the same bytes; what is not run is sorted as a run of everything sorts it."""
    first, second = (scored(APPLICATIONS / "portraits", DRIFTS) for _ in range(2))
    assert first.raw == second.raw
    whole = scored(APPLICATIONS / "portraits", DRIFTS, GREYCARD_SCORE_CHOOSING="off")
    chosen = {name: one["sort"] for name, one in first.content["drifts"].items()}
    sorts = {name: one["sort"] for name, one in whole.content["drifts"].items()}
    idle = ("unseen", "not relied on")
    assert {name: sorts[name] for name, sort in chosen.items() if sort in idle and sorts[name] not in idle} == {}


def test_shards_are_parts_of_the_whole(scored: Callable[..., Any]) -> None:
    """Each drift stands in one of the parts, sorted as in the whole."""
    whole = scored(APPLICATIONS / "portraits", "enhancor/status.cost*,enhancor/queue.success*").content["drifts"]
    parts = [
        scored(
            APPLICATIONS / "portraits", "enhancor/status.cost*,enhancor/queue.success*", f"--greycard-shard={number}/2"
        ).content["drifts"]
        for number in (1, 2)
    ]
    assert {**parts[0], **parts[1]} == whole
    assert parts[0].keys() & parts[1].keys() == set()


def test_tests_that_reach_no_mock(scored: Callable[..., Any], tmp_path: Path) -> None:
    """Nothing can be said, and the exit status says so."""
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    assert True\n", encoding="utf-8")
    found = scored(tmp_path, "all")
    assert found.status == 3
    assert "no test reached a mock" in "\n".join(found.lines)


def test_tests_that_never_look(scored: Callable[..., Any], tmp_path: Path) -> None:
    """A suite that stays green when every answer is broken looks at nothing."""
    (tmp_path / "test_blind.py").write_text(
        "import requests\n\n\ndef test_blind(picwish):\n"
        "    requests.get(picwish.url + '/api/tasks/visual/scale/1', headers=picwish.headers)\n",
        encoding="utf-8",
    )
    found = scored(tmp_path, "picwish/rate*")
    assert found.status == 3
    assert "look at nothing" in "\n".join(found.lines)


def test_a_test_that_fails_by_itself_is_named(scored: Callable[..., Any], tmp_path: Path) -> None:
    """It is no part of the score, and the exit status says that something is wrong."""
    (tmp_path / "test_two.py").write_text(
        "import requests\n\n\ndef test_bad(picwish):\n    assert picwish.url == ''\n\n\n"
        "def test_good(picwish):\n"
        "    answer = requests.get(picwish.url + '/api/tasks/visual/scale/1', headers=picwish.headers)\n"
        "    assert answer.json()['status'] == 404\n",
        encoding="utf-8",
    )
    found = scored(tmp_path, "picwish/scale.get.task*")
    assert found.status == 1
    assert any(line.startswith("left out: test_two.py::test_bad fails without a drift") for line in found.lines)
    assert list(found.content["tests"]) == ["test_two.py::test_good"]


SHOP = """
import pytest
import requests


def shop(picwish):
    answer = requests.get(picwish.url + '/api/tasks/visual/scale/1', headers=picwish.headers).json()
    if answer['status'] == 404:
        return requests.get(picwish.url + '/api/tasks/visual/scale/2', headers=picwish.headers).json()['status']
    return 404


def test_shop(picwish):
    assert shop(picwish) == 404
"""


def test_the_test_to_paste_fails_today(scored: Callable[..., Any], source_path: str, tmp_path: Path) -> None:
    """It stands whole in what is printed, and fails because the application says nothing."""
    (tmp_path / "test_shop.py").write_text(SHOP, encoding="utf-8")
    found = scored(tmp_path, "picwish/errors.not_found*")
    assert found.table, "\n".join(found.lines)
    start = next(number for number, line in enumerate(found.lines) if "def test_says_that" in line)
    pasted = []
    for line in found.lines[start:]:
        if not line.startswith("       "):
            break
        pasted.append(line[7:])
    (tmp_path / "test_shop.py").write_text(SHOP + "\n\n" + "\n".join(pasted) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "greycard_mocks.plugin", "test_shop.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": source_path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "DID NOT RAISE" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def is_open(port: int) -> bool:
    """Whether somebody listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != errno.ECONNREFUSED


def test_the_same_where_nothing_can_be_forked(scored: Callable[..., Any]) -> None:
    """A fresh interpreter for each drift comes to the same bytes, and it is said that it takes longer."""
    drifts, planted = "enhancor/queue.success-[dn]*,enhancor/lifecycle.running-new-state", "unknown-state-crashes"
    usual = scored(APPLICATIONS / "portraits", drifts, PLANTED=planted)
    fresh = scored(APPLICATIONS / "portraits", drifts, PLANTED=planted, GREYCARD_FORK="off")
    assert fresh.raw == usual.raw != b""
    assert {one["sort"] for one in usual.content["drifts"].values()} == {"crashes", "not relied on"}
    assert [line for line in fresh.lines if line not in usual.lines and line.startswith("Nothing could be forked")]


@pytest.mark.wire
@pytest.mark.parametrize("fork", ["on", "off"])
def test_a_kill_leaves_no_child_and_no_port(source_path: str, tmp_path: Path, fork: str) -> None:
    """Whatever the children have opened ends with their parent, also when that has no time to say so."""
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    (tmp_path / "test_waits.py").write_text(
        "import os, subprocess, threading\n\n\ndef test_waits(picwish):\n"
        f"    pipe = os.open({str(tmp_path / 'pipe')!r}, os.O_WRONLY)\n"
        "    subprocess.Popen(['sleep', '600'], pass_fds=[pipe])\n"
        "    os.write(pipe, picwish.url.encode() + b'\\n')\n    threading.Event().wait()\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "greycard_mocks.plugin", "-p", "greycard_suite.score.options",
            "--greycard-score=all", str(tmp_path),
        ],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": source_path, "GREYCARD_FORK": fork},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert select.select([reading], [], [], 120)[0], "no child has come so far"
        url = os.read(reading, 200).decode().strip()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert select.select([reading], [], [], 30)[0], "a child lives on"
        assert os.read(reading, 1) == b"", "nobody holds the pipe any more"
    finally:
        parent.kill()
        parent.wait()
        os.close(reading)
    # the system closes what a killed process held one after the other: the pipe may have ended before the port
    port, until = int(url.rpartition(":")[2]), time.monotonic() + 20
    while is_open(port):
        assert time.monotonic() < until, "somebody still listens"
