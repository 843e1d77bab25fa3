"""`greycard freedoms`: lists what a vendor may do otherwise without breaking a line of its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path

    from greycard_schemas.freedoms.catalogue import Freedom

_USES = {
    "assumption": "where greycard had to assume something",
    "variant": "where a document leaves the choice",
    "silence": "of which no document speaks",
}


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--seed", type=click.IntRange(min=0), help="Only those that 'serve --freedoms SEED' draws.")
@contract_options
def freedoms(
    vendors: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes it
    seed: int | None,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List what a vendor may do where its document is silent.

    No verdict may depend on any of it. 'serve --freedom ID' switches one on, 'serve --freedoms SEED' a whole vendor
    that is drawn from them; in Python VendorMock.set_freedoms does both.
    """
    from greycard_schemas.freedoms.catalogue import draw, freedoms_of

    listed: list[dict[str, object]] = []
    for vendor in chosen_contracts(vendors, variants, folders, profile).values():
        drawn = None if seed is None else set(draw(vendor, seed))
        found = [one for name, one in freedoms_of(vendor).items() if drawn is None or name in drawn]
        if as_json:
            listed += map(_as_json, found)
        else:
            click.echo(f"{vendor.title}: {len(found)} freedoms")
            _grouped(found)
            click.echo("")
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    else:
        click.echo("Switch one on with 'greycard serve --freedom ID'; draw a whole vendor with '--freedoms SEED'.")


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


def _grouped(found: list[Freedom]) -> None:
    for family in dict.fromkeys(one.family for one in found):
        click.echo(f"\n  {family}")
        for one in (one for one in found if one.family == family):
            of = f" ({one.of[0]}{f' and {len(one.of) - 1} more' if len(one.of) > 1 else ''})" if one.of else ""
            click.echo(f"    {one.id:52}  {one.sentence}")
            click.echo(f"    {'':52}  {_USES[one.uses]}{of}")
