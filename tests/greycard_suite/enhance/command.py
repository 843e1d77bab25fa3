"""`greycard enhance`: the reference client at work on a user's own pictures, against a mock or the real API.

Has the command line and says what became of each picture; the user's words are checked in `input`,
the work is done in `run` and `vendors`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.enhance.input import (
    TITLES,
    check_own_options,
    check_reach,
    in_folders,
    is_local,
    keys_of,
    pictures_of,
    values_of,
)
from greycard_suite.terminal import printable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_suite.enhance.run import Outcome


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-r", "--recursive", is_flag=True, help="Also the pictures in the folders of a folder.")
@click.option("--vendor", required=True, type=click.Choice(list(TITLES)), help="Whose API.")
@click.option("--base-url", metavar="URL", help="A mock's address; the vendor's own when left out.")
@click.option(
    "-o",
    "--output",
    "folder",
    default=".",
    show_default=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where results go; made when it is not there.",
)
@click.option("--type", "type", help="PicWish: clean (default) or face. Magic Tiger: a number, by default 1.")
@click.option("--scale-factor", type=click.Choice(["1", "2", "4"]), help="PicWish; its own choice when left out.")
@click.option("--mode", type=click.Choice(["fast", "professional"]), help="Enhancor; fast by default.")
@click.option("--feature", type=click.Choice(["fsrtwo", "rw"]), help="Wondershare: upscaler (default), eraser.")
@click.option("--mask", metavar="FILE_OR_URL", help="Wondershare's eraser: a picture that marks the area.")
@click.option("--file-ext", type=click.Choice(["png", "jpg"]), help="Wondershare's upscaler; png by default.")
@click.option("--priority", type=click.IntRange(0, 9), help="Wondershare; 0 by default.")
@click.option(
    "--webhook-url",
    "--callback-url",
    "webhook_url",
    metavar="URL",
    help="Enhancor: where its results are sent; those of a mock on this machine are received here.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Longest wait for one task; 60 for PicWish, 600 for the others.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(0.1, 3600),
    metavar="SECONDS",
    help="Longest time for one request, from name look-up to the last byte, with its further tries; 300 unless said.",
)
@click.option("--jobs", default=4, show_default=True, type=click.IntRange(1, 64), help="Tasks at once.")
@click.option("--force", is_flag=True, help="Overwrite results that are there already.")
@click.pass_context
def enhance(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    recursive: bool,  # noqa: FBT001 - click passes it
    vendor: str,
    base_url: str | None,
    folder: Path,
    jobs: int,
    force: bool,  # noqa: FBT001 - click passes it
    **own: Any,
) -> None:
    """Enhance pictures and save the results.

    Pictures are files, folders of them, or http(s) links; results are saved as NAME-VENDOR.EXT in DIR.

    The key comes from the environment: GREYCARD_PICWISH_API_KEY, GREYCARD_WONDERSHARE_APP_KEY and
    GREYCARD_WONDERSHARE_APP_SECRET, GREYCARD_MAGICTIGER_TOKEN, GREYCARD_ENHANCOR_API_KEY. A mock on this
    machine needs none.

    Exit status: 0 when all pictures are enhanced, 1 when some are not, 2 for wrong use.
    """
    from greycard_client import SystemClock
    from greycard_suite.enhance.local_links import LocalLinks
    from greycard_suite.enhance.run import Run
    from greycard_suite.enhance.vendors import Choices, make_client

    local = is_local(base_url)
    check_own_options(vendor, own)
    pictures = pictures_of(in_folders(files, vendor, recursive=recursive))
    choices = Choices(vendor, keys_of(vendor, os.environ, local=local), base_url, **values_of(own))
    check_reach(pictures, choices, local=local)
    try:
        make_client(choices, SystemClock()).close()
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None
    with LocalLinks() as links:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            run = Run(choices, pictures, folder, links, jobs, force, clock=ctx.obj)
            failed, stopped = _report(run.outcomes(), len(pictures))
        except OSError as error:
            msg = f"cannot write to {printable(str(folder))}: {error.strerror or error}; choose another with -o"
            raise click.UsageError(msg) from None
    ctx.exit(130 if stopped else min(failed, 1))


def _report(outcomes: Iterable[Outcome], total: int) -> tuple[int, bool]:
    """Say what became of each picture; returns how many failed, and whether the user ended the run."""
    failed = saved = 0
    advance, tell, close = _progress(total)
    try:
        for outcome in outcomes:
            name = printable(outcome.picture.given)
            if outcome.reason:
                failed += 1
                where = f" ({printable(str(outcome.saved))})" if outcome.saved else ""
                tell(f"{name}: failed: {printable(outcome.reason, 1000)}{where}", True)
            else:
                saved += 1
                paths = [printable(str(path)) for path in (outcome.saved, *outcome.further)]
                tell(f"{name} -> {', '.join(paths)}", False)
            advance()
    except KeyboardInterrupt:
        close()
        say(f"stopped: {saved} of {total} pictures enhanced; tasks under way go on at the vendor", err=True)
        return failed, True
    finally:
        close()
    if failed:
        say(f"{saved} of {total} pictures enhanced, {failed} failed", err=True)
    return failed, False


def _progress(total: int) -> tuple[Callable[[], None], Callable[[str, bool], None], Callable[[], None]]:
    """How to advance the bar, print a line beside it, and take it away; without a terminal there is none."""
    if not sys.stderr.isatty():
        return (lambda: None), (lambda line, bad: say(line, err=bad)), (lambda: None)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("enhancing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    task = bar.add_task("enhancing", total=total)
    bar.start()

    def tell(line: str, bad: bool) -> None:  # noqa: FBT001 - as say
        if bad or sys.stdout.isatty():
            bar.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
        else:
            say(line)

    return (lambda: bar.advance(task)), tell, bar.stop
