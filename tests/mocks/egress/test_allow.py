"""What `--allow` opens: names as names, addresses and ranges as addresses, cloud metadata by nothing but itself."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks import Mock
from greycard_mocks import serve as serving
from greycard_mocks.egress.allow import Allowances, AllowError, allowance_of, parse_allowance
from greycard_mocks.egress.guard import EgressError, Guard

pytestmark = pytest.mark.wire
METADATA = "169.254.169.254"


def reached(allow: list[str], url: str, *addresses: str, loopback: bool = False) -> str:
    """The address that is connected to for a link, "not" when the guard refuses; the name has these addresses."""
    dialled: list[tuple[str, int]] = []

    def connect(address: str, port: int, _timeout: float) -> socket.socket:
        dialled.append((address, port))
        raise ConnectionRefusedError

    guard = Guard(
        allow=Allowances.of(allow), loopback=loopback, resolve=lambda *_: list(addresses), connect=connect
    )  # fmt: skip
    with pytest.raises(EgressError) as caught:
        guard.fetch(url, max_bytes=10)
    if not dialled:
        assert caught.value.kind == "refused", caught.value
        return "not"
    return dialled[0][0]


@pytest.mark.parametrize(
    ("allow", "url", "addresses", "expected"),
    [
        # a name, at any port that speaks HTTP, whatever private or loopback address it has
        (["app"], "http://app:8000/hook", ["172.18.0.3"], "172.18.0.3"),
        (["APP."], "http://app./", ["fd12::3"], "fd12::3"),
        (["app"], "http://app/", ["127.0.0.1"], "127.0.0.1"),
        (["app"], "http://app:6379/", ["172.18.0.3"], "not"),
        (["app"], "http://other/", ["172.18.0.3"], "not"),
        (["app"], "http://sub.app/", ["172.18.0.3"], "not"),
        (["app"], "http://172.18.0.3/", [], "not"),
        (["app"], "http://app/", ["nonsense"], "not"),
        # a name at one port, also one of another protocol
        (["minio:9000"], "http://minio:9000/a", ["10.0.0.7"], "10.0.0.7"),
        (["minio:9000"], "http://minio:9001/a", ["10.0.0.7"], "not"),
        (["minio:9000"], "http://minio/a", ["10.0.0.7"], "not"),
        (["cache:6379"], "http://cache:6379/", ["10.0.0.7"], "10.0.0.7"),
        # an address, in the link or behind a name
        (["10.0.0.7"], "http://10.0.0.7:9000/", [], "10.0.0.7"),
        (["10.0.0.7:9000"], "http://files.example:9000/", ["10.0.0.7"], "10.0.0.7"),
        (["10.0.0.7:9000"], "http://files.example/", ["10.0.0.7"], "not"),
        (["127.0.0.1:9000"], "http://127.0.0.1:9000/", [], "127.0.0.1"),
        (["127.0.0.1:9000"], "http://127.0.0.1:9001/", [], "not"),
        (["localhost:9000"], "http://localhost:9000/", ["127.0.0.1"], "127.0.0.1"),
        (["[::1]:9000"], "http://[::1]:9000/", [], "::1"),
        (["::1"], "http://[0:0:0:0:0:0:0:1]/", [], "::1"),
        # a range; one address outside refuses the whole name
        (["172.16.0.0/12"], "http://172.18.0.3:8000/", [], "172.18.0.3"),
        (["172.16.0.0/12"], "http://app/", ["172.18.0.3"], "172.18.0.3"),
        (["172.16.0.0/12"], "http://app/", ["172.18.0.3", "10.0.0.1"], "not"),
        (["172.16.0.0/12"], "http://172.18.0.3:5432/", [], "not"),
        (["127.0.0.0/8"], "http://127.0.0.2/", [], "127.0.0.2"),
        (["fd00::/8"], "http://[fd12::3]/", [], "fd12::3"),
        (["0.0.0.0/0"], "http://[fd12::3]/", [], "not"),
        # metadata: by its own address or name alone
        (["0.0.0.0/0"], f"http://{METADATA}/", [], "not"),
        (["169.254.0.0/16"], f"http://{METADATA}/", [], "not"),
        (["::/0"], "http://[fd00:ec2::254]/", [], "not"),
        (["::/0"], "http://[::ffff:169.254.169.254]/", [], "not"),
        (["100.64.0.0/10"], "http://100.100.100.200/", [], "not"),
        (["app"], "http://app/", [METADATA], "not"),
        (["app"], "http://app/", ["::ffff:169.254.169.254"], "not"),
        (["app", "0.0.0.0/0"], "http://metadata.google.internal/", [METADATA], "not"),
        ([METADATA], f"http://{METADATA}/", [], METADATA),
        ([f"{METADATA}/32"], f"http://{METADATA}/", [], METADATA),
        ([f"{METADATA}:80"], f"http://{METADATA}/", [], METADATA),
        ([f"{METADATA}:80"], f"http://{METADATA}:81/", [], "not"),
        (["metadata.google.internal"], "http://metadata.google.internal/", [METADATA], METADATA),
        (["metadata.google.internal"], f"http://{METADATA}/", [], "not"),
    ],
)
def test_what_is_opened_is_reached_and_nothing_else(
    allow: list[str], url: str, addresses: list[str], expected: str
) -> None:
    """Each allowance opens what it says; the rest of this machine and of private networks stays closed."""
    assert reached(allow, url, *addresses) == expected


def test_an_allowed_name_is_pinned_to_the_address_that_was_looked_up() -> None:
    """The name is looked up once, and the connection goes to that address."""
    lookups = iter([["172.18.0.3"], [METADATA]])
    dialled: list[str] = []

    def connect(address: str, _port: int, _timeout: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    guard = Guard(allow=Allowances.of(["app"]), resolve=lambda *_: next(lookups), connect=connect)
    for _ in range(2):
        with pytest.raises(EgressError):
            guard.fetch("http://app/", max_bytes=10)
    assert dialled == ["172.18.0.3"]


@pytest.mark.parametrize(
    ("url", "address", "option"),
    [
        ("http://app:8000/secret?token=1", "172.18.0.3", "--allow app:8000"),
        ("http://127.0.0.1/", "", "--allow 127.0.0.1:80"),
        ("https://[fd12::3]/", "", "--allow [fd12::3]:443"),
        ("http://cache:6379/", "10.0.0.1", "--allow cache:6379"),
        ("http://metadata.google.internal/", "", "--allow metadata.google.internal:80"),
    ],
)
def test_the_refusal_names_the_option_that_opens_it(url: str, address: str, option: str) -> None:
    """What the message says works: with it, a connection is tried."""
    with pytest.raises(EgressError) as caught:
        Guard(loopback=False, resolve=lambda *_: [address]).fetch(url, max_bytes=10)
    assert f"{option} opens it" in str(caught.value)
    assert "secret" not in str(caught.value)
    allowed = option.removeprefix("--allow ")
    assert reached([allowed], url, address or METADATA) != "not"
    assert allowance_of(url) == allowed


@pytest.mark.parametrize(
    "text",
    ["", "http://app:8000", "app:8000/path", "10.0.0.1/8", "10.0.0.0/33", "app:0", "app:x", "a b", "2130706433", "a@b"],
)
def test_what_cannot_be_allowed_is_told_with_what_to_write(text: str) -> None:
    """The message repeats what was written and gives the forms; a mock does not start with it."""
    with pytest.raises(AllowError, match=r"cannot allow .*write HOST, HOST:PORT or a range such as"):
        parse_allowance(text)
    with pytest.raises(ValueError, match="cannot allow"):
        _ = Mock(["picwish"], allow=[text]).engine


def order(mock: Any, link: str, webhook: str) -> Any:
    """Queue a picture behind a link with a webhook at Enhancor; the answer."""
    vendor = mock.vendor("enhancor")
    body = {"img_url": link, "webhookUrl": webhook, "mode": "fast"}
    with vendor.session() as session:
        answer = session.post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    vendor.clock.advance(60)
    return answer, vendor


def test_a_mock_that_others_reach_does_not_reach_this_machine_for_them(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others reach the mock, links and webhooks to loopback are refused unconnected; the reason says what opens.

    Opened, they are reached, and so they are by a mock for this machine alone.
    """
    picture = Mock(in_process=True).vendor("enhancor").images.bytes(60, 40)
    origin = serve(f"HTTP/1.1 200 OK\r\nContent-Length: {len(picture)}\r\n\r\n".encode() + picture)
    link, hook = f"{origin.url}/a.jpg", f"{origin.url}/hook"
    option = f"--allow 127.0.0.1:{origin.port}"
    # a test may listen on loopback only; what counts is what the mock believes about its address
    monkeypatch.setattr(serving, "is_loopback", lambda host: host == "127.0.0.1")
    with Mock(["enhancor"]) as mock, serving.run(mock.engine, "localhost") as running:
        assert running.token
        answer, _ = order(mock, link, hook)
        assert (answer.status_code, option in answer.headers["X-Greycard-Reason"]) == (400, True)
        answer, vendor = order(mock, vendor_picture(mock), hook)
        assert answer.status_code == 200
        assert [option in one["reason"] for one in vendor.deliveries] == [True] * 4
    assert origin.requests == []
    for allow, host in (([f"127.0.0.1:{origin.port}"], "localhost"), ([], "127.0.0.1")):
        origin.requests.clear()
        with Mock(["enhancor"], allow=allow) as mock, serving.run(mock.engine, host):
            answer, vendor = order(mock, link, hook)
            assert answer.status_code == 200, answer.text
            vendor.assert_delivered(times=1)
        assert [request.split()[0] for request in origin.requests] == [b"GET", b"POST"]


def vendor_picture(mock: Mock) -> str:
    """A picture of the mock's own, which needs no connection."""
    return mock.vendor("enhancor").images.link(60, 40)
