"""`greycard drifts`: lists the ways in which a vendor could depart from its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path

    from greycard_schemas.drifts.model import Drift


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@contract_options
def drifts(
    vendors: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes it
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List the ways in which a vendor could depart from its document; 'serve --drift ID' switches one on."""
    from greycard_schemas.drifts.catalogue import drifts_of

    chosen = chosen_contracts(vendors, variants, folders, profile).values()
    found = [one for vendor in chosen for one in drifts_of(vendor).values()]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        click.echo("\n".join(map(_as_line, found)))  # one by one they would be flushed one by one


def _as_json(drift: Drift) -> dict[str, object]:
    return {
        "id": drift.id,
        "vendor": drift.vendor,
        "family": drift.family,
        "claims": list(drift.claims),
        "severity": drift.severity,
        "sentence": drift.sentence,
    }


def _as_line(drift: Drift) -> str:
    return f"{drift.id:60}  {drift.severity:9}  {drift.sentence}"
