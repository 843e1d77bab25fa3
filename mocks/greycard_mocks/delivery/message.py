"""What a delivery says: its body and headers, where it goes, and what counts as its acknowledgement. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_mocks.answers.values import NAMES
from greycard_mocks.core.manners import AS_USUAL
from greycard_schemas.signatures import SIGNATURES
from greycard_schemas.templates import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.answers.values import View
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery ready to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def message_for(runtime: Runtime, view: View, url: str, *, forged: bool = False) -> Message:
    """The message that tells of a finished task; `forged` breaks its signature."""
    operation = runtime.deliveries[view.plan.operation]
    contract = operation.contract
    phase = runtime.phase(view.plan.outcome)
    rules = runtime.rules[operation.name]
    fill = rules.bodies[phase] if rules.bodies else runtime.rules[contract["body_of"]].responses[phase].fill
    manners = runtime.manners
    body = manners.write(fill(NAMES, view))
    token = "forged" if forged else view.world.credential
    if "signature" in contract:
        view.signature = SIGNATURES[contract["signature"]["rule"]].of(body, token)
    named = {
        name: str(render(value, view)) for name, value in contract.get("headers", {}).items() if name != "x-source"
    }
    headers = {"Content-Type": "application/json", **named}
    if manners is not AS_USUAL:
        headers = {manners.header_name(name): text for name, text in {**headers, **manners.delivery_headers}.items()}
    return Message(url, headers, body)


def is_acknowledged(contract: Mapping[str, Any], status: int, body: bytes) -> bool:
    """Whether the receiver's answer ends the delivery."""
    rule = contract["acknowledgement"]
    low, high = rule["http"]
    if not low <= status <= high:
        return False
    if "pointer" not in rule:
        return True
    try:
        node = json.loads(body)
        for part in rule["pointer"].strip("/").split("/"):
            node = node[part]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return False
    return node is rule["equals"] or (type(node) is type(rule["equals"]) and node == rule["equals"])


def address_of(runtime: Runtime, world: World, plan: TaskPlan) -> str | None:
    """Where a task's deliveries go: a field of its request, or the account's address."""
    operation = runtime.deliveries.get(plan.operation)
    if operation is None:
        return None
    address = operation.contract["address"]
    if "always" in address:
        return str(address["always"])
    return plan.values.get(address["request"]) if "request" in address else world.callback_url


def shown_url(url: str) -> str:
    """An address without credentials, cut to a length that may be logged."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?...' if parts.query else ''}"[:300]
