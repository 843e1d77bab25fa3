"""`greycard freedoms`: lists what a vendor may do otherwise without breaking a line of its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.lists.listing import holds, show, text_option
from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path

    from greycard_schemas.freedoms.catalogue import Freedom


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--seed", type=click.IntRange(min=0), help="Only those that 'serve --freedoms SEED' draws.")
@text_option
@contract_options
def freedoms(
    vendors: tuple[str, ...],
    *,
    as_json: bool,
    seed: int | None,
    text: str | None,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List what a vendor may do where its document is silent.

    It stands where greycard had to assume something, where a document leaves the choice (variant), or where no document
    speaks (silence). No verdict may depend on any of it. 'serve --freedom ID' switches one on, 'serve --freedoms SEED'
    a whole vendor that is drawn from them; in Python VendorMock.set_freedoms does both.
    """
    from greycard_schemas.freedoms.catalogue import draw, freedoms_of

    found: list[Freedom] = []
    for vendor in chosen_contracts(vendors, variants, folders, profile).values():
        drawn = None if seed is None else set(draw(vendor, seed))
        found += [
            one
            for name, one in freedoms_of(vendor).items()
            if (drawn is None or name in drawn) and holds(text, one.id, one.sentence)
        ]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        show([(f"{one.id:52}", [f"{one.uses:10}"], one.sentence) for one in found])


def _as_json(one: Freedom) -> dict[str, object]:
    return {
        "id": one.id,
        "vendor": one.vendor,
        "family": one.family,
        "uses": one.uses,
        "of": list(one.of),
        "sentence": one.sentence,
        "hides": [{"claims": pattern, "reason": why} for pattern, why in one.hides],
    }
