"""Read the body of an answer that nobody vouches for: raw, in blocks, never more than a limit.

It may not decode content (gzip and the like) and may not hold more than one block in memory.
"""

from __future__ import annotations

import contextlib
import http.client
import re
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from greycard_mocks.egress._target import EgressError

if TYPE_CHECKING:
    import io

_BLOCK_BYTES = 64 * 1024
_LINE_BYTES = 1024
_MAX_TRAILERS = 50
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r\n")


def read_body(response: http.client.HTTPResponse, limit: int) -> Iterator[bytes]:
    """Yield the raw body in blocks, at most `limit` bytes in all (inclusive).

    Raises EgressError: "too_large" as soon as that is known, from the declared length or from what has come;
    "malformed" for a body that is compressed, framed wrongly or ends early; "timeout".
    """
    if response.status == 204:
        return
    declared = _declared_length(response)
    if declared is not None and declared > limit:
        raise EgressError("too_large", f"the body has {declared} bytes, the limit is {limit}")
    read = 0
    for block in _chunked(response.fp) if response.chunked else _unchunked(response):
        read += len(block)
        if read > limit:
            raise EgressError("too_large", f"the body is larger than the limit of {limit} bytes")
        yield block
    if declared is not None and read != declared:
        raise EgressError("malformed", f"the body ends after {read} of the {declared} bytes declared")


def _unchunked(response: http.client.HTTPResponse) -> Iterator[bytes]:
    with _as_body_errors():
        while block := response.read(_BLOCK_BYTES):
            yield block


def _chunked(reader: io.BufferedReader) -> Iterator[bytes]:
    """Decode chunks strictly: `http.client` takes a chunk size of -1 and then reads without a bound."""
    with _as_body_errors():
        while left := _chunk_size(reader.readline(_LINE_BYTES)):
            while left:
                block = reader.read(min(left, _BLOCK_BYTES))
                if not block:
                    raise EgressError("malformed", "the body ends in the middle of a chunk")
                left -= len(block)
                yield block
            if reader.read(2) != b"\r\n":
                raise EgressError("malformed", "a chunk of the body does not end where it says")
        for _ in range(_MAX_TRAILERS):
            if reader.readline(_LINE_BYTES) in {b"\r\n", b""}:
                return
        raise EgressError("malformed", "the body has too many trailer lines")


def _chunk_size(line: bytes) -> int:
    size = _CHUNK_SIZE.match(line)
    if size is None:
        raise EgressError("malformed", "the body has a chunk without a size")
    return int(size[1], 16)


@contextlib.contextmanager
def _as_body_errors() -> Generator[None, None, None]:
    try:
        yield
    except TimeoutError:
        raise EgressError("timeout", "the body did not arrive within the deadline") from None
    except (OSError, http.client.HTTPException):
        raise EgressError("malformed", "the connection was lost in the middle of the body") from None


def _declared_length(response: http.client.HTTPResponse) -> int | None:
    """The one Content-Length of an answer, or None. Raises EgressError "malformed"."""
    lengths = {text.strip() for text in response.headers.get_all("Content-Length", [])}
    transfer = [text.strip().lower() for text in response.headers.get_all("Transfer-Encoding", [])]
    content = {text.strip().lower() for text in response.headers.get_all("Content-Encoding", [])}
    if content - {"", "identity"}:
        raise EgressError("malformed", "the body is compressed although none was asked for (Content-Encoding)")
    if transfer and (transfer != ["chunked"] or lengths):
        raise EgressError("malformed", "the answer has a Transfer-Encoding beside a length, or an unknown one")
    if not lengths:
        return None
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise EgressError("malformed", "the answer has a Content-Length that is not one number")
    return int(text)
