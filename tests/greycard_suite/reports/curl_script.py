"""Writes calls as a shell script for people: curl lines, variables in place of secrets and of what answers gave."""

from __future__ import annotations

import json
import math
import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from greycard_schemas.auth import scheme_of
from greycard_schemas.curl import Body, body_words, credential_words
from greycard_schemas.patches import pointer_parts
from greycard_schemas.wrong_keys import wrong_keys
from greycard_suite.credentials import variables
from greycard_suite.judge.minimal_calls import values_in
from greycard_suite.judge.read_answer import task_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_schemas.auth import Curl
    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.verdicts import Verdict
    from greycard_suite.runner.run import Report

SERVED = "http://127.0.0.1:8420"
"""Where ``greycard serve`` listens when it is not told otherwise."""

LONGEST_BODY = 2000
"""Characters of a JSON body that are written out."""

LONGEST_SCRIPT = 4000
"""Characters of a script; of a longer one only the last call is written out."""

_FILE = re.compile(r"([\w.-]+), (\d+) bytes, (\d+x\d+) ([a-z]+)(, damaged)?")
"""What `call.described` says of a picture."""

SHORTEST_WAIT = 0.5
"""Seconds between two calls from which on the script waits as long; shorter ones are the way to the target."""


def reproduce(report: Report, verdict: Verdict) -> str:
    """A shell script of the fewest calls that show what was seen; empty where there is no call to show."""
    found = verdict.finding
    if found is None or found.call is None or verdict.verdict not in ("violated", "refuted"):
        return ""
    vendor = report.judged[verdict.claim.vendor]
    operation = vendor.operations.get(verdict.claim.operation)
    arrives = operation is not None and operation.kind == "delivery"
    records = report.calls.get(vendor.name)
    setting = records[0].setting if records else None
    return script(vendor, found.steps or (found.call,), setting, delivery=arrives)


def script(
    vendor: Vendor, calls: Sequence[Call], setting: Mapping[str, Any] | None = None, *, delivery: bool = False
) -> str:
    """These calls, one per line, the last with the headers of its answer; waits between them as they were.

    `setting` is that of the run (`runner.recorder.setting_of`): what was there during the run only, the mock or the
    suite's own pictures, is taken from ``greycard serve``. `delivery`: what the calls lead to arrives elsewhere, and
    the script says how to see it.
    """
    setting = setting or {}
    lines: list[str] = []
    known: dict[str, str] = {}
    own_pictures = str(setting.get("images") or "").rstrip("/") if not setting.get("static_images") else ""
    linked = bool(own_pictures) and any(own_pictures in repr(call.fields) for call in calls)
    files = dict.fromkeys(text for call in calls for text in call.files.values())
    if linked:
        known[own_pictures] = "PICTURES"
    if linked or files:
        lines.append(f"PICTURES={SERVED}/_mock/images  # greycard serve has these pictures")
    lines += [_fetched(text) for text in files]
    waits = [0.0, *(later.started - earlier.started - earlier.elapsed for earlier, later in pairwise(calls))]
    for number, (call, wait) in enumerate(zip(calls, waits, strict=True)):
        if call.encoding == "application/json" and len(json.dumps(call.fields)) > LONGEST_BODY:
            lines.append("# the next body is cut off here; the archive of the run has it")
        if wait >= SHORTEST_WAIT:
            lines.append(f"sleep {math.ceil(wait * 10) / 10:g}")
        last = number == len(calls) - 1
        line = curl(vendor, call, known, headers=last)
        taken = None if last else _taken(vendor, call, calls[number + 1 :], known)
        if taken is None:
            lines.append(line)
            continue
        value, name, pointer = taken
        known[value] = name
        path = "".join(f"[{part}]" if part.isdigit() else f'["{part}"]' for part in pointer_parts(pointer))
        lines.append(f"{name}=$({line} | python3 -c 'import json, sys; print(json.load(sys.stdin){path})')")
    if delivery:
        port = urlsplit(str(setting.get("receiver") or "")).port or 9000
        lines.append(f"# what arrives is shown by: greycard listen --port {port}")
    if setting.get("kind") == "mock":
        lines = [line.replace(str(setting["base_url"]), SERVED) for line in lines]
    text = "\n".join(lines)
    if len(text) > LONGEST_SCRIPT and len(calls) > 1:
        last_call = script(vendor, calls[-1:], setting, delivery=delivery)
        return f"# after {len(calls) - 1} more calls, which stand in the archive of the run\n{last_call}"
    return text


