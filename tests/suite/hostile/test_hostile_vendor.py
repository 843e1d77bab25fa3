"""The hostile vendor itself, and a test of the suite against it: it ends in time and memory, and says what is right."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from click.testing import CliRunner

from greycard_schemas.loader import load_contracts
from greycard_suite.cli import cli
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.open_live import open_live
from greycard_suite.targets.wire import Budget
from greycard_suite.tools.hostile_outcomes import NEVER_ENDING
from greycard_suite.tools.hostile_vendor import HostileVendor
from greycard_suite.tools.misbehaviours import MISBEHAVIOURS, spellings, spellings_in

pytestmark = pytest.mark.wire

KEY = "canary-5f1d8c7e9b/with+odd=letters"
SELECT = "without_a_valid_key"
NO_ANSWER = {
    "silent", "endless_head", "endless_line_in_head", "endless_continue", "endless_chunk_size", "gzip_broken",
    "large_head", "dripping_head", "no_http", "cut_before_head", "cut_in_body", "cut_in_chunk",
}  # fmt: skip
"""What is no answer, so that nothing can be said of the vendor."""

UNFINISHED = {
    "endless_body", "endless_trailer", "negative_chunk_size", "dripping_body", "dripping_chunks", "gzip_bomb",
    "gzip_bomb_in_gzip", "redirect_with_endless_body", "redirect_with_dripping_body", "redirect_with_gzip_bomb",
    "json_of_ten_megabytes",
}  # fmt: skip
"""What begins as an answer and does not come to its end, or comes to it too late."""

REFUSED = {name for name in MISBEHAVIOURS if name.endswith("_of_a_refusal")} | {
    "key_echoed", "json_instead", "redirect_elsewhere", "redirect_for_ever", "redirect_to_no_link",
}  # fmt: skip
"""What refuses each request, so that nothing is violated by refusing a wrong key, and nothing is reached either."""

ACCEPTED = {name for name in MISBEHAVIOURS if name.endswith(("_in_every_field", "_in_a_field"))}
"""What accepts each request, so that its tasks end by --patience and not by the deadline: not here."""


def judged(vendor: HostileVendor, seconds: float) -> Report:
    """A live run of one test, with nothing kept on the disk."""
    contracts = load_contracts(["enhancor"])
    keys = {"GREYCARD_ENHANCOR_API_KEY": KEY}
    live = open_live(contracts, {"enhancor": vendor.url}, keys, Budget(), patience=1, deadline=seconds)
    try:
        return run_suite(live, contracts, started=0.0, select=SELECT)[0]
    finally:
        live.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MISBEHAVIOURS if name not in ACCEPTED])
def test_a_run_survives_a_hostile_vendor(name: str, bounded: Callable[[float], AbstractContextManager[None]]) -> None:
    """What never answers whole is unreachable, what refuses all cannot be judged, what answers nonsense is violated."""
    seconds = 0.5 if name in NEVER_ENDING | {"redirect_with_dripping_body"} else 3.0
    with HostileVendor(name) as vendor, bounded(seconds):
        report = judged(vendor, seconds)
    assert report.failures == {}
    if name in NO_ANSWER | UNFINISHED:
        said = "is the target running?" if name in NO_ANSWER else "did not end within"
        assert (report.status, [said in text for text in report.problems]) == (3, [True])
        assert len(vendor.asked) <= 2
    else:
        assert (report.status, report.problems) == (3 if name in REFUSED else 1, ())
    assert vendor.asked_elsewhere == []


def test_a_deadline_is_for_live_targets() -> None:
    """The mock answers at once, whatever it is given."""
    result = CliRunner().invoke(cli, ["verify", "--vendor", "enhancor", "--deadline", "2"])
    assert result.exit_code == 2
    assert "--deadline is for a live target" in result.output


def exchanged(vendor: HostileVendor, request: bytes, limit: int = 1 << 16) -> bytes:
    """What the vendor answers, up to a limit."""
    received = b""
    with socket.create_connection(("127.0.0.1", int(vendor.url.rpartition(":")[2])), timeout=5) as sock:
        sock.sendall(request)
        while len(received) < limit and (block := sock.recv(1 << 16)):
            received += block
    return received


def test_the_key_comes_back_in_all_its_spellings() -> None:
    """What redaction has to find is really there, once as sent and once without the word before it."""
    with HostileVendor("key_echoed") as vendor:
        head, _, body = exchanged(
            vendor, f"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {KEY}\r\n\r\n".encode()
        ).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    message = json.loads(body)["message"]
    assert spellings_in(message.encode(), KEY) == list(spellings(KEY))
    assert spellings_in(b"a text without it", KEY) == []
    assert [(one.key, one.path) for one in vendor.asked] == [(f"Basic {KEY}", "/")]


@pytest.mark.parametrize("name", ["endless_body", "gzip_bomb", "redirect_with_endless_body", "endless_head"])
def test_what_is_endless_goes_on(name: str) -> None:
    """A megabyte is not its end."""
    with HostileVendor(name) as vendor:
        assert len(exchanged(vendor, b"GET / HTTP/1.1\r\n\r\n", 1 << 20)) >= 1 << 20


def test_a_vendor_that_is_closed_ends_what_it_was_sending() -> None:
    """A test that is over leaves no connection and no port behind."""
    vendor = HostileVendor("dripping_body")
    with socket.create_connection(("127.0.0.1", int(vendor.url.rpartition(":")[2])), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(1) == b"H"
        vendor.close()
        assert len(b"".join(iter(lambda: sock.recv(1 << 16), b""))) < 1000
    with pytest.raises(OSError, match="refused"):
        exchanged(vendor, b"")
