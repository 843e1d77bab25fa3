"""How an answer is written: the JSON, its headers, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from doubles.double import Answer
from doubles.picwish.edits import REFUSED, edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.picwish.forms import RefusalError

_CHINESE = {
    200: "请求成功",
    400: "参数错误",
    401: "认证失败",
    404: "资源不存在",
    413: "文件过大",
    429: "请求过于频繁",
}
MESSAGES = {
    1: "success",
    -8: "the time limit was reached",
    -7: "the picture is invalid",
    -5: "the linked picture is too large",
    -3: "the linked picture cannot be downloaded",
    -2: "the result could not be stored",
    -1: "the repair failed",
}


def write(status: int, body: dict[str, Any], kind: str, has: Callable[[str], bool], seconds: float = 0.0) -> Answer:
    """An answer with this body, as the traits want it."""
    if has("message_chinese") or has("json_utf8"):
        body["message"] = _CHINESE.get(body["status"], "处理失败")
    edit(body, kind, has)
    return Answer(status, _serialize(body, has), {"Content-Type": _media_type(has)}, seconds)


def refuse(refusal: RefusalError, has: Callable[[str], bool]) -> Answer:
    """The answer to a refused request."""
    code = refusal.status
    enveloped = has("refusals_in_envelope") or (has("refusals_by_gateway") and code not in (401, 429))
    status = 200 if enveloped or has("refusals_look_good") else code
    answer = write(status, {"status": code, "message": refusal.message}, REFUSED, has)
    if code == 429 and has("retry_after"):
        return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": "1"})
    return answer


def dress(answer: Answer, has: Callable[[str], bool]) -> Answer:
    """The answer with the headers that the traits add or spell otherwise."""
    headers = dict(answer.headers)
    if has("headers_many"):
        headers |= {
            "X-Request-Id": "0a6f22",
            "Cache-Control": "public,max-age=1",
            "Access-Control-Allow-Origin": "*",
            "Deprecation": "@1900000000",
            "X-RateLimit-Limit": "2",
        }
    if has("headers_upper_case"):
        headers = {name.upper(): text for name, text in headers.items()}
    if has("headers_lower_case"):
        headers = {name.lower(): text for name, text in headers.items()}
    return Answer(answer.status, answer.body, headers, answer.seconds)


def _media_type(has: Callable[[str], bool]) -> str:
    if has("media_type_text"):
        return "text/html; charset=utf-8"
    return "application/json; charset=utf-8" if has("media_type_with_charset") else "application/json"


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(part) for name, part in reversed(value.items())}
    return value


def _serialize(body: dict[str, Any], has: Callable[[str], bool]) -> bytes:
    if has("keys_reversed"):
        body = _reversed(body)
    text = json.dumps(
        body,
        indent=4 if has("json_indented") else None,
        sort_keys=has("keys_sorted"),
        ensure_ascii=not has("json_utf8"),
    )
    if has("ampersand_escaped"):
        text = text.replace("&", "\\u0026")
    if has("slashes_escaped"):
        text = text.replace("/", "\\/")
    return (text + "\r\n" * has("json_indented")).encode()
