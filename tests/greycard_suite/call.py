"""One exchange with a vendor, and one delivery to a receiver, as the suite saw them: what every room above speaks of.

Holds facts only: it neither sends nor judges.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_mocks.images.inspect import Picture

OUTLINE_TEXT = 4096
"""Characters that an outline keeps of one text: enough to know a picture by the beginning of its Base64."""

BLOCK_BYTES = 64 << 10

MOST_CHARACTERS = 256 << 10
"""JSON of more characters, long texts aside, is looked at in outline only."""

OUTLINE_CHARACTERS = 16 << 10
"""How many characters an outline has."""

PLACE = 16
"""As so many characters counts each field or item of an outline, however short it is."""


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
    """Stands for a body that was not kept: its length, its SHA-256, and the facts of the picture, if it was one.

    It equals whatever has the same content. `blocks` are the colours that `lifetime.likeness` compares.
    """

    size: int
    sha256: str
    picture: Picture | None
    blocks: tuple[int, ...] | None

    def __new__(cls, size: int, sha256: str, picture: Picture | None, blocks: tuple[int, ...] | None = None) -> Self:
        """`size` in bytes; the content is empty."""
        made = super().__new__(cls)
        made.size, made.sha256, made.picture, made.blocks = size, sha256, picture, blocks
        return made

    def __len__(self) -> int:
        """The length that the body had."""
        return self.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, bytes) or len(other) != self.size:
            return False
        return self.sha256 == (other.sha256 if isinstance(other, DigestedBody) else hashlib.sha256(other).hexdigest())

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.sha256)


def digested(content: bytes | IO[bytes]) -> DigestedBody:
    """Length, digest and picture facts of these bytes, or of those in a file from its start, which it is left at."""
    if isinstance(content, bytes):
        return DigestedBody(len(content), hashlib.sha256(content).hexdigest(), picture_of(content))
    picture, digest = picture_in(content), hashlib.sha256()
    for block in iter(lambda: content.read(BLOCK_BYTES), b""):
        digest.update(block)
    size = content.tell()
    content.seek(0)
    return DigestedBody(size, digest.hexdigest(), picture)


def reduce(call: Call, characters: int) -> None:
    """Let go of an answer's body, and of its JSON but for an outline of so many characters.

    Changes the call itself, because whoever has judged it still holds it.
    """
    if not isinstance(call.body, DigestedBody):
        object.__setattr__(call, "body", digested(call.body))
    if weight(call.json, characters) > characters:
        object.__setattr__(call, "json", outline(call.json, characters))


def weight(document: Any, most: int) -> int:
    """About how many characters a JSON document has, counted up to `most`; a long text counts as a cut one."""
    total, waiting = 0, [document]
    while waiting and total <= most:
        node = waiting.pop()
        total += PLACE
        if isinstance(node, dict):
            total += sum(map(len, node))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str):
            total += min(len(node), OUTLINE_TEXT)
    return total


def outline(document: Any, characters: int) -> Any:
    """As much of a JSON document as fits into so many characters, what lies less deep first; long texts are cut."""
    top: list[Any] = [None]
    longest = min(OUTLINE_TEXT, characters // 4)  # so that one text does not leave out what stands beside it
    left, waiting = characters, deque[tuple[Any, Any, Any]]([(document, top, 0)])
    while waiting:
        node, holder, place = waiting.popleft()
        if not isinstance(node, dict | list):
            holder[place] = node[: max(0, min(left, longest))] if isinstance(node, str) else node
            left -= len(str(holder[place]))
            continue
        made: Any = {} if isinstance(node, dict) else [None] * min(len(node), max(0, left // PLACE))
        holder[place] = made
        for name, child in node.items() if isinstance(node, dict) else enumerate(node[: len(made)]):
            left -= PLACE + (len(name) if isinstance(name, str) else 0)
            if left < 0:
                break
            waiting.append((child, made, name))
    return top[0]


def picture_of(content: bytes) -> Picture | None:
    """The facts of a picture, of its bytes or of what a recording kept of them; None when they are none."""
    return content.picture if isinstance(content, DigestedBody) else picture_in(content)


def picture_in(source: bytes | IO[bytes]) -> Picture | None:
    """The facts of a picture, of its bytes or of a file, which is left at its start; None when it is none."""
    from greycard_mocks.images.inspect import NotAPicture, inspect

    try:
        return inspect(source)
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
