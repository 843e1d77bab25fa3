"""Sees that the files of contract folders have changed, by looking at their times and sizes once a second."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

SECONDS = 1.0
"""How long it waits between two looks."""

Stamps = dict["Path", tuple[int, int]]


def stamps_of(folders: Iterable[Path]) -> Stamps:
    """Time and size of each file of these folders, by which a change is seen."""
    found: Stamps = {}
    for folder in folders:
        for path in (*folder.glob("*.json"), *folder.glob("*/*.json")):
            with contextlib.suppress(OSError):  # taken away a moment ago
                stat = path.stat()
                found[path] = (stat.st_mtime_ns, stat.st_size)
    return found


class Watch:
    """Calls `changed` in a thread of its own when files below these folders have changed and stand still again.

    `since` is what `stamps_of` said before the files were read, so that nothing is missed that changed meanwhile.
    Use it as a context manager. `look` is one look, for whoever has a clock of his own.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        changed: Callable[[], object],
        seconds: float = SECONDS,
        *,
        since: Stamps | None = None,
    ) -> None:
        self._folders, self._changed, self._seconds = tuple(folders), changed, seconds
        self._known = self._seen = stamps_of(self._folders) if since is None else since
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="greycard-watch", daemon=True)

    def look(self) -> bool:
        """Look once; whether `changed` was called: at the first look at which nothing moves any more."""
        stamps = stamps_of(self._folders)
        still, self._seen = stamps == self._seen, stamps
        if stamps == self._known or not still:
            return False
        self._known = stamps
        self._changed()
        return True

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self.look()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
