"""Recorded tests as an HTTP Archive (HAR 1.2), and back.

Writes only what `redaction` lets through. What the format has no place for stands under ``_greycard`` in each
entry and in the log; the same records always give the same text. It neither sends nor judges.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from greycard_suite.call import Call, Delivery, DigestedBody, digested
from greycard_suite.evidence.recording import Record
from greycard_suite.evidence.redaction import Redactor, as_text, delivery_headers, redacted_link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.loader import Vendor

FORMAT = 1
NO_ARCHIVE = (
    "exchange.har is no archive that greycard wrote; "
    "name the folder of evidence of a 'greycard verify --target live' run"
)


class EvidenceError(ValueError):
    """Evidence cannot be read; the message says what is wrong with it."""


def har_of(
    recorded: Mapping[str, Sequence[Record]],
    vendors: Mapping[str, Vendor],
    *,
    secrets: Mapping[str, str] | None = None,
    version: str = "0",
) -> dict[str, Any]:
    """A HAR of all records by vendor; `secrets` maps names of environment variables to the secrets in them."""
    settings: dict[str, Any] = {}
    tests: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for name, records in recorded.items():
        redactor = Redactor(vendors[name], secrets or {})
        for record in records:
            settings.setdefault(name, redactor.value(record.setting))
            place = {"vendor": name, "test": record.test, "attempt": record.attempt}
            tests.append({**place, "started": record.started, "ended": record.ended})
            found = [(one.started, 0, one.number, _call_entry(redactor, place, one)) for one in record.calls]
            found += [
                (one.at, 1, index, _delivery_entry(redactor, record, place, one))
                for index, one in enumerate(record.deliveries)
            ]
            entries += [entry for *_, entry in sorted(found, key=lambda each: each[:3])]
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "greycard", "version": version},
            "pages": [],
            "entries": entries,
            "_greycard": {"format": FORMAT, "settings": settings, "tests": tests},
        }
    }


def har_text(har: Mapping[str, Any]) -> str:
    """The archive as text, one entry per line, so that two archives can be compared by line."""
    log = dict(har["log"])
    entries = log.pop("entries")
    head = json.dumps(log, ensure_ascii=False)
    return (
        '{"log": '
        + head[:-1]
        + ', "entries": [\n'
        + ",\n".join(json.dumps(one, ensure_ascii=False) for one in entries)
        + "\n]}}\n"
    )


def load_har(text: str) -> dict[str, Any]:
    """Read an archive that greycard wrote; raises EvidenceError for anything else."""
    try:
        har = json.loads(text)
        written = har["log"]["_greycard"]["format"]
        entries = har["log"]["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EvidenceError(NO_ARCHIVE) from None
    if not isinstance(entries, list):
        raise EvidenceError(NO_ARCHIVE)
    if written != FORMAT:
        msg = f"exchange.har has format {written!r}, this greycard reads {FORMAT}; use the one that wrote it"
        raise EvidenceError(msg)
    loaded: dict[str, Any] = har
    return loaded


def records_of(har: Mapping[str, Any]) -> list[Record]:
    """The records of an archive, as far as they were kept; raises EvidenceError when a part is missing."""
    try:
        log = har["log"]
        found: dict[tuple[str, str, int], tuple[list[Call], list[Delivery]]] = {}
        for entry in log["entries"]:
            facts = entry["_greycard"]
            calls, deliveries = found.setdefault((facts["vendor"], facts["test"], facts["attempt"]), ([], []))
            if facts["kind"] == "delivery":
                deliveries.append(_delivery_from(entry, facts))
            else:
                calls.append(_call_from(entry, facts))
        records = []
        for test in log["_greycard"]["tests"]:
            calls, deliveries = found.get((test["vendor"], test["test"], test["attempt"]), ([], []))
            calls.sort(key=lambda call: call.number)
            setting = log["_greycard"]["settings"][test["vendor"]]
            records.append(
                Record(
                    test["vendor"],
                    test["test"],
                    test["attempt"],
                    test["started"],
                    test["ended"],
                    tuple(calls),
                    tuple(deliveries),
                    setting,
                    {},
                )
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"exchange.har is incomplete ({type(error).__name__}: {error}); it must be as greycard wrote it"
        raise EvidenceError(msg) from None
    return records


def _call_entry(redactor: Redactor, place: Mapping[str, Any], call: Call) -> dict[str, Any]:
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


def _delivery_entry(redactor: Redactor, record: Record, place: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
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
        return {
            "size": len(call.body),
            "mimeType": kind,
            "text": _kept_text(redactor, call.body, call.json),
        }, {}
    body = call.body if isinstance(call.body, DigestedBody) else digested(call.body)
    facts = {
        "size": body.size,
        "sha256": body.sha256,
        "picture": asdict(body.picture) if body.picture else None,
    }
    words = "" if not body.size else f"not kept; sha256 {body.sha256}"
    return {"size": body.size, "mimeType": kind, **({"comment": words} if words else {})}, {"body": facts}


def _kept_text(redactor: Redactor, body: bytes, value: Any) -> str:
    """A JSON body as it was, where nothing in it needs redaction; otherwise its redacted value."""
    if value is None:
        return redactor.value(body.decode("utf-8", "replace")) if body else ""
    text = body.decode("utf-8", "replace")
    kept = redactor.value(value)
    return text if kept == value and redactor.text(text) == text else as_text(kept)


def _call_from(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Call:
    from greycard_mocks.images.inspect import Picture

    content, kept = entry["response"]["content"], facts.get("body")
    if kept is not None:
        picture = Picture(**kept["picture"]) if kept["picture"] else None
        body: bytes = DigestedBody(kept["size"], kept["sha256"], picture)
        value = None
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


def _delivery_from(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Delivery:
    body = entry["request"]["postData"]["text"]
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    status, method = entry["response"]["status"], entry["request"]["method"]
    return Delivery(facts["path"], facts["headers"], body.encode(), value, facts["at"], status, method)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
