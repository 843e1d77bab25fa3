"""What the first page shows: the vendors with their worlds, the requests without one, and how to begin.

Reads the engine, changes nothing and knows neither Flask nor HTML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from greycard_mocks.core.journal import verdict_of
from greycard_mocks.core.plan import is_finished
from greycard_mocks.dashboard.text import credential_shown
from greycard_mocks.dashboard.world_page import RequestRow, request_row
from greycard_mocks.images.origin import IMAGES_PATH
from greycard_schemas.auth import known_secrets
from greycard_schemas.curl import Body, body_words, credential_words

if TYPE_CHECKING:
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Operation

KEY = "test-me"
"""The credential that the first-use hint proposes; any that begins with ``test`` would do."""

WORLDS_SHOWN = 100
UNMATCHED_SHOWN = 50
COUNTED_TASKS = 1000


@dataclass(frozen=True, slots=True)
class WorldRow:
    """One world in the list."""

    id: str
    credential: str
    tasks: int
    running: str
    requests: int
    refused: int
    switched: int
    now: float
    last: float | None
    frozen: bool
    speed: float


@dataclass(frozen=True, slots=True)
class VendorRow:
    """One vendor with its latest worlds; `count` counts all."""

    name: str
    title: str
    base: str
    auth: str
    curl: str
    worlds: tuple[WorldRow, ...]
    count: int


def vendors_of(engine: Engine, origin: str) -> list[VendorRow]:
    """All vendors; `origin` is scheme and host under which the reader reaches this mock."""
    worlds: dict[str, list[World]] = {}
    for world in reversed(tuple(engine.worlds)):
        worlds.setdefault(world.runtime.name, []).append(world)
    return [
        VendorRow(
            name, runtime.vendor.title, origin, str(runtime.auth["header"]), curl_of(runtime, origin),
            tuple(_row(world) for world in worlds.get(name, [])[:WORLDS_SHOWN]), len(worlds.get(name, [])),
        )
        for name, runtime in sorted(engine.runtimes.items(), key=lambda pair: pair[1].vendor.title)
    ]  # fmt: skip


def unmatched_of(engine: Engine) -> tuple[RequestRow, ...]:
    """The latest requests that belong to no world, newest first."""
    entries = reversed(tuple(engine.worlds.unmatched.entries))
    return tuple(request_row(engine, entry) for entry in islice(entries, UNMATCHED_SHOWN))


def _row(world: World) -> WorldRow:
    with world.lock:
        now = world.clock.now()
        latest = world.kept.latest_tasks(COUNTED_TASKS)
        running = sum(not is_finished(plan, now) for plan in latest)
        entries = [entry for entry in world.journal.entries if entry.kind in ("request", "download")]
        return WorldRow(
            world.id, credential_shown(world.credential), len(world.tasks),
            f"{running}+" if running and len(world.tasks) > COUNTED_TASKS else str(running),
            len(entries), sum(verdict_of(entry) == "refused" for entry in entries),
            len(world.scenarios) + sum(not fault.is_over(now) for fault in world.faults),
            now, entries[-1].at if entries else None, world.clock.frozen, world.clock.speed,
        )  # fmt: skip


def curl_of(runtime: Runtime, origin: str) -> str:
    """A command that creates the first task of a vendor, ready to be pasted into a shell."""
    operation = next(iter(runtime.vendor.of_kind("create")))
    values = _sample(operation, f"{origin}{IMAGES_PATH}400x300.jpg", f"{origin}/_mock/health")
    in_json = "application/json" in operation.encodings
    body = (
        Body(json.dumps(values, ensure_ascii=False))
        if in_json
        else Body(fields={name: str(value) for name, value in values.items()})
    )
    path = quote(operation.path)
    secrets = known_secrets(runtime.auth, KEY)
    credential = credential_words(runtime.auth, secrets, operation.method, path, body, _quoted)
    words = [*credential.words, *body_words(runtime.auth, body, _quoted)]
    pairs = [f"{option} {value}" for option, value in zip(words[::2], words[1::2], strict=True)]
    return "\n".join([*credential.before, " \\\n  ".join(["curl", *pairs, f"{origin}{path}"])])


def _sample(operation: Operation, picture: str, receiver: str) -> dict[str, Any]:
    """A request that is accepted, with pictures of this mock."""
    from greycard_schemas.examples.requests import base_request

    values = base_request(operation)
    pictures = operation.contract.get("pictures", {})
    for name in ("link", "mask"):
        if name in pictures and pictures[name] in values:
            values[pictures[name]] = picture
    if "list" in pictures:
        values[pictures["list"]] = [picture]
    for name in operation.contract.get("urls", ()):
        values[name] = receiver
    return values


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
