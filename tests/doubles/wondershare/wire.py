"""How an answer is put on the wire: layout of the JSON, headers, HTTP status, and how refusals are told."""

from __future__ import annotations

import json
from typing import Any

from doubles.double import Answer
from doubles.wondershare.common import Has, RefusedError, pick

_CODES = {"credentials": 1, "parameter": 2, "unknown": 4, "path": 5, "method": 6, "account": 7, "busy": 8, "away": 9}
_STATUSES = {"credentials": 401, "path": 404, "method": 405, "busy": 429, "away": 503}
_CHINESE = {"credentials": "鉴权失败", "parameter": "参数错误", "unknown": "任务不存在", "balance": "余额不足"}


def _turned(value: Any) -> Any:
    """The same value with the fields of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(list(value))}
    return [_turned(entry) for entry in value] if isinstance(value, list) else value


def send(payload: dict[str, Any], has: Has, status: int = 200, seconds: float = 0.0, wait: str = "") -> Answer:
    """Put an answer on the wire."""
    if has("keys_reversed"):
        payload = _turned(payload)
    indent = 4 if has("json_indented") else None
    text = json.dumps(payload, ensure_ascii=not has("json_raw"), indent=indent)
    if has("json_with_breaks"):
        text = f"\r\n{text}\r\n\r\n"
    media = {"json_with_charset": "application/json;charset=UTF-8", "json_as_text": "text/plain; charset=utf-8"}
    headers = {"Content-Type": pick(has, media, "application/json")}
    if wait:
        headers["Retry-After"] = wait
    if has("new_headers"):
        headers |= {"X-Request-Id": "8f14e45fceea167a", "X-RateLimit-Remaining": "41", "Server": "gateway/2.4"}
    if has("headers_lower"):
        headers = {name.lower(): value for name, value in headers.items()}
    return Answer(status, text.encode(), headers, seconds)


def send_refusal(refused: RefusedError, has: Has) -> Answer:
    """Tell that a request is not served."""
    kind = refused.kind
    status = _STATUSES.get(kind, 200)
    if kind in {"parameter", "unknown"}:
        status = pick(has, {"refusals_as_http": 404 if kind == "unknown" else 400}, status)
    if kind == "unknown" and has("unknown_is_404"):
        status = 404
    if kind == "credentials":
        status = pick(has, {"credentials_403": 403, "credentials_200": 200}, status)
        if has("credentials_plain_text"):
            return Answer(401, b"Unauthorized", {"Content-Type": "text/plain", "WWW-Authenticate": "Basic"})
    payload: dict[str, Any] = {"code": _code(kind, has), "msg": refused.message, "data": {}}
    if has("refusals_chinese") or has("json_raw"):
        payload["msg"] = _CHINESE.get(kind, "请求失败")
    if has("refusal_data_null"):
        payload["data"] = None
    if has("refusal_data_absent"):
        del payload["data"]
    if has("refusal_details"):
        payload["data"] = {"errors": [{"kind": kind, "detail": refused.message}], "help": None}
    return send(payload, has, status, wait="5" if kind in {"busy", "away"} else "")


def _code(kind: str, has: Has) -> int:
    if kind == "balance":
        return 490027
    if has("refusal_code_zero") and kind in {"parameter", "unknown"}:
        return 0
    number = _CODES[kind]
    if has("codes_as_http"):
        return _STATUSES.get(kind, 404 if kind == "unknown" else 400)
    bases = {"codes_from_68": 680000 + number, "codes_negative": -number}
    return pick(has, bases, 490000 + number)
