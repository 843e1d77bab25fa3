"""`greycard impact`: which changes of a vendor matter to an application. Options and words; `impact` does it."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("reliance", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("evidence", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--fail-on", type=click.Choice(["relied", "any"]), default="relied", show_default=True,
    help="End with 1 for a change that the application relies on, or for any change.",
)  # fmt: skip
@click.option("--run/--no-run", default=True, show_default=True, help="Run the tests concerned, with the change on.")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".",
    help="Where pytest finds the tests.",
)  # fmt: skip
def impact(reliance: Path, evidence: Path, fail_on: str, folder: Path, *, run: bool) -> None:
    """Tell which of a vendor's changes matter to you.

    RELIANCE is what 'pytest --greycard-score-json' wrote; EVIDENCE a folder of evidence, a file of 'greycard verify
    --json', or one of 'greycard compare --format json'.
    """
    from greycard_suite.score import impact as work

    try:
        relied = work.load_reliance(reliance)
        changes = work.impact(relied, work.changed_statements(evidence))
    except (work.ImpactError, KeyError, TypeError) as error:
        raise click.UsageError(str(error)) from None
    click.echo(work.headline(changes))
    for change in (one for one in changes if one.matters):
        click.echo(f"  {change.claim}: {change.sentence}")
        click.echo(f"    relied on in {', '.join(change.tests)}")
        if run and change.drift:
            status, words = work.run_with(change, folder)
            noticed = "your tests notice it" if status == 1 else "your tests say nothing" if status == 0 else "not run"
            click.echo(f"    with {change.drift} on, {noticed}: {words}")
        elif change.drift:
            click.echo(f"    try it: pytest --greycard-drift {change.drift} {' '.join(change.tests)}")
    others = [one.claim for one in changes if not one.matters and one.is_known]
    if others:
        click.echo(f"  not relied on: {', '.join(others)}")
    unknown = [one.claim for one in changes if not one.is_known]
    if unknown:
        click.echo(f"  the score says nothing of: {', '.join(unknown)}")
    sys.exit(int(bool(changes) if fail_on == "any" else any(one.matters for one in changes)))
