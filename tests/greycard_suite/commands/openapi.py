"""`greycard openapi`: prints a vendor's contract as an OpenAPI 3.1 document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("vendor")
@contract_options
def openapi(vendor: str, variants: tuple[str, ...], folders: tuple[Path, ...], profile: Path | None) -> None:
    """Print a vendor's contract as an OpenAPI 3.1 document."""
    from greycard_schemas.openapi import openapi as exported

    click.echo(json.dumps(exported(chosen_contracts([vendor], variants, folders, profile)[vendor]), indent=2))
