"""The score itself: what the user's tests are without a drift, then what they are under each of them.

Knows how it is done, not how it is told; pytest comes in with the collected tests.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_mocks.testing.children import Children, Job
from greycard_mocks.testing.spawned import SpawnedChildren
from greycard_suite.score.choose import Group, follows, grouped, in_order, touches
from greycard_suite.score.probes import place_of, probe_of
from greycard_suite.score.sort import Sorted, manner_of, worst
from greycard_suite.score.spawned import Errand, run_errand
from greycard_suite.score.trial import Bench, Trial, Usual, run_drifted, run_plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from greycard_mocks.testing.spawned import Fresh
    from greycard_schemas.drifts.model import Drift

FAILED, UNSTEADY, SKIPPED = "fails without a drift", "differs from run to run", "is skipped"


@dataclass(slots=True)
class Outcome:
    """How one drift is sorted. `tests` touch what it changes; `results` are those that were run."""

    drift: Drift
    tests: tuple[str, ...]
    sort: str
    results: tuple[Sorted, ...] = ()
    by: str = ""
    """The drift that came to the same change, or the stronger one from which this follows; empty where it was run."""

    @property
    def result(self) -> Sorted | None:
        """The result that stands for all."""
        return worst(self.results)


@dataclass(slots=True)
class Score:
    """What came of it. `left_out` says of each test why it is no part of the score."""

    tests: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    usual: dict[str, Usual] = field(default_factory=dict)
    blind: tuple[str, ...] = ()
    """Tests that stay green when every answer is broken."""

    untimed: tuple[str, ...] = ()
    """Tests whose times differ from run to run, so that these are not compared."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    read_in_vain: set[str] = field(default_factory=set)
    """Fields without which the application stops, and whose value changes nothing."""

    runs: int = 0
    """Drifts that were really run."""

    @property
    def reached(self) -> bool:
        """Whether any test reached a mock."""
        return any(one.touch.vendors for one in self.usual.values())

    def of(self, *sorts: str) -> list[Outcome]:
        """The outcomes of these sorts, in the order of the catalogue."""
        return [one for one in self.outcomes.values() if one.sort in sorts]


