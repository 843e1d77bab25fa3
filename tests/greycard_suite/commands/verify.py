"""`greycard verify`: runs the suite against the mock or a live target and says which statements hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from greycard_suite.commands.options import contract_options
from greycard_suite.output_file import folder_for


@click.command()
@click.option("--vendor", "vendors", multiple=True, help="Only this vendor; may be repeated.")
@click.option(
    "--target",
    "kind",
    type=click.Choice(["mock", "live"]),
    default="mock",
    show_default=True,
    help="The built-in mock, or real servers.",
)
@click.option(
    "--base-url",
    "base_urls",
    multiple=True,
    metavar="VENDOR=URL",
    help="Where a live vendor is; known for all but Magic Tiger.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How many vendors to judge at a time (0: as many as there are processors); the report is the same.",
)
@click.option("--budget", type=click.IntRange(0), help="The most requests that a live run may send.")
@click.option(
    "--credits",
    "paid",
    type=click.IntRange(0),
    help="The most paid tasks that a live run may create (0 unless the target is this machine).",
)
@click.option("--callback-host", default="", help="Address under which a remote vendor reaches this machine.")
@click.option(
    "--callback-port", default=0, type=click.IntRange(0, 65535), help="Port on which deliveries are received."
)
@click.option("--image-base", default="", help="Where the pictures of 'greycard images DIR' are, for a remote vendor.")
@click.option("--patience", type=click.FloatRange(1, 3600), help="Seconds after which a task counts as never ending.")
@click.option(
    "--deadline",
    type=click.FloatRange(0.1, 3600),
    help="Seconds in which an answer has to be there whole, from name look-up to last byte (60 unless said).",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be sent and what it would cost.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=folder_for,
    help="Write the verdicts as JSON.",
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=folder_for,
    help="Write the verdicts as JUnit XML.",
)
@click.option(
    "--github",
    is_flag=True,
    help="Print annotations for GitHub Actions, and append a summary to the file that GITHUB_STEP_SUMMARY names.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where a live run keeps its evidence (default: greycard-report-<time>).",
)
@click.option(
    "--replay",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Judge recorded evidence again, without network.",
)
@click.option(
    "--resume",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Go on with a live run that was cut off, in its folder: its evidence counts, only the rest is sent.",
)
@click.option(
    "--pay-again",
    is_flag=True,
    help="With --resume: also send again what may have cost something and has no known answer.",
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Known differences, each with a reason and an end date.",
)
@click.option(
    "--since",
    type=click.Path(exists=True, path_type=Path),
    help="Compare with this run, a folder of evidence (default: the last whole run of the same target beside it).",
)
@click.option(
    "--require",
    type=click.IntRange(1, 100),
    metavar="PERCENT",
    help="End with 3 where less of what can be observed was exercised.",
)
@click.option("--all", "every", is_flag=True, help="List every statement with its verdict.")
@click.option(
    "--mock-contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Start the mock from this copy of the data, and judge it by the shipped data.",
)
@click.option("--store", metavar="URL", help="Keep the mock's worlds in Redis or Valkey, below keys of this run's own.")
@contract_options
def verify(**options: Any) -> None:
    """Hold the mock, or a live vendor, against the documents.

    Exit status: 0 every exercised claim holds and every operation was carried to its documented success, 1 a claim
    is violated, 2 wrong use, 3 something could not be carried to its documented success, or could not be checked,
    130 or 143 the run was interrupted (SIGINT, SIGTERM); a live one goes on with --resume;
    70 greycard itself broke down or could not write a file.
    """
    from greycard_suite.commands.run_verify import run_verify
    from greycard_suite.commands.verify_options import refuse_wrong_use

    refuse_wrong_use(options)
    sys.exit(run_verify(options))
