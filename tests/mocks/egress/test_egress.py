"""What the mocks may reach, and what becomes of every way in which the other side can misbehave."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from greycard_mocks.egress.guard import EgressError, Guard, check_url_form

pytestmark = pytest.mark.wire

Handler = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\n"
LIMIT = 1000


class Origin:
    """A loopback server that gives each connection's request head to a handler; it keeps what it was sent."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.stop = threading.Event()
        self._handler = handler
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The origin's address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop accepting, let waiting handlers go, and join the thread."""
        self.stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                if self._context is None:
                    self._serve(connection)
                else:
                    with self._context.wrap_socket(connection, server_side=True) as secured:
                        self._serve(secured)

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            block = connection.recv(65536)
            if not block:
                return
            head += block
        self.requests.append(head)
        self._handler(connection, head)


def saying(answer: bytes) -> Handler:
    """Make a handler that sends these bytes and closes."""

    def handler(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer)

    return handler


@pytest.fixture
def serve() -> Iterator[Callable[..., Origin]]:
    """Start origins that end with the test."""
    with contextlib.ExitStack() as cleanup:

        def start(answer: bytes | Handler, context: ssl.SSLContext | None = None) -> Origin:
            origin = Origin(saying(answer) if isinstance(answer, bytes) else answer, context)
            cleanup.callback(origin.close)
            return origin

        yield start


def failure(url: str, guard: Guard | None = None, limit: int = LIMIT) -> EgressError:
    """Fetch and return the error that this must end in."""
    with pytest.raises(EgressError) as caught:
        (guard or Guard(deadline_seconds=5)).fetch(url, max_bytes=limit)
    return caught.value


def say_nothing(_connection: socket.socket, _head: bytes) -> None:
    """Close the connection without a word."""


def answer_with(body: bytes, *headers: str) -> bytes:
    """Build an answer with status 200."""
    return OK + "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + body


def no_network(_address: str, _port: int, _timeout: float) -> socket.socket:
    """Fail the test: nothing may be connected to."""
    raise AssertionError("a refused address was connected to")


# --- the form of an address


MALFORMED = """
    picture.png /a/b.png //host/a.png http: http:/host http:host http:///a.png
    file:///etc/passwd gopher://host/ ftp://host/a data:image/png;base64,AA== jar:http://h!/
    http://ok@127.0.0.1/ http://user:pass@host/ http://@host/ http://host\\@evil/ http://[::1/
    http://2130706433/ http://0x7f000001/ http://0177.0.0.1/ http://127.1/ http://0x7f.1/ http://127.0.0.1.1/
    http://1.2.3.256/ http://\uff11\uff12\uff17.0.0.1/ http://b\xfccher.example/ http://host\u3002example/
    http://host%00.example/ http://127.0.0.1%2f/ http://host:0/ http://host:65536/ http://host:-1/
    http://host:\uff18\uff10/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/ http://[127.0.0.1]/
    http://[::1]x/
    http://a..b/ http://.host/ http://host../ http://-host/
"""
MALFORMED_BY_SPACES = (
    "http://ho st/",
    "http://host/a b",
    "http://host/\t",
    "http://host/\n",
    "http://host:8 0/",
)
MALFORMED_ELSE = (
    *("", "http://host/\r\nX: y", "\thttp://host/", " http://host/", "http://host/ ", "http://h\x00/"),
    *("http://host/\ud800", f"http://host/{'a' * 8192}", f"http://{'a' * 64}.example/"),
)
WELL_FORMED = """
    http://host HTTP://HOST/ https://host.example:8443/a?b=c#d http://[2606:4700::1]:8080/a
    http://8.8.8.8/a.png http://host.example./a http://host/\u56fe\u7247.png?\u540d=1
    http://xn--bcher-kva.example/
    http://169.254.169.254/ http://host:22/ http://a_b.example/ http://host:/a
"""


@pytest.mark.parametrize("url", [*MALFORMED.split(), *MALFORMED_BY_SPACES, *MALFORMED_ELSE])
def test_malformed(url: str) -> None:
    """An address that is not absolute http(s), or that two readers could read differently, is malformed."""
    with pytest.raises(EgressError) as caught:
        check_url_form(url)
    assert caught.value.kind == "malformed"
    assert failure(url, Guard(connect=no_network)).kind == "malformed"


@pytest.mark.parametrize("url", WELL_FORMED.split())
def test_good_form(url: str) -> None:
    """The form alone is judged without a look-up: what the guard refuses later may still be well formed."""
    check_url_form(url)


# --- the guard


