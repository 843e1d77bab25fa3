"""`greycard listen`: receives what vendors send, checks it, prints it, and acknowledges it.

The judgement of one delivery is in `delivery_check`; this module has the command line, the server and the words.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import signal
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.redact.console import hide, nobody_reads
from greycard_suite.terminal import printable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from greycard_suite.commands.delivery_check import CheckedDelivery

MAX_BODY_BYTES = 1 << 20
SIGNAL_SECONDS = 0.5
"""After how long a wait looks whether a signal has come."""

MAX_WAITING = 1000
"""Deliveries received and not printed yet."""

PHRASES = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 405: "Method Not Allowed",
           413: "Content Too Large", 500: "Asked To Fail", 503: "Service Unavailable"}  # fmt: skip


@dataclass
class Ear:
    """Takes deliveries in the server's threads and hands them, judged, to whoever prints them."""

    tokens: tuple[str, ...]
    fail: int = 0
    count: int | None = None
    folder: Path | None = None
    waiting: queue.SimpleQueue[CheckedDelivery | None] = field(default_factory=queue.SimpleQueue)
    _taken: int = 0
    _attempts: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""
        from greycard_client import callback_acknowledgement

        if environ["REQUEST_METHOD"] != "POST":
            status, body = 405, b"deliveries are sent with POST\n"
        else:
            status = self._deliver(environ)
            body = json.dumps(callback_acknowledgement(status == 200)).encode()
        kind = "application/json" if environ["REQUEST_METHOD"] == "POST" else "text/plain"
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(f"{status} {PHRASES[status]}", headers)
        return [body]

    def next(self) -> CheckedDelivery | None:
        """The next delivery, as soon as there is one; None at the end."""
        while True:
            # not for ever: a signal that comes just before the waiting begins does not interrupt it
            with contextlib.suppress(queue.Empty):
                return self.waiting.get(timeout=SIGNAL_SECONDS)

    def _deliver(self, environ: dict[str, Any]) -> int:
        from greycard_suite.commands.delivery_check import Attempts, judge
        from greycard_suite.enhance.local_links import read_bounded

        body = read_bounded(environ, MAX_BODY_BYTES)
        headers = {
            name[5:].replace("_", "-").lower(): _utf8(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
        with self._lock:
            full = self.count is not None and self._taken >= self.count
            if full or self.waiting.qsize() >= MAX_WAITING:
                return 503
            self._taken += 1
            number, fails = self._taken, self._taken <= self.fail
            if self._attempts is None:
                self._attempts = Attempts()
        delivery = judge(number, path, headers, body, self.tokens, self._attempts, limit=MAX_BODY_BYTES)
        if fails:
            delivery = delivery.answered_with(500)
        if self.folder is not None and body is not None:
            delivery = delivery.noting(_save(self.folder, delivery, body))
        self.waiting.put(delivery)
        return delivery.answer


def _utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _save(folder: Path, delivery: CheckedDelivery, body: bytes) -> str:
    """Write a body; returns where, or why not."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", delivery.task or "")[:60]
    ending = "json" if delivery.is_json else "bin"
    stem = "-".join(part for part in (f"{delivery.number:04}", delivery.vendor or "unknown", name) if part)
    for again in range(1000):
        path = folder / f"{stem}{f'-{again}' if again else ''}.{ending}"
        try:
            with path.open("xb") as file:
                file.write(body)
        except FileExistsError:
            continue
        except OSError as error:
            return f"not saved: {error.strerror or error}"
        return str(path)
    return "not saved: a thousand files of that name are there already"


@click.command()
@click.option("--port", default=8421, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--token", "tokens", multiple=True, metavar="TOKEN", help="Your Magic Tiger token; repeatable.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N deliveries.")
@click.option("--fail", default=0, type=click.IntRange(0), metavar="N", help="Answer the first N with 500.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option("--save", "folder", metavar="DIR", type=click.Path(file_okay=False), help="Write bodies to files in DIR.")
def listen(
    port: int,
    host: str,
    tokens: tuple[str, ...],
    count: int | None,
    fail: int,
    as_json: bool,  # noqa: FBT001 - click passes it
    folder: str | None,
) -> None:
    """Receive, check and print callbacks and webhooks.

    Magic Tiger's callbacks and Enhancor's webhooks are acknowledged at any path.

    A callback is checked against --token. Without it a token that begins with "test", as the mock's do, is
    believed and the callback checked against itself; any other is refused with HTTP 401.
    """
    from pathlib import Path

    from greycard_mocks.serve import is_loopback
    from greycard_mocks.web.server import ServeError, start

    if not all(tokens):
        msg = "--token is empty"
        raise click.UsageError(msg)
    directory = Path(folder) if folder is not None else None
    try:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot write to {printable(str(directory))}: {error.strerror or error}"
        raise click.UsageError(msg) from None
    hide({f"--token {number}" if number > 1 else "--token": token for number, token in enumerate(tokens, 1)})
    ear = Ear(tokens, fail, count, directory)
    try:
        server = start(ear.application, host, port)
    except (ServeError, UnicodeError) as error:
        raise click.ClickException(printable(str(error))) from None
    with server, _until_signal(lambda: ear.waiting.put(None)):
        say(f"listening at {server.url}/   (end with Ctrl-C)", err=as_json)
        if not is_loopback(host):
            say("whoever reaches this address can send anything here; trust only valid signatures", err=True)
        _print_all(ear, as_json=as_json)


def _print_all(ear: Ear, *, as_json: bool) -> None:
    printed = 0
    while not nobody_reads() and (ear.count is None or printed < ear.count):
        delivery = ear.next()
        if delivery is None:
            return
        printed += 1
        if as_json:
            say(json.dumps(delivery.facts()))
        else:
            for line in delivery.lines():
                say(line)
        sys.stdout.flush()


@contextlib.contextmanager
def _until_signal(stop: Callable[[], None]) -> Generator[None]:
    """Calls `stop` on Ctrl-C and SIGTERM meanwhile; only the main thread can be told of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
