"""The ways in which a hostile vendor misbehaves, each by its name: what it sends, piece by piece.

Every one is a function of the request that gives bytes and pauses; where it ends, the connection is closed. Opens no
socket itself.
"""

from __future__ import annotations

import base64
import html
import json
import zlib
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

DRIP_SECONDS = 0.2
"""Between two bytes of what drips: shorter than any read time-out, and endless all the same."""

BLOCK = b"x" * (64 << 10)
TEN_MEGABYTES = 10_000_000
EIGHT_MEGABYTES = 8_000_000
"""Just under what an answer may have."""

KEY_HEADERS = ("x-api-key", "token", "authorization")


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names are lower-case. `elsewhere` is the base URL of another server."""

    method: str
    path: str
    headers: Mapping[str, str]
    elsewhere: str

    @property
    def key(self) -> str:
        """The credential that came along, as its header has it; empty for none."""
        return next((self.headers[name] for name in KEY_HEADERS if name in self.headers), "")


Piece = bytes | Pause


def spellings(key: str) -> dict[str, str]:
    """The spellings of a secret in which it may come back, by their names."""
    raw = key.encode()
    return {
        "plain": key,
        "upper": key.upper(),
        "lower": key.lower(),
        "percent": quote(key, safe=""),
        "percent of all": "".join(f"%{byte:02X}" for byte in raw),
        "percent of some": "".join(f"%{byte:02x}" if at % 3 == 0 else chr(byte) for at, byte in enumerate(raw)),
        "hex": raw.hex(),
        "upper hex": raw.hex().upper(),
        "html": html.escape(key),
        "html of all": "".join(f"&#{byte};" for byte in raw),
        "html of all in hex": "".join(f"&#x{byte:x};" for byte in raw),
        "json": "".join(f"\\u{byte:04x}" for byte in raw),
        "base32": base64.b32encode(raw).decode(),
        "base64": base64.b64encode(raw).decode(),
        "base64 behind one": base64.b64encode(b"-" + raw).decode(),
        "base64 behind two": base64.b64encode(b"--" + raw).decode(),
        "piece": key[:12],
        "last piece": key[-12:],
    }


def spellings_in(data: bytes, key: str) -> list[str]:
    """The names of the spellings of a key that stand in what was printed or written, in any case of its letters."""
    lower = data.lower()
    return [name for name, text in spellings(key).items() if text.lower().encode() in lower]


def head(status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """A head that ends where the connection does; `_` in the name of a header is a dash."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def fields(text: str, code: int = 200) -> bytes:
    """JSON that has every field an answer of the four vendors may have, each text of it being `text`."""
    names = ("task_id", "taskid", "image", "outputurl", "result", "reason", "img_url", "message", "type")
    data = dict.fromkeys(names, text)
    named = {"status": code, "code": code, "success": text, "data": {**data, "state": 1, "status": text, text: text}}
    texts = dict.fromkeys(("message", "msg", "error", "requestId", "request_id", "result", text), text)
    return json.dumps({**named, **texts}).encode()


def _endless(start: bytes, block: bytes = BLOCK) -> Callable[[Asked], Iterator[Piece]]:
    def answer(_: Asked) -> Iterator[Piece]:
        yield start
        yield from repeat(block)

    return answer


def _dripping(start: bytes, text: bytes = b" ") -> Callable[[Asked], Iterator[Piece]]:
    def answer(_: Asked) -> Iterator[Piece]:
        yield start
        for piece in repeat(text):
            yield piece
            yield Pause(DRIP_SECONDS)

    return answer


def _whole(*parts: bytes | Pause) -> Callable[[Asked], Iterator[Piece]]:
    def answer(_: Asked) -> Iterator[Piece]:
        yield from parts

    return answer


def _bomb(status: str, layers: int) -> Callable[[Asked], Iterator[Piece]]:
    """Zeros without end, a thousand of them a byte; with two layers a thousand times more."""

    def answer(_: Asked) -> Iterator[Piece]:
        yield head(status, Location="/", Content_Encoding=", ".join(["gzip"] * layers))
        inner = _gzipped(bytes(1 << 20))
        if layers == 1:
            yield from inner
        else:
            first, second = next(inner), next(inner)
            yield from _gzipped(second * 1024, begin=first)

    return answer


