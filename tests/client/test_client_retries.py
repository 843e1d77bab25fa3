"""What is sent again, what is not, and after which pause: the same for every vendor."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import requests
import urllib3.exceptions as lower
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    ConnectFailed,
    PicWish,
    RateLimited,
    ServerError,
    TimedOut,
    TransportError,
)
from greycard_client._answer import parse_retry_after
from greycard_client._transport import BACKOFF_LONGEST

DONE = {"status": 200, "message": "success", "data": {"task_id": "t1", "state": 1}}
POOL: Any = None


def refused() -> requests.ConnectionError:
    """What requests raises when nobody listens."""
    reason = lower.NewConnectionError(POOL, "refused")
    return requests.ConnectionError(lower.MaxRetryError(POOL, "/x", reason))


def unknown_host() -> requests.ConnectionError:
    """What requests raises when the name is not known."""
    reason = lower.NameResolutionError("h", POOL, OSError("no such host"))  # type: ignore[arg-type]
    return requests.ConnectionError(lower.MaxRetryError(POOL, "/x", reason))


def reset() -> requests.ConnectionError:
    """What requests raises when the other side resets the connection."""
    return requests.ConnectionError(lower.ProtocolError("aborted", ConnectionResetError(104, "reset")))


def late_body() -> requests.ConnectionError:
    """What requests raises when the body stops coming."""
    return requests.ConnectionError(lower.ReadTimeoutError(POOL, "/x", "late"))


def bad_certificate() -> requests.exceptions.SSLError:
    """What requests raises for a certificate that it does not accept."""
    reason = lower.SSLError(ssl.SSLCertVerificationError("self-signed"))
    return requests.exceptions.SSLError(lower.MaxRetryError(POOL, "/x", reason))


NOT_SENT = [
    (refused, ConnectFailed),
    (unknown_host, ConnectFailed),
    (lambda: requests.exceptions.ProxyError("no proxy"), ConnectFailed),
    (lambda: requests.ConnectTimeout("slow"), TimedOut),
]
MAYBE_SENT = [
    (reset, TransportError),
    (late_body, TimedOut),
    (lambda: requests.ReadTimeout("slow"), TimedOut),
    (lambda: requests.exceptions.ChunkedEncodingError("cut"), TransportError),
]
FINAL = [
    (bad_certificate, ConnectFailed, False),
    (lambda: requests.exceptions.SSLError("bad record"), TransportError, True),
    (lambda: requests.exceptions.InvalidURL("no host"), TransportError, False),
    (lambda: requests.exceptions.ContentDecodingError("no gzip"), TransportError, True),
    (lambda: requests.TooManyRedirects("31"), TransportError, True),
]


@pytest.mark.parametrize(("error", "kind"), NOT_SENT)
def test_what_was_not_sent_is_sent_again(vendor: Any, error: Any, kind: type[Exception]) -> None:
    """A create that never reached the vendor is tried again, with growing pauses."""
    vendor.fail(error()).fail(error()).reply(DONE)
    task = PicWish("key-123456", **vendor.options).create(b"x")
    assert task.succeeded
    assert len(vendor.sent) == 3
    assert len(vendor.clock.slept) == 2

    stubborn = type(vendor)().fail(error())
    with pytest.raises(kind) as caught:
        PicWish("key-123456", retries=2, **stubborn.options).create(b"x")
    assert isinstance(caught.value, TransportError)
    assert not caught.value.maybe_accepted
    assert len(stubborn.sent) == 3


@pytest.mark.parametrize(("error", "kind"), MAYBE_SENT)
def test_a_create_that_may_have_been_accepted_is_not_sent_again(vendor: Any, error: Any, kind: type[Exception]) -> None:
    """After a read time-out or a reset a create is over; its error says that it may have been accepted."""
    vendor.fail(error()).reply(DONE)
    with pytest.raises(kind) as caught:
        PicWish("key-123456", **vendor.options).create(b"x")
    assert isinstance(caught.value, TransportError)
    assert caught.value.maybe_accepted
    assert len(vendor.sent) == 1


@pytest.mark.parametrize(("error", "kind"), MAYBE_SENT)
def test_resend_creates_sends_it_again(vendor: Any, error: Any, kind: type[Exception]) -> None:
    """With resend_creates=True a create is sent again whatever happened, and so is a read without it."""
    assert issubclass(kind, TransportError)
    vendor.fail(error()).reply(DONE)
    assert PicWish("key-123456", resend_creates=True, **vendor.options).create(b"x").succeeded
    reading = type(vendor)().fail(error()).reply(DONE)
    assert PicWish("key-123456", **reading.options).get("t1").succeeded


@pytest.mark.parametrize(("error", "kind", "accepted"), FINAL)
def test_what_would_happen_again_is_not_tried_again(
    vendor: Any, error: Any, kind: type[Exception], *, accepted: bool
) -> None:
    """Certificates, bad URLs and bad encodings are final at once."""
    vendor.fail(error())
    with pytest.raises(kind) as caught:
        PicWish("key-123456", **vendor.options).get("t1")
    assert isinstance(caught.value, TransportError)
    assert caught.value.maybe_accepted is accepted
    assert len(vendor.sent) == 1


def test_the_answer_cut_off_half_way_is_a_transport_error(vendor: Any) -> None:
    """A body that breaks off while it is read is no answer."""

    class Broken:
        def read(self, *_: Any) -> bytes:
            raise requests.exceptions.ChunkedEncodingError

        def close(self) -> None:
            """Nothing is open."""

    vendor.reply(Broken())
    with pytest.raises(TransportError, match="before the answer was complete"):
        PicWish("key-123456", retries=0, **vendor.options).get("t1")


def test_errors_of_requests_are_not_chained(vendor: Any) -> None:
    """The prepared request, which holds the key, hangs on no error of ours."""
    vendor.fail(reset())
    with pytest.raises(TransportError) as caught:
        PicWish("key-123456", **vendor.options).create(b"x")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("header", "pause"),
    [("2", 2.0), ("0", 0.0), ("1.5", 1.5), ("999999999", 60.0), ("", None), ("soon", None)],
)
def test_retry_after_is_the_pause_after_429(vendor: Any, header: str, pause: float | None) -> None:
    """429 is tried again after Retry-After, at most max_retry_after; without one after a back-off."""
    vendor.reply({"status": 429, "message": "slow"}, 429, {"Retry-After": header}).reply(DONE)
    assert PicWish("key-123456", **vendor.options).create(b"x").succeeded
    (slept,) = vendor.clock.slept
    assert slept == pause if pause is not None else 0 <= slept <= 0.5


def test_429_is_raised_when_the_tries_are_used_up(vendor: Any) -> None:
    """RateLimited carries what the vendor asked for; retries=0 shows the first 429."""
    vendor.reply({"status": 429, "message": "slow"}, 429, {"Retry-After": "7"})
    with pytest.raises(RateLimited) as caught:
        PicWish("key-123456", retries=0, **vendor.options).create(b"x")
    assert caught.value.retry_after == 7
    assert caught.value.status == 429
    assert vendor.clock.slept == []


def test_429_in_the_envelope_is_tried_again_too(vendor: Any) -> None:
    """HTTP 200 with JSON status 429 is a rate limit like any other."""
    vendor.reply({"status": 429, "message": "slow"}).reply(DONE)
    assert PicWish("key-123456", **vendor.options).get("t1").succeeded


def test_a_server_error_is_not_tried_again(vendor: Any) -> None:
    """After 500 nobody knows what happened to a create, so it is the caller's to decide."""
    vendor.reply({"status": 500, "message": "oops"}, 500)
    with pytest.raises(ServerError):
        PicWish("key-123456", **vendor.options).create(b"x")
    assert len(vendor.sent) == 1


