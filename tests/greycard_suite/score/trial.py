"""Runs collected tests in a forked child and tells of each: its tape, and how it is sorted. Needs pytest.

The parent has collected the tests and imported what they need; here they are set up and run, with all their fixtures.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from greycard_mocks.testing.watching import watch
from greycard_suite.score.certificates import read_late
from greycard_suite.score.choose import Touch, touch_of
from greycard_suite.score.failures import failure_of, is_library
from greycard_suite.score.sort import Failure, Sorted, sorted_by, where_different
from greycard_suite.score.tapes.reading import placeholders_of, tape_of
from greycard_suite.score.tapes.recorder import Limits, Recorder
from greycard_suite.score.tapes.tape import Manner, Placeholders, Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from greycard_schemas.loader import Vendor

TIMES = 20
"""A test may take so many times what it takes without a drift: requests, the vendor's time, real time."""

MOST_REQUESTS = 200
"""Requests that a test may send in any case, and beyond TIMES."""

_ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")
MOST_SECONDS = 3600.0
MOST_REAL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One test as it was run: why it failed (None: it passed), whether it was skipped, its tape and what it touches."""

    test: str
    failure: Failure | None
    skipped: bool
    tape: Tape
    touch: Touch
    seconds: float


@dataclass(frozen=True, slots=True)
class Usual:
    """What a test does without a drift, and how other runs are compared to that."""

    tape: Tape
    touch: Touch
    manner: Manner
    seconds: float

    @property
    def patience(self) -> float:
        """Real seconds that the test may take."""
        return max(MOST_REAL_SECONDS, TIMES * self.seconds)


@dataclass(slots=True)
class Bench:
    """What a child needs of its parent: the collected tests and the vendors' contracts as they are loaded."""

    session: pytest.Session
    items: Mapping[str, pytest.Item]
    plain: Mapping[str, Vendor]
    folder: Path
    test_files: tuple[Path, ...] = ()
    usual: dict[str, Usual] = field(default_factory=dict)


def run_plainly(
    bench: Bench, tests: Sequence[str], tell: Callable[[Any], None], *, broken: bool = False, held: int | None = None
) -> None:
    """Run tests without a drift and tell the `Trial` of each; `broken` and `held` as of `Recorder`."""
    recorder = Recorder(broken=broken, held=held)
    there = set(sys.modules)
    with_limits = {one: bench.usual[one] for one in tests if one in bench.usual}

    def beyond(test: str, words: str) -> NoReturn:
        tell(Trial(test, Failure("endless", words), skipped=False, tape=Tape(), touch=Touch(), seconds=0.0))
        os._exit(0)

    for trial in _run(bench, tests, recorder, with_limits, beyond, tell):
        tell(trial)
    tell(("imported", [name for name in sys.modules if name not in there and _is_of_no_user(name)]))


def _is_of_no_user(name: str) -> bool:
    """Whether a module is the standard library's, an installed one or greycard's own, and no user's own code."""
    file = getattr(sys.modules[name], "__file__", None)
    return isinstance(file, str) and (is_library(Path(file)) or name.startswith("greycard_"))


def run_drifted(bench: Bench, tests: Sequence[str], departures: Mapping[str, Any], tell: Callable[[Any], None]) -> None:
    """Run tests under a drift until one fails, and tell how each is sorted."""
    read_late()
    recorder = Recorder(departures, bench.plain)

    def beyond(test: str, words: str) -> NoReturn:
        usual = bench.usual[test]
        exchange, difference = where_different(usual.tape, tape_of(recorder, bench.plain))
        tell(Sorted(test, "endless", words, exchange, difference, words))
        os._exit(0)

    for trial in _run(bench, tests, recorder, bench.usual, beyond, tell):
        usual = bench.usual[trial.test]
        failure = Failure("mock", "it was skipped", is_set_up=True) if trial.skipped else trial.failure
        found = sorted_by(trial.test, usual.tape, trial.tape, usual.manner, failure)
        tell(found)
        if found.sort in ("caught", "crashes"):
            return


def _run(
    bench: Bench,
    tests: Sequence[str],
    recorder: Recorder,
    usual: Mapping[str, Usual],
    beyond: Callable[[str, str], NoReturn],
    tell: Callable[[Any], None],
) -> Generator[Trial]:
    _settle_in(bench)
    recorder.names.append((str(bench.folder), "<folder>"))
    watch(recorder)
    observer = _Observer(bench, recorder)
    bench.session.config.pluginmanager.register(observer, "greycard-score-observer")
    items = [bench.items[test] for test in tests]
    for index, item in enumerate(items):
        test, begun = item.nodeid, perf_counter()
        tell(("begin", test))
        recorder.begin(_limits(usual[test], test, beyond) if test in usual else None)
        observer.begin()
        following = items[index + 1] if index + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield Trial(
            test, observer.failure, observer.skipped, observer.tape, observer.touch, perf_counter() - begun
        )  # fmt: skip


def _limits(usual: Usual, test: str, beyond: Callable[[str, str], NoReturn]) -> Limits:
    return Limits(
        TIMES * usual.tape.requests + MOST_REQUESTS,
        TIMES * usual.tape.ended + MOST_SECONDS,
        lambda words: beyond(test, words),
    )


class _Observer:
    """A plugin that notes how the test under way ends and what it leaves, before its fixtures are taken down."""

    def __init__(self, bench: Bench, recorder: Recorder) -> None:
        self._bench, self._recorder = bench, recorder
        self.begin()

    def begin(self) -> None:
        """Another test begins."""
        self._failure: Failure | None = None
        self._names = Placeholders()
        self.skipped = False
        self.tape, self.touch = Tape(), Touch()

    @property
    def failure(self) -> Failure | None:
        """Why the test failed, in words that are the same in every run."""
        if self._failure is None:
            return None
        return replace(self._failure, words=self._names.text(_ADDRESS.sub("<address>", self._failure.words)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note why the test fails; an expected failure is none."""
        report = yield
        if report.failed and self._failure is None:
            if call.excinfo is None:
                self._failure = Failure("assertion", str(report.longrepr)[:160])
            else:
                self._failure = failure_of(call.excinfo, self._bench.test_files)
        self.skipped = self.skipped or (report.skipped and not hasattr(report, "wasxfail"))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Take down the tape while worlds and folders are still there."""
        arguments: Mapping[str, Any] = getattr(item, "funcargs", {})
        base = self._bench.folder
        folders = [one for one in arguments.values() if isinstance(one, Path) and one.is_relative_to(base)]
        # pytest has no other door to what was printed
        sections: list[tuple[str, str, str]] = getattr(item, "_report_sections", [])
        said = "".join(text for when, kind, text in sections if (when, kind) == ("call", "stdout"))
        self._names = placeholders_of(self._recorder)
        self.tape = tape_of(self._recorder, self._bench.plain, folders, said)
        self.touch = touch_of(self._recorder)


def _settle_in(bench: Bench) -> None:
    """Make this child silent, with a folder of its own for temporary files."""
    config = bench.session.config
    config.option.tbstyle = "line"  # nobody reads the tracebacks of children
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.stop_global_capturing()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if capture is not None:
        capture.start_global_capturing()
        capture.suspend_global_capture()
    bench.folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(bench.folder)
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        factory._basetemp = bench.folder  # noqa: SLF001 - the same names in every child, and none of them numbered
