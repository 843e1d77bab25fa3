"""`greycard score`: the score of tests in any language. Options and words; `greycard_suite.score` does it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import click

from greycard_schemas.nearest import similar
from greycard_suite.output_file import folder_for, write_file


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--command", required=True, help="What runs the tests, such as 'npm test'.")
@click.option("--port", type=click.IntRange(1, 65535), default=8420, show_default=True, help="Where the mock listens.")
@click.option(
    "--clock", default="auto", show_default=True, metavar="CLOCK",
    help="auto (a repeated poll moves time), real, or real*20 for what waits by itself.",
)  # fmt: skip
@click.option(
    "--json", "target", type=click.Path(dir_okay=False, path_type=Path),
    callback=folder_for, help="Write all of it as JSON.",
)  # fmt: skip
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path),
    callback=folder_for, help="Write all of it as one page.",
)  # fmt: skip
def score(
    vendors: tuple[str, ...], command: str, port: int, clock: str, target: Path | None, page: Path | None
) -> None:
    """Tell whether your tests would notice a vendor's change.

    The command runs once for each drift that it may feel; tests in pytest are scored far faster by
    'pytest --greycard-score'. Exit status: 0 when a score was made, 1 when the command fails without a drift, 3 when
    nothing can be said, such as where no request reached the mock.
    """
    from greycard_mocks.web.server import ServeError
    from greycard_schemas.claims.derive import claims_of
    from greycard_suite.score.by_command import ByCommand
    from greycard_suite.score.told.as_html import as_html
    from greycard_suite.score.told.as_json import as_json
    from greycard_suite.score.told.tell import lines_of, status_of

    if not command.strip():
        raise click.UsageError("--command is empty; say what runs the tests, such as --command 'npm test'")
    begun = perf_counter()
    made = ByCommand(command, port, clock, lambda words: click.echo(words, err=True))
    for name in vendors:
        if name not in made.plain:
            known = f"{', '.join(made.plain)}{similar(name, made.plain)}"
            raise click.UsageError(f"there is no vendor {name!r}; there are {known}")
    try:
        found = made.score(vendors)
    except (ServeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    if found.left_out.get(command, "").startswith("fails"):
        raise click.ClickException(f"{command!r} {found.left_out[command]}; mend that first, beside 'greycard serve'")
    seconds = perf_counter() - begun
    for line in lines_of(found, seconds):
        click.echo(line)
    if target is not None:
        used = {one.drift.vendor for one in found.outcomes.values()}
        claims = {name: one for vendor in used for name, one in claims_of(made.plain[vendor]).items()}
        write_file(target, (json.dumps(as_json(found, claims), indent=1, ensure_ascii=False) + "\n").encode())
    if page is not None:
        write_file(page, as_html(found, made.plain, seconds=seconds).encode())
    sys.exit(status_of(found))