def curl(vendor: Vendor, call: Call, known: Mapping[str, str] | None = None, *, headers: bool = True) -> str:
    """One call as a curl line; `known` maps values to the shell variables that hold them."""
    known = known or {}
    auth = vendor.data["auth"]
    parts = ["curl", "-sS", *(["-i"] if headers else []), "-X", call.method]
    body, before = _body(call), tuple[str, ...]()
    words, query = _wrong_key(vendor, call)
    parts += words
    if call.operation != "result" and call.credential in ("valid", "wrong"):
        credential = _credential(vendor, call, body, known)
        parts += credential.words
        before = credential.before
    operation = vendor.operations.get(call.operation)
    for name, value in operation.request_headers.items() if operation is not None else ():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    parts += body_words(auth, body, lambda text: _quoted(text, known))
    address = urlsplit(call.url)
    is_open = call.operation != "result" or call.url in known  # the parameters of a link may be its signature
    shown = call.url if is_open and not query else f"{address.scheme}://{address.netloc}{address.path}"
    if query:
        return "; ".join([*before, " ".join([*parts, f'"{shown}?{query}"'])])
    return "; ".join([*before, " ".join([*parts, _quoted(shown, known)])])


def _wrong_key(vendor: Vendor, call: Call) -> tuple[list[str], str]:
    """Header words and query of a credential that is wrong in another way than by its value; secrets as variables."""
    auth, names = vendor.data["auth"], tuple(f"${name}" for name in variables(vendor).values())
    key = wrong_keys(auth, names).get(call.credential)
    if key is None or call.credential in ("missing", "wrong"):
        return [], ""
    words = []
    for header, value in key.headers.items():
        is_whole = all(name in value for name in names)
        words += ["-H", f'"{header}: {value}"' if is_whole else shlex.quote(f"{header}: {key.words}")]
    return words, "&".join(f"{name}={value}" for name, value in key.query.items())


def _body(call: Call) -> Body:
    """What was sent; of a file its name."""
    if call.encoding == "application/json":
        text = json.dumps(call.fields)
        return Body(text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "...")
    if not call.encoding:
        return Body()
    fields = call.fields if isinstance(call.fields, dict) else {}
    return Body(
        fields={name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()},
        files={name: file.partition(",")[0] for name, file in call.files.items()},
    )


def _credential(vendor: Vendor, call: Call, body: Body, known: Mapping[str, str]) -> Curl:
    auth, names = vendor.data["auth"], tuple(f"${name}" for name in variables(vendor).values())
    wrong = scheme_of(auth).wrong(names)
    address = urlsplit(call.url)
    path = f"{address.path}?{address.query}" if address.query else address.path
    secrets = names
    if call.credential == "wrong":
        secrets = tuple(name if name == other else "wrong" for name, other in zip(names, wrong, strict=True))
    return credential_words(auth, secrets, call.method, unquote(path), body, lambda text: _quoted(text, known))


def _fetched(file: str) -> str:
    """A line that makes a file that was sent; where it was no test picture, a line that says what it was."""
    match = _FILE.fullmatch(file)
    if match is None:
        return f"# {' '.join(file.split())}"
    name, size, sides, form, damage = match.groups()
    picture = f"{sides}.{form}?bytes={size}" + ("&damage=truncate" if damage else "")
    return f'curl -sS -o {shlex.quote(name)} "$PICTURES/{picture}"'


def _quoted(text: str, known: Mapping[str, str]) -> str:
    """`text` for the shell, every known value in it as its variable."""
    for value, name in known.items():
        if value in text:
            return f'"${name}"'.join(_quoted(part, known) if part else "" for part in text.split(value))
    return shlex.quote(text)


def _taken(vendor: Vendor, call: Call, later: Sequence[Call], known: Mapping[str, str]) -> tuple[str, str, str] | None:
    """(value, variable, JSON pointer) of what later calls take from this answer: a task's id, a result's link."""
    operation = vendor.operations.get(call.operation)
    if operation is None:
        return None
    task = task_id_of(operation, call) if operation.kind == "create" else None
    links = {one.url for one in later if one.operation == "result"}
    wanted = {task} if task and any(task in values_in(one) for one in later) else links
    for pointer, value in _leaves(call.json):
        if value in wanted and value not in known:
            stem = "TASK" if value == task else "LINK"
            number = sum(name.startswith(stem) for name in known.values()) + 1
            return value, stem if number == 1 else f"{stem}{number}", pointer
    return None


def _leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(JSON pointer, value as text) of everything in a document that is no container."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(child, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, f"{pointer}/{index}")
    else:
        yield pointer, str(value)
