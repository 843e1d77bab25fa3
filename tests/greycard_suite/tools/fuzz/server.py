"""`greycard serve` as a process of its own: how it is started, and what the system says of it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

START_SECONDS = 60.0
STOP_SECONDS = 30.0
SPEED = 20.0
"""Mock seconds for each real one: tasks come to their end while requests are sent."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process has open and in use; memory in MiB. Zero everywhere where the system does not say."""

    descriptors: int = 0
    threads: int = 0
    memory: int = 0


class ServerError(RuntimeError):
    """The mock did not start; the message has what it said."""


class Served:
    """A mock that listens from construction to `close`, on any free port of loopback."""

    def __init__(self, vendors: Sequence[str], seed: int) -> None:
        self._out, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        words = ["serve", *vendors, "--port", "0", "--seed", str(seed), "--speed", str(SPEED)]
        self.process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-u", "-m", "greycard_suite.cli", *words], stdout=self._out, stderr=self._errors
        )
        try:
            self.host = self._host()
        except ServerError:
            self.close()
            raise

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        name, _, port = self.host.partition(":")
        return name, int(port)

    @property
    def lives(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    @property
    def said(self) -> int:
        """Bytes that it has written to stderr."""
        return os.fstat(self._errors.fileno()).st_size

    def errors(self, start: int = 0) -> str:
        """What it has written to stderr from this byte on."""
        return os.pread(self._errors.fileno(), 1 << 20, start).decode("utf-8", "replace")

    def footprint(self) -> Footprint:
        """What it has open and in use now."""
        place = Path(f"/proc/{self.process.pid}")
        try:
            status = (place / "status").read_text("ascii", "replace")
            descriptors = len(list((place / "fd").iterdir()))
        except OSError:
            return Footprint()
        facts = dict(re.findall(r"^(\w+):\s+(\d+)", status, re.MULTILINE))
        threads, memory = int(facts.get("Threads", 0)), int(facts.get("VmRSS", 0))
        return Footprint(descriptors, threads, memory >> 10)

    def close(self) -> str:
        """Stop it as a user would; what was wrong with that, or nothing."""
        wrong = ""
        if self.lives:
            self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
            if status:
                wrong = f"the mock ended with status {status}"
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            wrong = f"the mock did not stop within {STOP_SECONDS:g} s"
        return wrong

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for file in (self._out, self._errors):
            with contextlib.suppress(OSError):
                file.close()

    def _host(self) -> str:
        until = time.monotonic() + START_SECONDS
        while self.lives and time.monotonic() < until:
            found = re.search(rb"serves at http://(\S+:\d+) ", os.pread(self._out.fileno(), 1 << 16, 0))
            if found:
                return found[1].decode()
            time.sleep(0.02)
        raise ServerError(f"greycard serve did not start: {self.errors() or 'it said nothing'}")