REFUSED_HOSTS = """
    169.254.169.254 169.254.169.254. 100.100.100.200 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1
    100.64.0.1 198.18.0.1 198.19.255.255 0.0.0.0 0.1.2.3 224.0.0.1 239.255.255.255 255.255.255.255 240.0.0.1
    192.0.0.192 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 168.63.129.16
    [fd00:ec2::254] [::] [fe80::1] [fc00::1] [ff02::1] [2001:db8::1] [2001::1] [100::1] [3fff::1] [5f00::1]
    [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
    [64:ff9b::a00:1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1]
"""


@pytest.mark.parametrize("host", REFUSED_HOSTS.split())
def test_refused_addresses(host: str) -> None:
    """No private, link-local, metadata, shared, benchmark or reserved address is ever connected to."""
    guard = Guard(connect=no_network)
    assert failure(f"http://{host}/a.png", guard).kind == "refused"
    with pytest.raises(EgressError) as caught:
        guard.post(f"http://{host}/hook", headers={}, body=b"{}")
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("address", ["10.0.0.1", "fe80::1%eth0", "2606:4700::1%eth0", "::ffff:192.168.0.1", "nonsense"])
def test_one_refused_address_refuses_the_name(address: str) -> None:
    """A name with several addresses is refused as soon as one of them is."""
    guard = Guard(resolve=lambda _host, _port: ["8.8.8.8", address], connect=no_network)
    error = failure("http://mixed.example/a.png", guard)
    assert error.kind == "refused"
    assert address not in str(error)


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "[2606:4700::1]", "[64:ff9b::808:808]", "[2002:808:808::1]", "[::ffff:8.8.8.8]", "127.8.9.1"],
)
def test_public_and_loopback_addresses(host: str) -> None:
    """Public and loopback addresses may be connected to, public ones also when IPv6 wraps them."""
    dialled: list[str] = []

    def connect(address: str, _port: int, _timeout: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    assert failure(f"http://{host}/", Guard(connect=connect)).kind == "unreachable"
    assert len(dialled) == 1


def test_user_part_is_named() -> None:
    """The message says what to do about a user part."""
    with pytest.raises(EgressError, match="remove everything up to the @"):
        check_url_form("http://user:pass@host/")


@pytest.mark.parametrize("name", ["metadata.google.internal", "METADATA.google.internal.", "instance-data"])
def test_metadata_names(name: str) -> None:
    """Metadata services are refused by name, without a look-up."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("looked up")

    assert failure(f"http://{name}/", Guard(resolve=resolve)).kind == "refused"


@pytest.mark.parametrize("port", [22, 25, 445, 3306, 6379, 27017])
def test_refused_ports(port: int) -> None:
    """Ports of other protocols are refused, on loopback too."""
    assert failure(f"http://127.0.0.1:{port}/", Guard(connect=no_network)).kind == "refused"


def test_loopback_can_be_closed(serve: Callable[..., Origin]) -> None:
    """With `loopback` off only the listed pairs of loopback are reached."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    assert failure(origin.url, Guard(loopback=False)).kind == "refused"
    listed = Guard(loopback=False, allow=frozenset({("127.0.0.1", origin.port)}))
    with listed.fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert fetched.file.read() == b"ok"


def test_allowed_pair_is_exact(serve: Callable[..., Origin]) -> None:
    """An allowance holds for its host and port only, and covers a private address and a refused port."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))

    def connect(_address: str, _port: int, timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    guard = Guard(
        allow=frozenset({("files.internal", 6379)}),
        resolve=lambda _host, _port: ["10.1.2.3"],
        connect=connect,
    )
    guard.fetch("http://FILES.internal:6379/a", max_bytes=LIMIT).close()
    assert failure("http://files.internal:6380/a", guard).kind == "refused"
    assert failure("http://files.internal.:80/a", guard).kind == "refused"
    assert failure("http://other.internal:6379/a", guard).kind == "refused"


def test_the_checked_address_is_the_one_connected_to(serve: Callable[..., Origin]) -> None:
    """A name is looked up once; the connection goes there and still names the host (no rebinding)."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    lookups = iter([["93.184.216.34"], ["10.0.0.1"]])
    dialled: list[tuple[str, int]] = []

    def connect(address: str, port: int, timeout: float) -> socket.socket:
        dialled.append((address, port))
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    guard = Guard(resolve=lambda _host, _port: next(lookups), connect=connect)
    guard.fetch("http://Pictures.example:8080/a/图.png?x=%20y#part", max_bytes=LIMIT).close()
    assert dialled == [("93.184.216.34", 8080)]
    head = origin.requests[0].decode("ascii").split("\r\n")
    assert head[0] == "GET /a/%E5%9B%BE.png?x=%20y HTTP/1.1"
    assert "Host: pictures.example:8080" in head
    assert "Accept-Encoding: identity" in head


def test_next_address_is_tried(serve: Callable[..., Origin]) -> None:
    """When the first of several good addresses is not there, the next one serves."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))

    def connect(address: str, _port: int, timeout: float) -> socket.socket:
        if address == "2606:4700::1":
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    guard = Guard(resolve=lambda _host, _port: ["2606:4700::1", "8.8.8.8"], connect=connect)
    guard.fetch("http://two.example/", max_bytes=LIMIT).close()


def test_environment_is_not_used(serve: Callable[..., Origin], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and stored credentials of the environment have no influence."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login secret password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    Guard(deadline_seconds=5).fetch(f"{origin.url}/a", max_bytes=LIMIT).close()
    assert origin.requests[0].startswith(b"GET /a HTTP/1.1\r\n")
    assert b"uthorization" not in origin.requests[0]


# --- fetching


@pytest.mark.parametrize(
    "answer",
    [
        answer_with(b"x" * LIMIT, f"Content-Length: {LIMIT}", "Content-Type: Image/PNG; charset=x"),
        answer_with(b"x" * LIMIT, "Content-Type: image/png"),
        answer_with(
            b"3E7;a=b\r\n" + b"x" * 999 + b"\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n",
            "Transfer-Encoding: chunked",
            "Content-Type: image/png",
        ),
        answer_with(b"x" * LIMIT, "Content-Encoding: identity", "Content-Type: image/png", "Refresh: 0; url=/b"),
    ],
    ids=["length", "until-close", "chunked", "identity"],
)
def test_exactly_the_limit(serve: Callable[..., Origin], answer: bytes) -> None:
    """A body of exactly the limit is fetched whole, however its length is told."""
    origin = serve(answer)
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert (fetched.size, fetched.content_type, fetched.status) == (LIMIT, "image/png", 200)
        assert fetched.file.read() == b"x" * LIMIT
    assert fetched.file.closed
    assert failure(origin.url, limit=LIMIT - 1).kind == "too_large"


def test_empty_body(serve: Callable[..., Origin]) -> None:
    """A body of no bytes is a whole body; an unreadable content type is told as none."""
    origin = serve(answer_with(b"", "Content-Length: 0", "Content-Type: <b>"))
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert (fetched.size, fetched.content_type, fetched.file.read()) == (0, "", b"")


def test_large_body_is_spooled(serve: Callable[..., Origin]) -> None:
    """A body over 512 KiB lies on disk and comes back byte for byte."""
    body = bytes(range(256)) * 4096
    origin = serve(answer_with(body, f"Content-Length: {len(body)}"))
    with Guard(deadline_seconds=5).fetch(origin.url, max_bytes=len(body)) as fetched:
        assert isinstance(fetched.file.fileno(), int)
        fetched.file.seek(0)
        assert fetched.file.read() == body


def test_declared_length_over_the_limit_is_not_read(serve: Callable[..., Origin]) -> None:
    """A declared length over the limit ends the fetch at once, before any of the body has come."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer_with(b"", "Content-Length: 99999999"))
        origin.stop.wait(5)

    origin = serve(handler)
    assert failure(origin.url).kind == "too_large"


@pytest.mark.parametrize("headers", [[], ["Transfer-Encoding: chunked"]])
def test_endless_body(serve: Callable[..., Origin], headers: list[str]) -> None:
    """A body without an end is cut off at the limit."""
    block = b"400\r\n" + b"x" * 1024 + b"\r\n"

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer_with(b"", *headers))
        while not origin.stop.is_set():
            connection.sendall(block)

    origin = serve(handler)
    assert failure(origin.url, limit=1_000_000).kind == "too_large"


