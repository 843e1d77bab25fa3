"""Which options of `greycard verify` go together; what does not is wrong use, in a sentence that says what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE_ONLY = {
    "base_urls": "--base-url",
    "budget": "--budget",
    "paid": "--credits",
    "image_base": "--image-base",
    "callback_host": "--callback-host",
    "callback_port": "--callback-port",
    "patience": "--patience",
    "deadline": "--deadline",
    "output": "-o",
    "resume": "--resume",
    "pay_again": "--pay-again",
}
"""Options by the name of their value that mean something at a live target only."""

MOCK_ONLY = {"mock_contracts": "--mock-contracts", "store": "--store"}


def refuse_wrong_use(options: Mapping[str, Any]) -> None:
    """Raise UsageError for options that have no meaning together."""
    live = options["kind"] == "live"
    replayed = options["replay"] is not None
    for name, option in LIVE_ONLY.items():
        if options[name] in (None, "", (), False) or (name == "callback_port" and not options[name]):
            continue
        if replayed:
            _wrong(f"{option} has no meaning with --replay, which sends nothing; leave it out")
        if not live:
            _wrong(f"{option} is for a live target; write '--target live {option} ...', or leave it out for the mock")
    for name, option in MOCK_ONLY.items():
        if options[name] is not None and (live or replayed):
            _wrong(f"{option} is for the built-in mock; leave it out, or leave out --target live and --replay")
    if options["dry_run"] and not live:
        _wrong("--dry-run says what a live run would send and cost; write '--target live --dry-run'")
    if options["pay_again"] and options["resume"] is None:
        _wrong("--pay-again is for a run that goes on with another; write '--resume FOLDER --pay-again'")
    if options["since"] is not None and not live:
        _wrong("--since compares a live run with an older one; write '--target live --since FOLDER'")


def _wrong(message: str) -> None:
    raise click.UsageError(message)
