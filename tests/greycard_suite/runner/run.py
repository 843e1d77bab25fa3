"""Runs the suite in this process with pytest, quietly, and gives back a report."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.variants import Observer
from greycard_suite.judge.verdicts import Verdict, Verdicts
from greycard_suite.runner.plugin import SuitePlugin

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record

CONTRACT = Path(__file__).parent.parent / "contract"


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
    targets: Any,
    judged: Mapping[str, Vendor],
    *,
    started: float,
    progress: Callable[[str], None] = lambda _: None,
    confirm: bool = False,
    dry_run: bool = False,
    select: str = "",
) -> tuple[Report, SuitePlugin]:
    """Run every suite test that the target allows; raises RuntimeError when pytest itself cannot run it."""
    from greycard_suite.judge.unobservable import EXCUSES, not_exercised_on_mock

    verdicts = {name: Verdicts(claims_of(vendor), Observer(vendor)) for name, vendor in judged.items()}
    confirm = confirm or getattr(targets, "recorded_kind", "") == "live"  # a live run confirms, and so does its replay
    plugin = SuitePlugin(targets, judged, verdicts, progress, confirm, dry_run)
    failures = _Failures()
    arguments = [
        str(CONTRACT), "--noconftest", "-c", os.devnull, f"--rootdir={CONTRACT}", "--import-mode=importlib",
        "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:logging", "-p", "no:warnings", "-p", "no:xdist",
        "-p", "no:cov", "-p", "no:faulthandler", "-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:playwright",
        "-p", "no:timeout", "-p", "no:randomly",
    ]  # fmt: skip
    if select:
        arguments += ["-k", select]
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), _undisturbed():
        code = pytest.main(arguments, plugins=[plugin, failures])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        msg = f"the suite could not run: {output.getvalue()[-2000:]}{'; '.join(failures.found.values())[-2000:]}"
        raise RuntimeError(msg)
    on_mock = getattr(targets, "recorded_kind", targets.kind) == "mock"
    for name, one in verdicts.items():
        for pattern, reason in (not_exercised_on_mock(judged[name]) if on_mock else EXCUSES).items():
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
        problems=tuple(plugin.problems),
        failures={
            name: text
            for name, text in failures.found.items()
            if name in plugin.crashed or not failures.is_violation(name)
        },
        judged=judged,
        calls=plugin.recorder.by_vendor(tuple(judged)),
        ran=plugin.ran,
    )
    return report, plugin


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


class _Failures:
    """Collects what pytest reports as failed, other than claims that were seen violated."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._violations: set[str] = set()

    def is_violation(self, name: str) -> bool:
        return name in self._violations

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            name = report.nodeid.rpartition("::")[2]
            text = str(report.longrepr)
            self.found[name] = text[-4000:]
            if "ContractViolatedError" in text:
                self._violations.add(name)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.found[report.nodeid or "collection"] = str(report.longrepr)[-4000:]
