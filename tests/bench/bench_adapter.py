"""Create and poll in process through the `requests` adapter: the whole mock against a bare two-route Flask app.

Run: python tests/bench/bench_adapter.py [--pairs 1000] [--rounds 5]. Aim: at most 1.6 times the bare app.
"""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Callable
from typing import Any

import click
import flask
import requests

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.wsgi_adapter import mount
from greycard_schemas.compiled import compile_request
from greycard_schemas.loader import load_contracts

ORIGIN = "http://greycard.test"
CREATE = f"{ORIGIN}/api/tasks/visual/scale"
HEADERS = {"X-API-KEY": "test-bench"}
FORM = {"type": "clean", "image_url": f"{ORIGIN}/_mock/images/40x30.jpg"}


def bare_app() -> flask.Flask:
    """Two routes, a dictionary, and the same validator: what nobody can do without."""
    app = flask.Flask("bare")
    is_valid = compile_request(load_contracts(["picwish"])["picwish"].operations["scale.create"])
    tasks: dict[str, dict[str, Any]] = {}

    @app.post("/api/tasks/visual/scale")
    def create() -> Any:
        if not is_valid(flask.request.form.to_dict()):
            return {"status": 400, "message": "parameter error"}, 400
        task = str(uuid.uuid4())
        tasks[task] = {
            "task_id": task,
            "state": 0,
            "progress": 0,
            "return_type": 1,
            "type": "clean",
            "created_at": 1,
        }
        return {"status": 200, "message": "success", "data": {"task_id": task}}

    @app.get("/api/tasks/visual/scale/<task>")
    def read(task: str) -> Any:
        if task not in tasks:
            return {"status": 404, "message": "resource not found"}, 404
        return {"status": 200, "message": "success", "data": tasks[task]}

    return app


def whole_app() -> flask.Flask:
    """The mock with all vendors, its rate limit lifted."""
    engine = Engine(load_contracts(), clock=VirtualClock())
    engine.worlds.world("picwish", "test-bench").rate_limit = None
    return create_app(engine)


def pair(session: requests.Session) -> None:
    """One create and one poll."""
    task = session.post(CREATE, headers=HEADERS, data=FORM).json()["data"]["task_id"]
    session.get(f"{CREATE}/{task}", headers=HEADERS).json()


def milliseconds(make: Callable[[], flask.Flask], pairs: int) -> Callable[[], float]:
    """A function that measures one round: milliseconds a pair."""
    session = requests.Session()
    session.trust_env = False
    mount(session, make(), ORIGIN)
    for _ in range(100):
        pair(session)

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(pairs):
            pair(session)
        return (time.perf_counter() - began) / pairs * 1000

    return measure


def main() -> None:
    """Measure both in turn, so that a machine that slows down slows both; print the best rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ours, bare = milliseconds(whole_app, options.pairs), milliseconds(bare_app, options.pairs)
    rounds = [(ours(), bare()) for _ in range(options.rounds)]
    best = [min(column) for column in zip(*rounds, strict=True)]
    click.echo(f"{'':12}{'ms a pair':>12}")
    click.echo(f"{'greycard':12}{best[0]:12.3f}")
    click.echo(f"{'bare Flask':12}{best[1]:12.3f}")
    click.echo(f"{'ratio':12}{best[0] / best[1]:12.2f}   aim: at most 1.6")


if __name__ == "__main__":
    main()
