"""Applications in ordinary code, each with a sleep of its own, against every vendor under every clock."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from greycard_mocks import Mock, VendorMock

pytestmark = pytest.mark.wire

SOON = 0.01
"""Seconds between two polls; where sleeping moves the clock it is one second instead."""

GIVE_UP = 200


@dataclass(frozen=True)
class Api:
    """What a program must know of a vendor: its two requests, and where the answers say what."""

    create: tuple[str, str]
    body: Callable[[str], dict[str, Any]]
    task: tuple[str, ...]
    poll: Callable[[str], tuple[str, str, Any]]
    state: tuple[str, ...]
    done: object


APIS = {
    "picwish": Api(
        ("/api/tasks/visual/scale", "data"), lambda link: {"type": "clean", "image_url": link}, ("data", "task_id"),
        lambda task: ("GET", f"/api/tasks/visual/scale/{task}", None), ("data", "state"), 1,
    ),
    "wondershare": Api(
        ("/v3/pic/fsrtwo/batch", "json"), lambda link: {"images": [link], "priority": 1, "file_ext": "png"},
        ("data", "task_id"), lambda task: ("GET", f"/v3/pic/fsrtwo/result/{task}", None), ("data", "status"), "3",
    ),
    "magictiger": Api(
        ("/createtask", "json"), lambda link: {"picurl": link, "type": 1}, ("data", "taskid"),
        lambda task: ("POST", "/gettask", {"taskid": task, "type": 1}), ("data", "status"), 2,
    ),
    "enhancor": Api(
        ("/api/upscaler/v1/queue", "json"),
        lambda link: {"img_url": link, "webhookUrl": "http://127.0.0.1:9/", "mode": "fast"}, ("requestId",),
        lambda task: ("POST", "/api/upscaler/v1/status", {"request_id": task}), ("status",), "COMPLETED",
    ),
}  # fmt: skip


def part(answer: Any, path: tuple[str, ...]) -> Any:
    """What stands in an answer at a path."""
    for name in path:
        answer = answer[name]
    return answer


class Program:
    """An application of somebody else's: knows an address and headers, sleeps between polls, gives up at some point."""

    def __init__(self, api: Api, vendor: VendorMock, interval: float) -> None:
        self.api, self.link, self.interval = api, vendor.images.link(300, 280), interval
        self.http: dict[str, Any] = {"base_url": vendor.url, "headers": vendor.headers, "trust_env": False}

    def create(self) -> tuple[str, str, dict[str, Any]]:
        """The request that makes a task."""
        path, form = self.api.create
        return "POST", path, {form: self.api.body(self.link)}

    def poll(self, task: str) -> tuple[str, str, dict[str, Any]]:
        """The request for a task's state."""
        method, path, body = self.api.poll(task)
        return method, path, {} if body is None else {"json": body}

    def is_done(self, answer: Mapping[str, Any]) -> bool:
        """Whether the task has succeeded."""
        return bool(part(answer, self.api.state) == self.api.done)


def with_time_sleep(program: Program) -> bool:
    """A script: sends, sleeps, polls."""
    with httpx.Client(**program.http) as http:
        method, path, body = program.create()
        task = part(http.request(method, path, **body).json(), program.api.task)
        for _ in range(GIVE_UP):
            time.sleep(program.interval)
            method, path, body = program.poll(task)
            if program.is_done(http.request(method, path, **body).raise_for_status().json()):
                return True
    return False


def with_asyncio(program: Program) -> bool:
    """A service on asyncio, which polls at once and sleeps then."""

    async def work() -> bool:
        async with httpx.AsyncClient(**program.http) as http:
            method, path, body = program.create()
            task = part((await http.request(method, path, **body)).json(), program.api.task)
            for _ in range(GIVE_UP):
                method, path, body = program.poll(task)
                if program.is_done((await http.request(method, path, **body)).raise_for_status().json()):
                    return True
                await asyncio.sleep(program.interval)
        return False

    return asyncio.run(work())


def with_a_worker(program: Program) -> bool:
    """A job queue, whose thread does the work."""
    jobs: queue.Queue[Program] = queue.Queue()
    results: queue.Queue[bool] = queue.Queue()
    worker = threading.Thread(target=lambda: results.put(with_time_sleep(jobs.get())))
    worker.start()
    jobs.put(program)
    worker.join(60)
    return results.get(timeout=60)


def with_retries(program: Program) -> bool:
    """A call that is tried again until it says what is wanted, with longer and longer waits, as tenacity does."""

    def retried(call: Callable[[], httpx.Response], wanted: Callable[[Any], bool]) -> Any:
        wait = program.interval
        for _ in range(GIVE_UP):
            answer = call()
            if answer.status_code == 200 and wanted(answer.json()):
                return answer.json()
            time.sleep(wait)
            wait = min(wait * 2, 4 * program.interval)
        return None

    with httpx.Client(**program.http) as http:
        method, path, body = program.create()
        task = part(retried(lambda: http.request(method, path, **body), lambda _: True), program.api.task)
        asked, where, what = program.poll(task)
        return retried(lambda: http.request(asked, where, **what), program.is_done) is not None


APPLICATIONS = (with_time_sleep, with_asyncio, with_a_worker, with_retries)


@pytest.fixture(scope="module")
def running() -> Iterator[Mock]:
    """One mock with its port for the tests of this module."""
    with Mock() as mock:
        yield mock


@pytest.mark.parametrize("application", APPLICATIONS)
@pytest.mark.parametrize("clock", ["auto", "virtual", "real", "real*20"])
@pytest.mark.parametrize("name", APIS)
def test_an_application_with_its_own_sleep_gets_its_result(
    running: Mock, name: str, clock: str, application: Callable[[Program], bool]
) -> None:
    """At once under `auto` and in real time, and under `virtual` when its sleeping moves the clock."""
    vendor = running.vendor(name, clock=clock)
    patched = clock == "virtual"
    if clock.startswith("real"):
        # a program that polls every 10 ms of real time is no example for PicWish's rate
        if vendor.world.runtime.rate:
            vendor.set_rate_limit(None)
        vendor.scenario(finish=0.1)
    sleeping: AbstractContextManager[None] = vendor.clock.patch_sleep() if patched else nullcontext()
    with sleeping:
        assert application(Program(APIS[name], vendor, 1.0 if patched else SOON))
    assert vendor.warnings == []
    assert [entry["status"] for entry in vendor.requests if entry["status"] == 429] == []
    assert bool(vendor.clock_moves) == (clock == "auto")
    vendor.close()


def test_two_applications_side_by_side_share_no_clock(running: Mock) -> None:
    """Where one polls and the other stands, only the first one's time moves; so it is when both poll."""
    worlds = [running.vendor("picwish") for _ in range(3)]
    before = [vendor.clock.now() for vendor in worlds]
    threads = [
        threading.Thread(target=with_time_sleep, args=(Program(APIS["picwish"], vendor, SOON),))
        for vendor in worlds[:2]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    moved = [vendor.clock.now() - at for vendor, at in zip(worlds, before, strict=True)]
    assert moved == [pytest.approx(1.5), pytest.approx(1.5), 0.0]
    assert [len(vendor.clock_moves) for vendor in worlds] == [2, 2, 0]
