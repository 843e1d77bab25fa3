"""Sees that the files of contract folders have changed, by looking at their times and sizes once a second."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SECONDS = 1.0
"""How long it waits between two looks."""

Stamps = dict["Path", tuple[int, int]]


class Watch:
    """Calls `changed` in a thread of its own when files below these folders have changed and stand still again.

    Use it as a context manager. `look` is one look, for whoever has a clock of his own.
    """

    def __init__(self, folders: Sequence[Path], changed: Callable[[], object], seconds: float = SECONDS) -> None:
        self._folders, self._changed, self._seconds = tuple(folders), changed, seconds
        self._known = self._seen = self._stamps()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="greycard-watch", daemon=True)

    def look(self) -> bool:
        """Look once; whether `changed` was called: at the first look at which nothing moves any more."""
        stamps = self._stamps()
        still, self._seen = stamps == self._seen, stamps
        if stamps == self._known or not still:
            return False
        self._known = stamps
        self._changed()
        return True

    def _stamps(self) -> Stamps:
        return dict(self._files())

    def _files(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for folder in self._folders:
            for path in (*folder.glob("*.json"), *folder.glob("*/*.json")):
                try:
                    stat = path.stat()
                except OSError:
                    continue  # taken away a moment ago
                yield path, (stat.st_mtime_ns, stat.st_size)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self.look()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
