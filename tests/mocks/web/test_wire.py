"""The server over real sockets: large, slow, broken and pipelined requests, and what each of them gets."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from greycard_mocks.app import create_app
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_mocks.web.server import ServeError, start
from greycard_schemas.loader import load_contracts

pytestmark = pytest.mark.wire

CREATE = "/api/tasks/visual/scale"
PATIENCE = 20.0
HEAD = "Host: mock\r\nX-API-KEY: test-wire\r\n"
MULTIPART = "Content-Type: multipart/form-data; boundary=B\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def server() -> Iterator[Any]:
    """The mock in real time, with two seconds of patience for slow requests."""
    engine = Engine(load_contracts())
    engine.worlds.world("picwish", "test-wire").rate_limit = None
    with start(create_app(engine), way=engine.way, patience=2) as running:
        engine.links.origins.add(running.url)
        yield running
    engine.close()


@pytest.fixture
def connect(server: Any) -> Iterator[Callable[[], socket.socket]]:
    """Opens connections to the server, and closes them."""
    opened: list[socket.socket] = []

    def make() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=8))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The next answer on a connection: status, lower-case headers, body."""
    with closing(connection.makefile("rb")) as file:
        return read_answer(file)


def read_answer(file: Any) -> tuple[int, dict[str, str], bytes]:
    """One answer from a buffered reader."""
    status = int(file.readline().split()[1])
    headers: dict[str, str] = {}
    while (line := file.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return status, headers, file.read(int(headers.get("content-length", 0)))


def test_a_real_upload_comes_back_enlarged(server: Any) -> None:
    """Create, poll and download with `requests`, in real time."""
    session = requests.Session()
    session.trust_env = False
    with session:
        session.headers["X-API-KEY"] = "test-wire"
        answer = session.post(
            f"{server.url}{CREATE}",
            data={"type": "clean", "sync": 1},
            files={"image_file": card(40, 30, "jpeg")},
        )
        data = answer.json()["data"]
        assert (answer.status_code, data["state"]) == (200, 1)
        assert data["image"].startswith(f"{server.url}/_mock/results/")
        assert session.get(data["image"]).content[:2] == b"\xff\xd8"


def test_a_refused_upload_of_200_mb_is_answered_while_the_client_sends(
    connect: Callable[..., socket.socket],
) -> None:
    """413, readable by a client that sends everything first, and the mock's memory stays where it was."""
    total, block = 200 << 20, b"x" * (1 << 20)
    connection = connect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.sendall(f"POST {CREATE} HTTP/1.1\r\n{HEAD}{MULTIPART}Content-Length: {total}\r\n\r\n".encode())
    for _ in range(200):
        connection.sendall(block)
    status, headers, body = answer_of(connection)
    assert (status, json.loads(body)["status"], "connection" in headers) == (413, 413, False)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 << 10  # KiB


def test_an_endless_chunked_upload_is_413(connect: Callable[..., socket.socket]) -> None:
    """Without a declared length the limit holds as well, and one huge chunk is not held in memory."""
    connection = connect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.sendall(f"POST {CREATE} HTTP/1.1\r\n{HEAD}{MULTIPART}Transfer-Encoding: chunked\r\n\r\n".encode())
    part = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a"\r\n\r\n'
    connection.sendall(b"%x\r\n" % (len(part) + (40 << 20)) + part)
    for _ in range(40):
        connection.sendall(b"x" * (1 << 20))
    connection.sendall(b"\r\n0\r\n\r\n")
    status, headers, body = answer_of(connection)
    assert (status, "connection" in headers, json.loads(body)["status"]) == (413, False, 413)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 << 10


def _chunks(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_chunked_upload_is_read(connect: Callable[..., socket.socket], size: int) -> None:
    """Chunks of any size, with extensions and trailers, and the next request on the same connection."""
    picture = card(40, 30, "jpeg")
    body = (
        b'--B\r\nContent-Disposition: form-data; name="type"\r\n\r\nclean\r\n'
        b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a"\r\n\r\n' + picture + b"\r\n--B--\r\n"
    )
    connection = connect()
    head = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{MULTIPART}Transfer-Encoding: chunked\r\n\r\n".encode()
    for _ in range(2):
        connection.sendall(head + _chunks(body, size))
        status, _, answer = answer_of(connection)
        assert (status, json.loads(answer)["data"].keys()) == (200, {"task_id"})


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n",
        b"-5\r\nabc\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"\r\n",
        b"fffffffffffffffff\r\n",
        b"9" * 5000,
        b"0x3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_break_http_are_refused(connect: Callable[..., socket.socket], body: bytes) -> None:
    """The vendor's 400, and the connection ends: what follows cannot be trusted."""
    connection = connect()
    connection.sendall(f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Transfer-Encoding: chunked\r\n\r\n".encode() + body)
    connection.shutdown(socket.SHUT_WR)
    status, headers, answer = answer_of(connection)
    assert (status, json.loads(answer)["status"], headers["connection"]) == (400, 400, "close")


def test_expect_is_asked_for_only_when_the_body_is_wanted(connect: Callable[..., socket.socket]) -> None:
    """An upload that will be refused gets its 413 in place of `100 Continue`.

    Another one is asked for its body.
    """
    connection = connect()
    head = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Expect: 100-continue\r\n"
    connection.sendall(f"{head}Content-Length: {200 << 20}\r\n\r\n".encode())
    assert answer_of(connection)[0] == 413
    connection = connect()
    connection.sendall(f"{head}Content-Length: 10\r\n\r\n".encode())
    with closing(connection.makefile("rb")) as file:
        assert file.readline() + file.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"type=clean")
        status, _, body = read_answer(file)
    assert (status, json.loads(body)) == (400, {"status": 400, "message": "parameter error"})


@pytest.mark.parametrize(
    "text",
    [
        b"GET /",
        b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: 1000\r\n\r\n".encode(),
        f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Transfer-Encoding: chunked\r\n\r\n3e8\r\n".encode(),
    ],
    ids=["request line", "headers", "body", "chunk"],
)
def test_a_client_that_drips_is_given_up(connect: Callable[..., socket.socket], text: bytes) -> None:
    """A byte now and then keeps no thread: after the patience of the whole request the connection ends."""
    connection = connect()
    connection.sendall(text)
    began = time.monotonic()
    connection.settimeout(0.2)
    while time.monotonic() - began < 15:
        try:
            connection.sendall(b"x")
            if connection.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    assert 1 < time.monotonic() - began < 6


def test_slow_clients_do_not_keep_others_waiting(server: Any, connect: Callable[..., socket.socket]) -> None:
    """With a dozen connections that say nothing more, another one is answered at once."""
    for _ in range(12):
        connect().sendall(b"GET / HTTP/1.1\r\nHost:")
    assert requests.get(f"{server.url}/_mock/health", timeout=1.5).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET " + b"/x" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_server_lives(
    server: Any, connect: Callable[..., socket.socket], text: bytes
) -> None:
    """It is a 4xx (501 for an unknown coding) or a closed connection, never a 500, and the next client is served."""
    connection = connect()
    answer = b""
    try:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        while block := connection.recv(65536):
            answer += block
    except OSError:  # ended by the server before everything was sent
        pass
    codes = {int(code) for code in re.findall(rb"HTTP/1\.[01] (\d\d\d)", answer)}
    assert all(400 <= code < 500 or code in (501, 505) for code in codes), answer
    assert requests.get(f"{server.url}/_mock/health", timeout=5).status_code == 200


def test_pipelined_requests_are_answered_in_order(connect: Callable[..., socket.socket]) -> None:
    """Ten at once on one connection, some of them with bodies."""
    connection = connect()
    get = f"GET {CREATE}/none HTTP/1.1\r\n{HEAD}\r\n"
    post = f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: 7\r\n\r\ntype=no"
    connection.sendall((get + post).encode() * 5)
    with closing(connection.makefile("rb")) as file:
        assert [read_answer(file)[0] for _ in range(10)] == [404, 400] * 5


def test_a_method_that_no_parser_knows_ends_what_comes_in_a_row(connect: Callable[..., socket.socket]) -> None:
    """Those before it are answered; it is not taken for one of them; alone it gets the vendor's own refusal."""
    get, brew = (f"{method} {CREATE}/none HTTP/1.1\r\n{HEAD}\r\n" for method in ("HEAD", "BREW"))
    connection = connect()
    connection.sendall((get + brew).encode())
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"404", b"400"]
    connection = connect()
    connection.sendall(brew.encode())
    assert json.loads(answer_of(connection)[2])["status"] == 404


