"""Deliveries, in real time by the pump and in virtual time by advancing."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.serve import Running, is_loopback, run
from greycard_mocks.web.server import ServeError

PATIENCE = 10.0


def until(condition: Callable[[], bool]) -> bool:
    """Whether the condition becomes true in good time."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.005)
    return True


@pytest.fixture
def real() -> Iterator[Mock]:
    """A mock in real time that runs a hundred times as fast, without a port."""
    with Mock(clock="real", speed=100, in_process=True) as made:
        yield made


def queue(vendor: VendorMock, address: str, number: int = 1) -> list[str]:
    """Queue pictures at Enhancor without a connection of our own."""
    with vendor.mock.session() as session:
        ids = []
        for _ in range(number):
            body = {"img_url": f"{vendor.url}/_mock/images/60x40.jpg", "webhookUrl": address, "mode": "fast"}
            answer = session.post("http://greycard.test/api/upscaler/v1/queue", json=body, headers=vendor.headers)
            ids.append(str(answer.json()["requestId"]))
    return ids


def test_in_real_time_deliveries_come_by_themselves(real: Mock) -> None:
    """Nobody advances anything, and the webhook comes."""
    got: list[Received] = []
    vendor = real.vendor("enhancor")
    queue(vendor, real.receiver(got.append))
    assert until(lambda: len(got) == 1)
    vendor.assert_delivered(times=1)


def test_a_refused_delivery_is_tried_again(real: Mock) -> None:
    """The pump makes the further attempts too: four in all."""
    vendor = real.vendor("enhancor")
    queue(vendor, real.receiver(lambda _: 500))
    assert until(lambda: len(vendor.deliveries) == 4)
    assert [entry["attempt"] for entry in vendor.deliveries] == [1, 2, 3, 4]


def test_a_slow_receiver_holds_nobody_up_and_gets_two_at_once(real: Mock) -> None:
    """While one receiver keeps its two connections waiting, another gets all of its deliveries."""
    gate = threading.Event()
    inside: list[int] = []
    lock = threading.Lock()
    most = 0

    def slow(_: Received) -> None:
        nonlocal most
        with lock:
            inside.append(1)
            most = max(most, len(inside))
        gate.wait(PATIENCE)
        with lock:
            inside.pop()

    got: list[Received] = []
    vendor = real.vendor("enhancor")
    queue(vendor, real.receiver(slow), 6)
    queue(vendor, real.receiver(got.append), 10)
    assert until(lambda: len(got) == 10)
    assert until(lambda: most == 2)
    gate.set()
    assert until(lambda: len(vendor.deliveries) == 16)
    assert most == 2


def test_a_frozen_world_waits_until_it_is_advanced_or_resumed(real: Mock) -> None:
    """Freezing keeps the pump away; advancing delivers at once, resuming lets the pump go on."""
    got: list[Received] = []
    vendor = real.vendor("enhancor")
    vendor.clock.freeze()
    address = real.receiver(got.append)
    queue(vendor, address)
    other = real.vendor("enhancor")
    queue(other, address)
    assert until(lambda: len(got) == 1)  # the other world's
    assert vendor.deliveries == []
    assert vendor.clock.advance(10) == 1
    queue(vendor, address)
    vendor.clock.resume()
    assert until(lambda: len(vendor.deliveries) == 2)


def test_a_broken_delivery_ends_no_other(real: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the mock itself is journalled and the pump goes on."""
    vendor = real.vendor("enhancor")
    original = real.engine.deliveries.attempt
    broken = iter([True])

    def attempt(*arguments: object) -> None:
        if next(broken, False):
            raise ZeroDivisionError
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(real.engine.deliveries, "attempt", attempt)
    got: list[Received] = []
    queue(vendor, real.receiver(got.append), 2)
    assert until(lambda: len(vendor.deliveries) == 2)
    assert "ZeroDivisionError" in vendor.deliveries[0]["reason"]
    assert len(got) == 1


def test_closing_waits_for_what_is_under_way(real: Mock) -> None:
    """After closing nothing more is sent and no thread of the mock is left."""
    before = set(threading.enumerate())
    started, gate = threading.Event(), threading.Event()
    got: list[Received] = []

    def slow(delivery: Received) -> None:
        started.set()
        gate.wait(PATIENCE)
        got.append(delivery)

    vendor = real.vendor("enhancor")
    queue(vendor, real.receiver(slow), 5)
    assert started.wait(PATIENCE)
    closing = threading.Thread(target=real.close)
    closing.start()
    assert until(lambda: real._pump._stopped)  # from here on nothing more may begin; what is under way goes on
    gate.set()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert 1 <= len(got) <= 2
    assert set(threading.enumerate()) <= before


def test_an_hour_with_a_thousand_tasks_and_their_retries_is_advanced_in_order() -> None:
    """Every attempt of a thousand tasks is made at its moment, in order; `tests/bench/bench_advance.py` measures it."""
    with Mock(in_process=True) as mock:
        vendor = mock.vendor("magictiger")
        moments: list[float] = []

        def refuse(_: Received) -> int:
            moments.append(vendor.clock.now())
            return 500

        vendor.set_callback_url(vendor.receiver(refuse))
        session, body = vendor.session(), {"picurl": vendor.images.link(100, 80), "type": 1}
        for _ in range(1000):
            assert session.post(f"{vendor.url}/createtask", json=body).json()["code"] == 0
            vendor.world.clock.move_to(vendor.clock.now() + 0.003)
        assert vendor.clock.advance(3600) == 4000
        assert len(moments) == 4000
        assert moments == sorted(moments)
        vendor.close()


@pytest.mark.wire
def test_starting_and_stopping_leaks_neither_threads_nor_sockets() -> None:
    """After many starts there are as many threads as before, and the ports are free again."""
    with Mock() as mock:
        engine = mock.engine
        before = threading.active_count()
        for _ in range(25):
            running: Running = run(engine)
            running.close()
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", running.port))
        gc.collect()
        assert threading.active_count() <= before


@pytest.mark.wire
def test_a_taken_port_is_told() -> None:
    """The message names the place and what to do."""
    with Mock() as mock, run(mock.engine) as running, pytest.raises(ServeError, match="choose another"):
        run(mock.engine, port=running.port)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_only_loopback_is_this_machine_alone(host: str, own: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Everything else asks for a token."""
    assert is_loopback(host) is own
