"""How far a request walks: calls, files and moves between files of a PicWish create and poll, through the application.

Run: python tests/bench/bench_trace.py [--calls]. Aim: a create at most 16 files and 40 moves, a poll 10 and 25.
A move is two calls in a row that stand in different files.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import click
import requests

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_schemas.loader import load_contracts

KEY = "test-trace"
CREATE = "/api/tasks/visual/scale"


def walked(act: Callable[[], Any]) -> tuple[Any, list[tuple[str, str]]]:
    """What `act` gives, and (file, function) of every call of ours on the way."""
    calls: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and "/greycard_" in file:
            calls.append((file.split("/greycard_", 1)[1], frame.f_code.co_name))

    sys.setprofile(note)
    try:
        return act(), calls
    finally:
        sys.setprofile(None)


def main() -> None:
    """Warm up, then walk once each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", action="store_true", help="print every call")
    every = parser.parse_args().calls
    engine = Engine(load_contracts(), clock=VirtualClock())
    app = create_app(engine)
    world = engine.worlds.world("picwish", KEY)
    prepared = requests.Request(
        "POST", f"http://greycard.test{CREATE}", data={"type": "clean"},
        files={"image_file": ("a.jpg", card(300, 200, "jpg"), "image/jpeg")},
    ).prepare()  # fmt: skip
    form, content_type = prepared.body or b"", prepared.headers["Content-Type"]

    def ask(method: str, path: str, body: Any = b"", content_type: str = "") -> Any:
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "greycard.test",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "greycard.test", "HTTP_X_API_KEY": KEY,
            "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
        }  # fmt: skip
        return json.loads(b"".join(app(environ, lambda *_: lambda _: None)))

    def create() -> str:
        return str(ask("POST", CREATE, form, content_type)["data"]["task_id"])

    ask("GET", f"{CREATE}/{create()}")
    engine.time.advance(world, 5)
    task, creating = walked(create)
    engine.time.advance(world, 0.6)
    _, running = walked(lambda: ask("GET", f"{CREATE}/{task}"))
    engine.time.advance(world, 5)
    _, ended = walked(lambda: ask("GET", f"{CREATE}/{task}"))
    click.echo(f"{'':24}{'calls':>8}{'files':>8}{'moves':>8}")
    for name, calls in (("create", creating), ("poll while it runs", running), ("poll at its end", ended)):
        moves = sum(one[0] != other[0] for one, other in pairwise(calls))
        click.echo(f"{name:24}{len(calls):8}{len({file for file, _ in calls}):8}{moves:8}")
        for file, function in calls if every else ():
            click.echo(f"    {file} {function}")


if __name__ == "__main__":
    main()
