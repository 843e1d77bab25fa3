"""Whole requests to the mock's own paths: control plane, page, pictures and results, right ones and wrong ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from greycard_mocks.control.query import openapi
from greycard_mocks.core.faults import KINDS
from greycard_mocks.dashboard.forms import PANELS
from greycard_suite.tools.fuzz.message import ODD_HEADERS, request
from greycard_suite.tools.fuzz.odd_values import TEXTS, changed, odd_json

FAULT_SECONDS = 0.2
"""How long a fault that delays may take."""

_BODIES: dict[str, tuple[dict[str, Any], ...]] = {
    "scenarios": ({"outcome": "failed"}, {"finish": 3, "count": 2}, {"stuck": "processing"}),
    "faults": tuple({"kind": kind} for kind in KINDS),
    "clock": (
        {"action": "freeze"}, {"action": "resume"}, {"action": "advance", "seconds": 30},
        {"action": "speed", "speed": 50},
    ),
    "variants": ({"drifts": []}, {"freedoms": []}, {"picwish.edition": "current"}),
    "settings": ({"balance": 3}, {"rate_limit": None}, {"link_life": 5}, {"queue_length": 2}),
    "import": ({"greycard_world": 1, "vendor": "picwish"},),
    "reset": ({},),
}  # fmt: skip
_OTHERS = (
    "/", "/_mock", "/_mock/", "/_mock/health", "/_mock/nothing", "/_mock/../_mock/health", "/_mock/assets/page.css",
    "/_mock/assets/..%2f..%2fapp.py", "/_mockery/", "/favicon.ico", "/robots.txt", "/_mock/openapi.json",
)  # fmt: skip
_IMAGES = (
    "64x64.jpg", "300x200.png?bytes=90000", "1x1.gif", "0x0.jpg", "99999x99999.png", "64x64.svg", "64x64.bmp?seed=-1",
    "64x64.jpg?bytes=1", "64x64.jpg?bytes=99999999999999", "64x64.webp?damage=greycard", "64x64.png?status=999",
    "64x64.tiff?redirect=1", "64x64.jpg?status=404", "\u0661x\u0661.jpg",
)  # fmt: skip
_FOREIGN = (
    {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Referer": "http://evil.test/"},
    {"Host": "evil.test"}, {"Authorization": "Bearer x"}, {"X-Greycard-Token": "x"}, {"User-Agent": "Mozilla/5.0"},
)  # fmt: skip


@cache
def _paths() -> tuple[tuple[str, str], ...]:
    """Method and path of each operation of the control plane."""
    described: dict[str, dict[str, Any]] = openapi()["paths"]
    verbs = ("get", "post", "put", "patch", "delete")
    return tuple((verb.upper(), path) for path, item in described.items() for verb in verbs if verb in item)


@dataclass(frozen=True, slots=True)
class Page:
    """A world that the page shows, and what the page's own forms prove themselves with."""

    world: str
    form_token: str


def control_request(dice: Random, host: str, vendors: tuple[str, ...], page: Page) -> tuple[bytes, str]:
    """One request to a path of the mock's own, and its method."""
    match dice.randrange(8):
        case 0:
            method, path = dice.choice(("GET", "HEAD", "POST")), dice.choice(_OTHERS)
            return request(method, path, host), method
        case 1:
            return request("GET", f"/_mock/images/{quote(dice.choice(_IMAGES), safe='?=&')}", host), "GET"
        case 2:
            return _page_request(dice, host, page), "POST"
        case _:
            return _steering(dice, host, vendors)


def faulted(dice: Random, host: str, vendor: str, key: str) -> bytes:
    """Switches a fault on for the next answers of an account."""
    kind = dice.choice(list(KINDS))
    body: dict[str, Any] = {"kind": kind, "seed": dice.randrange(1000)}
    if "seconds" in KINDS[kind].options:
        body["seconds"] = dice.uniform(0, FAULT_SECONDS)
    if "status" in KINDS[kind].options:
        body["status"] = dice.choice((400, 429, 500, 502, 503, 599))
    return _json("POST", f"/_mock/worlds/{vendor}:{key}/faults", host, body)


def _steering(dice: Random, host: str, vendors: tuple[str, ...]) -> tuple[bytes, str]:
    method, pattern = dice.choice(_paths())
    world = f"{dice.choice(vendors)}:test-control-{dice.randrange(20)}"
    if dice.random() < 0.15:
        world = dice.choice((*TEXTS[:24], "picwish:", ":test", "picwish:real-key", "greycard:test", "0" * 40))
    path = pattern.replace("{world}", quote(world.encode("utf-8", "surrogatepass"), safe=":"))
    if dice.random() < 0.2:
        query = quote(dice.choice(TEXTS[:24]).encode("utf-8", "surrogatepass"), safe="")
        path += f"?{dice.choice(('after', 'limit', 'operation', 'refused', 'x'))}={query}"
    headers = dict(dice.choice(_FOREIGN)) if dice.random() < 0.1 else {}
    if method in ("GET", "DELETE"):
        return request(method, path, headers.pop("Host", host), headers), method
    good = dice.choice(_BODIES.get(path.partition("?")[0].rpartition("/")[2], ({},)))
    match dice.randrange(3):
        case 0:
            body = json.dumps(good).encode()
        case 1:
            body = json.dumps(changed(dice, good)).encode()
        case _:
            body = odd_json(dice, good)
    if dice.random() < 0.9:
        headers["Content-Type"] = "application/json"
    return request(method, path, headers.pop("Host", host), headers, body), method


def _page_request(dice: Random, host: str, page: Page) -> bytes:
    """A form of the page, as a browser sends it, with odd values."""
    panel = dice.choice((*PANELS, "greycard"))
    world = page.world if dice.random() < 0.9 else quote(dice.choice(TEXTS[:24]).encode("utf-8", "surrogatepass"))
    token = page.form_token if dice.random() < 0.9 else "x"
    names = ("do", "action", "seconds", "outcome", "kind", "count", "balance", "speed", "operation", "status", "clear")
    values = ("1", "0", "failed", "freeze", "advance", "latency", *ODD_HEADERS)
    pairs = [(name, dice.choice(values).encode("utf-8", "surrogatepass")) for name in names if dice.random() < 0.5]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{host}"}
    body = urlencode([("form_token", token.encode()), *pairs]).encode()
    return request("POST", f"/_mock/page/{world}/{panel}", host, headers, body)


def _json(method: str, path: str, host: str, body: dict[str, Any]) -> bytes:
    return request(method, path, host, {"Content-Type": "application/json"}, json.dumps(body).encode())
