"""The part of the table of drifts that says for each claim which freedoms lie beside it; runs nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.freedoms.beside import beside
from greycard_schemas.freedoms.catalogue import freedoms_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Vendor


def freedom_rows(vendor: Vendor) -> Iterator[str]:
    """The lines of one vendor's part, between its two marks."""
    freedoms = list(freedoms_of(vendor).values())
    manners = sum(not one.is_plain for one in freedoms)
    yield f"\n<!-- freedoms: {vendor.name} -->"
    yield f"{len(freedoms)} freedoms. {manners} of them are matters of the wire, of clocks and of times, and lie beside"
    yield "every claim; the others lie beside those whose place or answer field they touch.\n"
    yield "| claim | freedoms beside it |\n|---|---|"
    for claim in claims_of(vendor).values():
        if claim.is_claim:
            near = beside(claim, freedoms)
            told = ", ".join(f"`{one.partition('/free.')[2]}`" for one in near)
            yield f"| `{claim.id}` | {told or 'none'} |"
    yield "<!-- /freedoms -->"


def with_freedoms(page: str, vendors: Mapping[str, Vendor]) -> str:
    """The page with the part of each vendor made anew; a part that is missing is added at the end of its vendor's."""
    for vendor in vendors.values():
        rows = "\n".join(freedom_rows(vendor)).lstrip("\n")
        marked = re.compile(rf"<!-- freedoms: {vendor.name} -->.*?<!-- /freedoms -->", re.DOTALL)
        if marked.search(page):
            page = marked.sub(lambda _, rows=rows: rows, page)  # type: ignore[misc]
        else:
            head, title, rest = page.partition(f"\n## {vendor.title}\n")
            body, following, after = rest.partition("\n## ")
            page = f"{head}{title}{body.rstrip()}\n\n{rows}\n{following}{after}"
    return page
