"""A fresh interpreter that collects the same tests as a run of pytest and does one errand in place of running them.

Run as a script, so that nothing of greycard is imported before pytest starts. It reads from its standard input what it
is to do, tells of it through its standard output, and ends with its parent: when the input ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "greycard-spawned-child"
"""The name of the plugin by which greycard's other plugins see that they are in such a child."""

HEAD = struct.Struct("!I")


class Child:
    """Does the errand when the tests are collected, and ends the process: nothing of a run is finished here."""

    def __init__(self, start: Mapping[str, Any], told: IO[bytes]) -> None:
        self.__name__ = NAME
        self._start, self._told = start, told
        self._lock = threading.Lock()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep out of other processes, and of the folder for temporary files that the parent has."""
        if hasattr(config.option, "dist"):
            config.option.dist, config.option.numprocesses = "no", None
        factory = getattr(config, "_tmp_path_factory", None)
        if factory is not None:
            folder = Path(self._start["base"])
            folder.mkdir(parents=True, exist_ok=True)
            factory._basetemp = folder  # noqa: SLF001 - a name that was given would be emptied first

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> NoReturn:
        """Do the errand; whatever goes wrong is told by the status."""
        status = 1
        try:
            function, arguments = pickle.loads(self._start["errand"])  # noqa: S301 - from the process that started this
            function(session, self._tell, *arguments)
            status = 0
        finally:
            os._exit(status)

    def _tell(self, message: Any) -> None:
        data = pickle.dumps(message)
        with self._lock:
            self._told.write(HEAD.pack(len(data)) + data)
            self._told.flush()


def _end_with_parent(asked: IO[bytes]) -> None:
    asked.read(1)  # returns when nobody holds the other end any more
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main() -> NoReturn:
    """Read what to do, and do it."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    start = pickle.load(asked)  # noqa: S301 - from the process that started this
    threading.Thread(target=_end_with_parent, args=(asked,), daemon=True).start()
    sys.path[:] = start["path"]
    os._exit(int(pytest.main(list(start["arguments"]), plugins=[Child(start, told)])))


if __name__ == "__main__":
    main()
