"""`clock.patch_sleep()` and `clock.asleep()`: sleeping moves the clock, lets others run, and is put back."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
import trio

from greycard_mocks import Mock, VendorMock

ORIGINALS = (time.sleep, asyncio.sleep, anyio.sleep, trio.sleep)

RUNNERS: dict[str, tuple[Callable[..., Any], Any]] = {
    "asyncio": (asyncio.run, asyncio),
    "trio": (lambda work: trio.run(lambda: work), trio),
    "anyio on asyncio": (lambda work: anyio.run(lambda: work), anyio),
    "anyio on trio": (lambda work: anyio.run(lambda: work, backend="trio"), anyio),
}


@pytest.fixture
def vendor(mock: Mock) -> Iterator[VendorMock]:
    """Enhancor under a clock that only the test and sleeping move; everything is put back after a test."""
    yield mock.vendor("enhancor", clock="virtual")
    assert (time.sleep, asyncio.sleep, anyio.sleep, trio.sleep) == ORIGINALS


def queue(vendor: VendorMock, url: str) -> str:
    """Make an Enhancor request; its id."""
    body = {"img_url": vendor.images.link(60, 40), "webhookUrl": url, "mode": "fast"}
    return str(vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body).json()["requestId"])


@pytest.mark.parametrize("clock", ["virtual", "auto", "real", "real*20"])
def test_time_sleep_moves_every_kind_of_clock(mock: Mock, clock: str) -> None:
    """A minute passes in the world and next to nothing here."""
    vendor = mock.vendor("enhancor", clock=clock)
    before, began = vendor.clock.now(), time.monotonic()
    with vendor.clock.patch_sleep():
        time.sleep(60)
    assert vendor.clock.now() - before >= 60 - 1e-6
    assert time.monotonic() - began < 10
    assert time.sleep is ORIGINALS[0]


@pytest.mark.parametrize("name", RUNNERS)
def test_sleeping_tasks_overlap_and_let_others_run(vendor: VendorMock, name: str) -> None:
    """In every library: shorter sleeps end first, and together they take as long as the longest one."""
    run, library = RUNNERS[name]
    woken: list[str] = []
    before = vendor.clock.now()

    async def one(word: str, seconds: float) -> None:
        await library.sleep(seconds)
        woken.append(word)

    async def work() -> None:
        if library is asyncio:
            await asyncio.gather(one("late", 30), one("soon", 10))
        else:
            opened = library.open_nursery() if library is trio else anyio.create_task_group()
            async with opened as group:
                group.start_soon(one, "late", 30)
                group.start_soon(one, "soon", 10)
        await library.sleep(5)

    with vendor.clock.patch_sleep():
        run(work())
    assert woken == ["soon", "late"]
    assert vendor.clock.now() - before == pytest.approx(35, abs=1e-3)


@pytest.mark.parametrize("name", RUNNERS)
def test_asleep_awaits_in_every_library(vendor: VendorMock, name: str) -> None:
    """It moves the clock by just so much, also while sleeping is patched."""
    run, _ = RUNNERS[name]
    before = vendor.clock.now()
    run(vendor.clock.asleep(7))
    with vendor.clock.patch_sleep():
        run(vendor.clock.asleep(7))
    assert vendor.clock.now() - before == pytest.approx(14, abs=1e-3)


def test_asleep_waits_where_time_passes(mock: Mock) -> None:
    """On a clock in real time it takes its part of it."""
    clock = mock.vendor("enhancor", clock="real*1000").clock
    before = clock.now()
    asyncio.run(clock.asleep(5))
    assert clock.now() - before >= 4.9


def test_a_sleep_of_nothing_yields_to_the_loop(vendor: VendorMock) -> None:
    """As it does without greycard, and it moves no clock."""
    turns: list[int] = []

    async def one(number: int) -> None:
        for _ in range(2):
            turns.append(number)
            await asyncio.sleep(0)

    async def work() -> None:
        await asyncio.gather(one(1), one(2))
        assert await asyncio.sleep(0.01, "said") == "said"

    before = vendor.clock.now()
    with vendor.clock.patch_sleep():
        asyncio.run(work())
    assert turns == [1, 2, 1, 2]
    assert vendor.clock.now() - before == pytest.approx(0.01)


def test_what_is_no_length_is_refused_as_ever(vendor: VendorMock) -> None:
    """The original says so."""
    before = vendor.clock.now()
    with vendor.clock.patch_sleep():
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
        with pytest.raises(TypeError):
            time.sleep("1")  # type: ignore[arg-type]
    assert vendor.clock.now() == before


def test_names_that_were_imported_are_patched_and_put_back(vendor: VendorMock) -> None:
    """``from time import sleep`` of an application moves the clock; the server's and the runner's own do not."""
    application, server = types.ModuleType("some_application"), types.ModuleType("uvicorn.made_up")
    for module in (application, server):
        exec("from time import sleep\ndef nap():\n    sleep(0.05)", module.__dict__)  # noqa: S102 - made here
        sys.modules[module.__name__] = module
    try:
        before = vendor.clock.now()
        with vendor.clock.patch_sleep():
            server.nap()
            assert vendor.clock.now() == before
            application.nap()
        assert vendor.clock.now() - before == pytest.approx(0.05)
        assert application.sleep is ORIGINALS[0]
    finally:
        del sys.modules["some_application"], sys.modules["uvicorn.made_up"]


def test_deliveries_reach_a_receiver_that_needs_the_event_loop(vendor: VendorMock) -> None:
    """A webhook that falls due during a sleep is made in another thread, while the loop goes on."""
    heard: list[str] = []

    async def note(request: str) -> None:
        heard.append(request)

    async def work() -> None:
        loop = asyncio.get_running_loop()

        def receive(received: Any) -> None:
            asyncio.run_coroutine_threadsafe(note(received.json()["request_id"]), loop).result(5)

        request = queue(vendor, vendor.receiver(receive))
        await asyncio.sleep(60)
        assert heard == [request]

    with vendor.clock.patch_sleep():
        asyncio.run(work())


def test_threads_and_clocks_are_told_apart(mock: Mock) -> None:
    """Opened twice and closed in the other order, in threads: each clock moves as long as its own is open."""
    first, second = mock.vendor("enhancor", clock="virtual").clock, mock.vendor("enhancor", clock="virtual").clock
    start = first.now()
    one, two = first.patch_sleep(), second.patch_sleep()
    one.__enter__()
    two.__enter__()
    sleepers = [threading.Thread(target=time.sleep, args=(10,)) for _ in range(8)]
    for sleeper in sleepers:
        sleeper.start()
    for sleeper in sleepers:
        sleeper.join(10)
    both = (first.now(), second.now())
    one.__exit__(None, None, None)
    time.sleep(4)
    assert first.now() == both[0]
    assert second.now() == pytest.approx(both[1] + 4)
    two.__exit__(None, None, None)
    # eight at a time overlap: they take what one takes, and a little more where a thread came late
    assert all(10 <= round(now - start, 6) < 40 for now in both)
    assert time.sleep is ORIGINALS[0]
