"""`greycard contracts`: the command lines of `new` and `check`, and what they print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from greycard_suite.terminal import say

if TYPE_CHECKING:
    from greycard_schemas.authoring.feature import Feature

DOCUMENTS = "GREYCARD_DOCUMENTS"


@click.group()
def contracts() -> None:
    """Write and check contract data of your own."""


@contracts.command()
@click.argument("vendor")
@click.argument("feature")
@click.option(
    "--like",
    required=True,
    metavar="[VENDOR/]OPERATION",
    help="The feature to begin from, such as scale.create; of another vendor, with its name, for a new vendor.",
)
@click.option(
    "--from",
    "described_by",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take path and fields of the create from an OpenAPI document (YAML or JSON) or a recording (HAR).",
)
@click.option("--path", default="", metavar="PATH", help="The path of the create.")
@click.option(
    "-o",
    "--output",
    "folder",
    default="contracts",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder for 'greycard serve --contracts'; each vendor has a folder in it.",
)
def new(vendor: str, feature: str, *, like: str, described_by: Path | None, path: str, folder: Path) -> None:
    """Write the files of a feature, or of a new vendor.

    Nothing is overwritten.
    """
    from greycard_schemas.errors import ContractError
    from greycard_suite.authoring.files import described_in, made, written

    try:
        found_in = None if described_by is None else described_in(described_by, feature, path)
        begun = made(folder, vendor, feature, like, path or (found_in.path if found_in else ""))
        if found_in is not None and described_by is not None:
            from greycard_schemas.authoring.fields import take_fields

            take_fields(begun, found_in, f"{described_by.name}, POST {found_in.path}")
            begun.notes.extend(f"left out: {one}" for one in found_in.left_out)
        places = written(folder, begun)
    except ContractError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        msg = f"{error.filename or folder}: {error.strerror or error}"
        raise click.UsageError(msg) from None
    for place in places:
        say(str(place))
    _tell_next(folder, begun, like)


def _tell_next(folder: Path, begun: Feature, like: str) -> None:
    contract = begun.contract
    create = f"{begun.create}.json"
    for note in begun.notes:
        say(f"note: {note}")
    say("")
    say(f"Everything is assumed to be as {like} has it. What to edit next, in {folder / begun.vendor}:")
    if "vendor" in begun.files:
        say("  vendor.json   base_url, auth, errors and lifecycle: what holds for the whole vendor")
    say(f"  {create}   path {contract['path']}; the fields in $defs/request; pictures, result and price")
    for name, resource in begun.files.items():
        if resource.get("x-operation", {}).get("kind") == "read":
            say(f"  {name}.json   path {resource['x-operation']['path']}; the fields of the answers in $defs")
    say("  x-source      a line of a document, such as S9:63, where one says so; name the document in sources.json")
    say(f"Then: greycard contracts check {folder}; greycard serve --contracts {folder} --watch")


@contracts.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--documents",
    envvar=DOCUMENTS,
    show_envvar=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder with the documents' text; every number, name and value is looked for in the cited lines.",
)
@click.option("--loose", is_flag=True, help="List also places that are cited beside others and hold no word of it.")
def check(folder: Path | None, documents: Path | None, *, loose: bool) -> None:
    """Check the contract data in FOLDER, or the shipped ones.

    With --documents they are held against the lines that they cite.

    Lists also the lines that look as if they ruled something and that nothing cites. Exit status: 0 nothing is
    wrong, 1 something is; uncited lines are only told.
    """
    from greycard_schemas.authoring.cited import checked

    found = checked(folder, documents)
    for note in found.notes:
        say(f"note: {note}")
    for finding in found.findings:
        say(str(finding))
    for place, text in found.uncited:
        say(f"uncited: {place}: {text}")
    for place, text in found.loose if loose else ():
        say(f"loose: {place}: {text}")
    said = f"{len(found.findings)} findings"
    if documents is None:
        said += f"; no document was read: give --documents DIR, or set {DOCUMENTS}"
    else:
        said += f", {found.held} statements held against their lines, {len(found.uncited)} lines that nothing cites"
    say(said)
    sys.exit(1 if found.findings else 0)
