"""Where an outgoing request may go: the form of its address, and networks and ports that are never reached.

Pure functions over text. It may not resolve names, open connections or look at the environment.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

EgressKind = Literal["refused", "unreachable", "timeout", "redirect", "status", "too_large", "malformed"]

_MAX_URL_CHARACTERS = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A control character, a space or a backslash is where two parsers begin to disagree about the host.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What nearly every address is: names and a path that nothing can be wrong with.
_ORDINARY = re.compile(
    r"https?://(?:127\.0\.0\.1|(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){0,2}\.){0,3}[a-z][a-z0-9]{0,20})(?::[1-9][0-9]{0,3})?"
    r"(?:[/?#][!-\[\]-~]{0,2000})?"
)
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_VISIBLE_ASCII = "".join(map(chr, range(0x21, 0x7F)))

# Names of cloud metadata services; refused without asking anybody for their address.
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})

# assumed: the ports that browsers refuse (the "bad ports" of the Fetch standard), and beside them the usual
# ports of file sharing, remote desktops, databases, caches and cluster control, which speak no HTTP that is
# meant for strangers.
_REFUSED_PORT_LINES = (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117",
    "119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601",
    "636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669",
    "6679 6697 10080 445 873 1433 1521 2375 2376 2379 2380 3306 3389 5432 5900 6379 9042 10250 11211 27017",
)
REFUSED_PORTS = frozenset(int(port) for line in _REFUSED_PORT_LINES for port in line.split())

_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a cloud's own wire server: a public number that only its guests can reach
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

# Where clouds answer their guests with credentials: all of IPv4's link-local range, and what lies elsewhere.
_METADATA_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            *("169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"),
            *("fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32"),
        ),
    )
)


class EgressError(Exception):
    """An outgoing request that was not made, or had no usable answer.

    `kind` says which of the seven outcomes it was; `status` is the HTTP status when one had been read. The
    message never holds anything that the other side sent, nor the path, query or user part of the address.
    """

    def __init__(self, kind: EgressKind, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.kind: EgressKind = kind
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Target:
    """An address in the one form in which it is checked and used; `host` is lower-case, without brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The value of the `Host` header: the port is left out when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> str | None:
        """The host when it is an IP address already, else None."""
        try:
            return str(ipaddress.ip_address(self.host))
        except ValueError:
            return None


def parse_target(url: str) -> Target:
    """Read an absolute http or https address. Raises EgressError "malformed" for every other form.

    There is one spelling of each host: dotted decimal, bracketed IPv6 or an ASCII name. The other spellings
    of an IP address (decimal, octal, hexadecimal, shortened, full-width), a user part and a percent sign in
    the host are malformed, because they only ever serve to say one host and reach another.
    """
    if len(url) > _MAX_URL_CHARACTERS:
        raise _malformed(f"is longer than {_MAX_URL_CHARACTERS} characters")
    if _AMBIGUOUS.search(url):
        raise _malformed("holds a space, a control character or a backslash; percent-encode it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _malformed("is not an address: its brackets or its host cannot be read") from None
    scheme: Literal["http", "https"]
    if parts.scheme == "http":
        scheme = "http"
    elif parts.scheme == "https":
        scheme = "https"
    else:
        raise _malformed("is not absolute or not http(s); begin it with http:// or https://")
    if "@" in parts.netloc:
        raise _malformed("has a user part before the host; remove everything up to the @")
    host, port = host_and_port(parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        path = quote(path, safe=_VISIBLE_ASCII)
    except UnicodeEncodeError:
        raise _malformed("holds half of a surrogate pair, which has no UTF-8 form") from None
    return Target(scheme, host, port or _DEFAULT_PORTS[scheme], path)


def is_well_formed(url: str) -> bool:
    """Whether `parse_target` would certainly read this address; there are others that it reads as well."""
    return _ORDINARY.fullmatch(url) is not None


def is_metadata(host: str) -> bool:
    """Whether a name, or an address (also one that wraps another), is that of a cloud metadata service."""
    if host in _METADATA_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    wrapped = _wrapped_v4(address) if isinstance(address, ipaddress.IPv6Address) else None
    return any((wrapped or address) in network for network in _METADATA_NETWORKS)


def why_address_refused(address: str, *, loopback: bool = True) -> str | None:
    """Say why a numeric IP address is never connected to, or None when it may be: it is public, or loopback.

    An IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4) is judged by what it wraps, and wrapped
    loopback is refused: nobody needs it spelled so.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "is not an IP address"
    wrapped = _wrapped_v4(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    if wrapped is not None:
        return None if _is_public_v4(wrapped) else "wraps an IPv4 address that is not public"
    if ip.is_loopback:
        return None if loopback else "is this machine itself"
    public = _is_public_v4(ip) if isinstance(ip, ipaddress.IPv4Address) else _is_public_v6(ip)
    return None if public else "is not a public address"


def why_name_refused(target: Target) -> str | None:
    """Say why a name is refused before it is looked up, or None."""
    return "is a cloud metadata service" if target.host in _METADATA_NAMES else None


def why_port_refused(target: Target) -> str | None:
    """Say why a port is never connected to, or None."""
    if target.port in REFUSED_PORTS:
        return f"has port {target.port}, which belongs to another protocol than HTTP"
    return None


def _is_public_v4(ip: ipaddress.IPv4Address) -> bool:
    return ip.is_global and not any(ip in network for network in _REFUSED_V4)


def _is_public_v6(ip: ipaddress.IPv6Address) -> bool:
    public = ip in _PUBLIC_V6 and ip.is_global and ip.scope_id is None
    return public and not any(ip in network for network in _REFUSED_V6)


def _wrapped_v4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def host_and_port(netloc: str) -> tuple[str, int | None]:
    """The host in its one spelling (lower-case, without brackets) and the port, None when there is none.

    Raises EgressError "malformed", as `parse_target` does.
    """
    if netloc.startswith("["):
        literal, closed, rest = netloc[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _malformed("has an IPv6 host whose brackets cannot be read")
        try:
            # A zone (%eth0) only makes sense for addresses that are refused anyway.
            host = str(ipaddress.IPv6Address(literal if "%" not in literal else ""))
        except ValueError:
            raise _malformed("has brackets round something that is not an IPv6 address") from None
        port_text = rest[1:]
    else:
        name, _, port_text = netloc.partition(":")
        host = _name_or_v4(name)
    return host, _port(port_text)


def _name_or_v4(name: str) -> str:
    if not name.isascii():
        raise _malformed("has a host with non-ASCII characters; write it in its punycode form (xn--...)")
    host = name.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _malformed("has no host, or a host that is neither a name nor an IP address")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        # A last label that is a number makes resolvers read the whole as an IPv4 address, in several bases.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise _malformed("has a numeric host that is not four decimal numbers with dots between") from None
    return host


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise _malformed("has a port that is not a number from 1 to 65535")
    return int(text)


def _malformed(what: str) -> EgressError:
    return EgressError("malformed", f"the address {what}")
