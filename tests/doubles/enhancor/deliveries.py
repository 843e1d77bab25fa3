"""Sending the result to the address of the client: when, where to, with which headers, how often again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from doubles.enhancor.common import FAILED, pick, some
from doubles.enhancor.orders import absolute

if TYPE_CHECKING:
    from doubles.enhancor.common import Has, Task


def moments(has: Has, task: Task) -> tuple[float, ...]:
    """When deliveries of this request are due, seconds since 1970."""
    if has("webhook_at_queue"):
        return (task.made,)
    if has("webhook_twice"):
        return (task.end, task.end + 1)
    late = pick(has, {"webhook_late": 5.0, "webhook_soon_after": 0.7, "webhook_hour_late": 3600.0}, 0.0)
    return (task.end + late,)


def is_dropped(has: Has, task: Task, state: str) -> bool:
    """Whether nothing is sent for this request."""
    reasons = {
        "failed_webhook_none": state == FAILED,
        "webhook_missing": True,
        "webhook_missing_professional": task.order.mode == "professional",
        "webhook_missing_fast": task.order.mode == "fast",
        "webhook_every_other": task.number % 2 == 0,
        "webhook_only_unpolled": task.reads > 0,
        "never_ends": True,
        "never_ends_in_queue": True,
        "never_ends_pending": True,
        "professional_never_ends": task.order.mode == "professional",
        "fast_never_ends": task.order.mode == "fast",
        "every_third_never_ends": task.number % 3 == 0,
        "failed_never_ends": state == FAILED,
    }
    return not absolute(task.order.webhook) or any(has(trait) and met for trait, met in reasons.items())


def pauses(has: Has) -> tuple[float, ...]:
    """Seconds from each try to the next one, when nobody has taken the delivery."""
    return pick(
        has,
        {"webhook_no_retry": (), "webhook_retries_often": (5.0,) * 6, "webhook_retries_at_once": (0.1, 0.1)},
        (1.0, 2.0, 4.0),
    )


def target(has: Has, address: str) -> str:
    """Where the delivery goes."""
    parts = urlsplit(address)
    if has("webhook_to_origin"):
        return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    if has("webhook_without_query"):
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if has("webhook_path_added"):
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/enhancor", parts.query, ""))
    return address


def encoded(has: Has, body: Any) -> tuple[dict[str, str], bytes]:
    """The headers and the bytes of a delivery."""
    headers = {"Content-Type": "application/json"}
    text = json.dumps(body, indent=2 if has("webhook_indented") else None, ensure_ascii=not has("webhook_indented"))
    if has("webhook_charset"):
        headers["Content-Type"] = "application/json; charset=utf-8"
    if has("webhook_many_headers"):
        headers |= {"User-Agent": "Enhancor-Webhooks/2.1", "X-Enhancor-Signature": "t=1,v1=5257a8", "X-Attempt": "1"}
    if has("webhook_lower_headers"):
        headers = {name.lower(): value for name, value in headers.items()}
    if has("webhook_as_form") and isinstance(body, dict):
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(body).encode()
    if has("webhook_as_xml") and isinstance(body, dict):
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in body.items())
        return {"Content-Type": "application/xml"}, f"<payload>{inner}</payload>".encode()
    if some(has, "webhook_encoded_twice"):
        text = json.dumps(text)
    if has("webhook_without_body"):
        text = ""
    return headers, text.encode()
