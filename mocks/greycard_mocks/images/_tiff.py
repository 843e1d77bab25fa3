"""Read the first directory of a TIFF, and check that the strips or tiles that it names lie within the file.

It never reads the pixels. Reads are bounded: so many entries, so many strips, so many directories.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from greycard_mocks.images._formats import Facts, NotAPicture, Window, checked_size

_MAX_ENTRIES = 1024
_MAX_STRIPS = 65_536
_MAX_DIRECTORIES = 1024
_WIDTH, _HEIGHT, _STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS = 256, 257, 273, 279, 324, 325
_ORIENTATION = 274
_VALUE_FORMS = {3: "H", 4: "I"}  # SHORT and LONG, the only types that the tags read here may have


@dataclass(frozen=True, slots=True)
class _Entry:
    form: str
    count: int
    place: bytes  # the four bytes that hold the values, or the offset to them


def read_tiff(source: Window) -> Facts:
    """Size, orientation and pages of a classic TIFF; what its first page names must lie within the file."""
    order = "<" if source.at(0, 2) == b"II" else ">"
    head = source.at(4, 4)
    if len(head) < 4:
        raise NotAPicture("TIFF whose header is cut off")
    (start,) = struct.unpack(f"{order}I", head)
    entries = _entries(source, order, start)
    width, height = (_first(entries.get(tag), order) for tag in (_WIDTH, _HEIGHT))
    size = checked_size(width, height)
    orientation = _first(entries.get(_ORIENTATION), order)
    return Facts(
        *size,
        damage=_damage(source, order, entries),
        frames=_directories(source, order, start),
        orientation=orientation if 1 <= orientation <= 8 else 1,
    )


def _entries(source: Window, order: str, start: int) -> dict[int, _Entry]:
    head = source.at(start, 2)
    count = struct.unpack(f"{order}H", head)[0] if len(head) == 2 and start >= 8 else 0
    if not 0 < count <= _MAX_ENTRIES:
        raise NotAPicture("TIFF without a directory that can be read")
    table = source.at(start + 2, 12 * count)
    if len(table) < 12 * count:
        raise NotAPicture("TIFF whose directory is cut off")
    return {
        tag: _Entry(_VALUE_FORMS[kind], values, place)
        for tag, kind, values, place in struct.iter_unpack(f"{order}HHI4s", table)
        if kind in _VALUE_FORMS
    }


def _first(entry: _Entry | None, order: str) -> int:
    """The value of an entry that has exactly one; 0 when it is absent."""
    if entry is None or entry.count != 1:
        return 0
    value: int = struct.unpack_from(order + entry.form, entry.place)[0]
    return value


def _values(source: Window, order: str, entry: _Entry) -> tuple[int, ...]:
    form = f"{order}{entry.count}{entry.form}"
    length = struct.calcsize(form)
    place = entry.place[:length] if length <= 4 else source.at(struct.unpack(f"{order}I", entry.place)[0], length)
    return struct.unpack(form, place) if len(place) == length else ()


def _damage(source: Window, order: str, entries: dict[int, _Entry]) -> str | None:
    tiled = _TILES in entries
    offsets = entries.get(_TILES if tiled else _STRIPS)
    lengths = entries.get(_TILE_LENGTHS if tiled else _STRIP_LENGTHS)
    if offsets is None or lengths is None or not 0 < offsets.count == lengths.count <= _MAX_STRIPS:
        return "its directory does not say where the pixels are"
    starts, sizes = _values(source, order, offsets), _values(source, order, lengths)
    if not starts or not sizes:
        return "the file ends before the list of its strips"
    end = max(map(int.__add__, starts, sizes))
    return None if end <= source.size and min(sizes) else f"the file ends inside the pixels, which need {end} bytes"


def _directories(source: Window, order: str, start: int) -> int:
    seen: set[int] = set()
    while start and start not in seen and len(seen) < _MAX_DIRECTORIES:
        head = source.at(start, 2)
        if len(head) < 2:
            break
        seen.add(start)
        link = source.at(start + 2 + 12 * struct.unpack(f"{order}H", head)[0], 4)
        start = struct.unpack(f"{order}I", link)[0] if len(link) == 4 else 0
    return max(1, len(seen))
