"""How answers look: the styles of JSON, the forms of a refusal, its HTTP status and message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from doubles.double import Answer
from doubles.enhancor.common import pick, some

if TYPE_CHECKING:
    from doubles.enhancor.common import Fields, Has

REFUSALS: dict[str, tuple[int, str, str]] = {
    "key": (401, "Invalid or missing API key", "API 密钥无效或缺失"),
    "expired": (401, "This API key has expired", "API 密钥已过期"),
    "closed": (403, "The upscaler is not enabled for this account", "该账户未开通此服务"),
    "reading": (403, "This API key may not queue requests", "此密钥无权提交请求"),
    "body": (400, "Request body must be a JSON object", "请求体必须是 JSON 对象"),
    "type": (415, "Unsupported content type", "不支持的内容类型"),
    "img_url": (400, "Image URL is required and must be a valid URL", "缺少图片地址或地址无效"),
    "webhook": (400, "Webhook URL is required and must be a valid URL", "缺少回调地址或地址无效"),
    "mode": (400, "Invalid mode. Allowed modes: fast, professional", "模式无效"),
    "field": (400, "Unknown parameter", "未知参数"),
    "more": (400, "A required parameter is missing", "缺少必填参数"),
    "picture": (400, "Failed to process image", "图片处理失败"),
    "request_id": (400, "request_id is required", "缺少 request_id"),
    "unknown": (404, "Request not found", "请求不存在"),
    "route": (404, "Not found", "路径不存在"),
    "method": (405, "Method not allowed", "方法不允许"),
    "balance": (402, "Insufficient credits", "余额不足"),
    "rate": (429, "Too many requests", "请求过于频繁"),
    "busy": (429, "Another request is still running", "已有请求正在处理"),
    "down": (503, "Service under maintenance", "系统维护中"),
    "gateway": (502, "Bad gateway", "网关错误"),
    "internal": (500, "Internal server error", "服务器内部错误"),
}
_ASKED_WRONGLY = ("body", "img_url", "webhook", "mode", "field", "request_id")
_STATUSES: dict[str, tuple[tuple[str, ...], int]] = {
    "bad_as_422": (_ASKED_WRONGLY, 422),
    "bad_in_200": (_ASKED_WRONGLY, 200),
    "key_as_403": (("key",), 403),
    "key_as_400": (("key",), 400),
    "key_in_200": (("key",), 200),
    "unknown_as_400": (("unknown",), 400),
    "unknown_as_403": (("unknown",), 403),
    "unknown_as_410": (("unknown",), 410),
    "unknown_in_200": (("unknown",), 200),
    "picture_as_422": (("picture",), 422),
    "picture_as_500": (("picture",), 500),
    "picture_in_200": (("picture",), 200),
}


def refuse(has: Has, kind: str, **headers: str) -> Answer:
    """The refusal of this kind in the form that is on."""
    status, english, chinese = REFUSALS[kind]
    for trait, (kinds, other) in _STATUSES.items():
        if kind in kinds and has(trait):
            status = other
    message = pick(has, {"messages_chinese": chinese, "messages_codes": f"ERR_{kind.upper()}"}, english)
    if some(has, "error_plain_text", "error_page", "error_without_body"):
        text = pick(has, {"error_page": f"<html><h1>{message}</h1></html>", "error_without_body": ""}, message)
        media_type = "text/html" if has("error_page") else "text/plain; charset=utf-8"
        return Answer(status, text.encode(), {"Content-Type": media_type, **_named(headers)})
    form: Fields = pick(
        has,
        {
            "error_string": {"error": message},
            "error_message_only": {"message": message},
            "error_success_false": {"success": False, "error": {"message": message}},
            "error_problem": {"type": "about:blank", "title": kind, "status": status, "detail": message},
            "error_list": {"errors": [{"code": f"E_{kind.upper()}", "message": message}]},
            "error_detail": {"detail": [{"loc": ["body", kind], "msg": message, "type": "value_error"}]},
            "error_more_fields": {"error": {"code": 1000 + len(kind), "message": message, "trace": None}, "data": {}},
        },
        {"error": {"message": message}},
    )
    if status == 200:
        form = {"success": False, **form}
    return say(has, form, status, **headers)


def say(has: Has, value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer in the style that is on."""
    if has("answers_other_order") and isinstance(value, dict):
        value = dict(reversed(value.items()))
    text = json.dumps(
        value,
        ensure_ascii=not has("answers_utf8"),
        indent=pick(has, {"answers_indented": 4}, None),
        separators=pick(has, {"answers_tight": (",", ":")}, None),
    )
    if has("answers_indented"):
        text = f"\n{text}\n"
    media_type = pick(
        has,
        {
            "answers_charset": "application/json; charset=utf-8",
            "answers_as_text": "text/plain",
            "error_problem": "application/problem+json" if status >= 400 else "application/json",
        },
        "application/json",
    )
    all_headers = {"Content-Type": media_type, **_named(headers)}
    if has("answers_many_headers"):
        all_headers |= {"X-Request-Id": "8f14e45f", "Cache-Control": "no-store", "Set-Cookie": "edge=1; Path=/"}
        all_headers |= {"Access-Control-Allow-Origin": "*", "X-Credits-Remaining": "98210.5"}
    if has("answers_lower_headers"):
        all_headers = {name.lower(): content for name, content in all_headers.items()}
    return Answer(status, text.encode(), all_headers, 0.8 if has("answers_slow") else 0.0)


def _named(headers: dict[str, str]) -> dict[str, str]:
    """Names of headers from names of arguments."""
    return {name.replace("_", "-"): text for name, text in headers.items()}
