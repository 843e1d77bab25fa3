"""What a history is made of, as Hypothesis draws it: requests, scenarios, faults, settings, departures.

A machine that uses these has a `vendor` that it is about, and an `other` one.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.faults import KINDS
from greycard_mocks.images.testcards import card
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.examples.requests import addressed, base_request, broken, edges
from greycard_schemas.presets import presets_data
from histories.sides import CONTRACTS, ORIGIN, RECEIVER

VENDORS = sorted(CONTRACTS)
SECRETS = {
    "picwish": ("x-api-key", "{}"),
    "enhancor": ("x-api-key", "{}"),
    "magictiger": ("token", "{}"),
    "wondershare": ("authorization", "Basic {}"),
}
LINKS = (f"{ORIGIN}/_mock/images/300x200.jpg", f"{ORIGIN}/_mock/images/20x20.gif", "http://nowhere.test/a.jpg", "x")
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"

WHO = st.sampled_from((0, 1))
VENDOR = st.runner().flatmap(lambda machine: st.sampled_from((machine.vendor,) * 9 + (machine.other,)))
"""Nearly always the one that the machine is about."""

ACCOUNT = st.sampled_from(("test-a", "test-a", "test-b"))
KEY = st.sampled_from(("test-a", "test-a", "test-a", "test-b", "wrong", ""))
PATHS = st.sampled_from(("/", "//", "/api//x", "/api/tasks", "/_mock/x", "/_mock/results/x/y/z.png"))
SECONDS = st.sampled_from((0.0, 0.4, 1.0, 3.0, 12.0, 40.0, 4000.0))
OPERATIONS = {
    vendor: [one for one in contract.operations.values() if one.kind != "delivery"]
    for vendor, contract in CONTRACTS.items()
}


@cache
def examples(vendor: str, name: str) -> tuple[Any, list[Any]]:
    """What is accepted, and what is at the edges of that or beyond."""
    operation = CONTRACTS[vendor].operations[name]
    odd = [values for _, values, _ in edges(operation)] + [one.values for one in broken(operation)]
    return base_request(operation), odd


@st.composite
def bodies(draw: st.DrawFn, vendor: str, name: str) -> tuple[str, bytes]:
    """Type and bytes of a body: mostly all well, else at the edges, breaking a statement, or none at all."""
    base, odd = examples(vendor, name)
    if not draw(st.integers(0, 9)):
        return draw(st.sampled_from((("", b""), ("application/json", b"[["))))
    values = draw(st.sampled_from(odd)) if odd and not draw(st.integers(0, 3)) else base
    usual = FORM if vendor == "picwish" else "application/json"
    kind = draw(st.sampled_from((usual, usual, usual, usual, "application/json", FORM, MULTIPART)))
    return encoded(kind, values, draw(st.sampled_from((LINKS[0], LINKS[0], LINKS[0], *LINKS))))


def encoded(kind: str, values: Any, picture: str) -> tuple[str, bytes]:
    """A body in this encoding."""
    sent = addressed(values, picture, f"{RECEIVER}/hook")
    if kind == "application/json":
        return kind, json.dumps(sent).encode()
    fields = sent if isinstance(sent, dict) else {"value": sent}
    if kind != MULTIPART:
        return kind, urlencode(fields, errors="replace").encode()
    parts = [f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n'
    return kind, b"".join([*parts, head, card(40, 30, "jpeg"), b"\r\n--B--\r\n"])


def calls(*kinds: str) -> st.SearchStrategy[tuple[str, str, tuple[str, bytes]]]:
    """A request to an operation of one of these kinds."""
    table = {
        vendor: st.one_of([
            st.tuples(st.just(vendor), st.just(one.name), bodies(vendor, one.name))
            for one in operations if not kinds or one.kind in kinds
        ]) for vendor, operations in OPERATIONS.items()
    }  # fmt: skip
    return VENDOR.flatmap(table.__getitem__)


def departures(vendor: str) -> st.SearchStrategy[dict[str, Any]]:
    """Variants, drifts and freedoms for the control plane."""
    variants = CONTRACTS[vendor].data.get("variants", {})
    options = [{name: option} for name, rule in variants.items() for option in rule["options"]]
    drifts = st.lists(st.sampled_from(sorted(drifts_of(CONTRACTS[vendor]))), max_size=1)
    presets = st.sampled_from(sorted(presets_data())).map(lambda name: {"preset": name})
    return st.one_of(
        presets,
        st.sampled_from(options or [{}]),
        drifts.map(lambda ids: {"drifts": ids}),
        st.one_of(st.just([]), st.integers(0, 5)).map(lambda seed: {"freedoms": seed}),
    )


DEPARTURES = VENDOR.flatmap({one: st.tuples(st.just(one), departures(one)) for one in VENDORS}.__getitem__)


def faults() -> st.SearchStrategy[dict[str, Any]]:
    """Any fault with some of its options."""
    values = {"probability": st.sampled_from((0.5, 0.5, 1.0)), "count": st.sampled_from((1, 2, None)),
              "seconds": st.sampled_from((0.0, 0.3, 30.0)), "ttl": st.sampled_from((2, 500)),
              "distribution": st.sampled_from(("uniform", "lognormal")), "spread": st.just(0.2),
              "seed": st.integers(0, 3), "status": st.just(502), "fraction": st.just(0.3),
              "chunks": st.just(2)}  # fmt: skip
    return st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries(
            {"kind": st.just(kind)},
            optional={name: values[name] for name in (*KINDS[kind].options, "probability", "count", "seed", "ttl")},
        )
    )


def scenarios(vendor: str) -> st.SearchStrategy[dict[str, Any]]:
    """What may happen to the next tasks of a vendor."""
    lifecycle = Runtime(CONTRACTS[vendor])
    outcomes, running = st.sampled_from(lifecycle.outcomes()), st.sampled_from(lifecycle.timing.running)
    return st.fixed_dictionaries(
        {"count": st.sampled_from((1, 2, None))},
        optional={"outcome": outcomes, "finish": SECONDS, "failed_items": st.sampled_from(([0], [1])),
                  "durations": running.map(lambda state: {state: 2.5}), "skip": running.map(lambda state: [state])},
    ) | st.fixed_dictionaries({"stuck": running})  # fmt: skip


SCENARIOS = VENDOR.flatmap({one: scenarios(one) for one in VENDORS}.__getitem__)
SETTINGS = st.fixed_dictionaries(
    {}, optional={"balance": st.sampled_from((0, 2, 1e6)), "rate_limit": st.sampled_from((0, 1, 3, None)),
                  "queue_length": st.integers(0, 2), "link_life": st.sampled_from((1, None)),
                  "callback_url": st.sampled_from((f"{RECEIVER}/account", None, "nonsense"))},
)  # fmt: skip
CLOCKS = st.sampled_from((
    {"action": "freeze"}, {"action": "auto"}, {"action": "resume"},
    {"action": "speed", "speed": 3}, {"action": "speed", "speed": 0},
))  # fmt: skip
LOOKS = st.sampled_from(
    ("", "/scenarios", "/faults", "/clock", "/clock/moves", "/settings", "/tasks", "/requests", "/downloads",
     "/deliveries", "/variants", "/export", "/har"),
)  # fmt: skip


def credential(vendor: str, key: str) -> dict[str, str]:
    """The headers for a key of a vendor."""
    name, form = SECRETS[vendor]
    secret = base64.b64encode(f"{key}:secret".encode()).decode() if vendor == "wondershare" else key
    return {name: form.format(secret)} if key else {}
