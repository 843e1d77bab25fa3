"""Plans, journal entries and delivery attempts as bytes, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from greycard_mocks.core.journal import Entry, Told
from greycard_mocks.core.journal.answered import Cut
from greycard_mocks.core.keeping.dues import Due
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.core.plan import Item, Look, TaskPlan
from greycard_mocks.images.inspect import Picture
from greycard_mocks.images.store import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.shared import Shared

    Timeline = tuple[tuple[float, str], ...]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

_AS_JSON = b"\xc1"
"""Begins what msgpack cannot hold: integers of more than 64 bits, halves of characters. No msgpack begins so."""


def pack(value: Any) -> bytes:
    """Plain values as bytes; tuples become lists."""
    try:
        return _encode(value)
    except (OverflowError, UnicodeEncodeError):
        return _AS_JSON + json.dumps(value, default=_of_bytes).encode()


def unpack(content: bytes) -> Any:
    """What `pack` was given. Raises StoreError for what was written by somebody else."""
    try:
        if content[:1] == _AS_JSON:
            return json.loads(content[1:], object_hook=_as_bytes)
        return _decode(content)
    except (msgspec.DecodeError, ValueError) as error:
        msg = f"the store holds what greycard has not written, or not all of it: {error}"
        raise StoreError(msg) from None


def _of_bytes(value: bytes) -> dict[str, str]:
    return {"$bytes": value.hex()}


def _as_bytes(value: dict[str, Any]) -> Any:
    return bytes.fromhex(value["$bytes"]) if set(value) == {"$bytes"} else value


# plans


MAX_TIMELINES = 256
"""Of one world that are kept once for all tasks; further ones stand in each task."""


class Timelines:
    """The timelines that many tasks of a world have in common, each with a number that stands in its place."""

    def __init__(self, read: Callable[[], bytes | None]) -> None:
        """`read` gives those that are kept, for who has not taken the lock."""
        self._read = read
        self._numbers: dict[Timeline, int] = {}
        self._found: list[Timeline] = []
        self.packed = b""
        """All of them as bytes."""

    def number_of(self, timeline: Timeline) -> int | Timeline:
        """Its number, or itself where there are too many."""
        found = self._numbers.get(timeline)
        if found is None:
            if len(self._found) >= MAX_TIMELINES:
                return timeline
            found = self._numbers[timeline] = len(self._found)
            self._found.append(timeline)
            self.packed = pack(self._found)
        return found

    def named(self, number: Any) -> Timeline:
        """The timeline that has this number, or that stands in its place."""
        if not isinstance(number, int):
            return _as_timeline(number)
        found = self._found
        return found[number] if number < len(found) else _as_timeline(unpack(self._read() or b"\x90")[number])

    def use(self, packed: bytes) -> None:
        """Go on from what another process has kept."""
        self._found = [_as_timeline(one) for one in unpack(packed)] if packed else []
        self._numbers = {timeline: number for number, timeline in enumerate(self._found)}
        self.packed = packed


def _as_timeline(data: Any) -> Timeline:
    return tuple((float(offset), state) for offset, state in data)


def pack_plan(plan: TaskPlan, timelines: Timelines) -> bytes:
    """A task without its id, under which it is kept."""
    course, pictures = plan.course, plan.pictures
    items = [_item(one) for one in pictures] if isinstance(pictures, tuple) else _item(pictures)
    return pack((
        plan.created, course.operation, timelines.number_of(course.timeline), course.values, course.queue,
        course.reason,
        items, isinstance(pictures, tuple), _source(plan.mask),
    ))  # fmt: skip


def unpack_plan(task_id: str, content: bytes, timelines: Timelines, shared: Shared) -> TaskPlan:
    """The task that `pack_plan` was given; what it has in common with others is `shared`."""
    created, operation, timeline, values, queue, reason, items, several, mask = unpack(content)
    course = shared.course(operation, timelines.named(timeline), values, queue, reason)
    pictures: Item | tuple[Item, ...]
    pictures = tuple(_as_item(one) for one in items) if several else shared.pictures((_as_item(items),))
    return TaskPlan(task_id, created, course, pictures, _as_source(mask))


def _item(item: Item) -> tuple[Any, ...]:
    look = item.look
    picture = msgspec.structs.astuple(look.picture) if look.picture is not None else None
    return (item.link, item.digest, picture, look.width, look.height, look.format, look.failed, look.reason)


def _as_item(data: Any) -> Item:
    link, digest, picture, width, height, form, failed, reason = data
    return Item(link, digest, Look(Picture(*picture) if picture else None, width, height, form, failed, reason))


def _source(source: Source | None) -> tuple[Any, ...] | None:
    return None if source is None else (source.digest, msgspec.structs.astuple(source.picture))


def _as_source(data: Any) -> Source | None:
    return None if data is None else Source(Picture(*data[1]), data[0])


# the journal


def pack_entry(entry: Entry) -> bytes:
    """An entry of the journal."""
    told = entry.told
    if not isinstance(told, Told):
        return pack((entry.number, entry.kind, entry.at, dict(told)))
    answer = told.kept_answer
    return pack((
        entry.number, entry.kind, entry.at, None,
        told.vendor, told.operation, told.method, told.path, told.kept_headers, told.kept_values, told.kept_files,
        told.status, told.task, told.reason, told.claim, told.pointer, told.fault, told.ignored,
        msgspec.structs.astuple(answer) if isinstance(answer, Cut) else answer, told.content_type, told.answer_headers,
    ))  # fmt: skip


def unpack_entry(content: bytes) -> Entry:
    """The entry that `pack_entry` was given, which reads the same."""
    number, kind, at, facts, *rest = unpack(content)
    if facts is not None:
        return Entry(number, kind, at, facts)
    (vendor, operation, method, path, headers, values, files, status, task, reason, claim, pointer, fault, ignored,
     answer, content_type, answer_headers) = rest  # fmt: skip
    kept = values if isinstance(values, dict) else (tuple(values[0]), tuple(values[1]))
    told = Told(
        vendor, operation, method, path, tuple(headers), kept, tuple(files), status, task, reason, claim, pointer,
        fault, None, tuple(ignored), Cut(*answer) if isinstance(answer, list) else answer, content_type,
        tuple((name, value) for name, value in answer_headers),
    )  # fmt: skip
    return Entry(number, kind, at, told)


# deliveries


def pack_due(number: int, due: Due) -> bytes:
    """An attempt; `number` puts those of one moment in the order in which they were noted."""
    return number.to_bytes(6, "big") + pack((due.moment, due.task_id, due.number, due.depth, due.held, due.again))


def unpack_due(content: bytes) -> tuple[int, Due]:
    """What `pack_due` was given."""
    return int.from_bytes(content[:6], "big"), Due(*unpack(content[6:]))
