"""The journal of a shared world, and that of the requests that belong to none."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.journal import Entry, Journal
from greycard_mocks.core.journal.entries import MAX_ENTRIES
from greycard_mocks.store.codec import pack_entry, unpack_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.journal import Told
    from greycard_mocks.store.link import Link


class SharedJournal(Journal):
    """As `Journal`: entries are kept with the world's other changes, and read when somebody reads them."""

    def __init__(self, link: Link, key: str) -> None:
        self._link, self._key = link, key
        self.count = 0
        self.begin()

    def begin(self) -> None:
        """Nothing has changed yet."""
        self.added: list[Entry] = []
        self.is_cleared = False

    @property
    def entries(self) -> deque[Entry]:  # type: ignore[override]
        """The last entries, oldest first; a copy."""
        kept = [] if self.is_cleared else self._link.command("LRANGE", self._key, 0, -1)
        return deque([*map(unpack_entry, kept), *self.added], maxlen=MAX_ENTRIES)

    def add(self, kind: str, at: float, told: Told | Mapping[str, Any]) -> Entry:
        """As `Journal.add`."""
        self.count += 1
        entry = Entry(self.count, kind, at, told)
        self.added.append(entry)
        return entry

    def clear(self) -> None:
        """As `Journal.clear`."""
        self.begin()
        self.is_cleared = True

    def work(self) -> list[bytes]:
        """What has to be written."""
        return [pack_entry(one) for one in self.added[-MAX_ENTRIES:]]


class SharedStrays(SharedJournal):
    """The journal of the requests that belong to no world, which nobody holds a lock of."""

    def __init__(self, link: Link, key: str, keep_seconds: float) -> None:
        super().__init__(link, key)
        self._keep_ms = int(keep_seconds * 1000)
        self._mine = threading.local()

    @property
    def count(self) -> int:
        """How many there ever were."""
        return int(self._link.command("GET", f"{self._key}:count") or 0)

    @count.setter
    def count(self, _: int) -> None:
        """The store counts."""

    @property
    def entries(self) -> deque[Entry]:  # type: ignore[override]
        """The last entries, oldest first; a copy."""
        return deque(sorted(super().entries, key=lambda entry: entry.number))

    def add(self, kind: str, at: float, told: Told | Mapping[str, Any]) -> Entry:
        """As `Journal.add`; kept at once, or by `keep` after `gather`."""
        entry = Entry(int(self._link.command("INCR", f"{self._key}:count")), kind, at, told)
        gathered = getattr(self._mine, "gathered", None)
        if gathered is None:
            self._push([entry])
        else:
            gathered.append(entry)
        return entry

    def gather(self) -> None:
        """Have what this thread adds wait for `keep`: until then an answer may still get headers."""
        self._mine.gathered = []

    def keep(self) -> None:
        """Keep what this thread has added since `gather`."""
        gathered, self._mine.gathered = self._mine.gathered, None
        if gathered:
            self._push(gathered)

    def _push(self, entries: list[Entry]) -> None:
        self._link.commands(
            ("RPUSH", self._key, *map(pack_entry, entries)), ("LTRIM", self._key, -MAX_ENTRIES, -1),
            ("PEXPIRE", self._key, self._keep_ms), ("PEXPIRE", f"{self._key}:count", self._keep_ms),
        )  # fmt: skip

    def clear(self) -> None:
        """As `Journal.clear`."""
        self._link.command("DEL", self._key)
