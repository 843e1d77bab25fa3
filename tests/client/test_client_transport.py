"""Redirects, bodies, caps, sessions, addresses and keys, the same for every vendor."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    AuthError,
    Enhancor,
    InvalidRequest,
    MagicTiger,
    NotFound,
    PicWish,
    SystemClock,
    UnexpectedResponse,
    Wondershare,
)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_redirects_of_api_calls_are_not_followed(vendor: Any, status: int) -> None:
    """The key goes to the base URL and nowhere else."""
    vendor.reply(b"", status, {"Location": "https://evil.example/"})
    with pytest.raises(UnexpectedResponse, match="redirect") as caught:
        PicWish("key-123456", **vendor.options).get("t1")
    assert len(vendor.sent) == 1
    assert caught.value.status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[1]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"status": NaN}',
        b"[" * 100_000,
        b'{"status": ' + b"9" * 5000 + b"}",
        b'{"a": 1',
    ],
)
@pytest.mark.parametrize("status", [200, 404])
def test_a_body_that_is_no_json_object(vendor: Any, body: bytes, status: int) -> None:
    """What is no JSON object is unexpected, unless the HTTP status alone tells what happened."""
    vendor.reply(body, status)
    with pytest.raises(UnexpectedResponse if status == 200 else NotFound) as caught:
        PicWish("key-123456", **vendor.options).get("t1")
    assert len(str(caught.value)) < 500


def test_a_byte_order_mark_is_read_over(vendor: Any) -> None:
    """JSON with a byte order mark is JSON."""
    vendor.reply(b'\xef\xbb\xbf{"status": 200, "data": {"task_id": "t1", "state": 1}}')
    assert PicWish("key-123456", **vendor.options).get("t1").succeeded


def test_an_excerpt_is_short_and_printable(vendor: Any) -> None:
    """Control characters, escapes and direction marks of a body do not reach a log."""
    vendor.reply("\x1b[31m\r\n\u202e\x00".encode() + b"x" * 10_000)
    with pytest.raises(UnexpectedResponse) as caught:
        PicWish("key-123456", **vendor.options).get("t1")
    assert caught.value.excerpt.isprintable()
    assert len(caught.value.excerpt) < 300


def test_the_answer_is_read_up_to_a_cap(vendor: Any) -> None:
    """One byte over max_answer_bytes is refused, however long the answer would go on."""

    class Endless:
        served = 0

        def read(self, size: int, *_: Any) -> bytes:
            self.served += size
            return b" " * size

        def close(self) -> None:
            """Nothing is open."""

    endless = Endless()
    vendor.reply(endless)
    with pytest.raises(UnexpectedResponse, match="max_answer_bytes"):
        Enhancor("key-123456", max_answer_bytes=1_000_000, **vendor.options).status("r1")
    assert endless.served < 1_200_000
    vendor = type(vendor)().reply(b"{}".ljust(11))
    with pytest.raises(UnexpectedResponse, match="longer than 10 bytes"):
        Enhancor("key-123456", max_answer_bytes=10, **vendor.options).status("r1")


def test_every_request_has_time_outs_and_asks_for_no_compression(vendor: Any) -> None:
    """Connect and read time-outs are set; the answer's size is what the wire says."""
    vendor.reply({"requestId": "r1", "status": "PENDING"})
    Enhancor("key-123456", **vendor.options).status("r1")
    Enhancor("key-123456", timeout=(1.0, 2.0), **vendor.options).status("r1")
    assert [kwargs["timeout"] for kwargs in vendor.sent_with] == [(5.0, 30.0), (1.0, 2.0)]
    assert vendor.sent[0].headers["Accept-Encoding"] == "identity"


def test_an_own_session_ignores_the_environment_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and .netrc are for browsers; close() and the context manager close what the client opened."""
    closed: list[object] = []
    monkeypatch.setattr(requests.Session, "close", lambda self: closed.append(self))  # noqa: PLW0108
    with Enhancor("key-123456") as client:
        assert client._transport._session.trust_env is False
    assert closed == [client._transport._session]


def test_a_session_that_was_passed_in_is_left_as_it_was(vendor: Any) -> None:
    """The caller's session is neither configured nor closed."""
    options = vendor.options
    with Enhancor("key-123456", **options) as client:
        assert client.base_url == "https://apireq.enhancor.ai"
    assert options["session"].trust_env is True
    assert "x-api-key" not in options["session"].headers
    assert not vendor.closed


