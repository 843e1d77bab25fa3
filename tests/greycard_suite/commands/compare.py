"""`greycard compare`: says what changed between two runs. Options and words; the work is done in `evidence`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


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
    """Compare two runs and tell what changed.

    BEFORE and AFTER are folders of evidence, or files of 'greycard verify --json'.

    Exit status: 0 nothing breaks, 1 something that was documented or always there is no longer so, 2 wrong
    use, 3 the later run checked nothing.
    """
    from rich.console import Console

    from greycard_schemas.loader import load_contracts
    from greycard_suite.evidence.compare import as_json
    from greycard_suite.evidence.folder import compare_folders
    from greycard_suite.evidence.har import EvidenceError
    from greycard_suite.reports.comparison import as_markdown, show

    try:
        found = compare_folders(before, after, load_contracts())
    except (EvidenceError, KeyError, TypeError) as error:
        raise click.UsageError(str(error)) from None
    if form == "json":
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(as_markdown(found))
    else:
        show(found, Console(highlight=False), every=every)
        if found.empty:
            click.echo("the later run checked nothing, so that nothing can be said of a change")
    sys.exit(found.status)
