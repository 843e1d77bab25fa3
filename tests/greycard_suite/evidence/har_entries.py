"""One recorded call or delivery as an entry of an HTTP Archive (HAR 1.2), redacted, and back.

What the format has no place for stands under ``_greycard`` in each entry. It neither sends nor judges.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from greycard_suite.call import Call, Delivery, DigestedBody, digested
from greycard_suite.evidence.redaction import as_text, delivery_headers, redacted_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_suite.evidence.recording import Record
    from greycard_suite.evidence.redaction import Redactor


def call_entry(redactor: Redactor, place: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """One call as an entry, redacted."""
    url = redactor.text(redacted_link(call.url))
    fields, own = redactor.value(call.fields), call.operation != "result"
    headers = {
        **(redactor.credential_header(call.credential) if own else {}),
        **({"Content-Type": call.encoding} if call.encoding else {}),
    }
    content, facts = _content(redactor, call)
    return {
        "startedDateTime": _moment(call.started),
        "time": round(call.elapsed * 1000, 3),
        "request": _request(call.method, url, headers, _post_data(call, fields)),
        "response": _response(call.status, redactor.headers(call.headers), content),
        "cache": {},
        "timings": {"send": 0, "wait": round(call.elapsed * 1000, 3), "receive": 0},
        "_greycard": {
            **place,
            "kind": "call",
            "number": call.number,
            "operation": call.operation,
            "credential": call.credential,
            "fields": fields,
            "files": {name: redactor.text(words) for name, words in call.files.items()},
            "encoding": call.encoding,
            "started": call.started,
            "elapsed": call.elapsed,
            **facts,
        },
    }


def delivery_entry(redactor: Redactor, record: Record, place: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
    """One delivery as an entry, redacted."""
    text = _kept_text(redactor, delivery.body, delivery.json)
    headers = delivery_headers(redactor, record, delivery.headers, delivery.body, text.encode("utf-8", "surrogatepass"))
    address = str(record.setting["receiver"] or "http://receiver.invalid/")
    base = urlsplit(address)
    url = f"{base.scheme}://{base.netloc}{delivery.path}" if delivery.path.startswith("/") else delivery.path
    post = {"mimeType": headers.get("content-type", ""), "params": [], "text": text}
    return {
        "startedDateTime": _moment(delivery.at),
        "time": 0,
        "request": _request(delivery.method, redactor.text(redacted_link(url)), headers, post),
        "response": _response(delivery.answered, {}, {"size": 0, "mimeType": "application/json"}),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_greycard": {
            **place,
            "kind": "delivery",
            "path": redactor.text(redacted_link(delivery.path)),
            "at": delivery.at,
            "headers": headers,
        },
    }


def _request(method: str, url: str, headers: Mapping[str, str], post: dict[str, Any] | None) -> dict[str, Any]:
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return {
        "method": method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1, "bodySize": -1, **({"postData": post} if post else {}),
    }  # fmt: skip


def _response(status: int, headers: Mapping[str, str], content: dict[str, Any]) -> dict[str, Any]:
    words = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return {
        "status": status,
        "statusText": words,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": -1,
        "bodySize": content["size"],
    }


def _post_data(call: Call, fields: Any) -> dict[str, Any] | None:
    if not call.encoding:
        return None
    if call.encoding == "application/json" or not isinstance(fields, dict):
        return {"mimeType": call.encoding, "params": [], "text": as_text(fields)}
    params = [
        {"name": name, "value": value if isinstance(value, str) else as_text(value)} for name, value in fields.items()
    ]
    params += [
        {"name": name, "fileName": words.partition(",")[0], "comment": words} for name, words in call.files.items()
    ]
    return {"mimeType": call.encoding, "params": params, "text": ""}


def _content(redactor: Redactor, call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `content` of an answer, and what is kept of a body that is not."""
    kind = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    if call.json is not None and not isinstance(call.body, DigestedBody):
        return {"size": len(call.body), "mimeType": kind, "text": _kept_text(redactor, call.body, call.json)}, {}
    body = call.body if isinstance(call.body, DigestedBody) else digested(call.body)
    picture = msgspec.structs.asdict(body.picture) if body.picture else None
    facts = {"size": body.size, "sha256": body.sha256, "picture": picture}
    content = {"size": body.size, "mimeType": kind}
    if body.size:
        content["comment"] = f"not kept; sha256 {body.sha256}"
    if call.json is not None:
        content |= {"text": as_text(redactor.value(call.json)), "comment": f"in outline; sha256 {body.sha256}"}
    return content, {"body": facts}


def _kept_text(redactor: Redactor, body: bytes, value: Any) -> str:
    """A JSON body as it was, where nothing in it needs redaction; otherwise its redacted value."""
    if value is None:
        return redactor.value(body.decode("utf-8", "replace")) if body else ""
    text = body.decode("utf-8", "replace")
    kept = redactor.value(value)
    return text if kept == value and redactor.text(text) == text else as_text(kept)


def call_from(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Call:
    """The call of an entry, as far as it was kept; raises KeyError, TypeError or ValueError when a part is missing."""
    from greycard_mocks.images.inspect import Picture

    content, kept = entry["response"]["content"], facts.get("body")
    if kept is not None:
        picture = Picture(**kept["picture"]) if kept["picture"] else None
        body: bytes = DigestedBody(kept["size"], kept["sha256"], picture)
        value = json.loads(content["text"]) if "text" in content else None
    else:
        body = content["text"].encode("utf-8", "surrogatepass")
        value = json.loads(content["text"])
    headers = {one["name"]: one["value"] for one in entry["response"]["headers"]}
    request = entry["request"]
    return Call(
        facts["operation"],
        request["method"],
        request["url"],
        facts["fields"],
        facts["files"],
        facts["encoding"],
        facts["credential"],
        entry["response"]["status"],
        headers,
        body,
        value,
        facts["started"],
        facts["elapsed"],
        facts["number"],
    )


def delivery_from(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Delivery:
    """The delivery of an entry; raises KeyError or TypeError when a part is missing."""
    body = entry["request"]["postData"]["text"]
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    status, method = entry["response"]["status"], entry["request"]["method"]
    return Delivery(facts["path"], facts["headers"], body.encode(), value, facts["at"], status, method)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
