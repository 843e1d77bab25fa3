"""`pytest --greycard-freedom[=SEED]`: the user's tests against vendors drawn from a seed, and what a failure relies on.

A test that fails is run again in children, under fewer and fewer freedoms (`reduction`, `forked`; `spawned` where a
process cannot be forked).
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.testing.children import CAN_FORK
from greycard_mocks.testing.forked import BROKEN, NEVER_ENDS, Helper, outcome, quieten
from greycard_mocks.testing.freedom import RANDOM, Draw, seed_of
from greycard_mocks.testing.freedom_words import told, way_out
from greycard_mocks.testing.reduction import Reduced, reduced
from greycard_mocks.testing.spawned import Fresh, SpawnedChildren
from greycard_mocks.testing.spawned_child import NAME

if TYPE_CHECKING:
    from collections.abc import Generator

    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.testing.children import Tell

PROPERTY = "greycard_freedom"
"""The property of a report, and so of JUnit files, that says what a failure relies on."""


PLUGIN = "greycard_freedom_run"
"""The name under which `FreedomRun` is registered."""


class _Spawned:
    """As `Helper`, with a fresh interpreter for each run."""

    def __init__(self, config: pytest.Config, seed: int) -> None:
        self._seed = seed
        self._folder = tempfile.TemporaryDirectory(prefix="greycard-", ignore_cleanup_errors=True)
        self._children = SpawnedChildren(1, Fresh.of(config, Path(self._folder.name)))

    def fails(self, test: str, freedoms: tuple[str, ...]) -> str:
        """As of `Helper`."""
        return outcome(self._children, _no_work, (_run_spawned, (self._seed, test, freedoms)))

    def close(self) -> None:
        """Remove what the children have left."""
        self._folder.cleanup()


def _no_work(_: Tell) -> None:
    """What a spawned child does is its errand."""


def _run_spawned(session: pytest.Session, tell: Tell, seed: int, test: str, freedoms: tuple[str, ...]) -> None:
    plugin: Any = session.config.pluginmanager.get_plugin(PLUGIN)
    tell(None)
    tell(plugin.run_in_spawned(seed, test, freedoms))


class FreedomRun:
    """The plugin of a run with a seed; registered only then."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            seed = seed_of(str(config.getoption("--greycard-freedom")))
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        if seed == RANDOM:
            seed = secrets.randbelow(10**6)
            config.option.greycard_freedom = str(seed)  # the processes of xdist draw the same
        assert isinstance(seed, int)  # noqa: S101 - just made one
        self.seed = seed
        named = [*config.getini("greycard_variants"), *(config.getoption("--greycard-variant") or [])]
        self._config = config
        self._draw = Draw(
            seed, config.getini("greycard_freedom_exclude"), [one.partition("=")[0].strip() for one in named]
        )
        self._items: dict[str, pytest.Item] = {}
        self._helper: Helper | _Spawned | None = None
        self._child: list[str] | None = None
        """In a child: the phases that failed."""

    def begin(self, engine: Engine, vendor: str) -> None:
        """Let a vendor of the run's mock be as drawn."""
        self._draw.begin(engine, vendor)

    def pytest_report_header(self) -> str:
        """The seed, at the start."""
        return f"greycard: vendors drawn from the seed {self.seed} (--greycard-freedom={self.seed})"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Fork the helper before anything is set up; end it after the last test."""
        plugins = self._config.pluginmanager
        is_elsewhere = plugins.hasplugin("dsession") or plugins.hasplugin(NAME)  # xdist hands tests out, or a child
        self._items = {item.nodeid: item for item in session.items}
        if not is_elsewhere and session.items and not self._config.option.collectonly:
            if CAN_FORK:
                self._helper = Helper(self._run_in_child, self._prepare)
            else:
                self._helper = _Spawned(self._config, self.seed)
        try:
            return (yield)
        finally:
            if self._helper is not None:
                self._helper.close()
                self._helper = None

    def _prepare(self) -> None:
        """Load in the helper what each of its children will use."""
        from greycard_mocks.testing.mock import Mock

        with Mock(in_process=True, client=lambda _: None) as mock:
            for vendor in mock.vendors:
                self._draw.begin(mock.engine, vendor)
            _ = mock.application  # with all that it imports
        self._draw.forget()

    def run_in_spawned(self, seed: int, test: str, freedoms: tuple[str, ...]) -> str:
        """As `_run_in_child`, in a process that was not forked and has yet to hear of the seed."""
        self._draw.seed = seed
        return self._run_in_child(test, freedoms)

    def _run_in_child(self, test: str, freedoms: tuple[str, ...]) -> str:
        """Run one test in this process, which is made for it, under these freedoms; see `forked.Run`."""
        import faulthandler

        faulthandler.disable()
        quieten(self._config)
        self._child, self._draw.only, self._helper = [], freedoms, None
        item = self._items[test]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return self._child[0] if self._child else ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """A test begins: no vendor has been asked for yet."""
        self._draw.asked = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Reduce a failure, and say in it what it relies on, and the seed."""
        report = yield
        if not report.failed:
            return report
        if self._child is not None:
            self._child.append(str(call.when))
        else:
            self._tell(item, report)
        return report

    def _tell(self, item: pytest.Item, report: pytest.TestReport) -> None:
        again = f"--greycard-freedom={self.seed}"
        crash = getattr(report.longrepr, "reprcrash", None)
        candidates = self._candidates()
        if not candidates:
            text, short = f"No freedom was in force. {again}", again
        else:
            phases: dict[tuple[str, ...], str] = {}

            def fails(some: tuple[str, ...]) -> bool:
                assert self._helper is not None  # noqa: S101 - asked above
                phases[some] = self._helper.fails(item.nodeid, some)
                return phases[some] in (report.when, NEVER_ENDS)

            found = reduced(candidates, fails)
            others = {one for one in phases.values() if one not in ("", report.when, NEVER_ENDS)}
            text, short = self._words(item, found, others, again)
        report.sections.append(("greycard freedom", text))
        report.user_properties.append((PROPERTY, text))
        if crash is not None:
            crash.message = f"[{short}] {crash.message}"

    def _candidates(self) -> tuple[str, ...]:
        drawn = self._draw.drawn
        return tuple(one for vendor in sorted(self._draw.asked or drawn) for one in drawn.get(vendor, ()))

    def _words(self, item: pytest.Item, found: Reduced, others: set[str], again: str) -> tuple[str, str]:
        """(the paragraph, the words for the line of the summary)."""
        name = item.nodeid.rpartition("::")[2]
        runs = f"{found.runs} runs, {again}"
        if found.ids and found.sure:
            freedoms = [self._draw.known[one] for one in found.ids]
            return (
                f"{told(name, freedoms)} {way_out(freedoms, self._draw.variants)} ({runs})",
                f"{again}: {' and '.join(found.ids)}",
            )
        if found.sure:
            return f"{name} fails without any freedom, too. ({runs})", f"{again}: fails without freedoms too"
        why = f" Some of its runs by itself ended in {' and '.join(sorted(others))}." if others - {BROKEN} else ""
        text = (
            f"{name} fails under freedoms, but not by itself under one or two of them: it may need more, or another "
            f"test before it.{why} Nearest: {', '.join(found.ids)}. ({runs})"
        )
        return text, again

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What the tests rely on, each once, also where tests ran in other processes."""
        texts = {
            value: None
            for kind in ("failed", "error")
            for report in terminalreporter.stats.get(kind, ())
            for name, value in getattr(report, "user_properties", ())
            if name == PROPERTY
        }
        if texts:
            terminalreporter.section(f"greycard freedom, seed {self.seed}")
            for text in texts:
                terminalreporter.write_line(text)
