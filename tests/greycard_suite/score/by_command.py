"""Scores tests of any language: a command is run against a mock on a port, once for each drift that it may feel."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import run
from greycard_mocks.testing.clock_choice import read_clock
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.loader import load_contracts
from greycard_suite.score.choose import follows, grouped, touch_of, touches
from greycard_suite.score.score import UNSTEADY, Outcome, Score
from greycard_suite.score.sort import Failure, Sorted, manner_of, sorted_by
from greycard_suite.score.tapes.reading import tape_of
from greycard_suite.score.tapes.recorder import Limits, Recorder
from greycard_suite.score.tapes.tape import Tape
from greycard_suite.score.trial import MOST_REQUESTS, MOST_SECONDS, TIMES, Usual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Vendor

LEAST_PATIENCE = 30.0


@dataclass(slots=True)
class _Run:
    """What one run of the command came to. `beyond` says why it was ended, if it was."""

    status: int
    tape: Tape
    recorder: Recorder
    seconds: float
    beyond: str = ""


@dataclass(slots=True)
class ByCommand:
    """A shell command with the mock's port; `clock` is a choice as of `Mock`. `tell` is told of each drift."""

    command: str
    port: int
    clock: str = "auto"
    tell: Callable[[str], None] = lambda _: None
    plain: Mapping[str, Vendor] = field(default_factory=load_contracts)

    def score(self, vendors: Sequence[str] = ()) -> Score:
        """Run the command as it is, and under each drift of these vendors, or of all that it uses."""
        score = Score((self.command,))
        first, second = self._run({}, None), self._run({}, None)
        for one in (first, second):
            if one.status != 0 or one.beyond:
                score.left_out[self.command] = f"fails without a drift: {one.beyond or f'status {one.status}'}"
                return score
        manner = manner_of(first.tape, second.tape)
        if manner is None:
            score.left_out[self.command] = UNSTEADY
            return score
        touch = touch_of(first.recorder)
        usual = Usual(first.tape, touch, manner, max(first.seconds, second.seconds))
        score.usual[self.command] = usual
        broken = self._run({}, usual, broken=True)
        score.blind = (self.command,) if broken.status == 0 and not broken.beyond else ()
        if not score.reached or score.blind:
            return score
        wanted = [name for name in vendors or self.plain if name in touch.vendors]
        drifts = [one for name in wanted for one in drifts_of(self.plain[name]).values()]
        sorts: dict[str, str] = {}
        for group in grouped(drifts):
            for drift in group.drifts:
                outcome = self._outcome(drift, usual, sorts, score)
                sorts[drift.id] = outcome.sort
                self.tell(f"{outcome.sort:14} {drift.id}")
                for name in (drift.id, *group.same.get(drift.id, ())):
                    score.outcomes[name] = outcome
        return score

    def _outcome(self, drift: Drift, usual: Usual, sorts: Mapping[str, str], score: Score) -> Outcome:
        known = follows(drift, sorts)
        if known or not touches(drift, usual.touch, self.plain[drift.vendor]):
            return Outcome(drift, (), known or "unseen")
        score.runs += 1
        done = self._run({drift.vendor: ((drift.id,), drift.patches)}, usual)
        if done.beyond:
            found = Sorted(self.command, "endless", done.beyond, instead=done.beyond)
        else:
            failure = Failure("assertion", f"the command ended with {done.status}") if done.status else None
            found = sorted_by(self.command, usual.tape, done.tape, usual.manner, failure)
        return Outcome(drift, (self.command,), found.sort, (found,))

    def _run(self, departures: Mapping[str, Any], usual: Usual | None, *, broken: bool = False) -> _Run:
        drifts = {name: ids for name, (ids, _) in departures.items()}
        patches = {name: list(made) for name, (_, made) in departures.items()}
        choice = read_clock(self.clock)
        engine = Engine(
            load_contracts(patches=patches), clock=choice.base(), auto=choice.auto, speed=choice.speed or 1.0,
            drifts=drifts,
        )  # fmt: skip
        recorder = Recorder(broken=broken)
        recorder.made(engine)
        beyond: list[str] = []
        with run(engine, port=self.port):
            begun = perf_counter()
            process = subprocess.Popen(  # noqa: S602 - the user's own command, as they would type it
                self.command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

            def end(words: str) -> None:
                beyond.append(words)
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)

            recorder.begin(None if usual is None else _limits(usual, end))
            try:
                process.wait(None if usual is None else max(LEAST_PATIENCE, TIMES * usual.seconds))
            except subprocess.TimeoutExpired:
                end("it took too long")
            finally:
                with contextlib.suppress(OSError):  # whatever it has started and left behind
                    os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
            seconds = perf_counter() - begun
        engine.close()
        return _Run(status, tape_of(recorder, self.plain), recorder, seconds, beyond[0] if beyond else "")


def _limits(usual: Usual, beyond: Callable[[str], None]) -> Limits:
    return Limits(TIMES * usual.tape.requests + MOST_REQUESTS, TIMES * usual.tape.ended + MOST_SECONDS, beyond)
