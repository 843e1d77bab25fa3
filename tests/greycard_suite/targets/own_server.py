"""The suite's own server for live runs: pictures under ``/images/``; whatever else arrives is taken as a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.targets.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_mocks.web.server import RunningServer
    from greycard_suite.clock import Clock

MAX_DELIVERY_BYTES = 4 << 20
BLOCK_BYTES = 64 << 10
PHRASES = {200: "OK", 500: "Asked To Fail"}


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
        method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
        body = _body(environ)
        status, answer = receiver.receive(f"{path}?{query}" if query else path, _headers(environ), body, method=method)
        content = b"" if method == "HEAD" else answer
        start_response(
            f"{status} {PHRASES[status]}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))],
        )
        return [content]

    return application


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """The headers of a request by lower-case name."""
    found = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    found |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return {name.replace("_", "-").lower(): str(value) for name, value in found.items()}


def _body(environ: dict[str, Any]) -> bytes:
    """The beginning of a body, whether its length was told or it came in chunks; what broke off is kept as it is."""
    parts, total = list[bytes](), 0
    try:
        while total < MAX_DELIVERY_BYTES and (block := environ["wsgi.input"].read(BLOCK_BYTES)):
            parts.append(block)
            total += len(block)
    except (OSError, ValueError):
        pass
    return b"".join(parts)