def test_retries_of_a_wait_do_not_outlive_its_deadline(vendor: Any) -> None:
    """A Retry-After beyond the deadline of a wait ends the wait at once."""
    vendor.reply({"status": 429, "message": "slow"}, 429, {"Retry-After": "30"})
    with pytest.raises(RateLimited):
        PicWish("key-123456", **vendor.options).wait("t1", timeout=10)
    assert vendor.clock.slept == []


def test_the_jitter_stays_in_the_upper_half_of_the_back_off(vendor: Any) -> None:
    """The pause before try n is between half of 0.5 * 2**n seconds and all of it, and at most thirty.

    So the retries of one request always outlast the second in which a rate counts.
    """
    vendor.fail(refused())
    with pytest.raises(ConnectFailed):
        PicWish("key-123456", retries=12, **vendor.options).get("t1")
    for index, pause in enumerate(vendor.clock.slept):
        longest = min(BACKOFF_LONGEST, 0.5 * 2**index)
        assert longest / 2 <= pause <= longest
    assert len(set(vendor.clock.slept)) == 12


DATE = "Tue, 14 Nov 2023 22:13:30 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": DATE}, 10.0),
        ({"Retry-After": "Tue, 14 Nov 2023 22:13:30 -0000"}, 10.0),
        ({"Retry-After": DATE, "Date": "Tue, 14 Nov 2023 22:13:00 GMT"}, 30.0),
        ({"Retry-After": DATE, "Date": "Tue, 14 Nov 2023 23:00:00 GMT"}, 0.0),
        ({"Retry-After": "Tue, 99 Nov 2023 22:13:30 GMT"}, None),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
def test_retry_after_may_be_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """A date is measured against the answer's own Date, or else against the clock; the past is no pause."""
    assert parse_retry_after(headers, 1_700_000_000.0) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_client(text: str) -> None:
    """Whatever a server writes into Retry-After, the result is no pause or a pause of zero or more."""
    seconds = parse_retry_after({"Retry-After": text, "Date": text}, 0.0)
    assert seconds is None or seconds >= 0
