"""Reading the body of a queue request: what is asked for, and whether the document lets it be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from doubles.enhancor.common import Order, pick, some

if TYPE_CHECKING:
    from doubles.enhancor.common import Fields, Has

_ABSENT = object()


def absolute(text: object) -> bool:
    """Whether this is an absolute http or https address."""
    if not isinstance(text, str):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(sign.isspace() for sign in text)


def read_order(has: Has, body: Fields) -> Order:
    """What is asked for, with the kind of refusal it deserves, if any."""
    if has("order_nested"):
        inner = body.get("input")
        body = inner if isinstance(inner, dict) else {}
    order = Order()
    picture = body.get(pick(has, {"img_url_renamed": "image_url"}, "img_url"), _ABSENT)
    webhook = body.get(pick(has, {"webhook_renamed": "webhook_url"}, "webhookUrl"), _ABSENT)
    if has("webhook_alias") and webhook is _ABSENT:
        webhook = body.get("webhook_url", _ABSENT)
    mode = _mode(has, body.get(pick(has, {"mode_renamed": "processing_mode"}, "mode"), _ABSENT))
    order.mode = mode or "fast"
    order.webhook = webhook if isinstance(webhook, str) else ""
    wrong = {
        "mode": not mode,
        "webhook": not _webhook_fits(has, webhook),
        "img_url": not _picture_fits(has, picture, order),
        "field": has("unknown_fields_refused") and bool(set(body) - {"img_url", "webhookUrl", "mode"}),
        "more": _more_is_missing(has, body, order),
    }
    order.wrong = next((kind for kind, is_wrong in wrong.items() if is_wrong), "")
    if has("optional_scale") and body.get("scale") in (2, 3, 4):
        order.scale = body["scale"]
    return order


def _mode(has: Has, sent: Any) -> str:
    """The mode that is meant; empty when it is none."""
    spellings: dict[Any, str] = {"fast": "fast", "professional": "professional"}
    if has("mode_as_number"):
        spellings = {1: "fast", 2: "professional"}
    if some(has, "fast_refused", "fast_respelled"):
        del spellings["fast"]
    if some(has, "professional_refused", "professional_respelled"):
        del spellings["professional"]
    if has("fast_respelled"):
        spellings["quick"] = "fast"
    if has("professional_respelled"):
        spellings["pro"] = "professional"
    if has("mode_case_ignored") and isinstance(sent, str):
        sent = sent.strip().lower()
    if isinstance(sent, (str, int)) and not isinstance(sent, bool) and sent in spellings:
        return spellings[sent]
    taken_as_fast = {
        "mode_unchecked": isinstance(sent, str) and sent != "",
        "mode_empty_accepted": sent == "",
        "mode_null_accepted": sent is None,
        "mode_number_accepted": isinstance(sent, (int, float)) and not isinstance(sent, bool),
        "mode_list_accepted": isinstance(sent, list),
        "mode_optional": sent is _ABSENT,
    }
    return "fast" if any(has(trait) and met for trait, met in taken_as_fast.items()) else ""


def _webhook_fits(has: Has, sent: Any) -> bool:
    """Whether this may stand as the address of the delivery."""
    if has("webhook_origin_refused") and isinstance(sent, str) and absolute(sent) and urlsplit(sent).path in ("", "/"):
        return False
    if has("webhook_as_list"):
        return isinstance(sent, list)
    taken = {
        "webhook_optional": sent is _ABSENT,
        "webhook_null_accepted": sent is None,
        "webhook_empty_accepted": sent == "",
        "webhook_number_accepted": isinstance(sent, int),
        "webhook_any_text": isinstance(sent, str) and sent.strip() != "",
    }
    return absolute(sent) or any(has(trait) and met for trait, met in taken.items())


def _picture_fits(has: Has, sent: Any, order: Order) -> bool:
    """Whether this may stand as the address of the picture; puts it into the order."""
    if has("img_url_as_list"):
        sent = sent[0] if isinstance(sent, list) and len(sent) == 1 else None
    if has("img_url_base64_only"):
        order.img_url = "" if absolute(sent) or not isinstance(sent, str) else sent
        return bool(order.img_url)
    if has("img_url_query_refused") and isinstance(sent, str) and "?" in sent:
        return False
    if absolute(sent) or (has("data_links_accepted") and isinstance(sent, str) and sent.startswith("data:image/")):
        order.img_url = sent
        return True
    taken = {
        "img_url_optional": sent is _ABSENT,
        "img_url_null_accepted": sent is None,
        "img_url_empty_accepted": sent == "",
        "img_url_number_accepted": isinstance(sent, int),
        "img_url_any_text": isinstance(sent, str) and sent != "",
    }
    order.without_picture = any(has(trait) and met for trait, met in taken.items())
    return order.without_picture


def _more_is_missing(has: Has, body: Fields, order: Order) -> bool:
    """Whether a parameter is missing that only a change asks for."""
    missing = {
        "scale_required": "scale" not in body,
        "user_required": "userId" not in body,
        "professional_needs_scale": order.mode == "professional" and "scale" not in body,
        "version_required": "model_version" not in body,
    }
    return any(has(trait) and met for trait, met in missing.items())
