"""HTTP requests as bytes, right ones and bodies of forms that are not: the only place that writes heads and parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any
from urllib.parse import urlencode

from greycard_suite.tools.fuzz.odd_values import TEXTS, as_json

BOUNDARY = "greycard-fuzz"


def request(
    method: str, path: str, host: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """One whole request of HTTP/1.1; header values that hold anything else than text of a line lose it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + (body or b"")


def encoded(encoding: str, values: Any, files: Mapping[str, bytes] | None = None) -> tuple[str, bytes]:
    """Content type and body of request values in one of the encodings that contracts name."""
    if encoding == "multipart/form-data":
        fields = values if isinstance(values, dict) else {"greycard": values}
        parts = [part(name, _text(value)) for name, value in fields.items()]
        parts += [part(name, content, "photo.jpg") for name, content in (files or {}).items()]
        return f"{encoding}; boundary={BOUNDARY}", joined(parts)
    if encoding == "application/x-www-form-urlencoded":
        fields = values if isinstance(values, dict) else {"greycard": values}
        return encoding, urlencode([(_text(name), _text(value)) for name, value in fields.items()]).encode()
    return encoding, as_json(values)


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    """One part of a multipart body."""
    named = f'; filename="{file}"' if file is not None else ""
    return _text(f'Content-Disposition: form-data; name="{name}"{named}') + b"\r\n\r\n" + content


def joined(parts: Iterable[bytes]) -> bytes:
    """A multipart body with these parts."""
    line = f"--{BOUNDARY}".encode()
    return b"".join(line + b"\r\n" + one + b"\r\n" for one in parts) + line + b"--\r\n"


def odd_multipart(  # noqa: PLR0911 - one way to be wrong each
    dice: Random, values: Any, file: str, content: bytes
) -> tuple[str, bytes]:
    """Content type and body of a form with something wrong in its parts or their frame."""
    kind, good = encoded("multipart/form-data", values, {file: content})
    match dice.randrange(9):
        case 0:
            return dice.choice(("multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed")), good
        case 1:
            boundary = dice.choice(("other", "x" * 300, '"a b"', "--"))
            return f"multipart/form-data; boundary={boundary}", good
        case 2:
            return kind, good[: dice.randrange(len(good))]
        case 3:
            return kind, joined(part(f"field{number}", b"1") for number in range(dice.choice((50, 3000))))
        case 4:
            head = b'Content-Disposition: form-data; name="a"; x="' + b"y" * dice.choice((5000, 300_000)) + b'"'
            return kind, joined([head + b"\r\n\r\n1"])
        case 5:
            names = ("../../x.jpg", "a\x00b", 'a"; name="type', "a\r\nX: 1", "\ud800", "C:\\con", "x" * 5000, "")
            return kind, joined([part(file, content, dice.choice(names)) for _ in range(dice.randint(1, 3))])
        case 6:
            heads = (b"", b"Content-Disposition: form-data", b"X: 1", b"Content-Disposition: attachment; name=type",
                     b"Content-Disposition: form-data; name*=utf-8''%ff", b"\xff\xfe: \x00")  # fmt: skip
            return kind, joined([dice.choice(heads) + b"\r\n\r\nclean"])
        case 7:
            inner = b"Content-Type: multipart/mixed; boundary=" + BOUNDARY.encode() + b"\r\n\r\n" + good
            return kind, joined([b'Content-Disposition: form-data; name="a"\r\n' + inner])
        case _:
            return kind, good.replace(b"\r\n", dice.choice((b"\n", b"\r", b"\r\n\r\n")))


def _text(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return as_json(value) if not isinstance(value, int | float) or isinstance(value, bool) else str(value).encode()


def header_value(text: str) -> str:
    """A text as far as one line of a head can hold it."""
    return text.replace("\r", "").replace("\n", "").replace("\x00", "")


ODD_HEADERS = tuple(header_value(text) for text in TEXTS if len(text) < 1000)