@pytest.mark.parametrize("code", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_never_followed(serve: Callable[..., Origin], code: int) -> None:
    """Every 3xx ends the fetch without reading its body, whatever the target (S1:7)."""

    def handler(connection: socket.socket, _: bytes) -> None:
        location = f"Location: {origin.url}/second"
        head = f"HTTP/1.1 {code} Moved\r\n{location}\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"
        connection.sendall(head.encode())
        origin.stop.wait(5)  # the body never comes

    origin = serve(handler)
    error = failure(origin.url)
    assert (error.kind, error.status) == ("redirect", code)
    assert len(origin.requests) == 1


@pytest.mark.parametrize("code", [201, 204, 206, 400, 403, 404, 429, 500, 503, 999])
def test_other_statuses(serve: Callable[..., Origin], code: int) -> None:
    """Only 200 brings a picture; the status is told, the text is not."""
    error = failure(serve(f"HTTP/1.1 {code} SECRET\r\nContent-Length: 6\r\n\r\nSECRET".encode()).url)
    assert (error.kind, error.status) == ("status", code)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        answer_with(b"short", "Content-Length: 10"),
        answer_with(b"5\r\nabcde\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"zz\r\nabcde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"5\r\nab", "Transfer-Encoding: chunked"),
        answer_with(b"-1\r\nab", "Transfer-Encoding: chunked"),
        answer_with(b"0x2\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"1\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"2;" + b"x" * 2000 + b"\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer_with(b"0\r\n" + b"a: b\r\n" * 60, "Transfer-Encoding: chunked"),
        answer_with(b"2\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 2"),
        answer_with(b"ab", "Transfer-Encoding: gzip, chunked"),
        answer_with(b"ab", "Content-Length: 2", "Content-Length: 3"),
        answer_with(b"ab", "Content-Length: +2"),
        answer_with(b"ab", "Content-Length: -2"),
        answer_with(b"ab", "Content-Length: 2, 2"),
        answer_with(b"ab", "Content-Encoding: gzip", "Content-Length: 2"),
        answer_with(b"ab", "Content-Encoding: gzip, gzip, br", "Content-Length: 2"),
        answer_with(b"ab", *(f"X-{number}: y" for number in range(200))),
        answer_with(b"ab", "X: " + "y" * 70_000),
        b"SSH-2.0-SECRET\r\n\r\n",
        b"HTTP/1.1 abc SECRET\r\n\r\n",
        b"<html>SECRET</html>",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
    ],
)
def test_broken_answers(serve: Callable[..., Origin], answer: bytes) -> None:
    """An answer that breaks HTTP, is compressed or ends early is malformed, and nothing of it is repeated."""
    error = failure(serve(answer).url)
    assert error.kind == "malformed"
    assert "SECRET" not in repr(error)
    assert error.__cause__ is None


