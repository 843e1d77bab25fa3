"""The names of the keys. All of one world have the same hash tag, so that they stand on one node of a cluster."""

from __future__ import annotations

import re

VERSION = 1
"""Of the form of what is kept; another form has other keys, so that two releases never read each other's."""

PREFIX = "greycard"

_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


class Keys:
    """The keys below one prefix."""

    def __init__(self, prefix: str = PREFIX) -> None:
        """Raises ValueError for a prefix that cannot be one."""
        if not _PREFIX.fullmatch(prefix):
            msg = f"a prefix of keys is 1 to 60 letters, digits and '_.:-', not {prefix!r:.80}"
            raise ValueError(msg)
        self._start = f"{prefix}:{VERSION}:"
        self.all = f"{self._start}{{all}}:state"
        """What belongs to no world: the number of the last change, how whole vendors behave, who is reached how."""

        self.changing = f"{self._start}{{all}}:changing"
        """Held by whoever changes that."""

        self.worlds = f"{self._start}{{all}}:worlds"
        """The ids of the worlds by when they were used."""

        self.waiting = f"{self._start}{{all}}:waiting"
        """The ids of the worlds in which deliveries are due or being made."""

        self.unmatched = f"{self._start}{{all}}:unmatched"
        self.unmatched_count = f"{self.unmatched}:count"
        self.pictures = f"{self._start}{{pictures}}:used"
        """The digests of pictures by when they were used."""

        self.picture_bytes = f"{self._start}{{pictures}}:bytes"
        self.of_no_world = (
            self.all, self.worlds, self.waiting, self.unmatched, self.unmatched_count, self.pictures,
            self.picture_bytes,
        )  # fmt: skip
        """What is there once, and is kept as long as any process lives, and then as long as a world."""

    def process(self, name: str) -> str:
        """There while a process lives."""
        return f"{self._start}process:{name}"

    def picture(self, digest: bytes) -> str:
        """The bytes of one picture."""
        return f"{self._start}{{pictures}}:{digest.hex()}"

    def world(self, world_id: str, name: str) -> str:
        """What a world keeps under this name."""
        return f"{self._start}{{{world_id}}}:{name}"


OF_A_WORLD = ("lock", "state", "advancing", "tasks", "order", "deleted", "due", "claimed", "journal")
