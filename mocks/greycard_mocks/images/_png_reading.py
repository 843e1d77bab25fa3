"""Decode a PNG of very many pixels strip by strip, and keep fewer of them.

Pillow decodes a picture as a whole, which takes 4 bytes for each pixel. Here a few rows are inflated, handed to
Pillow's decoder for their filters, made smaller, and forgotten. Of an interlaced picture the first pass is taken, which
stands first in the stream and has each eighth pixel of each eighth row.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from greycard_mocks.images._modes import part_of
from greycard_mocks.images._strips import STRIP_PIXELS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from PIL import Image

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_FILTERED_AS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""How Pillow's decoder sees pixels of so many bytes."""

_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    palette: bytes = b""
    transparency: bytes = b""

    @property
    def row_bytes(self) -> int:
        """Bytes of a row as it is stored, without its filter."""
        return (self.width * self.depth * _CHANNELS[self.colour] + 7) // 8

    @property
    def pixel_bytes(self) -> int:
        """How far the filters look to the left, in bytes, of which 16 bits count as one."""
        return 1 if self.depth < 8 else _CHANNELS[self.colour]


def smaller_png(file: IO[bytes], times: int) -> Image.Image:
    """The picture made smaller: each pixel is the mean of a square, about `times` pixels wide; mode L, LA, RGB or RGBA.

    Raises ValueError, zlib.error, or what Pillow raises, for pixels that cannot be decoded.
    """
    from PIL import Image

    header, stream, is_interlaced = _opened(file)
    if is_interlaced:
        header = replace(header, width=-(-header.width // 8), height=-(-header.height // 8))
        times = max(1, times // 8)
    kept: Image.Image | None = None
    for top, rows in _strips(header, stream, times):
        part = _shown(header, rows).reduce(times)
        if kept is None:
            kept = Image.new(part.mode, (part.width, -(-header.height // times)))
        kept.paste(part, (0, top // times))
    if kept is None:
        raise ValueError("the picture has no rows")
    return kept


def _strips(header: _Header, stream: Iterator[bytes], times: int) -> Iterator[tuple[int, Image.Image]]:
    """Each strip of rows without their filters, with the number of its first row, a multiple of `times`."""
    from PIL import Image

    mode = _FILTERED_AS[header.pixel_bytes]
    width = header.row_bytes if header.pixel_bytes == 1 and header.depth <= 8 else header.width
    height = max(1, STRIP_PIXELS // header.width // times) * times
    inflated = _inflated(stream)
    next(inflated)
    above = b""
    for top in range(0, header.height, height):
        count = min(height, header.height - top)
        filtered = inflated.send(count * (1 + header.row_bytes))
        if header.depth == 16:
            filtered = _upper_bytes(filtered, 1 + header.row_bytes)
        size = (width, count + bool(above))
        rows = Image.frombytes(mode, size, zlib.compress(above + filtered, 0), "zip", mode)
        above = b"\0" + rows.crop((0, rows.height - 1, width, rows.height)).tobytes()
        yield top, rows.crop((0, rows.height - count, width, rows.height))


def _upper_bytes(filtered: bytes, row: int) -> bytes:
    """The filter and the upper byte of each value, of rows of 16 bits; no filter mixes upper and lower bytes."""
    starts = range(0, len(filtered), row)
    return b"".join(part for at in starts for part in (filtered[at : at + 1], filtered[at + 1 : at + row : 2]))


def _shown(header: _Header, rows: Image.Image) -> Image.Image:
    """Rows of bytes as a picture in mode L, LA, RGB or RGBA."""
    from PIL import Image

    size = (header.width, rows.height)
    match header.colour, header.depth:
        case 0, 1 | 2 | 4:
            few = "1" if header.depth == 1 else "L"
            raw = "1" if header.depth == 1 else f"L;{header.depth}"
            return part_of(Image.frombytes(few, size, rows.tobytes(), "raw", raw, header.row_bytes), (0, 0, *size))
        case 3, _:
            raw = "P" if header.depth == 8 else f"P;{header.depth}"
            coloured = Image.frombytes("P", size, rows.tobytes(), "raw", raw, header.row_bytes)
            coloured.putpalette(header.palette)
            if header.transparency:
                coloured.info["transparency"] = header.transparency
            return part_of(coloured, (0, 0, *size))
        case _:
            return rows


def _opened(file: IO[bytes]) -> tuple[_Header, Iterator[bytes], bool]:
    """The header, the content of the IDAT chunks in blocks, and whether the picture is interlaced."""
    file.seek(8)
    found: dict[bytes, bytes] = {}
    length, kind = _next_chunk(file)
    while kind != b"IDAT":
        content = file.read(length) if kind in (b"IHDR", b"PLTE", b"tRNS") else b""
        file.seek(length - len(content) + 4, 1)
        found[kind] = content
        length, kind = _next_chunk(file)
    head = found[b"IHDR"]
    width, height = (int.from_bytes(head[at : at + 4]) for at in (0, 4))
    header = _Header(width, height, head[8], head[9], found.get(b"PLTE", b""), found.get(b"tRNS", b""))
    return header, _content(file, length), head[12] == 1


def _content(file: IO[bytes], length: int) -> Iterator[bytes]:
    kind = b"IDAT"
    while kind == b"IDAT":
        while length:
            block = file.read(min(length, _BLOCK))
            if not block:
                return
            length -= len(block)
            yield block
        file.seek(4, 1)
        length, kind = _next_chunk(file)


def _next_chunk(file: IO[bytes]) -> tuple[int, bytes]:
    """Length and kind of the chunk that begins here. Raises ValueError at the end of the file."""
    head = file.read(8)
    if len(head) < 8:
        raise ValueError("the file ends before the pixels do")
    return int.from_bytes(head[:4]), head[4:]


def _inflated(stream: Iterator[bytes]) -> Generator[bytes, int]:
    """Gives as many inflated bytes as it is sent a number for. Raises ValueError when there are fewer."""
    unpacker, block = zlib.decompressobj(), b""
    count = yield b""
    while True:
        parts: list[bytes] = []
        while count:
            part = unpacker.decompress(block, count)
            block = unpacker.unconsumed_tail
            count -= len(part)
            parts.append(part)
            if count and not block and not (block := next(stream, b"")):
                raise ValueError("the pixels end too early")
        count = yield b"".join(parts)
