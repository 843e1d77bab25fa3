"""Runs the suite in this process with pytest, quietly, and gives back a report."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.variants import Observer
from greycard_suite.judge.verdicts import Verdict, Verdicts
from greycard_suite.runner.parallel import Leader
from greycard_suite.runner.plugin import CONTRACT, SuitePlugin
from greycard_suite.runner.state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record
    from greycard_suite.targets.protocol import Targets

ARGUMENTS = (
    str(CONTRACT), "--noconftest", "-c", os.devnull, f"--rootdir={CONTRACT}", "--import-mode=importlib", "--capture=no",
    *(word for name in (
        "cacheprovider", "terminal", "logging", "warnings", "faulthandler", "threadexception", "unraisableexception",
        "xdist", "cov", "hypothesispytest", "anyio", "playwright", "timeout", "randomly",
    ) for word in ("-p", f"no:{name}")),
)  # fmt: skip
"""A session without a terminal, without the user's settings, and without what only one session at a time can have."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found. `status` is the exit status of the command: 0, 1 or 3."""

    target: str
    started: float
    vendors: tuple[str, ...]
    verdicts: Mapping[str, tuple[Verdict, ...]]
    variants: Mapping[str, Mapping[str, tuple[str, ...]]]
    notices: tuple[str, ...]
    problems: tuple[str, ...]
    failures: Mapping[str, str]
    judged: Mapping[str, Vendor] = field(default_factory=dict, repr=False)
    calls: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    ran: int = 0

    @property
    def all_verdicts(self) -> list[Verdict]:
        """Every verdict of every vendor."""
        return [one for found in self.verdicts.values() for one in found]

    @property
    def status(self) -> int:
        """1 when a claim is violated, 3 when nothing could be checked or a test broke down, otherwise 0."""
        found = self.all_verdicts
        if any(one.verdict == "violated" for one in found):
            return 1
        checked = {one.claim.vendor for one in found if one.verdict == "holds"}
        return 3 if self.problems or self.failures or checked != set(self.vendors) else 0


def run_suite(
    targets: Targets,
    judged: Mapping[str, Vendor],
    *,
    started: float,
    progress: Callable[[str], None] = lambda _: None,
    dry_run: bool = False,
    select: str = "",
) -> tuple[Report, RunState]:
    """Run every suite test that the target allows; raises RuntimeError when pytest itself cannot run it."""
    from greycard_suite.judge.unobservable import EXCUSES

    verdicts = {name: Verdicts(claims_of(vendor), Observer(vendor)) for name, vendor in judged.items()}
    run = RunState(targets, judged, verdicts, progress, dry_run)
    _sessions(run, select)
    for one in verdicts.values():
        for pattern, reason in EXCUSES.items():
            one.excuse(pattern, reason)
    report = Report(
        target=targets.kind,
        started=started,
        vendors=tuple(judged),
        verdicts={name: tuple(one.results()) for name, one in verdicts.items()},
        variants={
            name: {variant: tuple(sorted(seen)) for variant, seen in one.options.items()}
            for name, one in verdicts.items()
        },
        notices=tuple(f"{name}: {text}" for name, one in verdicts.items() for text in one.notices),
        problems=tuple(run.problems),
        failures=run.failures,
        judged=judged,
        calls=run.records_of(tuple(judged)),
        ran=run.ran,
    )
    return report, run


def _sessions(run: RunState, select: str) -> None:
    """Let pytest run the contract tests, in one session or several; raises RuntimeError when it cannot."""
    arguments = [*ARGUMENTS, *(("-k", select) if select else ())]
    codes: list[int] = []

    def session(plugins: list[object]) -> None:
        codes.append(pytest.main(arguments, plugins=plugins))

    plugins: list[object] = [SuitePlugin(run)]
    if any(run.targets.threads(vendor) > 1 for vendor in run.judged):
        plugins = [SuitePlugin(run, alone=False), Leader(run, session)]
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), _undisturbed():
        session(plugins)
    if not set(codes) <= {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}:
        msg = f"the suite could not run: {output.getvalue()[-2000:]}{'; '.join(run.failures.values())[-2000:]}"
        raise RuntimeError(msg)


@contextlib.contextmanager
def _undisturbed() -> Generator[None]:
    """Keep the user's own pytest settings and plugins out of the run, and give them back afterwards."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(before)
