"""The served mock: time to the first answer, and requests a second under each server against a bare Flask app.

Run: python tests/bench/bench_serve.py [--seconds 4] [--connections 8] [--servers cheroot waitress werkzeug].
Aims: first answer within 0.6 s; at least 0.6 of the bare app's requests under the same server.
The servers run in processes of their own, the load in another; waitress is measured where it is installed.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

sys.path.insert(0, str(Path(__file__).parent))

CREATE = "/api/tasks/visual/scale"
HEADERS = {"X-API-KEY": "test-bench", "Content-Type": "application/x-www-form-urlencoded"}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(server: str, which: str, port: int) -> None:
    """Serve one of the two apps in this process, for ever."""
    if which == "greycard":
        from greycard_mocks.app import create_app
        from greycard_mocks.engine.engine import Engine
        from greycard_schemas.loader import load_contracts

        engine = Engine(load_contracts())
        engine.links.origins.add(f"http://127.0.0.1:{port}")
        engine.worlds.world("picwish", "test-bench").rate_limit = None
        app: Any = create_app(engine)
    else:
        import flask

        if which == "hello":
            app = flask.Flask("hello")
            app.add_url_rule("/_mock/health", view_func=lambda: {"status": "ok"})
        else:
            from bench_adapter import bare_app  # type: ignore[import-not-found]

            app = bare_app()
            app.add_url_rule("/_mock/health", view_func=lambda: {"status": "ok"})
    if server == "cheroot":
        from greycard_mocks.web.server import start

        start(app, port=port)
        threading.Event().wait()
    elif server == "waitress":
        import waitress  # type: ignore[import-untyped]

        waitress.serve(app, host="127.0.0.1", port=port, threads=24, _quiet=True)
    else:
        import logging

        from werkzeug.serving import run_simple

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        run_simple("127.0.0.1", port, app, threaded=True)


def started(server: str, which: str) -> tuple[subprocess.Popen[bytes], int, float]:
    """A server process, its port, and the seconds from its start to its first answer."""
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, __file__, "--child", server, which, str(port)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/_mock/health")
            connection.getresponse().read()
            connection.close()
        except OSError:
            if time.perf_counter() - began > 20:
                raise
            time.sleep(0.005)
        else:
            return process, port, time.perf_counter() - began


def load(port: int, connections: int, seconds: float, outcome: Any) -> None:
    """Create and poll over so many kept connections; puts the number of requests into `outcome`."""
    body = urlencode({"type": "clean", "image_url": f"http://127.0.0.1:{port}/_mock/images/40x30.jpg"})
    counts = [0] * connections
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        import json

        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while time.perf_counter() < end:
            connection.request("POST", CREATE, body, HEADERS)
            task = json.loads(connection.getresponse().read())["data"]["task_id"]
            connection.request("GET", f"{CREATE}/{task}", headers=HEADERS)
            connection.getresponse().read()
            counts[number] += 2
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.put(sum(counts))


def requests_a_second(server: str, which: str, connections: int, seconds: float) -> float:
    """The throughput of one app under one server."""
    process, port, _ = started(server, which)
    try:
        best = 0.0
        for _ in range(2):
            outcome: Any = multiprocessing.Queue()
            worker = multiprocessing.Process(target=load, args=(port, connections, seconds, outcome))
            worker.start()
            best = max(best, outcome.get() / seconds)
            worker.join()
        return best
    finally:
        process.kill()
        process.wait()


def first_answer(which: str) -> float:
    """The shortest of five starts, in seconds."""
    times = []
    for _ in range(5):
        process, _, seconds = started("cheroot", which)
        process.kill()
        process.wait()
        times.append(seconds)
    return min(times)


def main() -> None:
    """Measure and print one small table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--servers", nargs="*", default=["cheroot", "waitress", "werkzeug"])
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        serve(options.child[0], options.child[1], int(options.child[2]))
        return
    click.echo(
        f"first answer: greycard {first_answer('greycard'):.2f} s, "
        f"bare Flask {first_answer('hello'):.2f} s; aim: at most 0.6 s"
    )
    click.echo(f"{'server':12}{'greycard/s':>12}{'bare/s':>12}{'ratio':>8}   aim: at least 0.6")
    for server in options.servers:
        if server == "waitress" and importlib.util.find_spec("waitress") is None:
            click.echo(f"{server:12}{'not installed':>12}")
            continue
        ours = requests_a_second(server, "greycard", options.connections, options.seconds)
        bare = requests_a_second(server, "bare", options.connections, options.seconds)
        click.echo(f"{server:12}{ours:12.0f}{bare:12.0f}{ours / bare:8.2f}")


if __name__ == "__main__":
    main()