def test_netrc_does_not_replace_the_key(
    vendor: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Even a session that reads .netrc sends the client's Authorization header."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.reply({"code": 0, "msg": "", "data": {"task_id": "t"}})
    Wondershare("app", "secret", **vendor.options).create("fsrtwo", ["https://e/x.png"])
    assert vendor.sent[0].headers["Authorization"] == "Basic YXBwOnNlY3JldA=="


@pytest.mark.parametrize(
    "base",
    ["", "ftp://host", "host", "https://", "https://user:pw-1234@host", "https://h/?a=1", "https://h/#f"],
)
def test_a_base_url_that_cannot_be_used_is_refused(base: str) -> None:
    """The base URL is absolute http or https and holds no credentials; the error does not repeat them."""
    with pytest.raises(ValueError, match="base_url") as caught:
        MagicTiger("token-123456", base)
    assert "pw-1234" not in str(caught.value)


def test_a_trailing_slash_of_the_base_url_is_dropped(vendor: Any) -> None:
    """Paths are joined with one slash; a prefix is kept."""
    vendor.reply({"code": 0, "msg": "", "data": {"success": True}})
    MagicTiger("token-123456", "http://h/prefix//", **vendor.options).delete("a")
    assert vendor.sent[0].url == "http://h/prefix/deletetask"


def test_a_key_beyond_ascii_is_sent_as_utf_8(vendor: Any) -> None:
    """A key that no vendor would give is still sent, so that the vendor can refuse it."""
    vendor.reply({"status": 401, "message": "no"}, 401)
    with pytest.raises(AuthError):
        PicWish("schlüssel\udc80", **vendor.options).get("t1")
    assert vendor.sent[0].headers["X-API-KEY"] == b"schl\xc3\xbcssel\xed\xb2\x80"


@pytest.mark.parametrize("key", ["key\n-secret", "key-secret\r\n", "\x00key-secret"])
def test_a_key_with_a_line_end_is_refused_without_being_shown(key: str) -> None:
    """Such a key would be a header injection; the error names the header, not the key."""
    with pytest.raises(ValueError, match="X-API-KEY") as caught:
        PicWish(key)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("task_id", ["", ".", ".."])
def test_an_id_that_no_path_can_hold_is_refused(vendor: Any, task_id: str) -> None:
    """An id that would turn into another path is not sent."""
    with pytest.raises(ValueError, match="task_id"):
        PicWish("key-123456", **vendor.options).get(task_id)
    assert vendor.sent == []


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_an_id_stays_one_segment_of_the_path(fake: Any, task_id: str) -> None:
    """Whatever an id holds, it does not leave its place in the path."""
    vendor = fake().reply({"status": 404, "message": "no"}, 404)
    with pytest.raises(NotFound):
        PicWish("key-123456", **vendor.options).get(task_id)
    path = urlsplit(vendor.sent[0].url).path
    assert path.startswith("/api/tasks/visual/scale/")
    assert path.count("/") == 5
    assert ".." not in path.split("/")


@pytest.mark.parametrize("status", [400, 405, 415, 422, 499])
def test_other_4xx_are_invalid_requests(vendor: Any, status: int) -> None:
    """A refusal that has no class of its own is an invalid request."""
    vendor.reply(b"nope", status)
    with pytest.raises(InvalidRequest, match="nope"):
        Enhancor("key-123456", **vendor.options).status("r1")


def test_the_system_clock_goes_on_and_never_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts at the wall clock and sleeps only for what is left."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    clock = SystemClock()
    first = clock.now()
    clock.sleep(0)
    clock.sleep(-1)
    clock.sleep(0.25)
    assert clock.now() >= first > 1_600_000_000
    assert pauses == [0.25]
