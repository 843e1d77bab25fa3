"""Bytes that are no proper requests: broken heads and chunks, floods, requests in a row, requests that break off."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from greycard_suite.tools.fuzz.message import ODD_HEADERS
from greycard_suite.tools.fuzz.odd_values import flipped

_METHODS = ("GET", "POST", "get", "", " ", "G T", "CONNECT", "PRI", "\x00", "POST" * 3000, "\u00e9", "TRACE", "*")
_PATHS = (
    "/", "", "*", "//", "http://[", "http://evil.test/_mock/health", "/\x00", "/%", "/%ff%fe", "/\u202e", "/#x", "?",
    "/" + "a" * 9000, "/" + "a/" * 20_000, "/" + "%2e%2e/" * 30, "/_mock/health?" + "a=b&" * 20_000, "evil.test:443",
    "/_mock/images/64x64.jpg?seed=" + "9" * 5000, "\\", "/a b", "/\r/", "ftp://x/",
)  # fmt: skip
_VERSIONS = (
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/9.9",
    "HTTP/1.1.1",
    "HTTP/",
    "http/1.1",
    "",
    "X" * 99,
)
_LENGTHS = ("-1", "+2", "1 2", "0x2", "2, 2", "", "9" * 30, "99999999999", "\u0662", "2\r\nContent-Length: 3", "1e1")
_CODINGS = (
    "chunked",
    "Chunked",
    "gzip",
    "gzip, chunked",
    "chunked, chunked",
    "identity",
    "\x0bchunked",
    "xchunked",
    "",
)
_CHUNKS = (
    b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n",
    b"2;" + b"x" * 2000 + b"\r\n{}\r\n0\r\n\r\n",
    b"FFFFFFFFFFFF\r\n{}", b"FFFFFFFFFFFFFFFFFFFFFFFF\r\n{}", b"0x2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n", b"\r\n\r\n",
    b"2\n{}\n0\n\n", b"2\r\n{}\r\n0\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    b"2\r\n{}\r\n0\r\n" + b"X: 1\r\n" * 300 + b"\r\n",
    b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"2\r\n{}\r\n00000000000000000000\r\n\r\n", b"3\r\n{}\r\n0\r\n\r\n",
)  # fmt: skip
_LINES = (
    b"no colon", b": no name", b"X Y: 1", b"X\x00: 1", b"X: \x00", b" folded: 1", b"X:\t1\r\n\t2", b"X: \xff\xfe",
    b"Host: evil.test", b"Host:", b"Connection: close, keep-alive", b"Connection: upgrade\r\nUpgrade: h2c",
    b"Expect: 100-continue", b"Expect: greycard", b"Range: bytes=5-1", b"If-None-Match: *",
    b"Accept: " + b"a/b," * 9000,
    b"Accept-Encoding: gzip;q=0", b"Cookie: " + b"a=b; " * 5000, b"Content-Encoding: gzip", b"X: " + b"y" * 70_000,
    b"\rX: 1", b"X: a\rb", b"Content-Type: multipart/form-data; boundary=", b"Content_Length: 9", b"Trailer: X",
)  # fmt: skip

Make = Callable[[Random], tuple[bytes, str]]


def garbage(dice: Random, _: Make) -> bytes:
    """What is no HTTP at all."""
    noise = dice.randbytes(dice.choice((1, 20, 500, 70_000)))
    return dice.choice((noise, b"\r\n" * dice.randint(1, 50), b"\x16\x03\x01\x02\x00" + noise, b"\x00" * 999))


def broken_bytes(dice: Random, make: Make) -> bytes:
    """A right request with a few of its bytes changed."""
    return flipped(dice, make(dice)[0])


def broken_line(dice: Random, _: Make) -> bytes:
    """A request line that is not one."""
    line = dice.choice((" ", " ", " ", "\t", "  ")).join(
        (dice.choice(_METHODS), dice.choice(_PATHS), dice.choice(_VERSIONS))
    )
    return line.encode("utf-8", "surrogatepass") + b"\r\nHost: 127.0.0.1\r\n\r\n"


def broken_head(dice: Random, make: Make) -> bytes:
    """A right request with wrong, doubled or very many header lines."""
    line, _, rest = make(dice)[0].partition(b"\r\n")
    match dice.randrange(5):
        case 0:
            count = dice.choice((50, 1000, 20_000))
            more = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(count))
        case 1:
            odd = "".join(
                f"{dice.choice(('X', 'token', 'Content-Type'))}: {dice.choice(ODD_HEADERS)}\r\n" for _ in "ab"
            )
            more = odd.encode("utf-8", "surrogatepass")
        case 2:
            more = f"Content-Length: {dice.choice(_LENGTHS)}\r\n".encode()
        case 3:
            more = f"Transfer-Encoding: {dice.choice(_CODINGS)}\r\n".encode()
        case _:
            more = b"".join(dice.choice(_LINES) + b"\r\n" for _ in range(dice.randint(1, 3)))
    return line + b"\r\n" + more + rest


def broken_chunks(dice: Random, make: Make) -> bytes:
    """A body in chunks, most of them wrong."""
    head = make(dice)[0].partition(b"\r\n\r\n")[0]
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    chunks = dice.choice(_CHUNKS) if dice.random() < 0.8 else flipped(dice, dice.choice(_CHUNKS))
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n" + chunks


def wrong_length(dice: Random, make: Make) -> bytes:
    """A body that is longer or shorter than its length says, or is not sent because the server shall ask for it."""
    head, _, body = make(dice)[0].partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    length = max(0, len(body) + dice.choice((-9, -1, 1, 100, 10**6, 10**9, 10**15)))
    lines.append(b"Content-Length: %d" % length)
    if dice.random() < 0.3:
        lines.append(b"Expect: 100-continue")
        body = b""
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


RAW = (garbage, broken_bytes, broken_bytes, broken_line, broken_head, broken_head, broken_chunks, wrong_length)
"""The kinds of broken requests; those that find most stand twice."""


def in_a_row(dice: Random, make: Make) -> tuple[bytes, tuple[str, ...]]:
    """Right requests written at once, before any of them is answered; the bytes and the methods."""
    made = [make(dice) for _ in range(dice.randint(2, 12))]
    return b"".join(data for data, _ in made), tuple(method for _, method in made)


def broken_off(dice: Random, make: Make) -> bytes:
    """The beginning of a right request."""
    data = make(dice)[0]
    return data[: dice.randrange(1, len(data))]
