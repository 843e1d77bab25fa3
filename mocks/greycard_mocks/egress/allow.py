"""Addresses that whoever starts a mock opens on purpose: `HOST`, `HOST:PORT`, or a range of addresses (`CIDR`).

Pure functions over text. A host is matched by the name in the link; what the name resolves to is looked at
only to keep cloud metadata closed, which is opened by nothing but its own address or name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from greycard_mocks.egress._target import EgressError, Target, host_and_port, is_metadata, parse_target

__all__ = ["AllowError", "Allowance", "Allowances", "allowance_of", "parse_allowance", "spelled"]

_FORMS = "write HOST, HOST:PORT or a range such as 10.0.0.0/8"


class AllowError(ValueError):
    """What shall be allowed cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One opened place: a `host` (with any `port` that speaks HTTP, or exactly one), or a `network`."""

    host: str = ""
    port: int | None = None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None

    def names(self, target: Target) -> bool:
        """Whether the link's own host is the one that is opened, at this port."""
        return self.network is None and target.host == self.host and self.port in (None, target.port)

    def holds(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
        """Whether an address lies in the opened range, or is the one that is opened, at this port."""
        if self.network is not None:
            return address in self.network
        return self.host == str(address) and self.port in (None, port)


@dataclass(frozen=True, slots=True)
class Allowances:
    """All that is opened; empty unless somebody says otherwise."""

    opened: tuple[Allowance, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The allowances that these texts say. Raises AllowError."""
        return cls(tuple(map(parse_allowance, texts)))

    def opens_port(self, target: Target) -> bool:
        """Whether a port that belongs to another protocol was opened: only together with its host."""
        return any(one.names(target) and one.port is not None for one in self.opened)

    def opens_name(self, target: Target) -> bool:
        """Whether the host in the link is opened itself, which opens even a metadata service."""
        return any(one.names(target) for one in self.opened)

    def opens(self, target: Target, address: str) -> bool:
        """Whether this address of the target's host may be connected to although it is not public.

        A metadata address is opened only by itself, or by a metadata name that the link holds and that is opened.
        """
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        if is_metadata(address):
            by_name = is_metadata(target.host) and self.opens_name(target)
            return by_name or any(one.network is None and one.holds(ip, target.port) for one in self.opened)
        return self.opens_name(target) or any(one.holds(ip, target.port) for one in self.opened)


def parse_allowance(text: str) -> Allowance:
    """Read one `HOST[:PORT]` or `CIDR`; an IPv6 address with a port needs brackets. Raises AllowError."""
    wanted = text.strip()
    if "://" in wanted:
        raise AllowError(f"cannot allow {text!r}: leave out the scheme and the path; {_FORMS}")
    if "/" in wanted:
        try:
            network = ipaddress.ip_network(wanted)
        except ValueError as error:
            raise AllowError(f"cannot allow {text!r}: {error}; {_FORMS}") from None
        if network.num_addresses > 1:
            return Allowance(network=network)
        return Allowance(str(network.network_address))  # a range of one is that address named exactly
    try:
        return Allowance(str(ipaddress.IPv6Address(wanted)))
    except ValueError:
        pass
    try:
        host, port = host_and_port(wanted)
    except EgressError as error:
        raise AllowError(f"cannot allow {text!r}: {error.message.replace('the address', 'it', 1)}; {_FORMS}") from None
    return Allowance(host, port)


def allowance_of(url: str) -> str:
    """The `HOST:PORT` that opens the host of a link. Raises EgressError "malformed"."""
    return spelled(parse_target(url))


def spelled(target: Target) -> str:
    """The `HOST:PORT` that opens exactly this target."""
    return f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"
