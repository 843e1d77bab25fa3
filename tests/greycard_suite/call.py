"""One exchange with a vendor, and one delivery to a receiver, as the suite saw them: what every room above speaks of.

Holds facts only: it neither sends nor judges.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_mocks.images.inspect import Picture


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange. `fields` are the values that were sent, `files` what `described` says; `elapsed` in seconds."""

    operation: str
    method: str
    url: str
    fields: Any
    files: Mapping[str, str]
    encoding: str
    credential: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any
    started: float
    elapsed: float
    number: int = 0

    @property
    def is_json(self) -> bool:
        """Whether the answer is a JSON object."""
        return isinstance(self.json, dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it arrived; header names are lower-case, `at` is the target's time in seconds since 1970.

    `path` has the query with it; `body` is without its content encoding.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    json: Any
    at: float
    answered: int
    method: str = "POST"


class DigestedBody(bytes):
    """Stands for a body that was not kept: its length, its SHA-256, and the facts of the picture, if it was one."""

    size: int
    sha256: str
    picture: Picture | None

    def __new__(cls, size: int, sha256: str, picture: Picture | None) -> Self:
        """`size` in bytes; the content is empty."""
        made = super().__new__(cls)
        made.size, made.sha256, made.picture = size, sha256, picture
        return made

    def __len__(self) -> int:
        """The length that the body had."""
        return self.size


def digested(content: bytes) -> DigestedBody:
    """Length, digest and picture facts of these bytes."""
    return DigestedBody(len(content), hashlib.sha256(content).hexdigest(), picture_of(content))


def picture_of(content: bytes) -> Picture | None:
    """The facts of a picture, of its bytes or of what a recording kept of them; None when they are none."""
    from greycard_mocks.images.inspect import NotAPicture, inspect

    if isinstance(content, DigestedBody):
        return content.picture
    try:
        return inspect(content, len(content))
    except NotAPicture:
        return None


def described(name: str, content: bytes) -> str:
    """A file in words: its name and length, sides and format of the picture that it is, and whether that is whole."""
    picture = picture_of(content)
    if picture is None:
        return f"{name}, {len(content)} bytes, no picture"
    damage = ", damaged" if picture.damaged else ""
    return f"{name}, {len(content)} bytes, {picture.width}x{picture.height} {picture.format}{damage}"


def leaves(document: Any) -> Iterator[tuple[str, Any]]:
    """Every value in a JSON document that holds no other, in order, with the name of its field; however deep it is."""
    open_ones: list[tuple[str, Any]] = [("", document)]
    while open_ones:
        key, node = open_ones.pop()
        if isinstance(node, dict):
            open_ones += [(str(name), child) for name, child in reversed(node.items())]
        elif isinstance(node, list):
            open_ones += [(key, child) for child in reversed(node)]
        else:
            yield key, node
