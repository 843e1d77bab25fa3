"""What `greycard verify` does on the mock: opens it, and with several jobs judges each vendor in its own process."""

from __future__ import annotations

import dataclasses
import os
import signal
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.commands.interrupts import interruptible
from greycard_suite.commands.live_run import say_interrupted
from greycard_suite.commands.options import chosen_contracts
from greycard_suite.commands.stores import opened_store
from greycard_suite.targets.mock import MockTargets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rich.console import Console

    from greycard_schemas.loader import Vendor
    from greycard_suite.runner.run import Report
    from greycard_suite.targets.interruption import Interruption

CHOICE = ("variants", "folders", "profile", "mock_contracts", "store")


def jobs_of(options: Mapping[str, Any], judged: Mapping[str, Vendor]) -> int:
    """How many vendors are judged at a time: as many as this machine has processors, where the user says 0."""
    return min(options["jobs"] or os.cpu_count() or 1, len(judged))


def mock_targets(
    options: Mapping[str, Any], judged: Mapping[str, Vendor], only: Collection[str] | None = None
) -> MockTargets:
    """The mock in this process, by the data that judge or by those of --mock-contracts; targets of all or of `only`."""
    mocked = judged
    if options["mock_contracts"] is not None:
        folders = [*options["folders"], options["mock_contracts"]]
        mocked = chosen_contracts(list(judged), options["variants"], folders, options["profile"])
    store = None if options["store"] is None else opened_store(options["store"])
    return MockTargets(mocked, {name: judged[name] for name in (judged if only is None else only)}, store=store)


def judged_in_processes(
    options: Mapping[str, Any],
    judged: Mapping[str, Vendor],
    interruption: Interruption,
    started: float,
    console: Console,
) -> Report | int:
    """The report on the mock, several vendors judged at a time; the exit status where there is none."""
    from greycard_suite.runner.processes import Processes

    chosen = {**{name: options[name] for name in CHOICE}, "vendors": tuple(judged)}
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(partial(_opened, chosen), list(judged), started=started))
        status = stack.enter_context(console.status("")) if console.is_terminal else None

        def progress(name: str) -> None:
            if status is not None:
                status.update(f"{name[:100]}")

        try:
            with interruptible(interruption):
                report, done = processes.run(jobs_of(options, judged), progress=progress, interruption=interruption)
        except KeyboardInterrupt:
            return say_interrupted(interruption.number or signal.SIGINT, None)
        except RuntimeError as error:
            click.echo(f"Error: {error}", err=True)
            return 3  # nothing is said of the vendor
    if report is None:
        return say_interrupted(interruption.number, None, done)
    return dataclasses.replace(report, judged=judged)


def _opened(options: Mapping[str, Any], name: str) -> tuple[MockTargets, dict[str, Vendor]]:
    """The mock, which has all vendors of the run as in a single process, and what judges one of them."""
    judged = chosen_contracts(options["vendors"], options["variants"], options["folders"], options["profile"])
    return mock_targets(options, judged, [name]), {name: judged[name]}