def test_a_refused_body_does_not_become_the_next_request(connect: Callable[..., socket.socket]) -> None:
    """What nobody wanted to read is read off before the next request on the connection."""
    connection = connect()
    inner = f"GET {CREATE}/smuggled HTTP/1.1\r\n{HEAD}\r\n"
    outer = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: {len(inner)}\r\n\r\n{inner}"
    connection.sendall((outer + f"GET {CREATE}/x HTTP/1.1\r\n{HEAD}\r\n").encode())
    with closing(connection.makefile("rb")) as file:
        assert [read_answer(file)[0], read_answer(file)[0]] == [401, 404]


def test_a_client_that_leaves_in_the_middle_is_no_error(
    server: Any, connect: Callable[..., socket.socket], capfd: Any
) -> None:
    """Nothing is logged and nobody else notices."""
    for _ in range(5):
        connection = connect()
        connection.sendall(f"POST {CREATE} HTTP/1.1\r\n{HEAD}{FORM}Content-Length: 1000\r\n\r\nabc".encode())
        connection.close()
    assert requests.get(f"{server.url}/_mock/health", timeout=5).status_code == 200
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "kind",
    [
        "CONNECTION_RESET_BY_PEER",
        "EMPTY_RESPONSE",
        "MALFORMED_RESPONSE_CHUNK",
        "RANDOM_DATA_THEN_CLOSE",
        "truncate",
    ],
)
def test_faults_below_http_break_the_connection(kind: str, capfd: Any) -> None:
    """The client sees a broken connection once, then the mock answers again."""
    from greycard_mocks.core.faults import make_fault

    engine = Engine(load_contracts(["picwish"]))
    world = engine.worlds.world("picwish", "test-wire")
    world.faults.append(make_fault(kind, {"count": 1}, now=world.clock.now()))
    with start(create_app(engine), way=engine.way) as running:
        url = f"{running.url}{CREATE}/none"
        with pytest.raises(requests.RequestException):
            requests.get(url, headers={"X-API-KEY": "test-wire"}, timeout=5)
        assert requests.get(url, headers={"X-API-KEY": "test-wire"}, timeout=5).status_code == 404
    assert "Traceback" not in capfd.readouterr().err


