"""Results over the wire while pictures take long: others are answered, and the mock can be stopped."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from greycard_mocks.answers import result_store
from greycard_mocks.clock import VirtualClock
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images import transform
from greycard_mocks.serve import Running, run
from greycard_schemas.loader import load_contracts

pytestmark = pytest.mark.wire

SECONDS = 30.0
CROWD = 40


class Slow:
    """A mock whose pictures are not ready before `ready` is set; `waits` is released by each thread that waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.engine = Engine(load_contracts(["magictiger"]), clock=self.clock, picture_memory=8)
        self.running: Running = run(self.engine)
        self.url = self.running.url
        self.ready = threading.Event()
        self.waits = threading.Semaphore(0)
        self.made: list[int] = []
        self.at_once = self.most = 0
        self._lock = threading.Lock()
        stand_in, original = self.engine.turns.while_waiting, transform.enlarge

        def while_waiting() -> AbstractContextManager[object]:
            self.waits.release()
            return stand_in()

        def slowly(*arguments: Any, **options: Any) -> Iterator[bytes]:
            with self._lock:
                self.made.append(1)
            assert self.ready.wait(SECONDS)
            with self._lock:
                self.at_once -= 1
            return original(*arguments, **options)

        def counted(*arguments: Any, **options: Any) -> Iterator[bytes]:
            with self._lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            return slowly(*arguments, **options)

        self.engine.turns.while_waiting = while_waiting
        monkeypatch.setattr(transform, "enlarge", counted)

    def call(self, name: str, **body: Any) -> dict[str, Any]:
        """The data of an answer of Magic Tiger."""
        answer = requests.post(f"{self.url}/{name}", json=body, headers={"token": "test-key"}, timeout=SECONDS)
        data: dict[str, Any] = answer.json()["data"]
        return data

    def finished(self, count: int) -> list[str]:
        """So many tasks, each with a picture of its own, at their end."""
        links = [f"{self.url}/_mock/images/{64 + number}x64.png" for number in range(count)]
        tasks = [self.call("createtask", picurl=link, type=2)["taskid"] for link in links]
        self.engine.time.advance(self.engine.worlds.world("magictiger", "test-key"), 10)
        return tasks

    def get(self, task: str) -> dict[str, Any]:
        """The data of one task."""
        return self.call("gettask", taskid=task, type=2)

    def fetch(self, task: str) -> requests.Response:
        """The answer to the link of the task's picture."""
        return requests.get(self.get(task)["outputurl"], timeout=SECONDS)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """Ended, whatever happens, with all pictures ready."""
    made = Slow(monkeypatch)
    yield made
    made.ready.set()
    made.running.close()
    made.engine.close()


def test_who_waits_for_a_picture_holds_nobody_up(slow: Slow) -> None:
    """Many requests wait for pictures, two of which are made; others are answered."""
    tasks = slow.finished(CROWD)
    with ThreadPoolExecutor(CROWD) as pool:
        answers = [pool.submit(slow.fetch, task) for task in tasks]
        for _ in range(CROWD - 2):
            assert slow.waits.acquire(timeout=SECONDS)
        assert requests.get(f"{slow.url}/_mock/health", timeout=SECONDS).json()["status"] == "ok"
        assert len(slow.made) == 2
        slow.ready.set()
        assert {answer.result(SECONDS).status_code for answer in answers} == {200}
    assert (slow.most, len(slow.made)) == (2, CROWD)


def test_one_that_is_being_made_is_waited_for_without_a_thread(slow: Slow) -> None:
    """Many ask for the same picture; it is made once, and others are answered meanwhile."""
    (task,) = slow.finished(1)
    with ThreadPoolExecutor(CROWD) as pool:
        answers = [pool.submit(slow.fetch, task) for _ in range(CROWD)]
        for _ in range(CROWD - 1):
            assert slow.waits.acquire(timeout=SECONDS)
        assert requests.get(f"{slow.url}/_mock/health", timeout=SECONDS).status_code == 200
        slow.ready.set()
        assert len({answer.result(SECONDS).content for answer in answers}) == 1
    assert len(slow.made) == 1


def test_a_mock_stops_without_making_what_waits(slow: Slow) -> None:
    """What is being made is waited for, what waits is answered without a picture."""
    tasks = slow.finished(5)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(slow.fetch, task) for task in tasks]
        for _ in range(3):
            assert slow.waits.acquire(timeout=SECONDS)
        with slow.engine.turns.stopped():
            slow.ready.set()
            statuses = sorted(answer.result(SECONDS).status_code for answer in answers)
    assert statuses == [200, 200, 404, 404, 404]


def test_no_answer_waits_for_a_picture(slow: Slow) -> None:
    """Width, height and length in bytes are told before any picture can be made, and are those of the picture."""
    told = [slow.get(task) for task in slow.finished(3)]
    assert slow.made == []
    slow.ready.set()
    for number, one in enumerate(told):
        content = requests.get(one["outputurl"], timeout=SECONDS).content
        assert (one["outpathwidth"], one["outpathheight"]) == Image.open(io.BytesIO(content)).size
        assert one["outpathsize"] == len(content)
        assert len(slow.made) == number + 1


def test_a_picture_that_is_made_again_is_the_same(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it has given way to newer ones."""
    slow.ready.set()
    monkeypatch.setattr(result_store, "IN_MEMORY_BYTES", 1)
    monkeypatch.setattr(result_store, "KEPT_BYTES", 1)
    tasks = slow.finished(3)
    first = [slow.fetch(task).content for task in tasks]
    assert [slow.fetch(task).content for task in tasks] == first
    assert len(slow.made) == 6


def folders(parent: Path) -> list[Path]:
    """The files of all results."""
    return sorted(parent.glob("greycard-results-*/*"))


def test_large_results_are_files_that_a_reset_removes(
    slow: Slow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They are sent whole from there, the oldest give way, and after a reset none is left."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(result_store, "SMALL_BYTES", 100)
    slow.ready.set()
    told = [slow.get(task) for task in slow.finished(3)]
    assert folders(tmp_path) == []
    for number, one in enumerate(told):
        answer = requests.get(one["outputurl"], timeout=SECONDS)
        assert [len(answer.content), int(answer.headers["Content-Length"])] == [one["outpathsize"]] * 2
        assert Image.open(io.BytesIO(answer.content)).size == (128 + 2 * number, 128)
    assert {one["outpathsize"] for one in told} <= {path.stat().st_size for path in folders(tmp_path)}
    monkeypatch.setattr(result_store, "KEPT_BYTES", 1)
    assert slow.fetch(slow.finished(4)[3]).status_code == 200
    assert len(folders(tmp_path)) == 1
    assert requests.post(f"{slow.url}/_mock/reset", json={}, timeout=SECONDS).status_code == 200
    assert folders(tmp_path) == []


def test_a_full_disk_is_told(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the link, which says why there is no picture; the task's data are what they would be."""
    slow.ready.set()
    (task,) = slow.finished(1)

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    write: Callable[..., Any] = full
    monkeypatch.setattr(result_store.ResultStore, "_written", write)
    told = slow.get(task)
    assert told["outpathwidth"] == 128
    answer = requests.get(told["outputurl"], timeout=SECONDS)
    assert (answer.status_code, "No space left" in answer.text) == (404, True)
