"""The journal as an HTTP Archive (HAR 1.2), which browsers and proxies open: requests, downloads and deliveries.

The library `harfile` is not used: it writes a file as it goes and takes no fields of our own, such as the reason of a
refusal, while a fixture and the control plane hand out the archive as plain JSON.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

KINDS = ("request", "download", "delivery")
_OWN = ("vendor", "operation", "task", "reason", "claim", "pointer", "ignored", "fault", "unmatched", "attempt",
        "outcome")  # fmt: skip
"""What an entry tells that the format has no place for."""


def har_of_world(world: World) -> dict[str, Any]:
    """The journal of one world as a HAR; times are those of the world's clock."""
    return _archive((world.runtime.name, world.id, entry) for entry in world.journal.of_kind(*KINDS))


def har_of(engine: Engine) -> dict[str, Any]:
    """The journals of all worlds as one HAR, and the requests that belong to none."""
    found: list[tuple[str, str, Entry]] = [
        (world.runtime.name, world.id, entry) for world in engine.worlds for entry in world.journal.of_kind(*KINDS)
    ]
    found += [("", "", entry) for entry in engine.worlds.unmatched.of_kind(*KINDS)]
    return _archive(sorted(found, key=lambda each: each[2].at))


def _archive(entries: Iterable[tuple[str, str, Entry]]) -> dict[str, Any]:
    try:
        release = version("greycard")
    except PackageNotFoundError:
        release = "0"
    made = [
        (_delivery if entry.kind == "delivery" else _exchange)(
            entry, {"world": world or None, "vendor": vendor or None}
        )
        for vendor, world, entry in entries
    ]
    return {"log": {"version": "1.2", "creator": {"name": "greycard", "version": release}, "entries": made}}


def _exchange(entry: Entry, place: Mapping[str, Any]) -> dict[str, Any]:
    headers, answer = entry.get("headers", {}), entry.get("answer", {})
    kind = answer.get("content_type", "")
    content: dict[str, Any] = {"size": answer.get("size", 0), "mimeType": kind}
    if answer.get("body") is not None:
        content["text"] = _text(answer["body"])
    if "sha256" in answer:
        content["comment"] = f"not kept whole; sha256 {answer['sha256']}"
    url = f"http://{headers.get('host', 'greycard.test')}{entry['path']}"
    return _entry(
        entry, place,
        _request(entry["method"], url, headers, _post(entry)),
        _response(entry["status"], {"content-type": kind, **answer.get("headers", {})}, content),
    )  # fmt: skip


def _delivery(entry: Entry, place: Mapping[str, Any]) -> dict[str, Any]:
    post = {"mimeType": "application/json", "params": [], "text": _text(entry.get("body"))}
    # what the receiver answered is never given back, see ATTACKS.md
    content = {"size": 0, "mimeType": "", "comment": "not kept"}
    return _entry(
        entry, place, _request("POST", entry["url"], {}, post), _response(entry["status"] or 0, {}, content)
    )  # fmt: skip


def _entry(
    entry: Entry, place: Mapping[str, Any], request: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    own = {name: entry[name] for name in _OWN if entry.get(name)}
    return {
        "startedDateTime": _moment(entry.at), "time": 0, "request": request, "response": response, "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_greycard": {**place, "number": entry.number, "kind": entry.kind, **own},
    }  # fmt: skip


def _post(entry: Entry) -> dict[str, Any] | None:
    values, files = entry.get("values", {}), entry.get("files", ())
    if entry["method"] in ("GET", "HEAD") or not (values or files):
        return None
    kind = entry["headers"].get("content-type", "")
    comment = "long texts are cut; what was not sent has the vendor's default"
    if "json" in kind:
        return {"mimeType": kind, "params": [], "text": _text(values), "comment": comment}
    params = [{"name": name, "value": _text(value)} for name, value in values.items()]
    params += [{"name": name, "fileName": name} for name in files]
    return {"mimeType": kind, "params": params, "text": "", "comment": comment}


def _request(method: str, url: str, headers: Mapping[str, str], post: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "method": method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "headers": _pairs(headers),
        "queryString": [], "headersSize": -1, "bodySize": -1, **({"postData": post} if post else {}),
    }  # fmt: skip


def _response(status: int, headers: Mapping[str, str], content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": status, "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": "HTTP/1.1", "cookies": [], "headers": _pairs(headers), "content": content,
        "redirectURL": "", "headersSize": -1, "bodySize": content["size"],
    }  # fmt: skip


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(seconds: float) -> str:
    """In the form of HAR; the last moment that a calendar has for what lies beyond."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC).isoformat(timespec="milliseconds")
