"""The suite's own server for live runs: pictures under ``/images/``, deliveries under ``/deliveries/``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.targets.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_mocks.web.server import RunningServer
    from greycard_suite.clock import Clock

MAX_DELIVERY_BYTES = 4 << 20


@dataclass
class OwnServer:
    """A running picture server and receiver."""

    port: int
    receiver: Receiver
    _server: RunningServer

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


def start_own_server(clock: Clock, port: int, *, everywhere: bool = False) -> OwnServer:
    """Listen on `port` (0: any) of loopback, or of every address; raises ServeError when the port is taken."""
    from greycard_mocks.web.server import start

    receiver = Receiver("", clock)
    server = start(_application(receiver), "0.0.0.0" if everywhere else "127.0.0.1", port)  # noqa: S104 - a remote vendor must reach it
    return OwnServer(server.port, receiver, server)


def _application(receiver: Receiver) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    from greycard_mocks.images.origin import image_blocks, parse_image_request

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/images/") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            try:
                wanted = parse_image_request(path.removeprefix("/images/"), environ.get("QUERY_STRING", ""))
                blocks = list(image_blocks(wanted)) if wanted.status == 200 and not wanted.redirect else []
            except ValueError as error:
                start_response("400 Bad Request", [("Content-Type", "text/plain")])
                return [str(error).encode()]
            if wanted.redirect:
                start_response("302 Found", [("Location", path), ("Content-Length", "0")])
                return []
            if wanted.status != 200:
                start_response(f"{wanted.status} As Asked", [("Content-Length", "0")])
                return []
            length = sum(len(block) for block in blocks)
            start_response("200 OK", [("Content-Type", wanted.content_type), ("Content-Length", str(length))])
            return blocks
        if path.startswith("/deliveries") and environ["REQUEST_METHOD"] == "POST":
            headers = {
                name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
            }
            size = environ.get("CONTENT_LENGTH") or "0"
            body = environ["wsgi.input"].read(min(int(size) if size.isdigit() else 0, MAX_DELIVERY_BYTES))
            status, answer = receiver.receive(path, headers, body)
            start_response(
                f"{status} {'OK' if status == 200 else 'Asked To Fail'}",
                [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))],
            )
            return [answer]
        start_response("404 Not Found", [("Content-Length", "0")])
        return []

    return application
