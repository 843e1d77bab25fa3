"""Reads request bodies, and forms in them. Bounded in bytes and parts; files are spooled to disk.

Knows encodings, no vendor. A body that cannot be read is a `BodyError` with a reason to act on.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Container, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage, MultiDict
    from werkzeug.formparser import FormDataParser

    from greycard_mocks.core.answer import Readable

MAX_PARTS = 64
SHORT_HEADER = 100
"""Characters up to which what a header says is remembered."""

_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
MAX_FIELD_BYTES = 1 << 20
SPOOL_BYTES = 512 << 10
BLOCK_BYTES = 64 << 10
TAIL_BYTES = 1 << 10

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


class BodyError(ValueError):
    """The body cannot be read; `too_large` when it is only too long."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


def read_body(stream: Readable, length: int | None, limit: int) -> bytes:
    """The whole body, at most `limit` bytes; raises BodyError when it is longer or breaks off."""
    if length is not None and length > limit:
        msg = f"the body has {length} bytes; at most {limit} are read"
        raise BodyError(msg, too_large=True)
    # grows in place and is given away without a copy, so a body of 60 MB needs 60 MB
    body, total = io.BytesIO(), 0
    while length is None or total < length:
        block = _read_some(stream, min(BLOCK_BYTES, limit + 1 - total if length is None else length - total))
        if not block:
            break
        total += len(block)
        if total > limit:
            msg = f"the body has more than {limit} bytes"
            raise BodyError(msg, too_large=True)
        if len(block) == length:
            return block  # all of it is there at once, as nearly always
        body.write(block)
    if length is not None and total < length:
        msg = f"the body broke off after {total} of {length} bytes"
        raise BodyError(msg)
    return body.getvalue()


def _read_some(stream: Readable, size: int) -> bytes:
    try:
        return stream.read(size)
    except (OSError, ValueError) as error:
        # a connection that ended, a client that is too slow, chunks that break HTTP
        msg = f"the body broke off: {error}"
        raise BodyError(msg) from None


def media_type(header: str) -> tuple[str, Mapping[str, str]]:
    """A Content-Type header as lower-case media type and its parameters."""
    if ";" not in header:
        return header.strip().lower(), _NO_OPTIONS
    return _with_options(header) if len(header) <= SHORT_HEADER else _with_options.__wrapped__(header)


@lru_cache(maxsize=256)
def _with_options(header: str) -> tuple[str, Mapping[str, str]]:
    from werkzeug.http import parse_options_header

    mimetype, options = parse_options_header(header)
    return mimetype.strip().lower(), options