def test_closed_without_an_answer(serve: Callable[..., Origin]) -> None:
    """A server that closes the connection without a word counts as unreachable, like a closed port."""
    assert failure(serve(say_nothing).url).kind == "unreachable"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/").kind == "unreachable"


def test_name_without_an_address() -> None:
    """A name that cannot be found is unreachable, and the resolver's words are not repeated."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "SECRET")

    error = failure("http://nowhere.example/", Guard(resolve=resolve))
    assert error.kind == "unreachable"
    assert "SECRET" not in str(error)
    assert failure("http://nowhere.example/", Guard(resolve=lambda _host, _port: [])).kind == "unreachable"


def test_messages_keep_the_callers_secrets() -> None:
    """The path, the query and the user part of an address never stand in a message."""
    for url in (
        "http://10.0.0.1/SECRET?k=SECRET",
        "http://u:SECRET@host/",
        "http://0x1/SECRET",
        "ftp://h/SECRET",
    ):
        assert "SECRET" not in repr(failure(url))


# --- the deadline


def test_a_server_that_never_answers(serve: Callable[..., Origin]) -> None:
    """Silence ends at the deadline."""

    def handler(_connection: socket.socket, _head: bytes) -> None:
        origin.stop.wait(5)

    origin = serve(handler)
    assert failure(origin.url, Guard(deadline_seconds=0.1)).kind == "timeout"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", answer_with(b"", "Content-Length: 900")])
def test_a_drip_meets_the_deadline(serve: Callable[..., Origin], head: bytes) -> None:
    """A byte now and then does not stretch the deadline, neither in the headers nor in the body."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        while not origin.stop.wait(0.02):
            connection.sendall(b"x")

    origin = serve(handler)
    assert failure(origin.url, Guard(deadline_seconds=0.2)).kind == "timeout"


