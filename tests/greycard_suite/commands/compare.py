"""`greycard compare`: what changed between two runs, or two editions of the data. Options and words; see `evidence`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import refuse_unservable

if TYPE_CHECKING:
    from greycard_suite.evidence.compare import Comparison


@click.command()
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Markdown is for a pull request.",
)
@click.option("--all", "every", is_flag=True, help="Show every change, not one screen of them.")
def compare(before: Path, after: Path, form: str, *, every: bool) -> None:
    """Compare two runs, or two editions of contract data.

    Runs are folders of evidence, or files of 'greycard verify --json'. Editions are folders with a subfolder for each
    vendor, as --contracts takes them. What breaks is decided by whether one schema includes the other, and shown by a
    document: a request that was legal before and is not now, or an answer that may come now and was not legal before.

    Exit status: 0 nothing breaks, 1 something that was documented or always there is no longer so, 2 wrong
    use, 3 the later run checked nothing, or something could not be decided.
    """
    from rich.console import Console

    from greycard_suite.evidence.compare import as_json
    from greycard_suite.reports.comparison import as_markdown, show

    found = _compared(before, after)
    if form == "json":
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(as_markdown(found))
    else:
        show(found, Console(highlight=False), every=every)
        if found.empty:
            click.echo("the later run checked nothing, so that nothing can be said of a change")
    sys.exit(found.status)


def _compared(before: Path, after: Path) -> Comparison:
    from greycard_schemas.errors import ContractError
    from greycard_schemas.loader import load_contracts
    from greycard_suite.evidence.editions import compare_editions, is_contract_data
    from greycard_suite.evidence.folder import compare_folders
    from greycard_suite.evidence.har import EvidenceError

    editions = [one for one in (before, after) if is_contract_data(one)]
    if len(editions) == 1:
        other = after if editions == [before] else before
        msg = f"{editions[0]} holds contract data and {other} does not; name two runs, or two folders of contract data"
        raise click.UsageError(msg)
    try:
        if editions:
            for folder in dict.fromkeys(editions):
                refuse_unservable(folder)
            return compare_editions(before, after)
        return compare_folders(before, after, load_contracts())
    except (ContractError, EvidenceError, KeyError, TypeError) as error:
        raise click.UsageError(str(error)) from None
