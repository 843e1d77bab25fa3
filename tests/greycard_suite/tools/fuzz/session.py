"""One run: threads that send cases for a while, what was found, and the rounds of right requests around them."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from greycard_mocks.images.testcards import card
from greycard_schemas.loader import Vendor
from greycard_suite.tools.fuzz.case import Case
from greycard_suite.tools.fuzz.cases import Cases
from greycard_suite.tools.fuzz.control_requests import Page
from greycard_suite.tools.fuzz.exchange import LeftOpen, Outcome, exchange
from greycard_suite.tools.fuzz.server import Footprint, Served
from greycard_suite.tools.fuzz.shrink import smallest

MOST_FINDINGS = 10
"""After so many the run ends."""

MOST_LEFT_OPEN = 8
"""Requests that break off hold a thread of the mock each, until it gives them up."""

LAST_SECONDS = 5.0
"""So long before its moment a request that was left open is looked at; what fails sooner is made smaller."""

ALIKE = 30
"""Two problems are the same when so many of their characters are."""

ROUND_SECONDS = 60.0
SETTLE_SECONDS = 20.0
MORE_DESCRIPTORS = 8
MORE_THREADS = 8
MORE_MEMORY = 256
"""How much more of each (MiB of memory) the mock may have after a run than before, when all was reset."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was wrong, and the case that showed it: as small as it was found; None when it was no single one."""

    what: str
    case: Case | None = None


@dataclass(slots=True)
class Figures:
    """What a run has done and found; `kinds` counts the cases, `statuses` the answers."""

    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    slowest: float = 0.0
    before: Footprint = field(default_factory=Footprint)
    after: Footprint = field(default_factory=Footprint)


