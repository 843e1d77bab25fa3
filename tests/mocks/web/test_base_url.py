"""The base URL: a browser is led to the page, a program is told where things are; through both doors."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.serve import run

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_program_is_told_where_things_are(make_lab: Callable[..., Any]) -> None:
    """Every address that is named answers, and each vendor has its base path and operations."""
    lab = make_lab()
    client = lab.app.test_client()
    told = client.get("/", base_url="http://localhost").get_json()
    lab.world("picwish")
    for name in ("page", "health", "control_plane", "worlds", "journal", "har", "unmatched"):
        place = told[name].replace("VENDOR:KEY", "picwish:test-key").removeprefix("http://localhost")
        assert client.get(place, base_url="http://localhost").status_code == 200, name
    assert set(told["vendors"]) == set(lab.engine.runtimes)
    assert told["vendors"]["picwish"]["base_path"] == "/api/tasks/"
    assert "POST /api/tasks/visual/scale" in told["vendors"]["picwish"]["operations"]
    assert not lab.engine.worlds.unmatched.entries


def test_a_browser_is_led_to_the_page(make_lab: Callable[..., Any]) -> None:
    """By a redirect; other methods find nothing there."""
    lab = make_lab()
    answer = lab.call("GET", "/", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/_mock/")
    assert lab.call("POST", "/").status_code == 404


@pytest.mark.wire
@pytest.mark.parametrize("accept", [BROWSER, "*/*", ""])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_both_doors_say_the_same_at_the_base_url(make_lab: Callable[..., Any], accept: str, method: str) -> None:
    """Over the socket as through Flask."""
    lab = make_lab()
    headers = {"Accept": accept, "Host": "greycard.test"}
    with run(lab.engine) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        connection.request(method, "/", headers=headers)
        answer = connection.getresponse()
        over_socket = (answer.status, answer.read(), answer.getheader("Location"), answer.getheader("Vary"))
        connection.close()
    other = lab.app.test_client().open("/", method=method, headers=headers, base_url="http://greycard.test")
    assert over_socket == (other.status_code, other.data, other.headers.get("Location"), other.headers["Vary"])
