"""A connection stays usable after a refusal, whatever was refused, unless HTTP forbids it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from greycard_mocks import Mock
from greycard_mocks.web.parsing import MAX_HEADER_BYTES

pytestmark = pytest.mark.wire
SCALE = "/api/tasks/visual/scale"
WORLD = "/_mock/worlds/picwish:test-k"
KEY = {"X-API-KEY": "test-k"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=B"}
MEGABYTE = b"x" * (1 << 20)
PART = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a"\r\n\r\n'

REFUSED = [
    ("POST", SCALE, FORM, b"type=clean", 401),
    ("POST", SCALE, {**KEY, **FORM}, b"type=no", 400),
    ("POST", SCALE, {**KEY, **MULTIPART}, PART + MEGABYTE * 40, 413),
    ("POST", SCALE, {**KEY, "Content-Type": "text/odd"}, MEGABYTE, 400),
    ("GET", f"{SCALE}/none", {**KEY, **FORM}, b"a=1", 404),
    ("HEAD", "/api/nothing", {}, b"", 404),
    ("GET", "/_mock/results/no/such/link.jpg", FORM, b"a=1", 404),
    ("POST", f"{WORLD}/scenarios", {"Content-Type": "text/plain"}, MEGABYTE, 415),
    ("POST", f"{WORLD}/scenarios", JSON, MEGABYTE, 413),
    ("POST", f"{WORLD}/scenarios", JSON, b"{", 400),
    ("POST", f"{WORLD}/scenarios", JSON, b'{"outcome": "exploded"}', 422),
    ("POST", f"{WORLD}/scenarios", {**JSON, "Host": "evil.example"}, b"{}", 403),
    ("POST", f"{WORLD}/scenarios", {**JSON, "X-Greycard-Depth": "1"}, b"{}", 403),
    ("POST", "/_mock/worlds/nobody:test-k/scenarios", JSON, b"{}", 404),
    ("PUT", f"{WORLD}/import", JSON, MEGABYTE * 70, 413),
    ("PUT", "/_mock/worlds", JSON, b"{}", 404),
    ("GET", "/_mock/worlds", {"Origin": "https://evil.example"}, b"a=1", 403),
    ("POST", "/_mock/page/nothing/clock", FORM, MEGABYTE, 413),
    ("GET", "/_mock/", {"Host": "evil.example"}, b"a=1", 403),
    ("GET", "/_mock/images/nothing.xyz", FORM, b"a=1", 400),
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where PicWish listens, without a rate limit."""
    with Mock(["picwish"]) as mock:
        vendor = mock.vendor("picwish", "test-k")
        vendor.set_rate_limit(None)
        yield int(vendor.url.rpartition(":")[2])


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"), REFUSED,
    ids=[f"{method} {path} {len(body)} {status}" for method, path, _, body, status in REFUSED],
)  # fmt: skip
def test_a_refusal_keeps_the_connection(
    *, port: int, method: str, path: str, headers: dict[str, str], body: bytes, status: int, chunked: bool
) -> None:
    """The client that sends its whole body first reads the refusal, and its next request is answered there too."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        if chunked:
            parts = iter([body[start : start + (1 << 20)] for start in range(0, len(body), 1 << 20)])
            connection.request(
                method, path, parts, {**headers, "Transfer-Encoding": "chunked"}, encode_chunked=True
            )  # fmt: skip
        else:
            connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        # a form in chunks that is too long is one without the page's token to the page's reader
        assert answer.status == (403 if chunked and path.startswith("/_mock/page") else status)
        assert answer.getheader("Connection") is None
        before = connection.sock
        assert before is not None
        connection.request("GET", "/_mock/health")
        assert connection.getresponse().read().startswith(b"{")
        assert connection.sock is before


FORBIDDEN = {
    # whether the body comes after all, nobody can know
    "awaited": (f"POST {SCALE} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", b"401"),
    # where this request ends, nobody can know
    "chunks": (f"POST {SCALE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"401"),
    "lengths": (f"POST {SCALE} HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n", b"400"),
    "both": (f"POST {SCALE} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
    "headers": (f"GET / HTTP/1.1\r\nHost: x\r\nX: {'y' * (MAX_HEADER_BYTES + 1)}\r\n\r\n", b"431"),
    # it is no request, so that nobody can know where the next one is
    "target": ("GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "method": ("BREW /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=1", b"404"),
    "version": ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", b"505"),
    "fold": ("GET / HTTP/1.1\r\n X: 1\r\nHost: x\r\n\r\n", b"400"),
    # the client says so
    "close": (f"GET {SCALE}/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"401"),
    "old": (f"GET {SCALE}/none HTTP/1.0\r\nHost: x\r\n\r\n", b"401"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_http_forbids_ends_the_connection(port: int, name: str) -> None:
    """Where nobody knows where the next request begins, or the client says that there is none, the answer says so."""
    text, status = FORBIDDEN[name]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(text.encode())
        answer = b""
        while block := connection.recv(65536):
            answer += block
    assert answer.split(b" ", 2)[1] == status
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (b"\r\nConnection: close\r\n" in answer) is (name != "old")
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer
