"""`greycard listen`: deliveries of the mock and of strangers, over loopback."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

import greycard_mocks.web.server
from greycard_mocks.testing.vendor import VendorMock
from greycard_suite.commands.delivery_check import Attempts, judge
from greycard_suite.commands.listen import listen

PATIENCE = 20.0
TOKEN = "test-token"
BODY = b'{"code": 0, "msg": "", "data": {"taskid": "t1", "status": 2, "outputurl": "http://x/y.png"}}'
WEBHOOK = b'{"request_id": "r1", "status": "success", "result": "http://x/y.png"}'

Listen = Callable[..., Result]


def signed(body: bytes, token: str = TOKEN) -> dict[str, str]:
    """The headers of a callback."""
    return {"token": token, "md5": hashlib.md5(body + token.encode()).hexdigest()}  # noqa: S324 - S1:104


def judged(body: bytes | None, headers: dict[str, str] | None = None, *tokens: str) -> Any:
    """One delivery, judged without a socket."""
    return judge(1, "/", headers or {}, body, tokens, Attempts(), limit=1000)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Runs the command on a free port while a function, given the address, delivers."""
    addresses: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    original = greycard_mocks.web.server.start

    def start(application: Any, *arguments: Any, **options: Any) -> Any:
        server = original(application, *arguments, **options)
        if getattr(application, "__qualname__", "") == "Ear.application":
            addresses.put((f"{server.url}/", application.__self__))
        return server

    def run(deliver: Callable[[str], object], *arguments: str) -> Result:
        monkeypatch.setattr(greycard_mocks.web.server, "start", start)
        problems: list[BaseException] = []

        def work() -> None:
            address, ear = addresses.get(timeout=PATIENCE)
            try:
                deliver(address)
            except BaseException as error:  # noqa: BLE001 - raised again below
                problems.append(error)
            finally:
                ear.waiting.put(None)

        thread = threading.Thread(target=work)
        thread.start()
        result = CliRunner().invoke(listen, ["--port", "0", *arguments])
        thread.join(PATIENCE)
        if problems:
            raise problems[0]
        return result

    return run


def post(address: str, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
    """One delivery."""
    with requests.Session() as session:
        session.trust_env = False
        return session.post(address, data=body, headers=headers, timeout=PATIENCE)


@pytest.mark.wire
def test_a_callback_of_the_mock_is_valid(listening: Listen, magictiger: VendorMock) -> None:
    """The mock's callback is believed by its test token and answered so that no second one comes."""

    def deliver(address: str) -> None:
        magictiger.set_callback_url(f"{address}cb")
        magictiger.client.create(magictiger.images.link(300, 200), 1)
        magictiger.clock.advance(60)

    done = listening(deliver)
    assert done.exit_code == 0
    magictiger.assert_delivered(times=1)
    assert "magictiger  POST /cb" in done.stdout
    assert "signature  valid (against the test token it came with" in done.stdout
    assert "(succeeded)" in done.stdout
    assert "/_mock/results/" in done.stdout
    assert magictiger.credentials["token"] not in done.output


@pytest.mark.wire
def test_fail_makes_the_sender_try_again(listening: Listen, enhancor: VendorMock) -> None:
    """With --fail 2 the third attempt succeeds and no fourth comes; each says which attempt it is."""

    def deliver(address: str) -> None:
        enhancor.client.queue(enhancor.images.link(300, 200), address, "fast")
        enhancor.clock.advance(60)

    done = listening(deliver, "--fail", "2", "--json")
    delivery = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["attempt"], one["answer"]) for one in delivery] == [(1, 500), (2, 500), (3, 200)]
    assert {one["vendor"] for one in delivery} == {"enhancor"}
    assert delivery[0]["result"].startswith("http")
    assert "listening at" in done.stderr


@pytest.mark.wire
def test_the_answer_is_the_documented_one(listening: Listen) -> None:
    """Success is acknowledged in the form of S1:145-152; what is refused says success false."""
    answers: list[tuple[int, Any]] = []

    def deliver(address: str) -> None:
        for body, headers in (
            (WEBHOOK, None),
            (BODY, signed(BODY)),
            (BODY, {**signed(BODY), "md5": "0" * 32}),
            (b"\x1b[31m\x00\xff", None),
        ):
            answer = post(address, body, headers)
            answers.append((answer.status_code, answer.json()))

    listening(deliver)
    assert answers == [
        (status, {"code": 0, "msg": "", "data": {"success": status == 200}}) for status in (200, 200, 401, 400)
    ]


@pytest.mark.wire
def test_count_ends_it_and_no_further_one_is_taken(listening: Listen) -> None:
    """After N deliveries the command ends by itself."""

    def deliver(address: str) -> None:
        assert post(address, WEBHOOK).status_code == 200

    done = listening(deliver, "--count", "1")
    assert done.exit_code == 0
    assert done.stdout.count("answered") == 1


