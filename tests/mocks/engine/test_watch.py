"""Whoever watches an engine is told of each request once, whichever way it was answered."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests

from greycard_mocks.core.answer import Request
from greycard_mocks.serve import run

SCALE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}
PATHS = [f"{SCALE}/x", "/api/tasks/nothing", "/nowhere", "/_mock/results/0/0/0.jpg"]


def test_each_request_is_told_with_its_entry(make_lab: Callable[..., Any]) -> None:
    """Those of an operation, of none, and downloads; not who looks at the base URL."""
    lab = make_lab("picwish")
    seen: list[Any] = []
    lab.engine.watch(lambda entry, seconds: seen.append((entry, seconds)))
    for path in (*PATHS, "/"):
        lab.engine.handle(Request("GET", path, "", {"x-api-key": "test-key"}, io.BytesIO(), 0, lab.origin))
    journals = (lab.world("picwish").journal, lab.engine.worlds.unmatched)
    kept = [entry for journal in journals for entry in journal.entries]
    assert [entry["path"] for entry, _ in seen] == PATHS
    assert all(any(entry is one for one in kept) for entry, _ in seen)
    assert all(0 <= seconds < 60 for _, seconds in seen)


@pytest.mark.wire
def test_over_the_socket_and_through_flask_the_same_is_told(make_lab: Callable[..., Any]) -> None:
    """The web server answers past Flask, any other WSGI server through it."""
    lab = make_lab("picwish")
    seen: list[Any] = []
    lab.engine.watch(lambda entry, _: seen.append((entry["method"], entry["path"], entry["status"])))
    with run(lab.engine) as running:
        for path in PATHS:
            requests.get(running.url + path, headers=KEY, timeout=10)
        over_socket, seen[:] = list(seen), []
        from greycard_mocks.app import create_app

        client = create_app(lab.engine).test_client()
        lab.pass_time(5)
        for path in PATHS:
            client.get(path, headers=KEY)
    assert seen == over_socket
    assert len(seen) == len(PATHS)
