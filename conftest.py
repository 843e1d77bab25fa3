"""What holds for all of our own tests: the plugin, the Hypothesis profile, and no network.

It may hold nothing that a user of greycard would want: that belongs into `greycard_mocks.plugin`.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from greycard_suite.runner import profiles

# In a clean clone nothing is installed, so pytest learns of the plugins here. Where greycard is installed it
# knows them by their entry points already, under these same names, and does not register them again.
_PLUGINS = ("greycard_mocks.plugin", "greycard_suite.runner.options", "greycard_suite.score.options")
pytest_plugins = [name for name in _PLUGINS if find_spec(name)]

profiles.load(os.environ)


class WireRefusedError(RuntimeError):
    """A test tried to open a connection that it may not open.

    It is no OSError, which the code under test would take for a bad network.
    """


class WirePolicy:
    """Which connections may be opened now: to this machine, or to nowhere while an unmarked test runs."""

    def __init__(self) -> None:
        self.loopback = True
        self.refused: list[str] = []

    def check(self, sock: socket.socket, address: Any) -> None:
        """Raises `WireRefusedError` unless the address is allowed. Only the internet families are judged."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = str(address[0])
        if self.loopback and _is_loopback(host):
            return
        why = "only this machine may be reached" if self.loopback else "the test is not marked `wire`"
        self.refused.append(f"connection to {address!r} refused: {why}")
        raise WireRefusedError(self.refused[-1])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def source_path(pytestconfig: pytest.Config) -> str:
    """A PYTHONPATH with which a process that a test starts imports the sources, installed or not."""
    return os.pathsep.join(str(pytestconfig.rootpath / folder) for folder in ("schemas", "mocks", "client", "tests"))


@pytest.fixture
def bounded() -> Callable[[float], AbstractContextManager[None]]:
    """What may take so many seconds and 5 more, and 64 MiB of memory beyond what is in use before."""

    @contextmanager
    def within(seconds: float) -> Iterator[None]:
        gc.collect()
        before, began = _memory(), time.monotonic()
        yield
        took, grown = time.monotonic() - began, (_memory(peak=True) - before) / (1 << 20)
        if took > seconds + 5 or grown > 64:
            pytest.fail(f"took {took:.1f} s (deadline {seconds:g} s) and {grown:.0f} MiB more than before")

    return within


def _memory(*, peak: bool = False) -> int:
    """Resident bytes: those of now, from which a new peak is counted, or the peak; 0 where there is no such count."""
    try:
        if not peak:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    name = "VmHWM:" if peak else "VmRSS:"
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


@pytest.fixture(scope="session", autouse=True)
def wire_policy() -> Iterator[WirePolicy]:
    """The policy that every connection of this process is held against, first fixture to last."""
    policy = WirePolicy()

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(sock: socket.socket, address: Any) -> Any:
            policy.check(sock, address)
            return original(sock, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield policy


@pytest.fixture(autouse=True)
def wire_guard(request: pytest.FixtureRequest, wire_policy: WirePolicy) -> Iterator[None]:
    """Loopback for a test marked `wire`, nothing for any other; a swallowed refusal fails the test too.

    Tests of the contract suite, run by hand against a target on this machine, may reach it: they are marked `suite`.
    """
    wire_policy.refused.clear()
    wire_policy.loopback = any(request.node.get_closest_marker(name) is not None for name in ("wire", "suite"))
    yield
    refused, wire_policy.refused = wire_policy.refused, []
    wire_policy.loopback = True
    if refused:
        pytest.fail("; ".join(dict.fromkeys(refused)), pytrace=False)
