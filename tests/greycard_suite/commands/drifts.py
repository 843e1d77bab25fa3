"""`greycard drifts`: lists the ways in which a vendor could depart from its document."""

from __future__ import annotations

import json

import click

from greycard_suite.commands.options import chosen_contracts


@click.command()
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
