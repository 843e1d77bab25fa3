"""A connection on its own, with a transport that only notes what is done to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from greycard_mocks.web.connection import Connection
from greycard_mocks.web.front import Front


class Transport:
    """What a connection sends to; `gone` is that of a client that has reset the connection."""

    def __init__(self, *, gone: bool) -> None:
        self.gone = gone
        self.done: list[str] = []
        self.sent = b""

    def write(self, data: bytes) -> None:
        """Take what is sent."""
        self.sent += data

    def write_eof(self) -> None:
        """Say that no more will be sent; the operating system refuses where nobody is connected."""
        self.done.append("write_eof")
        if self.gone:
            raise OSError(107, "Transport endpoint is not connected")

    def __getattr__(self, name: str) -> Any:
        """Note anything else."""
        if name in ("is_closing", "can_write_eof"):
            return lambda: name == "can_write_eof"
        return lambda: self.done.append(name)


@pytest.fixture
def front() -> Iterator[Front]:
    """What connections share, with an event loop that does not run."""
    loop = asyncio.new_event_loop()
    made = Front(lambda *_: [], None, loop, 10)
    yield made
    for pool in (made.work, made.own):
        pool.shutdown()
    loop.close()


@pytest.mark.parametrize("gone", [False, True])
def test_a_client_that_has_gone_is_not_hung_up_on(front: Front, *, gone: bool) -> None:
    """What is no HTTP is refused and the connection ended, with a client that is there and with one that is not."""
    connection, transport = Connection(front), Transport(gone=gone)
    connection.connection_made(transport)
    connection.data_received(b"\x16\x03\x01 nonsense")
    assert transport.sent.startswith(b"HTTP/1.1 400 ")
    assert ("abort" in transport.done) is gone
