"""A live run that is interrupted or killed keeps what it has, and the next one goes on without paying twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from greycard_mocks.serve import Running
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts, load_vendor
from greycard_schemas.variants import Observer
from greycard_suite.call import Call
from greycard_suite.cli import cli
from greycard_suite.evidence.archive import ARCHIVE, JOURNAL, open_archive
from greycard_suite.evidence.journal import Journal
from greycard_suite.evidence.recording import Record
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.runner.attempt import Attempt
from greycard_suite.runner.recorder import Recorder
from greycard_suite.targets.journaled import CUT_OFF
from greycard_suite.tools.kill_runs import killed_run, served, verify, whole_run

LINES = {"verdicts.json", "junit.xml", "report.html", ARCHIVE, JOURNAL}
CLAIM = "enhancor#errors/unauthorized/code"

wire = pytest.mark.wire
slow = pytest.mark.slow


class SlowVendor:
    """Enhancor, whose tasks never end; `silent`: it does not even answer. `asked` is set by the first request."""

    def __init__(self) -> None:
        self.silent, self.asked, self.over = False, threading.Event(), threading.Event()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(length) or b"{}")
                vendor.asked.set()
                if vendor.silent:
                    vendor.over.wait()
                    return
                status = {"requestId": sent.get("request_id", ""), "status": "IN_QUEUE"}
                body = {"success": True, "requestId": "abcdef0123"} if self.path.endswith("/queue") else status
                content = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Let go of who waits, and stop."""
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def slow_vendor() -> Iterator[SlowVendor]:
    """A vendor at which a run waits."""
    vendor = SlowVendor()
    yield vendor
    vendor.close()


@pytest.fixture
def interrupted(slow_vendor: SlowVendor, tmp_path: Path, source_path: str) -> Callable[[int], tuple[int, str, str]]:
    """Starts a run, sends it a signal when it has asked something; gives status, output and errors."""

    def run(number: int) -> tuple[int, str, str]:
        command = verify("enhancor", slow_vendor.url, tmp_path / "run")
        environment = {**os.environ, "PYTHONPATH": source_path}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert slow_vendor.asked.wait(60)
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    return run


@wire
@slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_with_a_sentence_and_keeps_what_it_has(
    interrupted: Callable[[int], tuple[int, str, str]], tmp_path: Path, number: int, status: int
) -> None:
    """The status is that of the signal, one sentence says how to go on, and the folder holds what was found."""
    found, output, errors = interrupted(number)
    assert (found, output) == (status, "")
    assert errors.count("\n") == 1
    assert "--resume" in errors
    assert {path.name for path in (tmp_path / "run").iterdir()} == LINES
    assert open_archive(tmp_path / "run").cut_off()
    document = json.loads((tmp_path / "run" / "verdicts.json").read_text())
    assert document["complete"] is False
    assert {one["verdict"] for one in document["claims"]} <= {"holds", "confirmed", "not exercised"}


@wire
@slow
def test_an_answer_that_does_not_come_is_not_waited_for(
    interrupted: Callable[[int], tuple[int, str, str]], slow_vendor: SlowVendor, tmp_path: Path
) -> None:
    """A vendor that is silent keeps an interrupted run for seconds only, and what it was sent is on record."""
    slow_vendor.silent = True
    status, _, errors = interrupted(signal.SIGINT)
    assert (status, errors.count("\n")) == (130, 1), errors
    intents = [one.intents for one in open_archive(tmp_path / "run").cut_off()]
    assert [len(one) for one in intents if one] == [1]


@wire
@slow
def test_a_killed_run_goes_on_and_pays_for_nothing_twice(tmp_path: Path, source_path: str) -> None:
    """Killed at any moment and resumed, a run has the verdicts of an unbroken one, or says which it leaves open."""
    seed = random.randrange(1 << 32)  # noqa: S311 - no secret
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    dice = random.Random(seed)  # noqa: S311 - no secret
    environment = {**os.environ, "PYTHONPATH": source_path}
    whole = [whole_run("magictiger", tmp_path / "whole", environment=environment)]
    assert whole[0].status == 0
    killed = []
    for number in range(3):
        found = killed_run("magictiger", tmp_path / str(number), dice.uniform(1, 6), whole, environment=environment)
        if found is not None:  # otherwise it had ended before
            killed.append(found)
    assert [(one.changed, one.twice, one.after) for one in killed] == [((), (), ())] * len(killed)


@pytest.fixture
def tiger() -> Iterator[Running]:
    """A mock of Magic Tiger whose tasks are quick."""
    with served("magictiger") as running:
        yield running


def resumed(running: Running, folder: Path, *more: str) -> Result:
    """The command that goes on with the run in this folder."""
    target = ["--target", "live", "--vendor", "magictiger", "--base-url", f"magictiger={running.url}"]
    return CliRunner().invoke(cli, ["verify", *target, "--resume", str(folder), *more], catch_exceptions=False)


