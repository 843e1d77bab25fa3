"""`greycard calibrate`: writes down how a vendor really behaved where its document is silent.

Options and words; the work is done in `runner.calibrate` and `evidence`.
"""

from __future__ import annotations

from pathlib import Path

import click

from greycard_suite.status import CannotWriteError


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the profile (default: standard output).",
)
@click.option(
    "--contracts",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with further contract data.",
)
def calibrate(directory: Path, output: Path | None, folders: tuple[Path, ...]) -> None:
    """Write a profile of what a live run showed.

    It says how the vendor behaves where its document is silent; 'serve' and 'verify' take it with --profile.
    """
    from greycard_schemas.errors import ContractError
    from greycard_suite.evidence.har import EvidenceError
    from greycard_suite.evidence.profile import profile_text
    from greycard_suite.output_file import write_file
    from greycard_suite.runner.calibrate import calibrated

    try:
        profile = calibrated(directory, folders=folders)
    except (EvidenceError, ContractError) as error:
        raise click.UsageError(str(error)) from None
    if output is None:
        click.echo(profile_text(profile), nl=False)
        return
    try:
        write_file(output, profile_text(profile).encode())
    except OSError as error:
        msg = f"{output} cannot be written: {error.strerror or error}"
        raise CannotWriteError(msg) from None
    patches = sum(len(one["patches"]) for one in profile["vendors"].values())
    variants = sum(len(one["variants"]) for one in profile["vendors"].values())
    click.echo(f"{output}: {variants} variants, {patches} changed assumptions; use it with --profile {output}")
