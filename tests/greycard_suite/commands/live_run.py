"""Where a live run keeps what it sends and finds, what it begins with when it goes on with another, and how it ends."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.credentials import secrets_of
from greycard_suite.evidence.archive import JOURNAL
from greycard_suite.evidence.har import EvidenceError
from greycard_suite.evidence.journal import Journal
from greycard_suite.evidence.secret_gate import SecretLeakError
from greycard_suite.reports.json import as_json
from greycard_suite.reports.keep import keep_evidence, version_of_greycard
from greycard_suite.runner.attempt import INTERRUPTIONS
from greycard_suite.status import CannotWriteError
from greycard_suite.targets.replay import ReplayTargets
from greycard_suite.targets.resume import ResumedTargets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from greycard_schemas.loader import Vendor
    from greycard_suite.runner.run import Report
    from greycard_suite.runner.state import RunState
    from greycard_suite.targets.interruption import Interruption
    from greycard_suite.targets.live import LiveTargets
    from greycard_suite.targets.protocol import Targets


def open_journal(
    options: Mapping[str, Any], judged: Mapping[str, Vendor], live: LiveTargets, started: float
) -> Journal:
    """The journal of a live run, with what the run that it goes on with has on record.

    Raises UsageError when the folder holds another run that was cut off, or cannot be read or written.
    """
    resumed: Path | None = options["resume"]
    named = f"greycard-report-{datetime.fromtimestamp(started, UTC):%Y%m%d-%H%M%S}"
    folder: Path = options["output"] or resumed or Path(named)
    if (folder / JOURNAL).exists() and (resumed is None or folder.resolve() != resumed.resolve()):
        msg = f"{folder} holds a run that was cut off; go on with it (--resume {folder}), or name another folder (-o)"
        raise click.UsageError(msg)
    journal = Journal(folder, judged, secrets_of(live.credentials, judged), version_of_greycard())
    if resumed is not None:
        try:
            journal.go_on_with(resumed)
        except EvidenceError as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            msg = f"{folder} cannot be written: {error.strerror}"
            raise click.UsageError(msg) from None
        if options["pay_again"]:
            journal.archive.forget_cut_off()
    live.write_down_deliveries(journal)
    return journal


def resumed_targets(
    folder: Path, judged: Mapping[str, Vendor], live: LiveTargets, *, pay_again: bool = False
) -> ResumedTargets:
    """Targets that know what the run in this folder has on record; raises UsageError when they cannot go on with it."""
    try:
        recorded = ReplayTargets(folder, judged, partly=True)
    except EvidenceError as error:
        raise click.UsageError(str(error)) from None
    for name in judged:
        asked = recorded.settings.get(name, {}).get("base_url", live.base_urls[name])
        if asked.rstrip("/") != live.base_urls[name].rstrip("/"):
            msg = f"{folder} holds a run that asked {name} at {asked}; give --base-url {name}={asked} to go on with it"
            raise click.UsageError(msg)
    resumed = ResumedTargets(live, recorded)
    resumed.find_left_behind()
    if pay_again:
        recorded.archive.forget_cut_off()
    return resumed


def say_interrupted(number: int, journal: Journal | None, done: int = 0) -> int:
    """Tell in one sentence how far an interrupted run came, and where it can go on from; returns the exit status.

    `done` is how many tests were done, for a run that keeps no journal.
    """
    if journal is None:
        words = f"interrupted: {done} tests were done; nothing is kept of a run on the mock"
    elif not journal.archive.tries:
        words = "interrupted before anything was sent"
    else:
        words = (
            f"interrupted: {len(journal.archive.done)} tests are done, and {journal.folder}{os.sep} holds what was "
            f"sent and found; the same command with '--resume {journal.folder}' goes on from there"
        )
    click.echo(words, err=True)
    return 128 + number


def end_interrupted(
    options: Mapping[str, Any],
    report: Report,
    run: RunState,
    targets: Targets,
    journal: Journal | None,
    interruption: Interruption,
) -> int:
    """Keep what an interrupted run has found until now, and say so; returns the exit status."""
    if journal is not None:
        journal.close()
        if journal.archive.tries:
            try:
                _keep(options, report, as_json(report), targets, journal)
            except click.ClickException as error:  # the journal is there all the same
                error.show()
    return say_interrupted(interruption.number, journal, len(run.records))


def end_whole(
    options: Mapping[str, Any],
    report: Report,
    run: RunState,
    targets: Targets,
    journal: Journal,
    console: Console,
    document: Mapping[str, Any],
) -> None:
    """Keep what a live run has found; where something is left undone, say what, and keep the journal too."""
    journal.close()
    _keep(options, report, document, targets, journal)
    lines = []
    if run.cut_off:
        lines.append(
            f"{len(run.cut_off)} tests were under way when the earlier run or its connection was cut off, and may have "
            f"cost something: {', '.join(run.cut_off)}; they were not sent again, "
            f"'--resume {journal.folder} --pay-again' does that"
        )
    if not report.complete:
        lines.append(f"the run was broken off; '--resume {journal.folder}' goes on from there")
    for line in (*lines, f"evidence: {journal.folder}{os.sep}report.html"):
        console.print(line, soft_wrap=True, markup=False)
    if not lines:
        journal.remove()


def clean_up_left_behind(run: RunState, targets: Targets, console: Console) -> None:
    """Delete what tests left behind at the vendor when an earlier run was cut off."""
    if not isinstance(targets, ResumedTargets) or run.stopped:
        return
    try:
        count = targets.clean_up_left_behind(run.records_of(tuple(run.judged)), run.verdicts)
    except INTERRUPTIONS as error:
        console.print(f"tasks that were left behind could not be deleted: {error}", soft_wrap=True, markup=False)
        return
    if count:
        console.print(f"{count} tasks that the earlier run had left behind were deleted")


def _keep(
    options: Mapping[str, Any],
    report: Report,
    document: Mapping[str, Any],
    targets: Targets,
    journal: Journal,
) -> None:
    def write() -> None:
        keep_evidence(journal.folder, report, document, targets.credentials, report.judged, previous=options["since"])

    written(journal.folder, write)


def written(path: Path, write: Callable[[], None]) -> None:
    """Write, or say in one line why that was not possible."""
    try:
        write()
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise CannotWriteError(msg) from None
    except SecretLeakError as error:
        raise CannotWriteError(str(error)) from None
