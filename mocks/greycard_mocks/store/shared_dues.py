"""The delivery attempts of a shared world. A process that takes one claims it, and says when it is over.

Until then the claim stands with the name of the process, so that another one can make the attempt when that has ended.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from greycard_mocks.clock import GRAIN
from greycard_mocks.core.keeping.dues import Due, Dues
from greycard_mocks.store.codec import pack, pack_due, unpack, unpack_due

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from greycard_mocks.store.link import Link

CHUNK = 64


class SharedDues(Dues):
    """As `Dues`. What is due is read when it is needed, the earliest first; changes are kept with the world's."""

    __slots__ = (
        "_ahead",
        "_claimed_key",
        "_claims",
        "_count",
        "_done",
        "_due_key",
        "_first",
        "_link",
        "_new_claims",
        "_process",
        "_read",
        "_taken",
        "_under_way",
        "is_cleared",
        "is_open",
    )  # fmt: skip

    def __init__(self, link: Link, due: str, claimed: str, process: str) -> None:
        super().__init__()
        self._link, self._due_key, self._claimed_key, self._process = link, due, claimed, process
        self._claims: dict[Due, list[bytes]] = {}
        """The names of the claims of this process that are not done."""
        self.is_open = False
        """Whether the lock is held, so that nothing else changes."""
        self._reset(0, math.inf, 0)

    def _reset(self, count: int, first: float, under_way: int) -> None:
        self._count, self._first, self._under_way = count, first, under_way
        self._heap.clear()
        self._ahead: deque[tuple[float, int, Due, bytes]] = deque()
        """The earliest of those that are kept, as far as they were read, without those that were taken."""
        self._read = 0
        self._taken: list[bytes] = []
        self._new_claims: dict[bytes, Due] = {}
        self._done: list[bytes] = []
        self.is_cleared = False

    # with the lock

    def open(self, count: int, first: float, under_way: int) -> None:
        """The lock is held: so many are due, the earliest at `first`, and so many are claimed."""
        self._reset(count, first, under_way)
        self.is_open = True

    def close(self, *, is_kept: bool) -> None:
        """The lock is let go, and what changed is kept, or was in vain."""
        if not is_kept:
            for name, due in self._new_claims.items():
                self._unclaim(due, name)
        self.is_open = False
        self._reset(0, math.inf, 0)

    @property
    def has_work(self) -> bool:
        """Whether anything has to be written."""
        return bool(self._heap or self._taken or self._new_claims or self._done)

    @property
    def has_more(self) -> bool:
        """Whether any is due or claimed after this."""
        return len(self) > 0 or self.under_way > 0

    def work(self) -> dict[str, list[Any]]:
        """What has to be written."""
        return {
            "taken": self._taken,
            "due": [part for moment, n, due in self._heap for part in (repr(moment), pack_due(n, due))],
            "done": self._done,
            "claimed": [part for name in self._new_claims for part in (name, self._process)],
        }

    def part(self) -> bytes:
        """How many were ever noted, and how many are held."""
        return pack((self._number, self._held))

    def use_part(self, content: bytes) -> None:
        """Go on from what another process has noted."""
        self._number, self._held = unpack(content)

    def begin_anew(self) -> None:
        """None was ever noted."""
        self._number = self._held = 0
        self._claims.clear()

    def _look_ahead(self) -> None:
        """Have the earliest of those that are kept at hand."""
        if self._ahead or self.is_cleared or self._read >= self._count:
            return
        found = self._link.command("ZRANGE", self._due_key, self._read, self._read + CHUNK - 1)
        self._read += len(found) or self._count
        for name in found:
            number, due = unpack_due(name)
            self._ahead.append((due.moment, number, due, name))

    def __len__(self) -> int:
        if not self.is_open:
            return int(self._link.command("ZCARD", self._due_key))
        return (0 if self.is_cleared else self._count - len(self._taken)) + len(self._heap)

    @property
    def first(self) -> float:
        """As `Dues.first`."""
        if not self.is_open:
            found = self._link.command("ZRANGE", self._due_key, 0, 0)
            return unpack_due(found[0])[1].moment if found else math.inf
        if self._taken:
            self._look_ahead()
        kept = self._ahead[0][0] if self._ahead else math.inf if self._taken or self.is_cleared else self._first
        return min(kept, self._heap[0][0] if self._heap else math.inf)

    @property
    def under_way(self) -> int:
        """As `Dues.under_way`."""
        if not self.is_open:
            return int(self._link.command("HLEN", self._claimed_key))
        return (0 if self.is_cleared else self._under_way) + len(self._new_claims) - len(self._done)

    def take(self, upto: float) -> Due | None:
        """As `Dues.take`."""
        if self.first > upto + GRAIN:
            return None
        self._look_ahead()
        if self._heap and (not self._ahead or self._heap[0][:2] < self._ahead[0][:2]):
            due = heapq.heappop(self._heap)[2]
        else:
            _, _, due, name = self._ahead.popleft()
            self._taken.append(name)
        self._held -= due.held
        self.begin(due)
        return due

    def begin(self, due: Due) -> None:
        """As `Dues.begin`."""
        self._number += 1
        name = pack_due(self._number, due)
        self._new_claims[name] = due
        self._claims.setdefault(due, []).append(name)

    def done(self, due: Due) -> None:
        """As `Dues.done`."""
        names = self._claims.get(due)
        if not names:
            return
        name = names[-1]
        self._unclaim(due, name)
        if self._new_claims.pop(name, None) is None and not self.is_cleared:
            self._done.append(name)

    def leave(self, due: Due) -> None:
        """As `Dues.leave`: the claim stands, and nobody works at it."""
        names = self._claims.get(due)
        if names:
            self._unclaim(due, names[-1])

    def is_taken_over(self, due: Due) -> bool:
        """As `Dues.is_taken_over`."""
        names = self._claims.get(due)
        if not names or names[-1] in self._new_claims or self.is_cleared:
            return False
        return not self._link.command("HEXISTS", self._claimed_key, names[-1])

    def _unclaim(self, due: Due, name: bytes) -> None:
        names = self._claims.get(due, [])
        if name in names:
            names.remove(name)
        if not names:
            self._claims.pop(due, None)

    def without(self, claims: Mapping[bytes, str], gone: Collection[str]) -> list[bytes]:
        """Those of these claims, and whose they are, at which nobody works: neither this process nor one that lives."""
        here = {name for names in list(self._claims.values()) for name in list(names)}
        return [
            name for name, whose in claims.items()
            if (whose == self._process and name not in here) or whose in gone
        ]  # fmt: skip

    def claims(self) -> dict[bytes, str]:
        """What is claimed: the names of the claims, and whose they are."""
        found = self._link.command("HGETALL", self._claimed_key)
        pairs = zip(found[::2], found[1::2], strict=True)
        return {name: whose.decode() for name, whose in pairs}

    def take_over(self, names: Collection[bytes]) -> list[Due]:
        """Note as due again what was claimed under these names, at which nobody works any more."""
        found = []
        for name in names:
            due = replace(unpack_due(name)[1], again=True, held=False)
            self._done.append(name)
            self.push(due)
            found.append(due)
        return found

    def upto(self, moment: float) -> int:
        """As `Dues.upto`."""
        kept = 0
        if not self.is_cleared:
            kept = int(self._link.command("ZCOUNT", self._due_key, "-inf", repr(moment + GRAIN))) - len(self._taken)
        return kept + super().upto(moment)

    def after(self, moment: float) -> float:
        """As `Dues.after`."""
        kept = math.inf
        if not self.is_cleared:
            low, most = f"({moment + GRAIN!r}", 1 + len(self._taken)
            found = self._link.command("ZRANGEBYSCORE", self._due_key, low, "+inf", "LIMIT", 0, most)
            kept = min((unpack_due(one)[1].moment for one in found if one not in self._taken), default=math.inf)
        return min(kept, super().after(moment))

    def listed(self) -> list[Due]:
        """As `Dues.listed`."""
        names = [] if self.is_cleared else self._link.command("ZRANGE", self._due_key, 0, -1)
        kept = [(due.moment, number, due) for number, due in map(unpack_due, names)]
        gone = {unpack_due(name)[0] for name in self._taken}
        entries = [*(one for one in kept if one[1] not in gone), *self._heap]
        return [entry[2] for entry in sorted(entries, key=lambda entry: entry[:2])]

    def replace(self, dues: Iterable[Due]) -> None:
        """As `Dues.replace`."""
        self.clear()
        for due in dues:
            self.push(due)

    def clear(self) -> None:
        """As `Dues.clear`."""
        self._reset(0, math.inf, 0)
        self.is_cleared = True
        self._claims.clear()
        self._held = 0
