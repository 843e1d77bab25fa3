"""The `greycard` command: each subcommand's options and words; the work is done elsewhere.

Nothing heavy is imported until a subcommand runs, so that `greycard serve` is quick.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from greycard_schemas.loader import Vendor

LAZY = {
    "verify": "greycard_suite.commands.verify:verify",
    "serve": "greycard_suite.commands.serve:serve",
    "enhance": "greycard_suite.enhance.command:enhance",
    "listen": "greycard_suite.commands.listen:listen",
    "compare": "greycard_suite.commands.compare_calibrate:compare_command",
    "calibrate": "greycard_suite.commands.compare_calibrate:calibrate_command",
}


class LazyGroup(click.Group):
    """Loads a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands by name."""
        return sorted({*super().list_commands(ctx), *LAZY})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name."""
        if cmd_name in LAZY:
            from importlib import import_module

            module, _, name = LAZY[cmd_name].partition(":")
            found: click.Command = getattr(import_module(module), name)
            return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="greycard", prog_name="greycard")
def cli() -> None:
    """The neutral reference for image-enhancement APIs: mock vendors, their documents as data, and verdicts."""


def contract_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options with which every subcommand chooses its contract data."""
    function = click.option(
        "--contracts", "folders", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with further contract data, one subfolder a vendor.",
    )(function)  # fmt: skip
    function = click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="VENDOR.VARIANT=OPTION",
        help="Read the documents this way, for example picwish.edition=current.",
    )(function)
    return click.option(
        "--profile",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Variants and assumptions as 'greycard calibrate' wrote them.",
    )(function)


def chosen_contracts(
    vendors: Sequence[str],
    variants: Sequence[str],
    folders: Sequence[Path],
    profile: Path | None = None,
    patches: dict[str, list[Any]] | None = None,
) -> dict[str, Vendor]:
    """The contracts that the options name; raises UsageError with what is wrong."""
    from greycard_schemas.errors import ContractError
    from greycard_schemas.loader import load_contracts, parse_variants

    try:
        wanted = parse_variants(variants)
        changes: dict[str, list[Any]] = {}
        if profile is not None:
            from greycard_suite.evidence.calibrate import load_profile

            base, changes = _mutable(load_profile(profile))
            for vendor, options in wanted.items():
                base.setdefault(vendor, {}).update(options)
            wanted = base
        for vendor, more in (patches or {}).items():
            changes.setdefault(vendor, []).extend(more)
        if vendors:
            wanted = {name: options for name, options in wanted.items() if name in vendors} if profile else wanted
            changes = {name: found for name, found in changes.items() if name in vendors}
            _refuse_stray(wanted, vendors)
        return load_contracts(vendors, folders=tuple(folders), variants=wanted, patches=changes)
    except ContractError as error:
        raise click.UsageError(str(error)) from None


def _refuse_stray(wanted: Iterable[str], vendors: Sequence[str]) -> None:
    """Raises UsageError when a variant is wanted of a vendor that the run leaves out."""
    stray = [name for name in wanted if name not in vendors]
    if stray:
        msg = f"--variant names {', '.join(stray)}, which this run leaves out"
        raise click.UsageError(msg)


def _mutable(profile: tuple[Any, Any]) -> tuple[dict[str, dict[str, str]], dict[str, list[Any]]]:
    variants, patches = profile
    return {name: dict(one) for name, one in variants.items()}, {name: list(one) for name, one in patches.items()}


@cli.command()
@click.argument("vendor")
@contract_options
def openapi(vendor: str, variants: tuple[str, ...], folders: tuple[Path, ...], profile: Path | None) -> None:
    """Print a vendor's contract as an OpenAPI 3.1 document."""
    from greycard_schemas.openapi import openapi as exported

    click.echo(json.dumps(exported(chosen_contracts([vendor], variants, folders, profile)[vendor]), indent=2))


@cli.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@contract_options
def claims(
    vendors: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes it
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List every statement: id, lines, origin, sentence; with counts for each document."""
    from greycard_schemas.claims.derive import claims_of

    found = {name: claims_of(vendor) for name, vendor in chosen_contracts(vendors, variants, folders, profile).items()}
    if as_json:
        fields = ("id", "vendor", "operation", "kind", "source", "origin", "statement")
        click.echo(
            json.dumps(
                [{name: getattr(one, name) for name in fields} for each in found.values() for one in each.values()],
                indent=2,
            )
        )
        return
    for name, each in found.items():
        width = max(len(one) for one in each)
        for one in each.values():
            source = one.source if one.origin != "assumed" else "assumed"
            click.echo(f"{one.id:{width}}  {source:24}  {one.origin:13}  {one.statement}")
        click.echo("")
        for document, counts in by_document(each.values()).items():
            click.echo(f"{name}: {document}: " + ", ".join(f"{number} {origin}" for origin, number in counts.items()))
        click.echo("")


def by_document(found: Any) -> dict[str, dict[str, int]]:
    """Number of statements by document and origin; assumptions by the vendor's operation file, under 'assumed'."""
    from greycard_schemas.provenance import citations

    counts: dict[str, dict[str, int]] = {}
    for one in found:
        names = dict.fromkeys(cited.document for cited in citations(one.source)) or {"no document": None}
        for document in names:
            line = counts.setdefault(document, {"documented": 0, "contradictory": 0, "assumed": 0, "variant": 0})
            line[one.origin] += 1
    return {
        name: {origin: number for origin, number in line.items() if number or origin != "variant"}
        for name, line in sorted(counts.items())
    }


@cli.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def drifts(vendors: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - click passes it
    """List the ways in which a vendor could depart from its document; 'serve --drift ID' switches one on."""
    from greycard_schemas.drifts.catalogue import drifts_of

    for vendor in chosen_contracts(vendors, (), ()).values():
        for drift in drifts_of(vendor).values():
            if as_json:
                click.echo(
                    json.dumps(
                        {
                            "id": drift.id,
                            "claims": list(drift.claims),
                            "severity": drift.severity,
                            "sentence": drift.sentence,
                        }
                    )
                )
            else:
                click.echo(f"{drift.id:60}  {drift.severity:9}  {drift.sentence}")


@cli.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--vendor", "vendors", multiple=True, help="Only the pictures for these vendors.")
def images(directory: Path, vendors: tuple[str, ...]) -> None:
    """Write the suite's pictures to DIRECTORY, to be put where a vendor can fetch them (see --image-base)."""
    from greycard_suite.tools.image_files import write_images

    directory.mkdir(parents=True, exist_ok=True)
    number = write_images(directory, chosen_contracts(vendors, (), ()))
    click.echo(f"{number} pictures in {directory}; put them on a public server and give its address with --image-base")


def main() -> None:
    """Run the command; a user's mistake is one line and exit status 2, never a traceback."""
    try:
        cli(standalone_mode=True)
    except (BrokenPipeError, KeyboardInterrupt):
        # the reader has gone, or the user has had enough: nothing to say
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - closed stdout must not complain at exit
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        sys.exit(130)


if __name__ == "__main__":
    main()
