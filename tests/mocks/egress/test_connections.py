"""Where a connection goes: exact allowances, checked addresses, no environment, verified TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.egress.allow import Allowances
from greycard_mocks.egress.guard import EgressError, Guard

pytestmark = pytest.mark.wire
OK = b"HTTP/1.1 200 OK\r\n"
LIMIT = 1000


def answer_with(body: bytes, *headers: str) -> bytes:
    """Build an answer with status 200."""
    return OK + "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + body


def test_loopback_can_be_closed(serve: Callable[..., Any], failure: Callable[..., EgressError]) -> None:
    """With `loopback` off only the listed pairs of loopback are reached."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    assert failure(origin.url, Guard(loopback=False)).kind == "refused"
    listed = Guard(loopback=False, allow=Allowances.of([f"127.0.0.1:{origin.port}"]))
    with listed.fetch(origin.url, max_bytes=LIMIT) as fetched:
        assert fetched.file.read() == b"ok"


def test_allowed_pair_is_exact(serve: Callable[..., Any], failure: Callable[..., EgressError]) -> None:
    """An allowance holds for its host and port only, and covers a private address and a refused port."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))

    def connect(_address: str, _port: int, timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    guard = Guard(
        allow=Allowances.of(["files.internal:6379"]),
        resolve=lambda _host, _port: ["10.1.2.3"],
        connect=connect,
    )
    guard.fetch("http://FILES.internal:6379/a", max_bytes=LIMIT).close()
    assert failure("http://files.internal:6380/a", guard).kind == "refused"
    assert failure("http://files.internal.:80/a", guard).kind == "refused"
    assert failure("http://other.internal:6379/a", guard).kind == "refused"


def test_the_checked_address_is_the_one_connected_to(serve: Callable[..., Any]) -> None:
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


def test_next_address_is_tried(serve: Callable[..., Any]) -> None:
    """When the first of several good addresses is not there, the next one serves."""
    origin = serve(answer_with(b"ok", "Content-Length: 2"))

    def connect(address: str, _port: int, timeout: float) -> socket.socket:
        if address == "2606:4700::1":
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", origin.port), timeout)

    guard = Guard(resolve=lambda _host, _port: ["2606:4700::1", "8.8.8.8"], connect=connect)
    guard.fetch("http://two.example/", max_bytes=LIMIT).close()


def test_environment_is_not_used(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and stored credentials of the environment have no influence."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login secret password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    origin = serve(answer_with(b"ok", "Content-Length: 2"))
    Guard(deadline_seconds=5).fetch(f"{origin.url}/a", max_bytes=LIMIT).close()
    assert origin.requests[0].startswith(b"GET /a HTTP/1.1\r\n")
    assert b"uthorization" not in origin.requests[0]


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


def test_tls_is_verified_on_the_name(
    serve: Callable[..., Any], certificate: Path, failure: Callable[..., EgressError]
) -> None:
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


def test_tls_that_is_none(failure: Callable[..., EgressError]) -> None:
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