def test_deadline_runs_on_the_given_clock(serve: Callable[..., Origin]) -> None:
    """All waits share one deadline on one monotonic clock: here each look at it costs 4 of the 10 seconds."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    clock = itertools.count(step=4)
    assert failure(origin.url, Guard(monotonic=lambda: float(next(clock)))).kind == "timeout"


def test_slow_lookups_are_bounded() -> None:
    """A look-up that hangs ends at the deadline, and hanging look-ups cannot pile up without end."""
    release = threading.Event()
    running = itertools.count()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        next(running)
        release.wait(5)
        return []

    guard = Guard(resolve=resolve, deadline_seconds=0.02)
    try:
        for _ in range(40):
            assert failure("http://slow.example/", guard).kind == "timeout"
        assert next(running) == 32
    finally:
        release.set()


# --- deliveries


def test_delivery(serve: Callable[..., Origin]) -> None:
    """A delivery sends the body and headers as given, keeps the query, and returns the whole answer."""
    origin = serve(b"HTTP/1.1 202 Fine\r\nX-Seen: Yes\r\nContent-Length: 16\r\n\r\n" + b'{"success":true}')
    sent = {"Content-Type": "application/json", "md5": "00ff", "token": "test-token"}
    answer = Guard(deadline_seconds=5).post(f"{origin.url}/hook?job=1&b=%2F", headers=sent, body=b"{}")
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (202, b'{"success":true}', "Yes")
    head = origin.requests[0].decode()
    assert head.startswith("POST /hook?job=1&b=%2F HTTP/1.1\r\n")
    for line in ("Content-Type: application/json", "md5: 00ff", "token: test-token", "Content-Length: 2"):
        assert f"{line}\r\n" in head


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_delivery_does_not_follow(serve: Callable[..., Origin], code: int) -> None:
    """A receiver's redirect is an answer; the caller's token is never carried on (S1:101-105)."""
    origin = serve(f"HTTP/1.1 {code} M\r\nLocation: /b\r\nContent-Length: 5\r\n\r\nabcde".encode())
    answer = Guard(deadline_seconds=5).post(origin.url, headers={"token": "t"}, body=b"{}")
    assert (answer.status, answer.body) == (code, b"")
    assert len(origin.requests) == 1


@pytest.mark.parametrize("code", [200, 204, 400, 500])
def test_delivery_statuses(serve: Callable[..., Origin], code: int) -> None:
    """Any status of the receiver is an answer, also one without a body."""
    origin = serve(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode())
    answer = Guard(deadline_seconds=5).post(origin.url, headers={}, body=b"{}")
    assert (answer.status, answer.body) == (code, b"")


def test_huge_answer(serve: Callable[..., Origin]) -> None:
    """An answer over the cap is closed; the error still tells the receiver's status."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not origin.stop.is_set():
            connection.sendall(b"x" * 65536)

    origin = serve(handler)
    with pytest.raises(EgressError) as caught:
        Guard(deadline_seconds=5).post(origin.url, headers={}, body=b"{}")
    assert (caught.value.kind, caught.value.status) == ("too_large", 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X": "a\nb"},
        {"X": "a\x00"},
        {"X": "名"},
        {"X\r\nY": "a"},
        {"": "a"},
        {"Host": "evil"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
    ],
)
def test_headers_that_break_out(headers: dict[str, str]) -> None:
    """A header that could end its line, or that frames the message, is refused before anything is sent."""
    with pytest.raises(EgressError) as caught:
        Guard(connect=no_network).post("http://127.0.0.1:8080/", headers=headers, body=b"")
    assert caught.value.kind == "refused"


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh self-signed certificate for pictures.example, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=pictures.example", "-addext", "subjectAltName=DNS:pictures.example"]
    files = ["-keyout", str(path), "-out", f"{path}.crt"]
    try:
        subprocess.run([*request, *names, *files], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("needs the openssl command to make a certificate; install it to run this test")
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_tls_is_verified_on_the_name(serve: Callable[..., Origin], certificate: Path) -> None:
    """TLS names the host and accepts only a certificate for it, although an address is connected to."""
    names: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    origin = serve(answer_with(b"ok", "Content-Length: 2"), server)

    def connect(_address: str, _port: int, timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    trusting = Guard(
        resolve=lambda _host, _port: ["8.8.8.8"],
        connect=connect,
        tls=lambda: ssl.create_default_context(cafile=str(certificate)),
        deadline_seconds=5,
    )
    with trusting.fetch("https://pictures.example/a", max_bytes=LIMIT) as fetched:
        assert fetched.file.read() == b"ok"
    assert names == ["pictures.example"]
    assert failure("https://other.example/a", trusting).kind == "unreachable"
    distrusting = Guard(resolve=lambda _host, _port: ["8.8.8.8"], connect=connect, deadline_seconds=5)
    assert failure("https://pictures.example/a", distrusting).kind == "unreachable"


def test_tls_that_is_none() -> None:
    """A server that does not speak TLS is unreachable by https, and one that says nothing times out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        assert failure(url, Guard(deadline_seconds=0.2)).kind == "timeout"
    with contextlib.closing(PlainListener()) as plain:
        assert failure(f"https://127.0.0.1:{plain.port}/").kind == "unreachable"


class PlainListener:
    """Answers one connection with text, whatever it says."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection = self._listener.accept()[0]
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"220 mail ready\r\n")
            connection.recv(65536)

    def close(self) -> None:
        """Join the thread and free the port."""
        self._thread.join(5)
        self._listener.close()
