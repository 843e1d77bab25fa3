"""A mock that is served stands what a fuzzer sends; and the fuzzer finds a mock that does not."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.tools.fuzz.case import Case, Sent
from greycard_suite.tools.fuzz.cases import Cases
from greycard_suite.tools.fuzz.control_requests import Page
from greycard_suite.tools.fuzz.exchange import exchange
from greycard_suite.tools.fuzz.shrink import smallest

HOST = "127.0.0.1:8420"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GET = b"GET / HTTP/1.1\r\n\r\n"

WRONG = {
    "a status": (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "HTTP 500 that nobody asked for"),
    "no JSON": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{", "is not"),
    "no HTTP": (b"greycard\r\n\r\n", "no answer of HTTP"),
    "too short": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "no answer of HTTP"),
    "nothing": (b"", "closed without an answer"),
}


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, int]]:
    """A server that gives this answer to whatever comes first on a connection, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


@pytest.mark.wire
@pytest.mark.slow
def test_a_mock_stands_what_is_sent(source_path: str) -> None:
    """Seconds of it with a seed that is new each time; what fails tells the seed and the number of the request."""
    command = [sys.executable, "-m", "greycard_suite.tools.fuzz", "--minutes", "0.08"]
    environment = {**os.environ, "PYTHONPATH": source_path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sent = re.search(r"(\d+) requests in \d+ cases, .* 0 findings", done.stdout)
    assert done.stdout.startswith("seed ")
    assert sent is not None
    assert int(sent[1]) > 50


def test_a_number_is_one_case() -> None:
    """The same seed and number make the same bytes, other seeds others."""
    contracts, page = load_contracts(["picwish"]), Page("world", "token")
    one, same, other = (Cases(contracts, HOST, seed, page) for seed in (1, 1, 2))
    made = [one.case(number) for number in range(200)]
    assert made == [same.case(number) for number in range(200)]
    assert made != [other.case(number) for number in range(200)]


def test_every_kind_is_sent() -> None:
    """Whatever the seed, a few hundred cases have all kinds, and requests that are right as they stand."""
    cases = Cases(load_contracts(), HOST, random.randrange(1 << 32), Page("world", "token"))  # noqa: S311 - no secret
    made = [cases.case(number) for number in range(3000)]
    assert {one.kind for one in made} == {
        "vendor", "control", "faulted", "in a row", "left open", "garbage", "broken bytes", "broken line",
        "broken head", "broken chunks", "wrong length",
    }  # fmt: skip
    assert all(one.must_answer or one.asked or one.ends or one.left_open for one in made)


@pytest.mark.wire
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str) -> None:
    """A whole request that is answered so is a finding; one that asked for trouble is not."""
    answer, words = WRONG[name]
    with answering(answer) as address:
        assert words in exchange(address, Case(1, "vendor", (Sent(GET),), must_answer=True)).problem
        assert exchange(address, Case(1, "faulted", (Sent(GET),), asked=True)).problem == ""


@pytest.mark.wire
def test_what_is_right_is_no_finding() -> None:
    """An answer as HTTP has it, or the end of a connection after what is no request."""
    with answering(OK) as address:
        assert exchange(address, Case(1, "vendor", (Sent(GET),), must_answer=True)).statuses == (200,)
    with answering(b"") as address:
        assert exchange(address, Case(1, "garbage", (Sent(b"\x00"),), ends=True)).problem == ""
    with answering(b"HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n") as address:
        assert exchange(address, Case(1, "raw", (Sent(GET),), ends=True, allowed=frozenset({501}))).problem == ""


def test_a_case_is_made_smaller_while_it_fails() -> None:
    """What is left is what matters; whole requests stay whole; a case that does not fail again stays as it is."""
    bad: Callable[[Case], bool] = lambda case: any(b"!" in one.data for one in case.sent)  # noqa: E731 - one line
    case = Case(1, "raw", (Sent(b"a" * 50), Sent(b"b" * 50 + b"!" + b"c" * 20), Sent(b"d")))
    assert [one.data for one in smallest(case, bad, lambda: 0.0).sent] == [b"!"]
    whole = Case(1, "vendor", case.sent, must_answer=True)
    assert smallest(whole, bad, lambda: 0.0).sent == (case.sent[1],)
    assert smallest(case, lambda _: False, lambda: 0.0) is case
