"""Makes a tape of what the recorder has seen: bodies read, ids replaced by placeholders. Asks no mock."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from greycard_mocks.core.world import RESULT
from greycard_mocks.pipeline.body import BodyError, media_type, parse_form
from greycard_suite.score.tapes.files import left_in
from greycard_suite.score.tapes.tape import Event, Placeholders, Tape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from greycard_schemas.loader import Vendor
    from greycard_suite.score.tapes.recorder import Recorder, Seen

_OF_LINKS = ("Expires", "Signature")
"""What the vendor writes into its links; who follows a link does the same whatever stands there."""

_PLUMBING = frozenset({"content-type", "content-length", "date", "host", "user-agent", "x-greycard-depth"})


def tape_of(
    recorder: Recorder,
    plain: Mapping[str, Vendor],
    folders: Sequence[Path] = (),
    said: str = "",
) -> Tape:
    """The tape of the test that the recorder has just seen, with what it left in `folders` and printed.

    `plain` are the vendors as their documents have them.
    """
    names = placeholders_of(recorder)
    events = tuple(
        _delivery(seen, recorder, plain, names) if seen.kind == "delivery" else _request(seen, plain, names)
        for seen in tuple(recorder.seen)
    )
    return Tape(events, tuple(left_in(folders, names)), names.text(said))


def placeholders_of(recorder: Recorder) -> Placeholders:
    """The placeholders for all that the mocks of this process have named in the test that was just seen."""
    names = Placeholders()
    known = list(recorder.names)
    for engine in recorder.engines:
        known.append((engine.origin, "<mock>"))
        known.append((engine.origin.partition("://")[2], "<mock>"))
    for number, world in enumerate(recorder.worlds.values(), 1):
        known += [(world.credential, f"<key {number}>"), (world.id, f"<world {number}>")]
    names.learn([*known, *_tasks(recorder)])
    return names


def _tasks(recorder: Recorder) -> Iterator[tuple[str, str]]:
    """The ids of tasks with placeholders that go by what a task is of, not by which of two at once came first."""
    kinds: dict[str, list[str]] = {}
    for task, (vendor, plan) in recorder.tasks.items():
        kinds.setdefault(f"{vendor} {plan.operation} {[item.digest for item in plan.items]}", []).append(task)
    counts: dict[str, int] = {}
    for kind in sorted(kinds):
        vendor = kind.partition(" ")[0]
        counts[vendor] = counts.get(vendor, 0) + 1
        for number, task in enumerate(kinds[kind], 1):
            yield task, f"<{vendor} task {counts[vendor]}{f' again {number}' if number > 1 else ''}>"


def _request(seen: Seen, plain: Mapping[str, Vendor], names: Placeholders) -> Event:
    kind = media_type(seen.headers.get("content-type", ""))[0]
    asked: dict[str, Any] = {"method": seen.method, "path": names.text(seen.path)}
    if seen.query:
        asked["query"] = {
            name: names.text(value)
            for name, value in parse_qsl(seen.query, keep_blank_values=True)
            if seen.operation != RESULT or name not in _OF_LINKS
        }
    if seen.body is not None:
        asked["content-type"] = kind
        asked["values"] = names.json(_values(seen, kind))
    answered: dict[str, Any] = {"status": seen.status, **names.json(_content(seen.answer, seen.content_type))}
    if seen.fault:
        answered["fault"] = seen.fault
    if seen.answer_headers:
        answered["headers"] = names.json(dict(seen.answer_headers))
    name = f"{seen.vendor}/{seen.operation}" if seen.vendor else names.text(seen.operation)
    is_good = seen.status is not None and seen.status < 400 and not seen.reason
    operation = plain[seen.vendor].operations.get(seen.operation) if seen.vendor in plain else None
    is_effect = operation is not None and operation.kind in ("create", "delete")
    return Event("request", name, asked, answered, seen.at, is_good, is_effect)


def _delivery(seen: Seen, recorder: Recorder, plain: Mapping[str, Vendor], names: Placeholders) -> Event:
    text = (seen.body or b"").decode("utf-8", "replace")
    vendor, headers = _sender(seen, text, recorder, plain), {one.lower(): value for one, value in seen.headers.items()}
    signature = _is_signed(seen, headers, plain.get(vendor), recorder)
    body = names.json(_content(seen.body or b"", "json"))
    wanted: dict[str, Any] = {"to": names.text(urlsplit(seen.path).path), **body}
    promised = _promised_headers(plain.get(vendor))
    wanted["headers"] = names.json({
        name: "<signature>" if name == _signature_header(plain.get(vendor)) else value
        for name, value in headers.items()
        if name in promised or (name not in _PLUMBING and not name.startswith("x-greycard"))
    })  # fmt: skip
    if signature is not None:
        wanted["signature fits"] = signature
    answered: dict[str, Any] = {"status": seen.status, **names.json(_content(seen.answer, "json"))}
    if seen.reason:
        answered = {"no answer": seen.reason}
    operation = next((one.name for one in plain[vendor].of_kind("delivery")), "delivery") if vendor in plain else ""
    good = seen.status is not None and seen.status < 300
    return Event("delivery", f"{vendor}/{operation}".strip("/") or "delivery", wanted, answered, None, good)


def _sender(seen: Seen, text: str, recorder: Recorder, plain: Mapping[str, Vendor]) -> str:
    """The vendor whose task a delivery names, or whose headers it carries."""
    for task, (vendor, _) in recorder.tasks.items():
        if task in text:
            return vendor
    asked = list(dict.fromkeys(world.runtime.name for world in recorder.worlds.values()))
    able = [name for name in asked if name in plain and plain[name].of_kind("delivery")]
    for name in able:
        if _promised_headers(plain[name]) & {one.lower() for one in seen.headers}:
            return name
    return able[0] if able else ""


def _promised_headers(vendor: Vendor | None) -> set[str]:
    if vendor is None:
        return set()
    return {
        name.lower()
        for operation in vendor.of_kind("delivery")
        for name in operation.contract.get("headers", {})
        if name != "x-source"
    }


def _signature_header(vendor: Vendor | None) -> str:
    for operation in vendor.of_kind("delivery") if vendor is not None else ():
        if "signature" in operation.contract:
            return str(operation.contract["signature"]["header"]).lower()
    return ""


def _is_signed(seen: Seen, headers: Mapping[str, str], vendor: Vendor | None, recorder: Recorder) -> bool | None:
    """Whether a delivery is signed as the document says by one of the accounts; None where the document wants none."""
    header = _signature_header(vendor)
    if vendor is None or not header:
        return None
    from greycard_schemas.signatures import SIGNATURES

    operation = next(one for one in vendor.of_kind("delivery") if "signature" in one.contract)
    rule = SIGNATURES[operation.contract["signature"]["rule"]]
    accounts = [world.credential for world in recorder.worlds.values() if world.runtime.name == vendor.name]
    others = [name for name in _promised_headers(vendor) if name != header]
    return any(
        rule.fits(headers.get(header, ""), seen.body or b"", account)
        and all(headers.get(name) == account for name in others)
        for account in accounts
    )


def _values(seen: Seen, kind: str) -> Any:
    body = seen.body or b""
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        try:
            options = media_type(seen.headers.get("content-type", ""))[1]
            fields, files = parse_form(io.BytesIO(body), len(body), kind, options, len(body), len(body))
        except BodyError as error:
            return str(error)
        sent = {name: f"<file {_digest(file.read())}>" for name, file in files.items()}
        for file in files.values():
            file.close()
        return {**fields, **sent}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return f"<{len(body)} bytes {_digest(body)}>"


def _content(body: bytes, content_type: str) -> dict[str, Any]:
    """A body as plain JSON, or as the digest of what is no JSON."""
    if not body:
        return {}
    if "json" in content_type:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return {"body": f"<{len(body)} bytes {_digest(body)}>"}
        return {"body": found}
    if content_type.startswith("text/"):
        return {"body": body.decode("utf-8", "replace")[:500]}
    return {"body": f"<{content_type}, {len(body)} bytes {_digest(body)}>"}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]
