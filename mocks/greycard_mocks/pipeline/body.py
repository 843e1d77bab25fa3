"""Reads request bodies: JSON, forms, multipart. Bounded in bytes, parts and depth; files are spooled to disk.

Knows encodings, no vendor. A body that cannot be read is a `BodyError` with a reason to act on.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import tempfile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import FileStorage, MultiDict
    from werkzeug.formparser import FormDataParser

    from greycard_mocks.core.answer import Readable

MAX_PARTS = 64
MAX_FIELD_BYTES = 1 << 20
SPOOL_BYTES = 512 << 10
MAX_DEPTH = 100
"""Objects and arrays within each other; what goes deeper ends, sooner or later, at the recursion limit."""

BLOCK_BYTES = 64 << 10
TAIL_BYTES = 1 << 10

_TOO_DEEP = f"the JSON is nested too deeply; at most {MAX_DEPTH} levels are read"
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


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """A Content-Type header as lower-case media type and its parameters."""
    from werkzeug.http import parse_options_header

    mimetype, options = parse_options_header(header)
    return mimetype.strip().lower(), options


def is_deep(value: Any) -> bool:
    """Whether more than MAX_DEPTH objects and arrays stand within each other; looks at one level after the other."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [one for one in level if isinstance(one, dict | list)]
        if not containers:
            return False
        level = [child for one in containers for child in (one.values() if isinstance(one, dict) else one)]
    return True


def _no_constant(name: str) -> Any:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        msg = f"the number {text[:20]} is too large"
        raise ValueError(msg)
    return number


DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
"""Reads JSON as its standard has it: NaN, Infinity and numbers beyond any float are none."""


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises BodyError on anything else (NaN, wrong encoding, too deep, an array).
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"the body is not UTF-8 (byte {error.start}); send JSON in UTF-8"
        raise BodyError(msg) from None
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise BodyError(_TOO_DEEP) from None
    except ValueError as error:
        msg = f"the body is not JSON: {error}"
        raise BodyError(msg) from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and is_deep(value):
        raise BodyError(_TOO_DEEP)
    if not isinstance(value, dict):
        msg = f"the body must be a JSON object, not {_json_type(value)}"
        raise BodyError(msg)
    return value


def parse_form(
    stream: Readable, length: int | None, mimetype: str, options: Mapping[str, str], limit: int, field_limit: int = 0
) -> tuple[dict[str, str], dict[str, BinaryIO]]:
    """The fields and the files of a form; of a repeated name the first counts.

    A field may have `field_limit` bytes, or MAX_FIELD_BYTES where that is more.

    Files are spooled, their position is 0.
    """
    if mimetype == "application/x-www-form-urlencoded":
        most = max(MAX_FIELD_BYTES, field_limit * 9 // 8)  # some characters of Base64 are escaped
        raw = read_body(stream, length, min(limit, most))
        try:
            pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_PARTS)
        except (UnicodeDecodeError, ValueError) as error:
            msg = f"the form cannot be read: {error}"
            raise BodyError(msg) from None
        return dict(reversed(pairs)), {}
    return _parse_multipart(stream, length, options, limit, field_limit)


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


def coerced(fields: Mapping[str, str], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Form fields as the types of a schema: digits become integers, an empty number counts as not sent."""
    values: dict[str, Any] = {}
    for name, text in fields.items():
        kind = properties.get(name, {}).get("type")
        if kind in ("integer", "number"):
            if text == "":
                continue
            values[name] = int(text) if _INTEGER.fullmatch(text) else text
        else:
            values[name] = text
    return values


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "another value")
