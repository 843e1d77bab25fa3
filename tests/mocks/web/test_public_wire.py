"""How public programs write their requests: old HTTP, chunks, `Expect`, doubled slashes; over a socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from greycard_mocks import Mock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_mocks import VendorMock

pytestmark = pytest.mark.wire

FORM = b"type=clean&image_url=http%3A%2F%2Fgreycard.test%2F_mock%2Fimages%2F60x40.jpg"


@pytest.fixture
def vendor() -> Iterator[VendorMock]:
    """PicWish, at a port."""
    with Mock(["picwish"]) as mock:
        yield mock.vendor("picwish")


def exchange(vendor: VendorMock, head: str, *bodies: bytes) -> bytes:
    """All that comes back for a request written by hand; each further part is sent when something has come back."""
    place = urlsplit(vendor.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head.format(key=vendor.world.credential, host=place.netloc).encode())
        came = b""
        for body in bodies:
            came += connection.recv(4096) if b"100-continue" in head.encode() else b""
            connection.sendall(body)
        while part := connection.recv(65536):
            came += part
        return came


LENGTH = f"Content-Length: {len(FORM)}"
OLD = ["POST /api/tasks/visual/scale HTTP/1.0", "X-API-KEY: {key}", LENGTH]
CHUNKED = [
    "POST //api/tasks/visual/scale HTTP/1.1", "Host: {host}", "x-api-key: {key}", "Connection: close",
    "Transfer-Encoding: chunked",
]  # fmt: skip
CHUNKS = [b"%x\r\n%b\r\n" % (len(FORM[:10]), FORM[:10]), b"%x\r\n%b\r\n0\r\n\r\n" % (len(FORM[10:]), FORM[10:])]
EXPECT = [
    "POST /api/tasks/visual/scale/ HTTP/1.1", "Host: {host}", "X-Api-Key: {key}", "Connection: close",
    "Expect: 100-continue", LENGTH,
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "bodies"),
    [(OLD, [FORM]), (CHUNKED, CHUNKS), (EXPECT, [FORM])],
    ids=["http-1.0", "chunked-and-doubled-slash", "expect-and-trailing-slash"],
)
def test_requests_as_programs_write_them(vendor: VendorMock, lines: list[str], bodies: list[bytes]) -> None:
    """Each makes a task."""
    head = "\r\n".join([*lines, "Content-Type: application/x-www-form-urlencoded", "\r\n"])
    came = exchange(vendor, head, *bodies)
    assert json.loads(came.rpartition(b"\r\n\r\n")[2])["data"]["task_id"]
    assert b" 200 " in came
    vendor.assert_requested("scale.create", times=1, status=200)


def test_doubled_slashes_are_the_same_at_both_doors(vendor: VendorMock) -> None:
    """Over the socket and within the process: the create, the read, and the answer for a path that nobody has."""
    door = vendor.mock.mount(vendor.session())  # type: ignore[attr-defined]
    place = urlsplit(vendor.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
    for path, status in (("//api/tasks/visual/scale/x", 404), ("/api//tasks/visual/scale//x/", 404), ("//nope", 404)):
        vendor.clock.advance(1)
        connection.request("GET", path, headers=vendor.headers)
        answer = connection.getresponse()
        body = answer.read()
        within = door.get(f"http://greycard.test{path}")
        assert (answer.status, body) == (within.status_code, within.content)
        assert answer.status == status
        assert answer.headers["X-Greycard-Reason"] == within.headers["X-Greycard-Reason"]
    connection.close()
    assert len(vendor.requests) == 6