class Session:
    """Sends the cases of one seed to a mock that listens."""

    def __init__(self, served: Served, contracts: Mapping[str, Vendor], seed: int) -> None:
        self.served = served
        self.vendors = tuple(contracts)
        self.cases = Cases(contracts, served.host, seed, _page(served.host, self.vendors[0]))
        self.figures = Figures()
        self._lock = threading.Lock()
        self._number = 0
        self._said = served.said
        self._under_way = set[int]()
        self._left_open = list[LeftOpen]()
        self._complaints = set[str]()
        self._stopped = threading.Event()

    def run(self, seconds: float, threads: int) -> Figures:
        """Send cases from so many threads for so many seconds, with a round of right requests before and after."""
        self._right_requests("before the first request")
        self.figures.before = self._settled(None)
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(threads) as pool:
            senders = [pool.submit(self._send, until) for _ in range(threads)]
            try:
                for sender in senders:
                    sender.result()
            finally:
                self._stopped.set()  # also when somebody interrupts the run
        for left in self._left_open:
            left.connection.close()  # not yet due
        if self.served.lives:
            self._right_requests("after the last request")
            self.figures.after = self._settled(self.figures.before)
            self._compare()
        return self.figures

    def only(self, number: int) -> tuple[Case, str]:
        """Send one case again; the case, and what was wrong (empty: nothing)."""
        case = self.cases.case(number)
        self._judge(case, waits=True)
        return case, "; ".join(one.what for one in self.figures.findings)

    def _send(self, until: float) -> None:
        while time.monotonic() < until and not self._stopped.is_set() and self.served.lives:
            with self._lock:
                number = self._number = self._number + 1
                self._under_way.add(number)
                due = self._taken_when_due()
            try:
                if due is not None:
                    self._note(due.case, due.judged())
                self._judge(self.cases.case(number))
            finally:
                with self._lock:
                    self._under_way.discard(number)

    def _taken_when_due(self) -> LeftOpen | None:
        """A connection that the mock should have given up by now."""
        if self._left_open and time.monotonic() > self._left_open[0].until - LAST_SECONDS:
            return self._left_open.pop(0)
        return None

    def _judge(self, case: Case, *, waits: bool = False) -> None:
        """Send a case; one that is left open is judged later, unless this `waits` for it."""
        keep = None if waits else self._left_open
        if case.left_open and keep is not None and len(keep) >= MOST_LEFT_OPEN:
            return
        outcome = exchange(self.served.address, case, left_open=keep)
        if outcome.problem and not self.served.lives:
            why = f"the mock has ended with status {self.served.process.poll()}: {self.served.errors()[-2000:]}"
            outcome = replace(outcome, problem=why)
        elif outcome.problem and outcome.took < LAST_SECONDS:
            case = smallest(case, partial(self._fails_so, outcome.problem[:ALIKE]), time.monotonic)
        self._note(case, outcome)

    def _fails_so(self, problem: str, case: Case) -> bool:
        # whole requests stay as they are; what is made of pieces of others may wait for more for ever
        return exchange(self.served.address, replace(case, ends=not case.must_answer)).problem.startswith(problem)

    def _note(self, case: Case, outcome: Outcome) -> None:
        with self._lock:
            figures = self.figures
            figures.requests += case.requests
            figures.kinds[case.kind] += 1
            figures.statuses.update(outcome.statuses)
            figures.slowest = max(figures.slowest, outcome.took)
            if outcome.problem:
                self._found(Finding(outcome.problem, case))
            self._look_at_stderr(case)

    def _found(self, finding: Finding) -> None:
        self.figures.findings.append(finding)
        if len(self.figures.findings) >= MOST_FINDINGS:
            self._stopped.set()

    def _look_at_stderr(self, case: Case) -> None:
        """What the mock complains of is wrong; each complaint is told once, with all cases that may be the reason."""
        said = self.served.said
        if said <= self._said:
            return
        text, self._said = self.served.errors(self._said).strip(), said
        complaint = text.rpartition("\n")[2]
        if complaint not in self._complaints:
            self._complaints.add(complaint)
            numbers = sorted(self._under_way | {case.number})
            cases = ", ".join(map(str, numbers))
            self._found(Finding(f"on stderr, while there were cases {cases}:\n{text[:3000]}"))

    def _right_requests(self, when: str) -> None:
        """Health, and for each vendor a picture from create to download, with the project's own client."""
        wrong = [] if ask(self.served.host, "GET", "/_mock/health")[0] == 200 else ["/_mock/health is not 200"]
        with tempfile.TemporaryDirectory() as name:
            photo = Path(name, "photo.jpg")
            photo.write_bytes(card(300, 300, "jpg"))
            started = {vendor: self._enhance(vendor, photo) for vendor in self.vendors}
            for vendor, process in started.items():
                try:
                    said = process.communicate(timeout=ROUND_SECONDS)[0].decode("utf-8", "replace")
                except subprocess.TimeoutExpired:
                    process.kill()
                    said = f"not ended after {ROUND_SECONDS:g} s: {process.communicate()[0]!r}"
                if process.returncode:
                    wrong.append(f"{vendor}: {said.strip()[-500:]}")
        with self._lock:
            for one in wrong:
                self._found(Finding(f"{when}, right requests do not go well: {one}"))

    def _enhance(self, vendor: str, photo: Path) -> subprocess.Popen[bytes]:
        words = ["enhance", str(photo), "--vendor", vendor, "--base-url", f"http://{self.served.host}"]
        return subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "greycard_suite.cli", *words, "-o", str(photo.parent)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _settled(self, wanted: Footprint | None) -> Footprint:
        """What the mock has in use when all worlds are reset; waits a while until that is about what is `wanted`."""
        ask(self.served.host, "POST", "/_mock/reset", b"{}")
        until = time.monotonic() + SETTLE_SECONDS
        found = self.served.footprint()
        while wanted is not None and _beyond(wanted, found) and time.monotonic() < until:
            time.sleep(0.2)
            found = self.served.footprint()
        return found

    def _compare(self) -> None:
        for more in _beyond(self.figures.before, self.figures.after):
            self._found(Finding(f"not given back after all was reset: {more}"))


def ask(host: str, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of one right request to the mock itself; status 0 when there is no answer."""
    connection = http.client.HTTPConnection(host, timeout=ROUND_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body is not None else {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _page(host: str, vendor: str) -> Page:
    """A world that the page shows, with the token of its forms."""
    world = json.loads(ask(host, "GET", f"/_mock/worlds/{vendor}:test-page")[1])["id"]
    found = re.search(rb'name="?form_token"? value="?([0-9a-f]+)', ask(host, "GET", f"/_mock/page/{world}")[1])
    return Page(world, found[1].decode() if found else "")


def _beyond(before: Footprint, after: Footprint) -> list[str]:
    """What is much more after a run than before it."""
    if not before.descriptors:
        return []  # a system that does not say
    allowed = {"descriptors": MORE_DESCRIPTORS, "threads": MORE_THREADS, "memory": MORE_MEMORY}
    return [
        f"{name} {getattr(before, name)} before, {getattr(after, name)} after"
        for name, more in allowed.items()
        if getattr(after, name) > getattr(before, name) + more
    ]