def parse_form(
    stream: Readable, length: int | None, mimetype: str, options: Mapping[str, str], limit: int, field_limit: int = 0
) -> tuple[dict[str, str], dict[str, BinaryIO]]:
    """The fields and the files of a form; of a repeated name the first counts.

    A field may have `field_limit` bytes, or MAX_FIELD_BYTES where that is more.

    Files are spooled, their position is 0.
    """
    if mimetype == "application/x-www-form-urlencoded":
        most = max(MAX_FIELD_BYTES, field_limit * 9 // 8)  # some characters of Base64 are escaped
        return _parse_urlencoded(read_body(stream, length, min(limit, most))), {}
    return _parse_multipart(stream, length, options, limit, field_limit)


def _parse_urlencoded(raw: bytes) -> dict[str, str]:
    """What `urllib.parse.parse_qsl` makes of it, blank values kept; of a repeated name the first counts."""
    parts = raw.replace(b"+", b" ").split(b"&")
    if len(parts) > MAX_PARTS:
        msg = f"the form cannot be read: it has more than {MAX_PARTS} fields"
        raise BodyError(msg)
    fields: dict[str, str] = {}
    try:
        raw.decode("utf-8")
        for part in reversed(parts):
            if part:
                name, _, value = part.partition(b"=")
                fields[_unquoted(name)] = _unquoted(value)
    except UnicodeDecodeError as error:
        msg = f"the form cannot be read: {error}"
        raise BodyError(msg) from None
    return fields


def _unquoted(text: bytes) -> str:
    return unquote_to_bytes(text).decode("utf-8", "replace") if b"%" in text else text.decode()


def _parse_multipart(
    stream: Readable, length: int | None, options: Mapping[str, str], limit: int, field_limit: int
) -> tuple[dict[str, str], dict[str, BinaryIO]]:
    from werkzeug.formparser import FormDataParser

    if not options.get("boundary"):
        msg = "multipart/form-data needs a boundary in its Content-Type"
        raise BodyError(msg)
    opened: list[IO[bytes]] = []

    def spool(*_: Any, **__: Any) -> IO[bytes]:
        opened.append(tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115 - lives as long as the request
        return opened[-1]

    parser = FormDataParser(
        stream_factory=spool,
        max_form_memory_size=max(MAX_FIELD_BYTES, field_limit),
        max_form_parts=MAX_PARTS,
        silent=False,
    )
    bounded = _Bounded(stream, length, limit)
    found: dict[str, BinaryIO] = {}
    with contextlib.ExitStack() as unused:
        unused.callback(lambda: [file.close() for file in opened if file not in found.values()])
        form, files = _parsed(parser, bounded, length, options)
        if bounded.broke_off:
            msg = "the body broke off before its end"
            raise BodyError(msg)
        for name, storage in files.items():
            if name is None:
                continue
            storage.stream.seek(0)
            found[name] = storage.stream  # type: ignore[assignment]
    return {name: text for name, text in form.items() if name is not None}, found


def _parsed(
    parser: FormDataParser, bounded: _Bounded, length: int | None, options: Mapping[str, str]
) -> tuple[MultiDict[str | None, str], MultiDict[str | None, FileStorage]]:
    """Fields and files; a part may have no name at all, which the stubs of Werkzeug do not know."""
    from werkzeug.exceptions import RequestEntityTooLarge

    try:
        _, form, files = parser.parse(bounded, "multipart/form-data", length, dict(options))  # type: ignore[arg-type]
    except RequestEntityTooLarge:
        most = parser.max_form_memory_size
        msg = f"the form is too long; at most {MAX_PARTS} parts and {most} bytes of text are read"
        raise BodyError(msg, too_large=bounded.exceeded) from None
    except BodyError:
        raise
    except (ValueError, UnicodeError) as error:
        msg = f"the multipart body cannot be read: {error}"
        raise BodyError(msg) from None
    return cast("tuple[MultiDict[str | None, str], MultiDict[str | None, FileStorage]]", (form, files))


class _Bounded:
    """A stream that ends after `length` bytes and refuses to give more than `limit`; its last block is never tiny.

    Werkzeug adds a carriage return to a field when its input is cut inside the last boundary, so the end of a
    body is always handed over in one piece with what stands before it.
    """

    def __init__(self, stream: Readable, length: int | None, limit: int) -> None:
        self._stream, self._left, self._limit = stream, length, limit
        self._given = 0
        self._ahead: bytes | None = None
        self.exceeded = self.broke_off = False

    def read(self, _: int = -1) -> bytes:
        """The next block, none at the end."""
        block = self._filled() if self._ahead is None else self._ahead
        self._ahead = self._filled() if block else b""
        if len(self._ahead) < TAIL_BYTES:
            block, self._ahead = block + self._ahead, b""
        return block

    def _filled(self) -> bytes:
        parts, want = [], BLOCK_BYTES if self._left is None else min(BLOCK_BYTES, self._left)
        while want:
            part = _read_some(self._stream, want)
            if not part:
                self.broke_off = self._left is not None
                break
            want -= len(part)
            self._given += len(part)
            if self._left is not None:
                self._left -= len(part)
            if self._given > self._limit:
                self.exceeded = True
                msg = f"the body has more than {self._limit} bytes"
                raise BodyError(msg, too_large=True)
            parts.append(part)
        return b"".join(parts)


def coerced(fields: Mapping[str, str], numbers: Container[str]) -> dict[str, Any]:
    """Form fields of which those of `numbers` are numbers: digits become integers, an empty number is as not sent."""
    return {
        name: int(text) if name in numbers and _INTEGER.fullmatch(text) else text
        for name, text in fields.items()
        if text or name not in numbers
    }
