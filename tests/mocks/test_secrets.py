"""No secret is shown: not on the page, not by the control plane, not in the journal, of no vendor.

A credential that begins with ``test`` is a made-up name of a world and shown as such; it is no secret, but the header
that carried it is not kept either.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.engine.engine import Engine
from greycard_schemas.examples.requests import base_request
from greycard_schemas.loader import Operation, Vendor, load_contracts

VENDORS = load_contracts()
CANARY = "sk-live-Canary7Zq+/w=="
"""What a real key may look like; it stands nowhere else, in no spelling."""
ELSEWHERE = ("Authorization", "Proxy-Authorization", "Cookie", "X-Api-Token", "Referer")
"""Headers in which keys travel that the vendor does not look at."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    """All vendors on a clock that stands still."""
    made = Engine(VENDORS, clock=VirtualClock(), origin="http://localhost")
    yield made
    made.close()


@pytest.fixture
def browser(engine: Engine) -> FlaskClient:
    """A reader on this machine."""
    return create_app(engine).test_client()


def basic(user: str, secret: str) -> str:
    """The value of a Basic header."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def spellings(secret: str) -> set[str]:
    """The ways in which a text may show a secret."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        # whatever stands beside it in what is encoded
        *(base64.b64encode(raw[shift:])[: (len(raw) - shift) // 3 * 4].decode() for shift in range(3)),
    }


def credentials(vendor: Vendor) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What may be sent in the vendor's own header, and which texts must then be shown nowhere."""
    if vendor.data["auth"]["scheme"] == "basic":
        return {
            "accepted": (basic("test-shown", CANARY), (CANARY, basic("test-shown", CANARY))),
            "refused": (basic(CANARY, "secret"), (CANARY, basic(CANARY, "secret"))),
            "both": (basic(CANARY, CANARY), (CANARY, basic(CANARY, CANARY))),
            "unreadable": (f"Basic {CANARY}", (CANARY,)),
            "another scheme": (f"Bearer {CANARY}", (CANARY,)),
        }
    return {"refused": (CANARY, (CANARY,)), "another scheme": (f"Bearer {CANARY}", (CANARY,))}


def send(browser: FlaskClient, operation: Operation, headers: dict[str, str]) -> Any:
    """One request of an operation, complete but for its pictures."""
    path, values = operation.path, dict(base_request(operation))
    for name in list(values):
        if "{" + name + "}" in path:
            path = path.replace("{" + name + "}", str(values.pop(name)))
    how = "json" if "application/json" in operation.encodings else "data"
    sent: dict[str, Any] = {how: values} if operation.encodings else {}
    return browser.open(path, method=operation.method, headers=headers, **sent)


def shown(engine: Engine, browser: FlaskClient) -> dict[str, str]:
    """Everything that the mock shows by address, and the journals as they stand in memory."""
    places = {"/_mock/", "/_mock/unmatched", "/_mock/worlds", "/_mock/vendors"}
    for world in engine.worlds:
        own = f"/_mock/worlds/{world.id}"
        rules = [one.rule for one in browser.application.url_map.iter_rules() if "GET" in (one.methods or ())]
        places |= {rule.replace("<world>", world.id) for rule in rules if rule.startswith("/_mock/worlds/<world>")}
        places |= {f"/_mock/page/{world.id}", own}
    found = {}
    for place in sorted(places):
        answer = browser.get(place)
        assert answer.status_code == 200, place
        found[place] = answer.text
    for world in engine.worlds:
        found[f"journal of {world.runtime.name}"] = repr([entry.as_json() for entry in world.journal.entries])
    return found


def leaks(engine: Engine, browser: FlaskClient, *secrets: str) -> set[str]:
    """Where one of the secrets is shown, in whatever spelling."""
    wanted = set().union(*(spellings(secret) for secret in secrets))
    return {place for place, text in shown(engine, browser).items() if any(one in text for one in wanted)}


def operations() -> list[Any]:
    """Every operation that can be called."""
    return [
        pytest.param(vendor, operation, id=f"{name}-{operation.name}")
        for name, vendor in VENDORS.items()
        for operation in vendor.operations.values()
        if operation.kind != "delivery"
    ]


@pytest.mark.parametrize(("vendor", "operation"), operations())
def test_no_credential_that_came_in_the_vendors_header_is_shown(
    engine: Engine, browser: FlaskClient, vendor: Vendor, operation: Operation
) -> None:
    """A key that is refused, and the secret beside a key that is accepted, are shown nowhere, and no header is."""
    header = vendor.data["auth"]["header"]
    engine.worlds.world(vendor.name, "test-shown")
    for value, secrets in credentials(vendor).values():
        answer = send(browser, operation, {header: value})
        assert leaks(engine, browser, *secrets) == set()
        for name, text in answer.headers.items():
            assert not any(one in text for secret in secrets for one in spellings(secret)), name
        assert not any(secret in answer.text for secret in secrets)


@pytest.mark.parametrize(("vendor", "operation"), operations())
def test_no_header_that_carries_keys_is_kept(
    engine: Engine, browser: FlaskClient, vendor: Vendor, operation: Operation
) -> None:
    """Of an accepted request the journal keeps no header that carries keys, neither the vendor's own nor another."""
    own = vendor.data["auth"]["header"]
    value = basic("test-shown", CANARY) if vendor.data["auth"]["scheme"] == "basic" else "test-shown"
    send(browser, operation, {**dict.fromkeys(ELSEWHERE, CANARY), own: value})
    (entry,) = engine.worlds.world(vendor.name, "test-shown").journal.of_kind("request")
    kept = {name.lower() for name in entry["headers"]}
    assert kept.isdisjoint({own.lower(), *(name.lower() for name in ELSEWHERE)})
    assert value not in repr(entry.as_json())
    assert leaks(engine, browser, CANARY, *([value] if value != "test-shown" else [])) == set()


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_a_key_sent_to_an_address_that_nobody_has_is_not_shown(
    engine: Engine, browser: FlaskClient, vendor: Vendor
) -> None:
    """A misspelled address is explained without the key that came with it."""
    header = vendor.data["auth"]["header"]
    for value, secrets in credentials(vendor).values():
        path = vendor.of_kind("create")[0].path + "x"
        browser.post(path, headers={header: value, **dict.fromkeys(set(ELSEWHERE) - {header}, CANARY)})
        assert leaks(engine, browser, *secrets) == set()
    assert "x" in browser.get("/_mock/unmatched").text


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("spell", sorted(spellings("x" + CANARY)), ids=range(len(spellings("x" + CANARY))))
def test_a_secret_that_is_kept_is_found(engine: Engine, browser: FlaskClient, vendor: Vendor, spell: str) -> None:
    """The places that are searched are those that show a header: were one kept, page and control plane would tell."""
    world = engine.worlds.world(vendor.name, "test-shown")
    header = vendor.data["auth"]["header"].lower()
    facts = {"vendor": vendor.name, "operation": vendor.of_kind("create")[0].name, "method": "POST", "path": "/",
             "headers": {header: f"Basic {spell}"}, "values": {}, "files": [], "status": 401, "task": None,
             "reason": "", "claim": "", "pointer": ""}  # fmt: skip
    world.journal.add("request", world.clock.now(), facts)
    found = leaks(engine, browser, "x" + CANARY)
    assert f"/_mock/page/{world.id}" in found
    assert f"/_mock/worlds/{world.id}/requests" in found
    assert f"journal of {vendor.name}" in found
