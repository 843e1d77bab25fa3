"""`greycard enhance` when something fails: each picture has its line with the reason, and the rest goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greycard_mocks.images.testcards import card
from greycard_mocks.testing.vendor import VendorMock
from greycard_suite.enhance.command import enhance
from greycard_suite.enhance.vendors import FLOWS, Desk, Picture, Step

VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")
PATIENCE = 20.0


@pytest.mark.wire
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_failed_picture_has_one_line_with_its_reason(
    run: Callable[..., Result], world: Callable[[str], VendorMock], vendor: str, put: Callable[..., str]
) -> None:
    """What is no picture fails with its name and a reason; the others are saved; the exit status is 1."""
    Path("bad.jpg").write_text("hello")
    done = run(put("a.jpg"), "bad.jpg", put("c.jpg"), mock=world(vendor))
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert [line.partition(": failed: ")[0] for line in lines] == ["bad.jpg", lines[-1]]
    assert len(lines[0]) > len("bad.jpg: failed: ")
    assert lines[-1] == "2 of 3 pictures enhanced, 1 failed"
    assert len(list(Path().glob("*-*.*"))) == 2


@pytest.mark.wire
def test_a_batch_that_failed_as_a_whole_says_why_for_each_picture(
    run: Callable[..., Result], wondershare: VendorMock, put: Callable[..., str]
) -> None:
    """When no picture of a task succeeds, each still gets its own reason."""
    Path("bad.jpg").write_text("hello")
    done = run("bad.jpg", put("small.jpg", 100, 100), mock=wondershare)
    assert done.exit_code == 1
    assert "bad.jpg: failed: wondershare task" in done.stderr
    assert "not an image" in done.stderr
    assert "resolution" in done.stderr


@pytest.mark.wire
def test_a_wrong_key_is_tried_once_a_thread(
    run: Callable[..., Result], picwish: VendorMock, monkeypatch: pytest.MonkeyPatch, put: Callable[..., str]
) -> None:
    """After a 401 the rest is not sent, has its lines all the same, and the key is in none of them."""
    monkeypatch.setenv("GREYCARD_PICWISH_API_KEY", "wrong-and-secret")
    names = [put(f"p{number}.jpg", 40, 30) for number in range(4)]
    done = run(*names, "--vendor", "picwish", "--base-url", picwish.url, "--jobs", "1")
    assert done.exit_code == 1
    assert done.stderr.count("not sent") == 3
    assert done.stderr.count("HTTP 401") == 4
    assert "wrong-and-secret" not in done.output


@pytest.mark.wire
def test_a_result_that_is_no_picture_is_kept_and_told(
    run: Callable[..., Result], picwish: VendorMock, monkeypatch: pytest.MonkeyPatch, put: Callable[..., str]
) -> None:
    """What cannot be read as a picture is kept as .bin, and its picture counts as failed."""

    def flow(_: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
        yield Step(pictures[0], lambda path: path.write_bytes(b"<html>sorry</html>"))

    monkeypatch.setitem(FLOWS, "picwish", flow)
    done = run(put("a.jpg"), mock=picwish)
    assert done.exit_code == 1
    assert "a.jpg: failed: the result is not a picture" in done.stderr
    assert Path("a-picwish.bin").read_bytes() == b"<html>sorry</html>"


@pytest.mark.wire
def test_a_mistake_of_ours_is_not_hidden(
    run: Callable[..., Result], picwish: VendorMock, monkeypatch: pytest.MonkeyPatch, put: Callable[..., str]
) -> None:
    """An error that no user can cause leaves the threads and the command as it is."""

    def flow(_: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
        raise KeyError(pictures)

    monkeypatch.setitem(FLOWS, "picwish", flow)
    assert isinstance(run(put("a.jpg"), mock=picwish).exception, KeyError)


@pytest.mark.wire
def test_a_task_that_never_ends_is_given_up(
    run: Callable[..., Result], magictiger: VendorMock, put: Callable[..., str]
) -> None:
    """--timeout bounds the wait for a task."""
    magictiger.scenario(stuck="processing")
    done = run(put("a.jpg"), "--timeout", "30", mock=magictiger)
    assert done.exit_code == 1
    assert "after 30 s; wait again or raise --timeout" in done.stderr


@pytest.mark.wire
def test_a_server_that_is_not_there_is_named(
    run: Callable[..., Result], magictiger: VendorMock, monkeypatch: pytest.MonkeyPatch, put: Callable[..., str]
) -> None:
    """Without a server each picture has its line, and there is no traceback."""
    monkeypatch.chdir(Path.cwd())
    arguments = (put("a.jpg"), put("b.jpg"), "--vendor", "magictiger", "--base-url", "http://127.0.0.1:1")
    done = CliRunner().invoke(enhance, arguments, obj=magictiger.clock)
    assert done.exit_code == 1
    assert done.stderr.count("no connection") == 2


@pytest.mark.wire
@pytest.mark.slow
def test_ctrl_c_ends_cleanly(magictiger: VendorMock, tmp_path: Path, source_path: str) -> None:
    """An interrupted run says what is done, leaves nothing half-written and no traceback."""
    (tmp_path / "a.jpg").write_bytes(card(100, 100, "jpg"))
    # a shell that runs the tests in the background would have the signal ignored
    code = "import signal as s; s.signal(2, s.default_int_handler); import greycard_suite.cli as c; c.main()"
    words = ["enhance", "a.jpg", "--vendor", "magictiger", "--base-url", magictiger.url, "-o", "out"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "PYTHONPATH": source_path,
        "GREYCARD_MAGICTIGER_TOKEN": magictiger.credentials["token"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not magictiger.requests and time.monotonic() < deadline:
            pause.wait(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert errors == "stopped: 0 of 1 pictures enhanced; tasks under way go on at the vendor\n"
    assert list((tmp_path / "out").iterdir()) == []