class Scoring:
    """Makes a score with at most `count` children at a time; `folder` is for their temporary files.

    Without `choosing` every drift is run with every test of its vendor. `progress` is told of each drift that is done.
    With `fresh` the children are interpreters of their own, where this one cannot be forked.
    """

    def __init__(
        self,
        bench: Bench,
        *,
        count: int,
        choosing: bool = True,
        progress: Callable[[int, int], None] | None = None,
        fresh: Fresh | None = None,
    ) -> None:
        self._bench, self._choosing, self._progress = bench, choosing, progress
        self._children = Children(count) if fresh is None else SpawnedChildren(count, fresh)
        self._number = 0
        self.score = Score(tuple(bench.items))

    def close(self) -> None:
        """Give back what the children needed."""
        self._children.close()

    def take_baseline(self) -> None:
        """Run the tests three times as they are, and once with every answer broken."""
        score = self.score
        first = self._plain_runs(list(self._bench.items))
        for name, trial in first.items():
            if trial.skipped or trial.failure is not None:
                score.left_out[name] = f"{FAILED}: {trial.failure.words}" if trial.failure is not None else SKIPPED
        cost = {name: (one.tape.asks, name) for name, one in first.items() if name not in score.left_out}
        whole = in_order(list(cost), cost)
        # now in the order in which they run later, so that a test that needs another one before it is found, and with
        # every other request held, so that it shows where an application asks several things at once
        runs = {name: [first[name]] for name in whole}
        for held in (0, 1):
            for name, trial in self._plain_runs(whole, held=held).items():
                runs[name].append(trial)
        for name, trials in runs.items():
            broken_down = next((one.failure for one in trials if one.failure is not None), None)
            manner = None if broken_down else manner_of(*(one.tape for one in trials))
            if manner is None:
                score.left_out[name] = f"{UNSTEADY}{f': {broken_down.words}' if broken_down else ''}"
                continue
            seconds = max(one.seconds for one in trials)
            score.usual[name] = Usual(first[name].tape, first[name].touch, manner, seconds)
        self._bench.usual = dict(score.usual)
        score.untimed = tuple(name for name, one in score.usual.items() if not one.manner.times)
        asking = [name for name, one in score.usual.items() if one.touch.vendors]
        broken = self._plain_runs(asking, broken=True)
        score.blind = tuple(name for name in asking if name in broken and broken[name].failure is None)

    def try_drifts(self, drifts: Iterable[Drift]) -> None:
        """Sort each of these drifts."""
        groups = grouped(drifts)
        total, done = sum(len(one.drifts) + sum(map(len, one.same.values())) for one in groups), 0
        order = {drift.id: None for group in groups for drift in group.drifts}
        outcomes: dict[str, Outcome] = {}

        def note(outcome: Outcome, group: Group) -> None:
            nonlocal done
            outcomes[outcome.drift.id] = outcome
            done += 1 + len(group.same.get(outcome.drift.id, ()))
            if self._progress is not None:
                self._progress(done, total)

        for group in groups:
            self._go_on(group, 0, outcomes, note)
        self._children.run()
        for group in groups:
            for drift in group.drifts:
                for other in group.same.get(drift.id, ()):
                    order[other] = None
                    kept = outcomes[drift.id]
                    outcomes[other] = replace(kept, by=drift.id)
        self.score.outcomes = {name: outcomes[name] for name in order}

    def try_probes(self) -> None:
        """Find the fields without which the application stops and whose value changes nothing."""
        found: dict[str, Outcome] = {}
        for outcome in self.score.of("crashes"):
            place, drift = place_of(outcome.drift.id), outcome.drift
            probe = probe_of(drift, self._bench.plain[drift.vendor])
            if probe is not None and place not in found:
                found[place] = outcome
                self._try(probe, outcome.tests, partial(found.__setitem__, place))
        self._children.run()
        others = {place_of(one.drift.id): one for one in self.score.of("not relied on") if one.results}
        for place in [place_of(one.drift.id) for one in self.score.of("crashes")]:
            is_idle = place in found and found[place].sort == "not relied on"
            other = others.get(place)
            if is_idle or (other is not None and other.drift.id.endswith(("-retyped", "-changed", "-untrue"))):
                self.score.read_in_vain.add(place)

    def _go_on(
        self, group: Group, index: int, outcomes: Mapping[str, Outcome], note: Callable[[Outcome, Group], None]
    ) -> None:
        """Sort the drifts of a group from `index` on; one that has to be run goes on with the next when it is done."""
        if index == len(group.drifts):
            return
        drift = group.drifts[index]
        tests = self._tests_for(drift)
        known = follows(drift, {name: one.sort for name, one in outcomes.items()}) if self._choosing else ""

        def done(found: Outcome) -> None:
            note(found, group)
            self._go_on(group, index + 1, outcomes, note)

        if tests and not known:
            self._try(drift, tests, done)
        else:
            done(Outcome(drift, tuple(tests), known or "unseen", by=group.drifts[0].id if known else ""))

    def _tests_for(self, drift: Drift) -> list[str]:
        usual, vendor = self.score.usual, self._bench.plain[drift.vendor]
        if self._choosing:
            found = [name for name, one in usual.items() if touches(drift, one.touch, vendor)]
        else:
            found = [name for name, one in usual.items() if one.touch.vendors]
        return in_order(found, {name: (usual[name].tape.asks, name) for name in found})

    def _try(self, drift: Drift, tests: Sequence[str], done: Callable[[Outcome], None]) -> None:
        results: list[Sorted] = []
        under_way = ""
        self.score.runs += 1

        def on_message(message: Any) -> float | None:
            nonlocal under_way
            if isinstance(message, Sorted):
                results.append(message)
                return None
            under_way = message[1]
            return self.score.usual[under_way].patience

        def on_end(why: str | None) -> None:
            if under_way and not any(one.test == under_way for one in results):
                results.append(_of_an_end(under_way, why or "its process ended"))
            found = worst(results)
            done(Outcome(drift, tuple(tests), found.sort if found else "not tried", tuple(results)))

        departures = {drift.vendor: ((drift.id,), drift.patches)}
        bench = self._bench_of_child()
        work = partial(run_drifted, bench, tests, departures)
        usual = {test: bench.usual[test] for test in tests}
        errand = (run_errand, (Errand(bench.folder, tuple(tests), usual, departures),))
        self._children.add(Job(work, on_message, self._and_tidy(bench.folder, on_end), errand=errand))

    def _plain_runs(self, tests: Sequence[str], *, broken: bool = False, held: int | None = None) -> dict[str, Trial]:
        found: dict[str, Trial] = {}
        left = list(tests)
        while left:
            begun: list[str] = []

            def on_message(message: Any, begun: list[str] = begun) -> float | None:
                if isinstance(message, Trial):
                    found[message.test] = message
                    return None
                if message[0] == "imported":
                    self._import(message[1])
                    return None
                begun.append(message[1])
                usual = self._bench.usual.get(message[1])
                return usual.patience if usual is not None else None

            ended: list[str | None] = []
            bench = self._bench_of_child()
            work = partial(run_plainly, bench, left, broken=broken, held=held)
            errand = (run_errand, (Errand(bench.folder, tuple(left), bench.usual, broken=broken, held=held),))
            self._children.add(Job(work, on_message, self._and_tidy(bench.folder, ended.append), errand=errand))
            self._children.run()
            if not begun:
                break
            if begun[-1] not in found:  # it ended its process, or had to be ended
                found[begun[-1]] = _ended(begun[-1], ended[0] or "its process ended")
            left = [one for one in left if one not in found]
        return found

    @staticmethod
    def _import(names: Sequence[str]) -> None:
        """Import here what a child had to import, so that no other child has to; never the user's own modules."""
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)

    def _bench_of_child(self) -> Bench:
        self._number += 1
        return replace(self._bench, folder=self._bench.folder / f"child-{self._number:05d}")

    @staticmethod
    def _and_tidy(folder: Path, on_end: Callable[[str | None], object]) -> Callable[[str | None], None]:
        def ended(why: str | None) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            on_end(why)

        return ended


def _ended(test: str, why: str) -> Trial:
    from greycard_suite.score.choose import Touch
    from greycard_suite.score.sort import Failure
    from greycard_suite.score.tapes.tape import Tape

    return Trial(test, Failure("error", why), skipped=False, tape=Tape(), touch=Touch(), seconds=0.0)


def _of_an_end(test: str, why: str) -> Sorted:
    """A test that its process did not survive, or that had to be ended."""
    if why == "it took too long":
        return Sorted(test, "endless", why, instead="it did not come to an end")
    return Sorted(test, "crashes", why)
