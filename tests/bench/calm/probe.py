"""Quiet connections that ask every 10 ms, and how long each answer took, counted from when it was due to be asked for.

So a server that says nothing for a second is late with a hundred answers, as it is to clients that keep their pace.
As a process (``python -m bench.calm.probe``) it takes one `Watch` as JSON and prints what it `Seen` by name.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass

from bench.answers import WrongAnswerError, body_of, closes, quantile

EVERY = 0.01
GRACE = 5.0  # seconds to wait for answers after the end


@dataclass(frozen=True, slots=True)
class Watch:
    """What to ask for: the bytes of a request, as text, by its name; one connection each, for so many seconds."""

    host: str
    port: int
    seconds: float
    requests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """How late the answers to one request were, in milliseconds; `lost` were not answered at all."""

    asked: int
    lost: int
    p50: float
    p99: float
    slowest: float
    wrong: str


class Quiet:
    """One connection: the request that is due next, or under way."""

    def __init__(self, address: tuple[str, int], request: bytes, due: float) -> None:
        self.address, self.request, self.due = address, request, due
        self.late: list[float] = []
        self.wrong = ""
        self.waiting = False
        self.not_before = due
        self._came = b""
        self._wire: socket.socket | None = None

    @property
    def file(self) -> int:
        """The descriptor of the connection, -1 while there is none."""
        return self._wire.fileno() if self._wire else -1

    def ask(self) -> None:
        """Send the request that is due, over a new connection where there is none."""
        self.waiting, self._came = True, b""
        try:
            if self._wire is None:
                self._wire = socket.create_connection(self.address, timeout=GRACE)
                self._wire.setblocking(False)
            self._wire.send(self.request)
        except OSError as error:
            self.broken(str(error))

    def hear(self) -> None:
        """Take what has come; when that is the whole answer, the next request is due."""
        assert self._wire is not None
        try:
            came = self._wire.recv(1 << 16)
            if not came:
                self.broken("closed instead of answered")
                return
            self._came += came
            if body_of(self._came) is None:
                return
        except (OSError, WrongAnswerError) as error:
            self.broken(str(error))
            return
        self.late.append(time.perf_counter() - self.due)
        self.due, self.waiting = self.due + EVERY, False
        self.not_before = self.due
        if closes(self._came):
            self._close()

    def broken(self, why: str) -> None:
        """Give the connection up; the request is sent again over the next, and is as late as it is then."""
        self.wrong = self.wrong or why
        self.waiting, self.not_before = False, time.perf_counter() + EVERY
        self._close()

    def seen(self, end: float, now: float) -> Seen:
        """What there was to see; what is missing at `now` was not answered, and is that late at least."""
        lost = max(0, round((end - self.due) / EVERY))
        ordered = sorted(1000 * late for late in [*self.late, *(now - self.due - EVERY * n for n in range(lost))])
        self._close()
        if not ordered:
            return Seen(0, 0, 0.0, 0.0, 0.0, self.wrong)
        return Seen(len(ordered), lost, quantile(ordered, 0.5), quantile(ordered, 0.99), ordered[-1], self.wrong)

    def _close(self) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None


def watch(what: Watch) -> dict[str, Seen]:
    """Ask until the time is over, and wait a little for what is under way then."""
    began = time.perf_counter()
    end = began + what.seconds
    address = (what.host, what.port)
    quiets = {name: Quiet(address, text.encode(), began) for name, text in what.requests.items()}
    while True:
        now = time.perf_counter()
        for quiet in quiets.values():
            if not quiet.waiting and quiet.not_before <= now and quiet.due < end:
                quiet.ask()
        missing = [quiet for quiet in quiets.values() if quiet.waiting or quiet.due < end]
        if not missing or now > end + GRACE:
            return {name: quiet.seen(end, now) for name, quiet in quiets.items()}
        waiting = {quiet.file: quiet for quiet in missing if quiet.waiting}
        idle = [quiet.not_before - time.perf_counter() for quiet in missing if not quiet.waiting]
        patience = max(0.0005, min([*idle, end + GRACE - now]))
        for file in select.select(list(waiting), [], [], patience)[0]:
            waiting[file].hear()


def main() -> None:
    """One watch, from standard input to standard output."""
    seen = watch(Watch(**json.loads(sys.stdin.read())))
    sys.stdout.write(json.dumps({name: asdict(one) for name, one in seen.items()}))


if __name__ == "__main__":
    main()
