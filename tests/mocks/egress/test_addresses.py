"""Which addresses the mocks may reach: their form, and the hosts and ports behind them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.egress._target import _ORDINARY, parse_target
from greycard_mocks.egress.guard import EgressError, Guard, check_url_form

pytestmark = pytest.mark.wire


@given(st.from_regex(_ORDINARY, fullmatch=True))
def test_what_is_taken_for_ordinary_is_an_address_in_every_detail(url: str) -> None:
    """The quick look at an address never lets one pass that the careful one refuses."""
    target = parse_target(url)
    assert url.startswith(f"{target.scheme}://{target.host}")


def no_network(_address: str, _port: int, _timeout: float) -> socket.socket:
    """Fail the test: nothing may be connected to."""
    raise AssertionError("a refused address was connected to")


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
def test_malformed(url: str, failure: Callable[..., EgressError]) -> None:
    """An address that is not absolute http(s), or that two readers could read differently, is malformed."""
    with pytest.raises(EgressError) as caught:
        check_url_form(url)
    assert caught.value.kind == "malformed"
    assert failure(url, Guard(connect=no_network)).kind == "malformed"


@pytest.mark.parametrize("url", WELL_FORMED.split())
def test_good_form(url: str) -> None:
    """The form alone is judged without a look-up: what the guard refuses later may still be well formed."""
    check_url_form(url)


REFUSED_HOSTS = """
    169.254.169.254 169.254.169.254. 100.100.100.200 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1
    100.64.0.1 198.18.0.1 198.19.255.255 0.0.0.0 0.1.2.3 224.0.0.1 239.255.255.255 255.255.255.255 240.0.0.1
    192.0.0.192 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 168.63.129.16
    [fd00:ec2::254] [::] [fe80::1] [fc00::1] [ff02::1] [2001:db8::1] [2001::1] [100::1] [3fff::1] [5f00::1]
    [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
    [64:ff9b::a00:1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1]
"""


@pytest.mark.parametrize("host", REFUSED_HOSTS.split())
def test_refused_addresses(host: str, failure: Callable[..., EgressError]) -> None:
    """No private, link-local, metadata, shared, benchmark or reserved address is ever connected to."""
    guard = Guard(connect=no_network)
    assert failure(f"http://{host}/a.png", guard).kind == "refused"
    with pytest.raises(EgressError) as caught:
        guard.post(f"http://{host}/hook", headers={}, body=b"{}")
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("address", ["10.0.0.1", "fe80::1%eth0", "2606:4700::1%eth0", "::ffff:192.168.0.1", "nonsense"])
def test_one_refused_address_refuses_the_name(address: str, failure: Callable[..., EgressError]) -> None:
    """A name with several addresses is refused as soon as one of them is."""
    guard = Guard(resolve=lambda _host, _port: ["8.8.8.8", address], connect=no_network)
    error = failure("http://mixed.example/a.png", guard)
    assert error.kind == "refused"
    assert address not in str(error)


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "[2606:4700::1]", "[64:ff9b::808:808]", "[2002:808:808::1]", "[::ffff:8.8.8.8]", "127.8.9.1"],
)
def test_public_and_loopback_addresses(host: str, failure: Callable[..., EgressError]) -> None:
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
def test_metadata_names(name: str, failure: Callable[..., EgressError]) -> None:
    """Metadata services are refused by name, without a look-up."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("looked up")

    assert failure(f"http://{name}/", Guard(resolve=resolve)).kind == "refused"


@pytest.mark.parametrize("port", [22, 25, 445, 3306, 6379, 27017])
def test_refused_ports(port: int, failure: Callable[..., EgressError]) -> None:
    """Ports of other protocols are refused, on loopback too."""
    assert failure(f"http://127.0.0.1:{port}/", Guard(connect=no_network)).kind == "refused"
