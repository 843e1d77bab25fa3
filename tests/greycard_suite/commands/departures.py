"""What is asked of served vendors: to depart from their documents (drifts), or from what none states (freedoms).

Reads the catalogues; loads no contract data and serves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from greycard_schemas.loader import Vendor


@dataclass(frozen=True, slots=True)
class Departures:
    """The drifts and freedoms of each vendor by id, the patches that make them, and what to tell of them."""

    drifts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    freedoms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patches: dict[str, list[Any]] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def chosen_departures(
    vendors: Mapping[str, Vendor], drifts: Sequence[str], freedoms: Sequence[str], seed: int | None
) -> Departures:
    """What the options of `serve` ask of these vendors; raises UsageError with what is wrong."""
    if not drifts and not freedoms and seed is None:
        return Departures()
    from greycard_schemas.drifts.catalogue import patches_for
    from greycard_schemas.errors import ContractError
    from greycard_schemas.freedoms.catalogue import draw, freedom_patches

    if freedoms and seed is not None:
        raise click.UsageError("--freedom names freedoms and --freedoms draws them; use one of the two")
    found = Departures(_by_vendor("drift", drifts, vendors), _by_vendor("freedom", freedoms, vendors))
    try:
        for name, vendor in vendors.items():
            drifted = patches_for(vendor, found.drifts.get(name, ()))
            if seed is not None:
                found.freedoms[name] = draw(vendor, seed, drifted)
            made = [*freedom_patches(vendor, found.freedoms.get(name, ())), *drifted]
            if made:
                found.patches[name] = made
    except ContractError as error:
        raise click.UsageError(str(error)) from None
    return Departures(found.drifts, found.freedoms, found.patches, tuple(_told(vendors, found, seed)))


def _by_vendor(kind: str, ids: Iterable[str], vendors: Mapping[str, Vendor]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in dict.fromkeys(ids):
        name, slash, _ = one.partition("/")
        if not slash:
            raise click.UsageError(f"{one!r} names no vendor; write VENDOR/{one}, with one of {', '.join(vendors)}")
        if name not in vendors:
            msg = f"{kind} {one} is of {name}, which this server leaves out; it has {', '.join(vendors)}"
            raise click.UsageError(msg)
        found[name] = (*found.get(name, ()), one)
    return found


def _told(vendors: Mapping[str, Vendor], found: Departures, seed: int | None) -> Iterator[str]:
    from greycard_schemas.freedoms.catalogue import freedoms_of

    for name in vendors:
        for drift in found.drifts.get(name, ()):
            yield f"drift: {drift}"
        ids = found.freedoms.get(name, ())
        if seed is not None:
            yield f"{name}: {len(ids)} freedoms drawn by --freedoms {seed}"
        known = freedoms_of(vendors[name]) if ids else {}
        for one in ids:
            yield f"freedom: {one}  {known[one].sentence}"