def _gzipped(block: bytes, begin: bytes = b"") -> Iterator[bytes]:
    """A gzip stream of `begin` and then the block without end; what a full flush parts can be sent again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + start
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(packed)


def _echo(asked: Asked) -> Iterator[Piece]:
    yield head("400 Bad Request", X_Echo=quote(asked.key))
    yield fields(" ".join([*spellings(asked.key).values(), *spellings(asked.key.rpartition(" ")[2]).values()]), 400)


def _redirect(where: Callable[[Asked], str]) -> Callable[[Asked], Iterator[Piece]]:
    def answer(asked: Asked) -> Iterator[Piece]:
        yield head("302 Found", Location=where(asked), Content_Length="0")

    return answer


def _json_of(values: Iterable[bytes]) -> Iterator[bytes]:
    yield b'{"status": 200, "code": 0, "data": ['
    yield from values
    yield b"0]}"


def _long(document: bytes, text: bytes, size: int) -> Callable[[Asked], Iterator[Piece]]:
    """JSON with `%s` where so many bytes of a text belong; they are sent in pieces, so that nobody holds them here."""
    begin, _, end = document.partition(b"%s")
    piece = text * 20_000

    def answer(_: Asked) -> Iterator[Piece]:
        yield head() + begin
        yield from repeat(piece, size // len(piece))
        yield end

    return answer


def _in_every_field(text: str, status: str = "200 OK") -> Callable[[Asked], Iterator[Piece]]:
    return _whole(head(status), fields(text, int(status[:3])))


MOVED = head("302 Found", Location="/elsewhere")
LARGE = b'{"status": 200, "code": 0, "message": "%s"}'
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>]]>&\"'"
ANSI = "\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b31m\u202e"
CONTROLS = "".join(map(chr, [*range(32), 127, *range(128, 160)])) + "\u2028\u2029\ud800"

MISBEHAVIOURS: dict[str, Callable[[Asked], Iterator[Piece]]] = {
    "silent": _dripping(b"", b""),
    "endless_head": _endless(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n" * 5000),
    "endless_line_in_head": _endless(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "large_head": _whole(head(**{f"X_{number}": "y" * 60_000 for number in range(90)}), b"{}"),
    "endless_continue": _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "endless_body": _endless(head()),
    "endless_chunk_size": _endless(head(Transfer_Encoding="chunked"), b"0" * (64 << 10)),
    "endless_trailer": _endless(head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n0\r\n", b"X-More: y\r\n" * 5000),
    "negative_chunk_size": _endless(head(Transfer_Encoding="chunked") + b"-1\r\n"),
    "dripping_head": _dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "dripping_body": _dripping(head()),
    "dripping_chunks": _dripping(head(Transfer_Encoding="chunked"), b"1\r\n \r\n"),
    "gzip_bomb": _bomb("200 OK", 1),
    "gzip_bomb_in_gzip": _bomb("200 OK", 2),
    "gzip_broken": _whole(head(Content_Encoding="gzip"), b"no gzip at all"),
    "redirect_with_endless_body": _endless(MOVED),
    "redirect_with_dripping_body": _dripping(MOVED),
    "redirect_with_gzip_bomb": _bomb("302 Found", 1),
    "redirect_elsewhere": _redirect(lambda asked: f"{asked.elsewhere}/somewhere"),
    "redirect_for_ever": _redirect(lambda asked: asked.path),
    "redirect_to_no_link": _redirect(lambda _: "file:///etc/\x1b[31m\xff"),
    "key_echoed": _echo,
    "html_in_every_field": _in_every_field(HTML),
    "html_in_every_field_of_a_refusal": _in_every_field(HTML, "400 Bad Request"),
    "ansi_in_every_field": _in_every_field(ANSI),
    "ansi_in_every_field_of_a_refusal": _in_every_field(ANSI, "400 Bad Request"),
    "control_characters_in_every_field": _in_every_field(CONTROLS),
    "control_characters_in_every_field_of_a_refusal": _in_every_field(CONTROLS, "400 Bad Request"),
    "control_characters_in_head": _whole(head("200 \x1b[31m", X_Odd="\x00\x1b[31m\x85") + b"{}"),
    "no_colon_in_head": _whole(b"HTTP/1.1 200 OK\r\nno colon \x1b[31m\r\nX: y\r\n\r\n{}"),
    "nul": _whole(head(), b'{"status": 200, "message": "\x00"}\x00'),
    "invalid_utf8": _whole(head(), b'{"status": 200, "message": "\xff\xfe\xc0\x80"}'),
    "json_of_ten_megabytes": _long(LARGE, b"m", TEN_MEGABYTES),
    "json_of_eight_megabytes": _long(LARGE, b"m. ", EIGHT_MEGABYTES),
    "eight_megabytes_in_a_field": _long(fields("task")[:-1] + b', "more": "%s"}', b"m. ", EIGHT_MEGABYTES),
    "eight_megabytes_in_many_fields": lambda _: iter([head(), *_json_of([b'"%s",' % (b"m" * 1000)] * 7900)]),
    "json_of_a_million_values": lambda _: iter([head(), *_json_of([b"[]," * 1000] * 1000)]),
    "json_too_deep": _whole(head(), b"[" * 200_000),
    "page_instead": _whole(head(kind="text/html"), b"<!DOCTYPE html><title>Welcome</title>"),
    "json_instead": _whole(head(), b'{"error": "no picture for you"}'),
    "no_http": _whole(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "cut_before_head": _whole(),
    "cut_in_head": _whole(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "cut_in_body": _whole(head(Content_Length="1000"), b'{"status": 200, "da'),
    "cut_in_chunk": _whole(head(Transfer_Encoding="chunked"), b'100\r\n{"status"'),
}
"""By name: what a vendor that misbehaves in this way answers to any request."""
