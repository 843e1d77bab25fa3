"""Every freedom of a vendor, sets of them that go together, and whole faithful vendors drawn from a seed.

No freedom is listed by hand: each family (see the other modules of this folder) goes through the data of whatever
vendor it is given. The module changes nothing and runs nothing.
"""

from __future__ import annotations

import copy
import random
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.freedoms.model import Freedom, Silences, meet
from greycard_schemas.nearest import unknown_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_schemas.loader import Vendor

__all__ = ["Freedom", "draw", "freedom_patches", "freedoms_of", "go_together", "hidden_by"]

_DENSITIES = (0.05, 0.15, 0.3, 0.5, 0.8)
"""How likely a freedom is to be drawn: a vendor may be nearly as expected, or at every point another."""


def freedoms_of(vendor: Vendor) -> dict[str, Freedom]:
    """Every freedom of one vendor by id, such as ``picwish/free.json-reversed``, in the order of the families.

    Raises ContractError when two freedoms get the same id.
    """
    from greycard_schemas.freedoms import (
        answers,
        deliveries,
        lifecycle,
        pictures,
        refusals,
        requests,
        results,
        unfinished,
        variants,
        wire,
    )

    facts = Silences(vendor)
    found: dict[str, Freedom] = {}
    alike: dict[frozenset[tuple[str, str]], list[Freedom]] = {}
    """By the places that they change, since only such can be the same."""

    for family in (
        variants.freedoms,
        requests.freedoms,
        refusals.freedoms,
        pictures.freedoms,
        results.freedoms,
        lifecycle.freedoms,
        unfinished.freedoms,
        answers.freedoms,
        deliveries.freedoms,
        wire.freedoms,
    ):
        for freedom in family(facts):
            if freedom.id in found:
                msg = f"two freedoms have the id {freedom.id}"
                raise ContractError(msg)
            others = alike.setdefault(frozenset((patch["file"], patch["path"]) for patch in freedom.patches), [])
            if not any(_same(freedom, other) for other in others):
                found[freedom.id] = freedom
                others.append(freedom)
    return found


def _same(one: Freedom, other: Freedom) -> bool:
    return len(one.patches) == len(other.patches) and all(patch in other.patches for patch in one.patches)


def go_together(one: Freedom, other: Freedom) -> bool:
    """Whether one vendor can have both: neither changes what the other changes, or rests on."""
    return not (meet(one.places, other.places) or meet(one.keeps, other.places) or meet(one.places, other.keeps))


def draw(
    vendor: Vendor,
    seed: int,
    beside: Sequence[Mapping[str, Any]] = (),
    *,
    seen: Iterable[str] = (),
    plain: bool = False,
    known: Mapping[str, Freedom] | None = None,
) -> tuple[str, ...]:
    """The ids of the freedoms of one whole vendor, the same for the same seed; all of them go together.

    None of them meets the patches `beside`, or hides one of the claims in `seen`. With `plain` none is a matter of
    manners. `known` is what `freedoms_of` gave for the vendor, when somebody has it.
    """
    rolls = random.Random(f"{vendor.name} {seed}")  # noqa: S311 - a draw is to be repeatable, not secret
    density = rolls.choice(_DENSITIES)
    everything = list((freedoms_of(vendor) if known is None else known).values())
    rolls.shuffle(everything)
    lots = [(freedom, rolls.random()) for freedom in everything]
    taken = [(str(patch["file"]), str(patch["path"])) for patch in beside]
    wanted = tuple(seen)
    chosen: list[Freedom] = []
    for freedom, lot in lots:
        if lot >= density or (plain and not freedom.is_plain):
            continue
        if (
            meet(freedom.places, taken)
            or meet(freedom.keeps, taken)
            or any(hidden_by([freedom], one) for one in wanted)
        ):
            continue
        if all(go_together(freedom, other) for other in chosen):
            chosen.append(freedom)
    return tuple(sorted(freedom.id for freedom in chosen))


def hidden_by(freedoms: Iterable[Freedom], claim: str) -> str:
    """Why no run can exercise a claim under these freedoms; empty when one can."""
    return next(
        (why for freedom in freedoms for pattern, why in freedom.hides if fnmatchcase(claim, pattern)),
        "",
    )


def freedom_patches(
    vendor: Vendor, ids: Iterable[str], known: Mapping[str, Freedom] | None = None
) -> list[dict[str, Any]]:
    """The patches that switch these freedoms on, for `load_contracts(patches={vendor.name: ...})`.

    An id may leave out the vendor (``free.json-reversed``); `known` is as in `draw`. Raises ContractError, which
    names near ids, for one that does not exist, and when two of them cannot go together.
    """
    known = freedoms_of(vendor) if known is None else known
    chosen: list[Freedom] = []
    for name in ids:
        whole = name if "/" in name else f"{vendor.name}/{name}"
        if whole not in known:
            raise ContractError(unknown_id("freedom", whole, known))
        freedom = known[whole]
        for other in chosen:
            if other is not freedom and not go_together(freedom, other):
                msg = f"{other.id} and {freedom.id} cannot go together: both say how the vendor does the same thing"
                raise ContractError(msg)
        if freedom not in chosen:
            chosen.append(freedom)
    patches = [copy.deepcopy(patch) for freedom in chosen for patch in freedom.patches]
    if any(patch["path"].startswith("/manners/") for patch in patches):
        patches.insert(0, {"op": "add", "file": "vendor", "path": "/manners", "value": {}})
    return patches
