"""Does what `greycard verify` asks for: builds the target, runs the suite, shows and keeps what was found."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from greycard_schemas.errors import ContractError
from greycard_suite.commands.interrupts import interruptible
from greycard_suite.commands.live_run import (
    clean_up_left_behind,
    end_interrupted,
    end_whole,
    open_journal,
    resumed_targets,
    say_interrupted,
    written,
)
from greycard_suite.commands.mock_run import jobs_of, judged_in_processes, mock_targets
from greycard_suite.commands.options import chosen_contracts, refuse_unservable
from greycard_suite.credentials import NoKeyError, named_secrets
from greycard_suite.redact.console import hide
from greycard_suite.reports.github import annotation_lines, summary
from greycard_suite.reports.json import as_json
from greycard_suite.reports.junit import as_junit
from greycard_suite.reports.keep import write_redacted
from greycard_suite.reports.terminal import show
from greycard_suite.runner.recorder import Pen
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.status import CannotWriteError
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.live import LiveError
from greycard_suite.targets.open_live import budget_for, live_urls, open_live
from greycard_suite.targets.wire import ANSWER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.journal import Journal
    from greycard_suite.runner.state import RunState
    from greycard_suite.targets.protocol import Targets
    from greycard_suite.targets.replay import ReplayTargets


def run_verify(options: dict[str, Any]) -> int:
    """Run one verification; returns the exit status."""
    console = Console(soft_wrap=False, highlight=False)  # or rich colours half of "S4:99" as a time of day
    _refuse_wrong_baseline(options["baseline"])
    vendors = _vendors(options)
    variants = [*_recorded_variants(options, vendors), *options["variants"]]
    judged = chosen_contracts(vendors, variants, options["folders"], options["profile"])
    if options["mock_contracts"] is not None:
        refuse_unservable(options["mock_contracts"])
    for vendor in judged.values():
        hide(named_secrets(vendor, os.environ))
    interruption = Interruption()
    with ExitStack() as stack:
        started = time.time()
        if options["kind"] == "mock" and options["replay"] is None and jobs_of(options, judged) > 1:
            found = judged_in_processes(options, judged, interruption, started, console)
            return found if isinstance(found, int) else _finish(options, found, {}, console)
        targets, journal = _targets(options, judged, interruption, started, stack)
        status = console.status("") if console.is_terminal else None
        if status is not None:
            stack.enter_context(status)

        def progress(name: str) -> None:
            if status is not None:
                status.update(f"{name[:100]}")

        try:
            with interruptible(interruption):
                report, run = run_suite(
                    targets,
                    judged,
                    started=started,
                    progress=progress,
                    dry_run=options["dry_run"],
                    interruption=interruption,
                    pen=Pen(journal, interruption) if journal is not None else None,
                    jobs=jobs_of(options, judged) if options["kind"] == "live" else 1,
                )
        except KeyboardInterrupt:
            return say_interrupted(interruption.number or signal.SIGINT, journal)
        if status is not None:
            status.stop()
        if options["dry_run"]:
            _show_plan(run, console)
            return 0
        if interruption.asked:
            return end_interrupted(options, report, run, targets, journal, interruption)
        if journal is not None:
            clean_up_left_behind(run, targets, console)
        keep = None if journal is None else partial(end_whole, options, report, run, targets, journal, console)
        return _finish(options, report, targets.credentials, console, left_out=run.left_out, keep=keep)


def _refuse_wrong_baseline(path: Path | None) -> None:
    """Raises UsageError for a baseline that cannot be read, before anything is sent."""
    from greycard_suite.judge.baseline import load_baseline

    try:
        if path is not None:
            load_baseline(path)
    except ContractError as error:
        raise click.UsageError(str(error)) from None


def _targets(
    options: dict[str, Any], judged: dict[str, Vendor], interruption: Interruption, started: float, stack: ExitStack
) -> tuple[Targets, Journal | None]:
    """What the run asks, and where it writes down what it sends, if it does."""
    if options["replay"] is not None:
        return _recorded(options["replay"], judged), None
    if options["kind"] == "mock":
        mock = mock_targets(options, judged)
        stack.callback(mock.close)
        return mock, None
    try:
        urls = live_urls(options["base_urls"], judged)
        live = open_live(
            judged,
            urls,
            os.environ,
            budget_for(urls, options["budget"], options["paid"]),
            image_base=options["image_base"],
            callback_host=options["callback_host"],
            callback_port=options["callback_port"],
            patience=options["patience"],
            deadline=options["deadline"] or ANSWER_SECONDS,
            interruption=interruption,
        )
    except (LiveError, NoKeyError, OSError) as error:
        raise click.UsageError(str(error)) from None
    stack.callback(live.close)
    resumed, pay_again = options["resume"], options["pay_again"]
    if options["dry_run"]:
        return (live if resumed is None else resumed_targets(resumed, judged, live, pay_again=pay_again)), None
    journal = open_journal(options, judged, live, started)
    stack.callback(journal.close)
    if resumed is None:
        return live, journal
    return resumed_targets(journal.folder, judged, live, pay_again=pay_again), journal


def _recorded(folder: Path, judged: dict[str, Vendor]) -> ReplayTargets:
    from greycard_suite.evidence.har import EvidenceError
    from greycard_suite.targets.replay import ReplayTargets

    try:
        return ReplayTargets(folder, judged)
    except EvidenceError as error:
        raise click.UsageError(str(error)) from None


def _vendors(options: dict[str, Any]) -> list[str]:
    """The vendors that were named; for a replay without a name those that the evidence has."""
    named = list(options["vendors"])
    if named or options["replay"] is None:
        return named
    from greycard_suite.evidence.folder import read_archive
    from greycard_suite.evidence.har import EvidenceError

    try:
        return list(read_archive(options["replay"]).settings)
    except EvidenceError as error:
        raise click.UsageError(str(error)) from None


def _recorded_variants(options: dict[str, Any], vendors: list[str]) -> list[str]:
    """The variants by which a recorded run was judged; what the user says now comes after them."""
    if options["replay"] is None or options["profile"] is not None:
        return []
    from greycard_suite.evidence.folder import recorded_variants
    from greycard_suite.evidence.har import EvidenceError

    try:
        found = recorded_variants(options["replay"])
    except EvidenceError as error:
        raise click.UsageError(str(error)) from None
    return [f"{name}.{key}={option}" for name in vendors for key, option in found.get(name, {}).items()]


def _show_plan(run: RunState, console: Console) -> None:
    requests = paid = 0
    for one in run.plans.values():
        if one.skip:
            console.print(
                f"  left out  {one.vendor}: {one.test} [{one.case}]: {one.skip}",
                style="dim",
                soft_wrap=True,
                markup=False,
            )
        else:
            requests, paid = requests + one.requests, paid + one.credits
            console.print(
                f"  {one.requests:4} requests, {one.credits:2} credits  {one.vendor}: {one.test} [{one.case}]",
                soft_wrap=True,
                markup=False,
            )
    console.print(f"in all at most {requests} requests and {paid} credits; nothing was sent")


def _finish(
    options: dict[str, Any],
    report: Report,
    credentials: Mapping[str, Mapping[str, str]],
    console: Console,
    *,
    left_out: int = 0,
    keep: Callable[[Mapping[str, Any]], None] | None = None,
) -> int:
    """Show a report and write what is asked for, `keep` first, which is given the verdicts; returns the exit status."""
    show(report, console, every=options["every"])
    document = as_json(report)
    status = report.status
    if left_out:
        console.print(f"{left_out} tests were left out, because the budget does not reach for them")
    if options["baseline"] is not None:
        from greycard_suite.judge.baseline import apply_baseline

        try:
            status, lines = apply_baseline(options["baseline"], document, status)
        except ContractError as error:
            raise click.UsageError(str(error)) from None
        for line in lines:
            console.print(line, soft_wrap=True, markup=False)
    exercised, observable = report.exercised
    if options["require"] is not None and 100 * exercised < options["require"] * observable:
        console.print(
            f"--require {options['require']}: only {exercised} of {observable} observable statements were exercised",
            soft_wrap=True,
        )
        status = status or 3
    writing = [partial(written, path, write) for path, write in _files(options, report, document, credentials)]
    if keep is not None:
        writing.insert(0, partial(keep, document))
    problems = []
    for write in writing:
        try:
            write()
        except CannotWriteError as error:  # what can be written is
            problems.append(error.message)
    if problems:
        raise CannotWriteError("; ".join(problems))
    return status


def _files(
    options: Mapping[str, Any],
    report: Report,
    document: Mapping[str, Any],
    credentials: Mapping[str, Mapping[str, str]],
) -> list[tuple[Path, Callable[[], None]]]:
    """The files that are asked for, each with what writes it; annotations for GitHub are printed at once."""
    texts: list[tuple[Path | None, str]] = [
        (options["json_file"], json.dumps(document, indent=2)),
        (options["junit_file"], as_junit(report)),
    ]
    if options["github"]:
        for line in annotation_lines(report):
            click.echo(line)
        step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if step_summary:
            path = Path(step_summary)
            before = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            texts.append((path, before + summary(report)))
    return [
        (path, partial(write_redacted, path, text, credentials, report.judged))
        for path, text in texts
        if path is not None
    ]
