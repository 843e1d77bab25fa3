"""A request as it arrived, why it may be refused, and the answer: what the core and the web room hand each other.

Plain data; knows no vendor and no Flask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.clock import WorldClock
    from greycard_mocks.core.manners import Manners


class Readable(Protocol):
    """The body of a request."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


class Request(msgspec.Struct):
    """One HTTP request. Header names are lower-case; `origin` is scheme and host, for absolute links."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    stream: Readable
    content_length: int | None
    origin: str
    is_whole: bool = False
    """Whether the body is at hand, so that reading it waits for nobody."""

    def header(self, name: str) -> str:
        """The value of a header, empty when it was not sent."""
        return self.headers.get(name, "")


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is refused: the vendor's error, the statement behind it, and where in the request it went wrong."""

    error: str
    detail: str
    claim: str = ""
    pointer: str = ""


class Answer(msgspec.Struct):
    """What is sent back, and how. `reason` explains a refusal to the user of the mock.

    Where there is a `file`, it is the body, read block by block and closed by whoever sends it.

    `delay` and `pause` are seconds of `clock` before the head and before each of the `chunks` of the body. With
    `instead` these bytes are sent in place of the whole answer and the connection ends, with `reset` rudely.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = []
    reason: str = ""
    clock: WorldClock | None = None
    delay: float = 0.0
    chunks: int = 1
    pause: float = 0.0
    instead: bytes | None = None
    reset: bool = False
    fault: str = ""
    """The kind of the fault that struck, if one did."""

    manners: Manners | None = None
    """How the vendor sends its answers, where that is out of the ordinary."""

    file: BinaryIO | None = None
    sha256: str = ""
    """The digest of the file in hexadecimal digits, where there is one."""

    entry: Any = None
    """The `Entry` of the journal about the request and this answer; None where there is none."""

    def load(self) -> None:
        """Put the content of the file, if there is one, into `body`."""
        if self.file is not None:
            with self.file:
                self.body, self.file = self.file.read(), None
