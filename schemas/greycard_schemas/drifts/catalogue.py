"""Drifts: ways in which a vendor could stop doing what its document says, derived from the claims.

A drift is a list of patches of the contract data that only a mock gets, while the suite goes on judging by the
unpatched data. No drift is listed by hand: each family (see the other modules of this folder) goes through the data of
whatever vendor it is given. What contradicts no document is a freedom, see there. The module changes nothing and
runs nothing.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import Drift, Facts
from greycard_schemas.errors import ContractError
from greycard_schemas.nearest import unknown_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_schemas.loader import Vendor

__all__ = ["Drift", "drifts_of", "names_only_the_broken", "patches_for"]


def drifts_of(vendor: Vendor) -> dict[str, Drift]:
    """Every drift of one vendor by id, such as ``picwish/rate.limit-up``, in the order of the families.

    Raises ContractError when two drifts get the same id.
    """
    from greycard_schemas.drifts import (
        access,
        answers,
        deliveries,
        errors,
        lifecycle,
        pictures,
        requests,
        results,
    )

    facts = Facts(vendor)
    found: dict[str, Drift] = {}
    for family in (
        access.drifts,
        errors.drifts,
        requests.drifts,
        pictures.drifts,
        results.drifts,
        lifecycle.drifts,
        answers.drifts,
        deliveries.drifts,
    ):
        for drift in family(facts):
            if drift.id in found:
                msg = f"two drifts have the id {drift.id}"
                raise ContractError(msg)
            if drift.claims:
                found[drift.id] = drift
    return found


def patches_for(vendor: Vendor, ids: Iterable[str], known: Mapping[str, Drift] | None = None) -> list[dict[str, Any]]:
    """The patches that switch these drifts on, for `load_contracts(patches={vendor.name: ...})`.

    An id may leave out the vendor (``rate.limit-up``); `known` is what `drifts_of` gave for the vendor, when somebody
    has it. Raises ContractError, which names near ids, for one that does
    not exist.
    """
    known = drifts_of(vendor) if known is None else known
    patches: list[dict[str, Any]] = []
    for name in ids:
        whole = name if "/" in name else f"{vendor.name}/{name}"
        if whole not in known:
            raise ContractError(unknown_id("drift", whole, known))
        patches += known[whole].patches
    return patches


def names_only_the_broken(drift: Drift, violated: Iterable[str]) -> list[str]:
    """The claims among `violated` that still hold under the drift: false alarms."""
    allowed = (*drift.claims, *drift.also)
    return [claim for claim in violated if not any(claim == one or fnmatchcase(claim, one) for one in allowed)]
