"""Receives whatever a target sends and answers as a test has said: in this process, or on a port of this machine.

Every task that is created has a mark of its own, which its address of deliveries carries (and its private id, where
the vendor gives one back), so that deliveries are told apart before the answer to the create has been read. It judges
nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from greycard_suite.call import Delivery, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from greycard_suite.clock import Clock

ACKNOWLEDGEMENT = {"code": 0, "msg": "", "data": {"success": True}}
REFUSAL = {"code": 1, "msg": "asked to fail", "data": {"success": False}}
"""Refuses in every way: a vendor may go by the HTTP status, or by what the body says."""

MAX_KEPT = 10_000
MAX_BODY_BYTES = 1 << 20
MAX_KEPT_BYTES = 64 << 20
MAX_TEXTS_KEPT, MAX_TEXT_KEPT = 1000, 8192
"""Of how many deliveries, of how many characters each, the text is kept in which names are looked for."""
SHORT_ID = 6
"""Ids of fewer characters are found in fields that are called an id only: elsewhere they may be any number."""

WORDS = "a%20b"
"""A value in the query of addresses, spelt so that whoever takes the query apart and forgets a part is seen."""

_MARK = re.compile(r"greycard-[0-9a-f]{8}-[0-9]+(?![0-9])")


def mark_of(test: str, number: int) -> str:
    """The mark of the `number`-th request that one test makes; the same in a replay."""
    digest = hashlib.sha256(test.encode()).hexdigest()[:8]
    return f"greycard-{digest}-{number}"


def mark_in(value: Any) -> str:
    """The mark that the values of a request carry; empty when they carry none."""
    found = _MARK.search(json.dumps(value, default=str))
    return found[0] if found else ""


@dataclass
class Expected:
    """A task whose deliveries are awaited: its id, once that is known, and how many of them are yet to fail."""

    mark: str
    task_id: str = ""
    fails: int = 0


@dataclass
class Receiver:
    """Keeps what arrives and acknowledges it, but for the tasks that a test wants to fail.

    `lost` counts what arrived when nothing more could be kept.
    """

    url: str
    clock: Clock
    deliveries: list[Delivery] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    lost: int = 0
    _texts: dict[int, tuple[Delivery, str]] = field(default_factory=dict[int, Any])
    _bytes: int = 0
    told: Callable[[Delivery], None] = lambda _: None
    """Is told of each delivery that is kept, before it is acknowledged."""

    def at(self, url: str) -> Receiver:
        """The same receiver under another address: what arrives at either is seen by both."""
        return Receiver(url, self.clock, self.deliveries, self.expected, self._lock)

    def address(self, mark: str) -> str:
        """Where the deliveries of the task with this mark shall go."""
        return f"{self.url}?greycard={mark}&greycard-words={WORDS}"

    def expect(self, mark: str, *, fails: int = 0) -> None:
        """A task is about to be created; its first `fails` deliveries are answered with HTTP 500."""
        with self._lock:
            self.expected.append(Expected(mark, "", fails))

    def name(self, mark: str, task_id: str) -> None:
        """The task that was created with this mark, or else the one created last, has this id."""
        with self._lock:
            open_ones = [one for one in self.expected if not one.task_id]
            found = next((one for one in reversed(open_ones) if one.mark == mark), None)
            if found is None:
                self.expected.append(Expected(mark, task_id))
            else:
                found.task_id = task_id

    def receive(self, path: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST") -> tuple[int, bytes]:
        """Take whatever has arrived and answer it; `path` with its query, or a whole address."""
        now = self.clock.now()
        lower = {name.lower(): value for name, value in headers.items()}
        content = _unpacked(body[:MAX_BODY_BYTES], lower.get("content-encoding", ""))
        found = Delivery(path, lower, content, _parsed(content), now, 200, method.upper())
        with self._lock:
            failing = self._failing(found)
            if failing is not None:
                failing.fails -= 1
                found = Delivery(path, lower, content, found.json, now, 500, method.upper())
            self._bytes += len(content)
            kept = len(self.deliveries) < MAX_KEPT and self._bytes <= MAX_KEPT_BYTES
            if kept:
                self.deliveries.append(found)
            else:
                self.lost += 1
        if kept:
            self.told(found)
        return found.answered, json.dumps(ACKNOWLEDGEMENT if found.answered == 200 else REFUSAL).encode()

    def _failing(self, delivery: Delivery) -> Expected | None:
        """The task whose delivery is to fail; a delivery that names nobody is of the task in the making."""
        mine = self._expected_of(delivery)
        if not mine and carries_content(delivery):
            mine = [one for one in self.expected if not one.task_id]
        return next((one for one in mine if one.fails > 0), None)

    def _expected_of(self, delivery: Delivery) -> list[Expected]:
        said = self._said(delivery)
        named = [one for one in self.expected if one.task_id in said and one.task_id and names(delivery, one.task_id)]
        return (
            named or [one for one in self.expected if one.mark in said and one.mark and names(delivery, one.mark)][-1:]
        )

    def _said(self, delivery: Delivery) -> str:
        """All that a delivery says in any way, as one text: a name that is not in it need not be looked for."""
        known = self._texts.get(id(delivery))
        if known is not None and known[0] is delivery:
            return known[1]
        texts = (delivery.path, delivery.body.decode("utf-8", "replace"))
        parts = [*texts, *map(unquote_plus, texts), *(leaf for _, leaf in _leaves(delivery.json))]
        said = "\n".join(parts)
        if len(said) <= MAX_TEXT_KEPT and len(self._texts) < MAX_TEXTS_KEPT:
            self._texts[id(delivery)] = (delivery, said)
        return said

    def of_task(self, task_id: str, since: float = 0.0) -> list[Delivery]:
        """The deliveries that name this task, or were sent to its address and name no other; oldest first."""
        kept = tuple(self.deliveries)
        return [
            one for one in kept if one.at >= since and any(task_id == known.task_id for known in self._expected_of(one))
        ]

    def strays(self, since: float = 0.0) -> list[Delivery]:
        """What arrived with some content and is of no task that is known."""
        kept = tuple(self.deliveries)
        return [one for one in kept if one.at >= since and carries_content(one) and not self._expected_of(one)]


def carries_content(delivery: Delivery) -> bool:
    """Whether this can be meant as a delivery: not where somebody only looks whether the address is there."""
    return bool(delivery.body) and delivery.method not in ("GET", "HEAD", "OPTIONS")


def names(delivery: Delivery, name: str) -> bool:
    """Whether a delivery holds this id or mark: in a field, anywhere in its text, or in its address."""
    if any(value == name for value in _ids(delivery.json)):
        return True
    if len(name) < SHORT_ID:
        return False
    if _holds(unquote_plus(delivery.path), name):
        return True
    text = delivery.body.decode("utf-8", "replace")
    return (
        _holds(text, name)
        or _holds(unquote_plus(text), name)
        or any(_holds(leaf, name) for _, leaf in _leaves(delivery.json))
    )


def _holds(text: str, name: str) -> bool:
    """Whether a name stands in a text as a whole: no letter or digit of ASCII before or after it."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        around = text[start - 1 : start] if start else "", text[end : end + 1]
        if not any(one.isascii() and one.isalnum() for one in around):
            return True
        start = text.find(name, start + 1)
    return False


def _ids(document: Any) -> Iterator[str]:
    """The values of the fields whose name ends in "id"."""
    return (leaf for key, leaf in _leaves(document) if key.lower().endswith("id"))


def _leaves(document: Any) -> Iterator[tuple[str, str]]:
    """Every text and number in a JSON document as text, with the name of its field."""
    return ((key, str(leaf)) for key, leaf in leaves(document) if leaf is not None and not isinstance(leaf, bool))


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its content encoding, where that can be taken off; bounded."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    for bits in (47, -15):  # gzip or zlib; deflate without a head
        try:
            return zlib.decompressobj(bits).decompress(body, MAX_BODY_BYTES)
        except zlib.error:
            continue
    return body


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