@pytest.mark.wire
def test_hostile_input_is_printed_harmlessly(listening: Listen) -> None:
    """Escapes, binary, depth and size reach the terminal as plain text, and nothing breaks."""
    evil = json.dumps({"request_id": "\x1b[31mred\u202e\n#9  fake", "status": "success", "result": "\x07"}).encode()

    def deliver(address: str) -> None:
        for body in (evil, b"\x1b]0;title\x07\xff\x00", b"[" * 100_000, b"", b"1" * 100_000, b'{"data": []}'):
            assert post(f"{address}%1b%5b31m", body).status_code in (200, 400)
        assert post(address, b"x" * ((1 << 20) + 1)).status_code == 413
        assert post(address, b'{"request_id": 1e999, "status": []}').status_code == 400
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(address, timeout=PATIENCE).status_code == 405

    done = listening(deliver)
    assert done.exit_code == 0
    assert all(char.isprintable() or char == "\n" for char in done.stdout)
    assert "\n#9" not in done.stdout
    assert done.stdout.count("answered") == 8


@pytest.mark.wire
def test_save_writes_each_body_under_a_tame_name(listening: Listen, tmp_path: Path) -> None:
    """Bodies are kept byte for byte; a task id cannot choose the folder, and nothing is overwritten."""
    evil = b'{"request_id": "../../etc/x", "status": "success"}'

    def deliver(address: str) -> None:
        for body in (evil, b"\xff"):
            post(address, body)

    for _ in range(2):
        listening(deliver, "--save", str(tmp_path / "got"))
    found = {path.name: path.read_bytes() for path in (tmp_path / "got").iterdir()}
    assert found == {
        "0001-enhancor-______etc_x.json": evil,
        "0001-enhancor-______etc_x-1.json": evil,
        "0002-unknown.bin": b"\xff",
        "0002-unknown-1.bin": b"\xff",
    }


def test_signatures_are_checked_against_the_tokens_given() -> None:
    """One of several tokens fits; a test token is believed only when none is given; others are refused."""
    assert judged(BODY, signed(BODY, "mine"), "old", "mine").signature == "valid"
    assert judged(BODY, signed(BODY), "mine").signature == "invalid"
    assert judged(BODY, signed(BODY)).signature == "valid"
    assert judged(BODY, signed(BODY, "real")).signature == "invalid"
    assert judged(BODY, signed(BODY, "real")).answer == 401
    assert judged(BODY + b" ", signed(BODY), "test-token").signature == "invalid"
    assert judged(BODY, {"token": "test-token"}).signature == "invalid"
    assert judged(BODY).signature == "invalid"


def test_a_signed_body_that_is_no_callback_is_told() -> None:
    """A valid signature does not make a body readable."""
    for body in (b"", b"[]", b'{"code": 0, "data": {"taskid": "t", "status": 99}}'):
        delivery = judged(body, signed(body))
        assert (delivery.signature, delivery.answer) == ("valid", 400)
        assert delivery.problem


def test_no_token_is_ever_shown() -> None:
    """Neither the printed block nor the JSON holds the token that came."""
    for headers in (signed(BODY, "test-very-secret"), signed(BODY, "very-secret"), {"token": "very-secret"}):
        delivery = judged(BODY, headers)
        assert "very-secret" not in "".join(delivery.lines()) + json.dumps(delivery.facts())


def test_attempts_are_counted_for_each_task() -> None:
    """Each task has its own count, and the oldest are forgotten when there are too many."""
    attempts = Attempts()
    assert [
        attempts.next("enhancor", "a"),
        attempts.next("enhancor", "b"),
        attempts.next("enhancor", "a"),
    ] == [1, 1, 2]
    for number in range(10_000):
        attempts.next("enhancor", f"n{number}")
    assert attempts.next("enhancor", "b") == 1


@pytest.mark.wire
def test_a_taken_port_is_a_clear_error() -> None:
    """The message names the port and what to do; there is no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = CliRunner().invoke(listen, ["--port", str(other.getsockname()[1])])
    assert done.exit_code == 1
    assert "the port is taken" in done.stderr


@pytest.mark.parametrize("arguments", [["--token", ""], ["--port", "70000"], ["--count", "0"], ["--fail", "-1"]])
def test_wrong_use_is_status_2(arguments: list[str]) -> None:
    """Options outside their range are refused before a port is opened."""
    assert CliRunner().invoke(listen, arguments).exit_code == 2


@pytest.mark.wire
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals, source_path: str) -> None:
    """Ctrl-C and SIGTERM end the command with status 0 and without a word on stderr."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "PYTHONPATH": source_path,
    }
    command = [sys.executable, "-m", "greycard_suite.cli", "listen", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "listening at" in process.stdout.readline()
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