def test_a_taken_port_is_a_clear_error(server: Any) -> None:
    """The message says what is wrong and what to do."""
    with pytest.raises(ServeError, match=rf"cannot listen on 127\.0\.0\.1 port {server.port}: .*choose another"):
        start(create_app(Engine({})), port=server.port)
    with pytest.raises(ServeError, match=r"cannot listen on 127\.0\.0\.1 port 99999"):
        start(create_app(Engine({})), port=99999)


class HeldGuard:
    """An egress guard whose fetch lasts until it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Event(), threading.Event()

    def fetch(self, url: str, **_: Any) -> Any:
        """Wait, then find nothing."""
        self.asked.set()
        self.let_go.wait(PATIENCE)
        raise EgressError("unreachable", f"{url} is not there")


def test_a_server_can_be_stopped_while_it_answers() -> None:
    """A request under way ends, one way or the other, and `close` comes back."""
    guard = HeldGuard()
    engine = Engine(load_contracts(["picwish"]), guard=guard)  # type: ignore[arg-type]
    running = start(create_app(engine), way=engine.way)
    outcome: list[object] = []

    def ask() -> None:
        body = {"type": "clean", "image_url": "https://example.com/none.jpg"}
        with requests.Session() as session:
            session.trust_env = False
            try:
                headers = {"X-API-KEY": "test-x"}
                outcome.append(session.post(f"{running.url}{CREATE}", data=body, headers=headers, timeout=PATIENCE))
            except requests.RequestException as error:
                outcome.append(error)

    asking, closing = threading.Thread(target=ask), threading.Thread(target=running.close)
    asking.start()
    assert guard.asked.wait(PATIENCE)
    closing.start()
    guard.let_go.set()
    for thread in (closing, asking):
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert len(outcome) == 1


@pytest.mark.parametrize(
    "program",
    [
        "from greycard_mocks.testing.mock import Mock; print(Mock(['picwish']).url)",
        "from greycard_mocks.testing.mock import Mock; print(Mock(['picwish'], clock='real').url); raise SystemExit(3)",
    ],
)
def test_a_program_that_forgets_its_server_ends(source_path: str, program: str) -> None:
    """No thread of the mock keeps an interpreter alive that has nothing left to do."""
    sources = {**os.environ, "PYTHONPATH": source_path}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False, env=sources
    )
    assert done.returncode == (3 if "SystemExit" in program else 0), done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")
