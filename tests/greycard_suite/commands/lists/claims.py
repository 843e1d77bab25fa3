"""`greycard claims`: lists the statements of the documents, and counts them by document and origin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.commands.lists.listing import holds, show, text_option
from greycard_suite.commands.options import chosen_contracts, contract_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("vendors", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--origin",
    type=click.Choice(["documented", "contradictory", "assumed", "variant"]),
    help="Only those of this origin.",
)
@text_option
@contract_options
def claims(
    vendors: tuple[str, ...],
    *,
    as_json: bool,
    origin: str | None,
    text: str | None,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """List every statement: id, lines, origin, sentence.

    The end counts them for each document.
    """
    from greycard_schemas.claims.derive import claims_of

    found = {
        name: [
            one
            for one in claims_of(vendor).values()
            if origin in (None, one.origin) and holds(text, one.id, one.statement, one.source)
        ]
        for name, vendor in chosen_contracts(vendors, variants, folders, profile).items()
    }
    if as_json:
        fields = ("id", "vendor", "operation", "kind", "source", "origin", "statement")
        click.echo(
            json.dumps(
                [{name: getattr(one, name) for name in fields} for each in found.values() for one in each],
                indent=2,
            )
        )
        return
    rows: list[tuple[str, list[str], str]] = []
    ending: list[str] = []
    for name, each in found.items():
        width = max((len(one.id) for one in each), default=0)
        for one in each:
            source = one.source if one.origin != "assumed" else "assumed"
            rows.append((f"{one.id:{width}}", [f"{source:24}", f"{one.origin:13}"], one.statement))
        for document, counts in by_document(each).items():
            numbers = ", ".join(f"{number} {kind}" for kind, number in counts.items())
            ending.append(f"{name}: {document}: {numbers}")
    show(rows, ["", *ending])


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
