"""Reads a world file piece by piece: a wrong or huge one is refused before it has cost time or memory.

A few bytes of JSON become a hundred times as much memory, so no more than one piece (a task, a picture) is parsed at
a time, and each is held against the schema before the next is looked at. Knows the form of a file, no world.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_mocks.pipeline.body import BodyError
from greycard_mocks.pipeline.json_body import DECODER, MAX_DEPTH, is_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA = Path(__file__).parent / "world.schema.json"
MAX_FILE_BYTES = 64 << 20
PIECE_BYTES = 2 << 20
"""The longest task or picture: what may be parsed at once."""

_SLICES = (4 << 10, 256 << 10, PIECE_BYTES)
_SPACE = re.compile(rb"[ \t\r\n]*")
_SHOWN = 300


class WorldFileError(ValueError):
    """The file is no world of this vendor; the message says where it goes wrong. Nothing was changed."""


class Pieces:
    """The entries of a long list or object of a file that has been judged: parsed one by one, each time anew."""

    def __init__(self, reader: _Reader, starts: list[int], names: list[str]) -> None:
        self._reader, self._starts, self._names = reader, starts, names

    def __iter__(self) -> Iterator[Any]:
        """The entries in order."""
        for start in self._starts:
            self._reader.at = start
            yield self._reader.piece("")

    def items(self) -> Iterator[tuple[str, Any]]:
        """The entries with their names."""
        return zip(self._names, self, strict=True)


def read_world_file(content: bytes) -> dict[str, Any]:
    """The parts of a world file by name, all held against the schema; tasks and pictures as `Pieces`.

    Raises BodyError for what is no JSON object, WorldFileError for what is no world.
    """
    reader = _Reader(content)
    known = _schema()["properties"]
    parts: dict[str, Any] = {}

    def part(name: str) -> None:
        if name not in known:
            raise WorldFileError(f"/{name[:_SHOWN]}: a world file has no such part; it has {', '.join(known)}")
        if name in parts:
            raise WorldFileError(f"/{name}: it is there twice")
        rule = known[name]
        if name == "tasks":
            starts = [start for start, _ in _list(reader, name, rule)]
            parts[name] = Pieces(reader, starts, [])
        elif name == "pictures":
            parts[name] = _named(reader, name, rule)
        elif rule.get("type") == "array" and "maxItems" in rule:
            parts[name] = [entry for _, entry in _list(reader, name, rule)]
        else:
            parts[name] = reader.piece(f"/{name}")
            _judge(name, parts[name], f"/{name}")

    reader.open(b"{", "the body must be a JSON object")
    reader.members(part)
    reader.end()
    empty: dict[str, Any] = {"tasks": [], "pictures": {}}
    judge_world({name: empty.get(name, value) for name, value in parts.items()})
    return parts


def judge_world(data: Mapping[str, Any]) -> None:
    """Hold a whole world against the schema. Raises WorldFileError."""
    _judge("", data, "")


def _list(reader: _Reader, name: str, rule: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """The entries of a list with where each begins, judged one by one."""
    reader.open(b"[", f"/{name}: must be a list", WorldFileError)
    count = 0
    while reader.more(b"]", first=count == 0):
        where = f"/{name}/{count}"
        if count == rule["maxItems"]:
            raise WorldFileError(f"/{name}: has more than {count} entries")
        reader.skip()
        start = reader.at
        entry = reader.piece(where)
        _judge(f"{name}/items", entry, where)
        yield start, entry
        count += 1


def _named(reader: _Reader, name: str, rule: Mapping[str, Any]) -> Pieces:
    """The members of an object whose values are all of one kind, judged one by one."""
    starts: list[int] = []
    names: list[str] = []

    def member(key: str) -> None:
        where = f"/{name}/{key[:_SHOWN]}"
        if len(starts) == rule["maxProperties"]:
            raise WorldFileError(f"/{name}: has more than {len(starts)} entries")
        _judge(f"{name}/propertyNames", key, where)
        reader.skip()
        starts.append(reader.at)
        names.append(key)
        _judge(f"{name}/additionalProperties", reader.piece(where), where)

    reader.open(b"{", f"/{name}: must be an object", WorldFileError)
    reader.members(member)
    return Pieces(reader, starts, names)


class _Reader:
    """JSON text, and how far it has been read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def skip(self) -> None:
        """Step over white space."""
        found = _SPACE.match(self._content, self.at)
        self.at = found.end() if found else self.at

    def _take(self, mark: bytes) -> bool:
        self.skip()
        if self._content[self.at : self.at + 1] != mark:
            return False
        self.at += 1
        return True

    def open(self, mark: bytes, otherwise: str, error: type[ValueError] = BodyError) -> None:
        """Step over the bracket that must come now; raises `error`."""
        if not self._take(mark):
            raise error(otherwise)

    def more(self, closing: bytes, *, first: bool) -> bool:
        """Whether another entry comes before the closing bracket, which is stepped over."""
        if self._take(closing):
            return False
        if not first and not self._take(b","):
            raise BodyError(f"the body is not JSON: a comma or {closing.decode()} is missing at byte {self.at}")
        return True

    def members(self, read: Callable[[str], None]) -> None:
        """Have `read` read the value of each member of an object, to its end."""
        first = True
        while self.more(b"}", first=first):
            first = False
            name = self.piece("/")
            if not isinstance(name, str) or not self._take(b":"):
                raise BodyError(f"the body is not JSON: a name and a colon are missing at byte {self.at}")
            read(name)

    def end(self) -> None:
        """Nothing but white space may follow. Raises BodyError."""
        self.skip()
        if self.at != len(self._content):
            raise BodyError(f"the body is not JSON: something follows its end at byte {self.at}")

    def piece(self, where: str) -> Any:
        """The value that comes now. Raises BodyError, and WorldFileError when it is longer than PIECE_BYTES."""
        self.skip()
        for size in _SLICES:
            raw = self._content[self.at : self.at + size]
            cut = self.at + size < len(self._content)
            try:
                text, _ = codecs.utf_8_decode(raw, "strict", not cut)
            except UnicodeDecodeError as error:
                raise BodyError(f"the body is not UTF-8 (byte {self.at + error.start}); send JSON in UTF-8") from None
            try:
                value, end = DECODER.raw_decode(text)
            except RecursionError:
                raise BodyError(f"{where}: the JSON is nested too deeply") from None
            except json.JSONDecodeError as error:
                if cut and (error.pos > len(text) - 16 or error.msg.startswith("Unterminated")):
                    continue
                raise BodyError(f"the body is not JSON: {error.msg} at byte {self.at + error.pos}") from None
            except ValueError as error:
                raise BodyError(f"the body is not JSON: {error}") from None
            if cut and end == len(text):
                continue  # a number that may go on behind the slice
            if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and is_deep(value):
                raise BodyError(f"{where}: the JSON is nested too deeply")
            self.at += end if len(text) == len(raw) else len(text[:end].encode())
            return value
        raise WorldFileError(f"{where}: is longer than {PIECE_BYTES} bytes")


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


@cache
def _validator(place: str) -> Any:
    """What judges the whole ("") or a piece: a part, or the entries of one such as ``tasks/items``."""
    import jsonschema_rs

    whole = _schema()
    rule = whole
    if place:
        rule = whole["properties"]
        for step in place.split("/"):
            rule = rule[step]
        rule = {"$schema": whole["$schema"], "$defs": whole["$defs"], **rule}
    return jsonschema_rs.validator_for(rule)


def _judge(place: str, value: Any, where: str) -> None:
    validator = _validator(place)
    try:
        if validator.is_valid(value):
            return
        error = next(iter(validator.iter_errors(value)))
    except (ValueError, OverflowError) as problem:
        raise WorldFileError(f"{where or '/'}: holds a number that JSON cannot write: {problem}") from None
    inside = "".join(f"/{part}" for part in error.instance_path)
    raise WorldFileError(
        f"{where}{inside}: {error.message[:_SHOWN]}" if where or inside else f"/: {error.message[:_SHOWN]}"
    )
