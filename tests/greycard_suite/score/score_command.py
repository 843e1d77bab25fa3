"""`greycard score`: the score of tests in any language. Options and words; `greycard_suite.score` does it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import click


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--command", required=True, help="What runs the tests, such as 'npm test'.")
@click.option("--port", type=click.IntRange(1, 65535), default=8420, show_default=True, help="Where the mock listens.")
@click.option(
    "--clock", default="auto", show_default=True, metavar="CLOCK",
    help="auto (a repeated poll moves time), real, or real*20 for what waits by itself.",
)  # fmt: skip
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it as JSON.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it as one page.")
def score(
    vendors: tuple[str, ...], command: str, port: int, clock: str, target: Path | None, page: Path | None
) -> None:
    """Would these tests notice if a vendor changed? Runs a command once for each drift that it may feel.

    Tests in pytest are scored far faster by 'pytest --greycard-score'. Exit status: 0 when a score was made, 1 when the
    command fails without a drift, 3 when nothing can be said, such as where no request reached the mock.
    """
    from greycard_mocks.web.server import ServeError
    from greycard_schemas.claims.derive import claims_of
    from greycard_suite.score.by_command import ByCommand
    from greycard_suite.score.told.as_html import as_html
    from greycard_suite.score.told.as_json import as_json
    from greycard_suite.score.told.tell import lines_of, status_of

    begun = perf_counter()
    made = ByCommand(command, port, clock, lambda words: click.echo(words, err=True))
    for name in vendors:
        if name not in made.plain:
            raise click.UsageError(f"there is no vendor {name!r}; there are {', '.join(made.plain)}")
    try:
        found = made.score(vendors)
    except (ServeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    seconds = perf_counter() - begun
    for line in lines_of(found, seconds):
        click.echo(line)
    if target is not None:
        used = {one.drift.vendor for one in found.outcomes.values()}
        claims = {name: one for vendor in used for name, one in claims_of(made.plain[vendor]).items()}
        _keep(target, json.dumps(as_json(found, claims), indent=1, ensure_ascii=False) + "\n")
    if page is not None:
        _keep(page, as_html(found, made.plain, seconds=seconds))
    sys.exit(status_of(found))


def _keep(target: Path, text: str) -> None:
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{target} cannot be written: {error.strerror or error}"
        raise click.UsageError(msg) from None
