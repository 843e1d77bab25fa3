"""One running mock: application, server and pump, started and stopped together."""

from __future__ import annotations

import ipaddress
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Self

from greycard_mocks.core.keeping.kept import StoreError

if TYPE_CHECKING:
    import socket

    from greycard_mocks.delivery.pump import Pump
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.web.later import Application, Later
    from greycard_mocks.web.server import RunningServer


@dataclass(slots=True)
class Running:
    """A mock that listens at `url`. `token` is what the control plane asks for, None on loopback."""

    url: str
    port: int
    token: str | None
    engine: Engine
    _application: Later
    _server: RunningServer
    _pump: Pump | None

    def make_ready(self) -> None:
        """Make the control plane and the page, which otherwise are made when they are first asked for."""
        self._application.ready()

    def close(self) -> None:
        """Stop listening, then stop delivering; requests and deliveries under way are waited for.

        Pictures that wait for their turn are not made.
        """
        with self.engine.turns.stopped():
            self._server.close()
        if self._pump is not None:
            self.engine.deliveries.on_due = None
            self._pump.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    token: str | None = None,
    hosts: tuple[str, ...] = (),
    late: bool = False,
    listening: socket.socket | None = None,
) -> Running:
    """Serve `engine`; port 0 takes any free one. Raises `server.ServeError` when the address cannot be had.

    Where `host` is not of this machine alone, the control plane asks for a token (`token`, or one made here), and
    links and deliveries lead to this machine's own services only where the engine's `allow` says so.
    `hosts` are further names, without port, under which the control plane may be reached.
    `listening` is a socket that listens already, see `web.server.start`.
    With `late` the control plane and the page are made after the server listens, when they are first asked for or by
    `make_ready`; only for a process in which nobody else imports Flask at that moment, or which has it already.
    """
    # its modules import each other in a circle, so that two threads that come to them first get half of them
    import_module("werkzeug.formparser")

    from greycard_mocks.delivery.pump import Pump
    from greycard_mocks.web.health import health
    from greycard_mocks.web.later import Later
    from greycard_mocks.web.server import start

    if not is_loopback(host):
        token = token or secrets.token_urlsafe(24)
        engine.close_loopback()

    def make() -> Application:
        from greycard_mocks.app import create_app

        return create_app(engine, control_token=token, own_hosts=(host, *hosts))

    application = Later(make)
    if not (late or "flask" in sys.modules):
        application.ready()
    server = start(
        application, host, port, way=engine.way, health=partial(health, engine.runtimes, engine.worlds, engine.store),
        listening=listening,
    )  # fmt: skip
    engine.origin = server.url
    engine.links.origins |= {f"http://localhost:{server.port}", f"http://127.0.0.1:{server.port}"}
    pump = None
    if engine.deliveries.on_due is None:  # otherwise somebody else delivers already
        pump = Pump(engine.deliveries)
        engine.deliveries.on_due = pump.notify
        if engine.store is not None:
            with suppress(StoreError):  # which goes on asking
                engine.store.life.begin()  # which also wakes what was due before
        else:
            for world in engine.worlds:
                if len(world.dues):
                    pump.notify(world)
    return Running(server.url, server.port, token, engine, application, server, pump)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address to listen on."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
