"""`greycard drifts`: lists the ways in which a vendor could depart from its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import chosen_contracts

if TYPE_CHECKING:
    from greycard_schemas.drifts.model import Drift


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def drifts(vendors: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - click passes it
    """List the ways in which a vendor could depart from its document; 'serve --drift ID' switches one on."""
    from greycard_schemas.drifts.catalogue import drifts_of

    found = [one for vendor in chosen_contracts(vendors, (), ()).values() for one in drifts_of(vendor).values()]
    click.echo("\n".join(map(_as_json if as_json else _as_line, found)))  # one by one they would be flushed one by one


def _as_json(drift: Drift) -> str:
    return json.dumps(
        {"id": drift.id, "claims": list(drift.claims), "severity": drift.severity, "sentence": drift.sentence}
    )


def _as_line(drift: Drift) -> str:
    return f"{drift.id:60}  {drift.severity:9}  {drift.sentence}"