def cut_off(running: Running, folder: Path) -> str:
    """A folder with a run that was killed when one test had created a task, and asked for another; gives the task."""
    vendors = load_contracts(["magictiger"])
    name = "test_a_deleted_task_is_gone[magictiger-deletetask]"
    fields = {"type": 1, "picurl": f"{running.url}/_mock/images/88x72.jpg"}
    answered = requests.post(f"{running.url}/createtask", json=fields, headers={"token": "test-verify"}, timeout=10)
    body = answered.json()
    setting = {
        "kind": "live", "base_url": running.url, "images": "", "static_images": False, "capabilities": [],
        "receiver": None, "patience": 45.0, "poll_seconds": 0.5, "variants": {}, "credentials": ["token"],
    }  # fmt: skip
    journal = Journal(folder, vendors)
    journal.begin(Record("magictiger", name, 1, 1.0, 1.0, (), (), setting, {}), anew=True)
    place = ("magictiger", name, 1)
    first = journal.intend(place, "createtask", {"key": "first", "files": {}})
    call = Call(
        "createtask", "POST", f"{running.url}/createtask", fields, {}, "application/json", "valid", 200, {},
        answered.content, body, 2.0, 0.1, 1,
    )  # fmt: skip
    journal.answered(place, call, first)
    journal.intend(place, "createtask", {"key": "second", "files": {}})
    journal.close()
    return str(body["data"]["taskid"])


@wire
@slow
def test_what_was_left_behind_is_deleted_and_sent_again_only_when_asked_for(tiger: Running, tmp_path: Path) -> None:
    """A test whose cost is not known is told and left alone, its tasks are deleted; `--pay-again` sends it again."""
    task = cut_off(tiger, tmp_path / "run")
    done = resumed(tiger, tmp_path / "run")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "1 tests were under way" in said
    assert "test_a_deleted_task_is_gone" in said
    assert "1 tasks that the earlier run had left behind were deleted" in done.output
    asked = {"taskid": task, "type": 1}
    gone = requests.post(f"{tiger.url}/gettask", json=asked, headers={"token": "test-verify"}, timeout=10)
    assert gone.json()["code"] == 1002002
    assert (tmp_path / "run" / JOURNAL).exists()
    done = resumed(tiger, tmp_path / "run", "--pay-again")
    assert done.exit_code == 0, done.output
    assert "under way" not in done.output
    assert not (tmp_path / "run" / JOURNAL).exists()


@wire
def test_a_run_goes_on_where_it_began(tiger: Running, tmp_path: Path) -> None:
    """A run that was cut off is neither overwritten nor continued at another address."""
    cut_off(tiger, tmp_path / "run")
    target = ["verify", "--target", "live", "--vendor", "magictiger", "--base-url"]
    done = CliRunner().invoke(cli, [*target, f"magictiger={tiger.url}", "-o", str(tmp_path / "run")])
    assert (done.exit_code, "holds a run that was cut off" in done.output) == (2, True)
    done = CliRunner().invoke(cli, [*target, "magictiger=http://127.0.0.1:9", "--resume", str(tmp_path / "run")])
    assert (done.exit_code, f"give --base-url magictiger={tiger.url}" in " ".join(done.output.split())) == (2, True)
    done = CliRunner().invoke(cli, [*target, f"magictiger={tiger.url}", "--pay-again"])
    assert (done.exit_code, "--resume FOLDER --pay-again" in done.output) == (2, True)


def attempt(*, goes_on: bool) -> tuple[Attempt, Verdicts]:
    """A try that saw one statement hold and another not."""
    vendor = load_vendor("enhancor")
    whole = Verdicts(claims_of(vendor), Observer(vendor))
    found = Attempt(whole.child("test_it"), Recorder(goes_on=goes_on))
    held, broken = [claim for claim in whole.claims if whole.claims[claim].is_claim][:2]
    found.verdicts.judge(held, True, expected="", seen="")
    found.verdicts.judge(broken, False, expected="", seen="")
    return found, whole


def test_what_a_kill_may_have_brought_about_is_no_violation() -> None:
    """Of a try that goes on after a kill only what holds counts, and nothing is tried again for it."""
    sound, whole = attempt(goes_on=False)
    assert (sound.doubt(), sound.is_unconfirmed()) == ([], True)
    cut, whole = attempt(goes_on=True)
    assert not cut.is_unconfirmed()
    (doubtful,) = cut.doubt()
    assert [one["holds"] for one in cut.found(confirm=True)] == [True]
    cut.keep(confirm=True)
    assert doubtful not in whole.findings
    assert len(whole.findings) == 1
    assert whole.notices == {}


def test_a_breakdown_after_a_kill_is_told_as_cut_off() -> None:
    """A test that cannot make sense of what it finds after a kill has not broken down."""
    cut, _ = attempt(goes_on=True)
    cut.failures.append("AssertionError")
    cut.doubt()
    assert cut.failures == []
    assert str(cut.interruption) == CUT_OFF
