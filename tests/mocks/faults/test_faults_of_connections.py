"""Faults below HTTP: each breaks the connection as its name says, and then heals."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
import requests

from greycard_mocks import VendorMock
from greycard_mocks.core.faults import kinds_of


def read(vendor: VendorMock) -> requests.Response:
    """One request to PicWish whose answer does not matter."""
    return vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/none")


def raw_answer(vendor: VendorMock) -> bytes:
    """The bytes that the server sends before it closes; raises OSError when it resets the connection."""
    place = urlsplit(vendor.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    connection.connect()
    header, value = next(iter(vendor.headers.items()))
    request = f"GET /api/tasks/visual/scale/x HTTP/1.1\r\nHost: {place.netloc}\r\n{header}: {value}\r\n\r\n"
    try:
        connection.sock.sendall(request.encode())
        received = b""
        while block := connection.sock.recv(65536):
            received += block
        return received
    finally:
        connection.close()


@pytest.mark.wire
def test_connection_reset_is_a_reset(picwish: VendorMock) -> None:
    """The peer resets the connection instead of answering."""
    picwish.fault("CONNECTION_RESET_BY_PEER")
    with pytest.raises(ConnectionResetError):
        raw_answer(picwish)


@pytest.mark.wire
def test_empty_response_is_empty(picwish: VendorMock) -> None:
    """The connection is closed in order, and not one byte was sent."""
    picwish.fault("EMPTY_RESPONSE")
    assert raw_answer(picwish) == b""


@pytest.mark.wire
def test_random_data_is_no_http(picwish: VendorMock) -> None:
    """What comes is no HTTP, and the same for the same seed."""
    picwish.fault("RANDOM_DATA_THEN_CLOSE", seed=7)
    picwish.fault("RANDOM_DATA_THEN_CLOSE", seed=7)
    first = raw_answer(picwish)
    assert first
    assert not first.startswith(b"HTTP/")
    assert raw_answer(picwish) == first


@pytest.mark.wire
def test_malformed_chunk_breaks_off_after_the_head(picwish: VendorMock) -> None:
    """Status and headers come whole, the body is chunked and cannot be read."""
    picwish.fault("MALFORMED_RESPONSE_CHUNK")
    received = raw_answer(picwish)
    assert received.startswith(b"HTTP/1.1 404")
    assert b"Transfer-Encoding: chunked" in received
    picwish.fault("MALFORMED_RESPONSE_CHUNK")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        read(picwish)


@pytest.mark.wire
def test_truncate_sends_less_than_it_declares(picwish: VendorMock) -> None:
    """The length of the whole body is declared and half of it is sent."""
    picwish.fault("truncate", fraction=0.5)
    head, _, body = raw_answer(picwish).partition(b"\r\n\r\n")
    declared = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert len(body) == declared // 2


@pytest.mark.wire
@pytest.mark.parametrize("kind", [*kinds_of("wire"), "truncate"])
def test_after_a_fault_below_http_the_server_answers_again(picwish: VendorMock, kind: str) -> None:
    """A broken connection harms no other request."""
    picwish.fault(kind)
    with pytest.raises(requests.exceptions.RequestException):
        read(picwish)
    assert read(picwish).status_code == 404


@pytest.mark.parametrize("kind", [*kinds_of("wire"), "truncate"])
def test_without_a_socket_a_fault_below_http_is_a_connection_error(picwish_here: VendorMock, kind: str) -> None:
    """The adapter in the process acts the fault out as the error that requests gives."""
    picwish_here.fault(kind)
    with pytest.raises(requests.exceptions.ConnectionError, match=kind):
        read(picwish_here)
    assert read(picwish_here).status_code == 404
