"""Runs the vendors of one run on the mock in processes of their own, and puts together what they report.

What the tests of a vendor share (what was seen, how a plain request has to look) stays within its process, and vendors
share nothing, so that the report is that of a single process. For the mock only: a live run keeps one budget and one
journal, and has `parallel`.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import signal
import sys
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self

from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.protocol import Targets

    Opening = Callable[[str], tuple[Targets, Mapping[str, Vendor]]]

WAKE_SECONDS = 0.2
"""How often whoever waits for the processes looks whether the run was asked to end."""

LAST_SECONDS = 1.0
"""How long a process may take to end once it has said all."""


class ProcessBrokeDownError(Exception):
    """A process broke down by a fault of greycard's own; the message is its traceback."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one process: the report on its vendor and how many tests were done, or why there is none."""

    report: Report | None = None
    done: int = 0
    error: str = ""
    traceback: str = ""


@dataclass(eq=False, slots=True)
class Child:
    """The process of one vendor, and the connection over which it is told to begin and tells what it does."""

    vendor: str
    process: Any
    connection: Connection


class Processes:
    """One process for each of `vendors`, ready to begin; close it, or use it as a context manager.

    `opening` is called in a process with the name of its vendor, and gives the targets and what judges. All are
    started at once, before anything else has a thread: what is forked then holds no lock of another thread.
    """

    def __init__(self, opening: Opening, vendors: Sequence[str], *, started: float) -> None:
        way: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self.children: list[Child] = []
        for vendor in vendors:
            here, there = way.Pipe()
            process = way.Process(target=_judge_vendor, args=(opening, vendor, started, there), daemon=True)
            process.start()
            there.close()
            self.children.append(Child(vendor, process, here))

    def run(
        self, jobs: int, *, progress: Callable[[str], None], interruption: Interruption
    ) -> tuple[Report | None, int]:
        """The report on all vendors, `jobs` of which are judged at a time, and how many tests were done.

        No report when the run was asked to end. Raises RuntimeError when a process cannot run the suite or ends
        without a word, ProcessBrokeDownError for a fault of greycard's own.
        """
        waiting, running, parts = deque(self.children), dict[Any, Child](), list[Part]()
        while running or (waiting and not interruption.asked):
            while waiting and len(running) < jobs and not interruption.asked:
                child = waiting.popleft()
                child.connection.send("begin")
                running[child.connection] = child
            for connection in wait(list(running), WAKE_SECONDS):
                heard = _heard(running[connection])
                if isinstance(heard, Part):
                    parts.append(heard)
                    del running[connection]
                else:
                    progress(heard)
            if interruption.asked:
                for child in running.values():
                    child.process.terminate()
        for part in parts:
            if part.traceback:
                raise ProcessBrokeDownError(part.traceback)
            if part.error:
                raise RuntimeError(part.error)
        done = sum(one.done for one in parts)
        if interruption.asked:
            return None, done
        found = {one.report.vendors[0]: one.report for one in parts if one.report is not None}
        return together([found[child.vendor] for child in self.children]), done

    def close(self) -> None:
        """End every process, whatever it does."""
        for child in self.children:
            child.connection.close()
            child.process.join(LAST_SECONDS)
            if child.process.is_alive():
                child.process.kill()
                child.process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def together(reports: Sequence[Report]) -> Report:
    """One report of several, each on other vendors, in this order."""
    merged: dict[str, Any] = {
        name: {key: value for one in reports for key, value in getattr(one, name).items()}
        for name in ("verdicts", "variants", "failures", "judged", "calls", "seconds")
    }
    for name in ("vendors", "notices", "problems", "unreached", "conditions"):
        merged[name] = tuple(entry for one in reports for entry in getattr(one, name))
    return dataclasses.replace(
        reports[0],
        **merged,
        ran=sum(one.ran for one in reports),
        complete=all(one.complete for one in reports),
    )


def _heard(child: Child) -> Part | str:
    """What a process says: the name of a test that begins, or all that came of it."""
    try:
        found: Part | str = child.connection.recv()
    except (EOFError, OSError):
        child.process.join(LAST_SECONDS)
        return Part(error=f"the process that judged {child.vendor} ended by itself ({child.process.exitcode})")
    return found


def _judge_vendor(opening: Opening, vendor: str, started: float, connection: Connection) -> None:
    """What one process does: wait until it may begin, run the suite, tell what came of it."""
    interruption = Interruption()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one says what to do
    signal.signal(signal.SIGTERM, lambda number, _: interruption.ask(number))

    def progress(name: str) -> None:
        connection.send(name)

    try:
        connection.recv()
    except EOFError:
        return
    try:
        targets, judged = opening(vendor)
        try:
            report, run = run_suite(targets, judged, started=started, progress=progress, interruption=interruption)
        finally:
            targets.close()
        part = Part(_told(report), len(run.records))
    except RuntimeError as error:
        part = Part(error=str(error))
    except Exception:  # noqa: BLE001 - told to the first process, which raises it
        part = Part(traceback=traceback.format_exc())
    with suppress(OSError):
        connection.send(part)


def _told(report: Report) -> Report:
    """What of a report has to be told: of all that was sent only what shows where, and the contracts are known."""
    calls = {
        name: [dataclasses.replace(one, calls=(), deliveries=()) for one in records[:1]]
        for name, records in report.calls.items()
    }
    return dataclasses.replace(report, judged={}, calls=calls)
