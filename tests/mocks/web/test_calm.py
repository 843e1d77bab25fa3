"""Clients that say nothing, send slowly, wait to be asked or never read keep nobody else waiting.

How fast others are answered meanwhile is measured by `tests/bench/bench_calm.py`; here they are answered at all,
with more such clients than the server has threads.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from greycard_mocks.app import create_app
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web import server as web
from greycard_mocks.web.front import OWN_THREADS, WORK_THREADS
from greycard_mocks.web.server import RunningServer, start
from greycard_schemas.loader import load_contracts

pytestmark = pytest.mark.wire

CROWD = 150
SECONDS = 10.0
CREATE = "/api/tasks/visual/scale"
HEAD = "Host: mock\r\nX-API-KEY: test-calm\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Gate:
    """An egress guard whose fetches last until it is opened; `asked` is released by each."""

    def __init__(self) -> None:
        self.asked, self.opened = threading.Semaphore(0), threading.Event()

    def fetch(self, url: str, **_: Any) -> Any:
        """Wait, then find nothing."""
        self.asked.release()
        self.opened.wait(3 * SECONDS)
        raise EgressError("unreachable", f"there is no {url}")

    post = fetch


class Calm:
    """A mock, connections to it, and two questions that must be answered meanwhile."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.engine = Engine(load_contracts(["picwish", "enhancor"]), guard=self.gate)  # type: ignore[arg-type]
        self.engine.worlds.world("picwish", "test-calm").rate_limit = None
        self.server: RunningServer = start(create_app(self.engine), way=self.engine.way)
        self.engine.origin = self.server.url
        self.opened: list[socket.socket] = []

    def connect(self, text: str = "") -> socket.socket:
        """One more connection, on which this has been sent."""
        one = socket.create_connection(("127.0.0.1", self.server.port), timeout=SECONDS)
        self.opened.append(one)
        one.sendall(text.encode())
        return one

    def others_are_answered(self) -> None:
        """Health, a poll, a create and a page of the control plane."""
        url, key = self.server.url, {"X-API-KEY": "test-calm"}
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(f"{url}/_mock/health", timeout=SECONDS).status_code == 200
            assert session.get(f"{url}{CREATE}/none", headers=key, timeout=SECONDS).status_code == 404
            form = {"type": "clean", "image_url": f"{url}/_mock/images/60x40.jpg"}
            assert session.post(url + CREATE, data=form, headers=key, timeout=SECONDS).status_code == 200
            assert session.get(f"{url}/_mock/worlds", timeout=SECONDS).status_code == 200

    def close(self) -> None:
        """End everything."""
        self.gate.opened.set()
        for one in self.opened:
            one.close()
        self.server.close()
        self.engine.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def calm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calm]:
    """On either event loop; uvloop where it is installed."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop", reason="uvloop is an extra (greycard[fast])")
    else:
        monkeypatch.setitem(sys.modules, "uvloop", None)
        loop = web.new_loop()
        assert type(loop).__module__.startswith("asyncio")
        loop.close()
    made = Calm()
    yield made
    made.close()


BURDENS = {
    "silent": "",
    "slow head": "GET / HTTP/1.1\r\nHost: ",
    "slow body": f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: 1000\r\n\r\ntype=",
    "slow chunks": f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Transfer-Encoding: chunked\r\n\r\n3e8\r\n",
    "slow control": "POST /_mock/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
    "expect": f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
    "unread": "GET /_mock/images/3000x3000.bmp HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("burden", BURDENS)
def test_a_crowd_holds_nobody_up(calm: Calm, burden: str) -> None:
    """More clients than there are threads, all of them in the middle of something."""
    crowd = CROWD if burden != "unread" else 12
    for _ in range(crowd):
        calm.connect(BURDENS[burden])
    calm.others_are_answered()


def test_what_is_not_read_is_not_kept(calm: Calm) -> None:
    """A client that asks and asks and reads nothing is asked to wait, and gets all its answers when it reads."""
    wanted = 200_000
    text = (f"GET {CREATE}/none HTTP/1.1\r\n{HEAD}\r\n" * 100).encode()
    connection = calm.connect()
    connection.settimeout(2)
    sent = 0
    try:
        for _ in range(wanted // 100):
            connection.sendall(text)
            sent += 100
    except TimeoutError:
        pass  # the server has stopped reading
    assert 0 < sent < wanted
    calm.others_are_answered()


def test_links_that_hang_hold_up_nobody_else(calm: Calm) -> None:
    """Creates whose picture does not come wait in threads of their own; polls and the control plane go on."""
    hanging = 30
    assert hanging < WORK_THREADS
    assert hanging > OWN_THREADS - 8
    body = "type=clean&image_url=https%3A%2F%2Fexample.com%2Fa.jpg"
    text = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: {len(body)}\r\n\r\n{body}"
    waiting = [calm.connect(text) for _ in range(hanging)]
    for _ in range(hanging):
        assert calm.gate.asked.acquire(timeout=SECONDS)
    calm.others_are_answered()
    calm.gate.opened.set()
    assert all(one.recv(12) == b"HTTP/1.1 200" for one in waiting)


def test_a_delivery_before_the_answer_holds_up_only_that_one(calm: Calm) -> None:
    """A fault makes the vendor deliver before it answers, to a receiver that says nothing."""
    calm.engine.worlds.world("enhancor", "test-calm").add_fault("early")
    link = f"{calm.server.url}/_mock/images/60x40.jpg"
    calm.engine.links.read(link, 64 << 20)
    body = json.dumps({"img_url": link, "webhookUrl": "http://receiver.test/", "mode": "fast"})
    head = "Host: mock\r\nx-api-key: test-calm\r\nContent-Type: application/json\r\n"
    waiting = calm.connect(f"POST /api/upscaler/v1/queue HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}")
    assert calm.gate.asked.acquire(timeout=SECONDS)
    calm.others_are_answered()
    calm.gate.opened.set()
    assert waiting.recv(12) == b"HTTP/1.1 200"


def test_the_option_that_would_accept_a_request_is_looked_for_in_a_thread(
    calm: Calm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make other readings of a document ready takes long once; no other connection waits for that."""
    variants, made = calm.engine.readings, set[str]()
    load = variants._loaded

    def noted(*arguments: Any) -> Any:
        made.add(threading.current_thread().name.partition("_")[0])
        return load(*arguments)

    monkeypatch.setattr(variants, "_loaded", noted)
    form = "image_url=http%3A%2F%2Fexample.com%2Fa.jpg"
    text = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: {len(form)}\r\n\r\n{form}"
    for _ in range(2):
        assert b"--variant picwish.edition=current accepts it" in calm.connect(text).recv(4096)
    assert made == {"greycard-work"}


def test_a_synchronous_create_takes_no_thread(calm: Calm) -> None:
    """More of them than there are threads wait for their tasks at the same time."""
    form = f"type=clean&sync=1&image_url={calm.server.url}/_mock/images/60x40.jpg".replace(":", "%3A").replace(
        "/", "%2F"
    )
    text = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: {len(form)}\r\n\r\n{form}"
    waiting = [calm.connect(text) for _ in range(WORK_THREADS + 20)]
    calm.others_are_answered()
    assert all(one.recv(12) == b"HTTP/1.1 200" for one in waiting)


def test_a_client_that_leaves_loses_no_task(calm: Calm) -> None:
    """What had been sent in full is carried out, although nobody waits for the answer."""
    world = calm.engine.worlds.world("picwish", "test-calm")
    form = f"type=clean&image_url={calm.server.url}/_mock/images/61x40.jpg"
    for one in [
        calm.connect(f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: {len(form)}\r\n\r\n{form}")
        for _ in range(5)
    ]:
        one.close()
    calm.others_are_answered()
    known: Callable[[], int] = lambda: len(world.tasks)  # noqa: E731 - read again and again
    for _ in range(2000):
        if known() == 6:
            break
        calm.others_are_answered()
    assert known() > 5
