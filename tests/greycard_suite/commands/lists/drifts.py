"""`greycard drifts`: lists the ways in which a vendor could depart from its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.lists.listing import holds, matches, show, text_option
from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path

    from greycard_schemas.drifts.model import Drift


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--severity", type=click.Choice(["breaking", "additive", "silent"]), help="Only those of this severity.")
@click.option(
    "--claim", metavar="PATTERN", help="Only those that break such a claim: a part of its id, * for anything."
)
@text_option
@contract_options
def drifts(
    vendors: tuple[str, ...],
    *,
    as_json: bool,
    severity: str | None,
    claim: str | None,
    text: str | None,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List the ways in which a vendor could break its document.

    'serve --drift ID' switches one on.
    """
    from greycard_schemas.drifts.catalogue import drifts_of

    chosen = chosen_contracts(vendors, variants, folders, profile).values()
    found = [
        one
        for vendor in chosen
        for one in drifts_of(vendor).values()
        if severity in (None, one.severity) and matches(claim, one.claims) and holds(text, one.id, one.sentence)
    ]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        show([(f"{one.id:60}", [f"{one.severity:9}"], one.sentence) for one in found])


def _as_json(drift: Drift) -> dict[str, object]:
    return {
        "id": drift.id,
        "vendor": drift.vendor,
        "family": drift.family,
        "claims": list(drift.claims),
        "severity": drift.severity,
        "sentence": drift.sentence,
    }
