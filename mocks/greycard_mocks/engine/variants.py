"""Other readings of a vendor's document, and departures from it (drifts), for single worlds: a runtime for a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.contract import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine


def runtime_in(engine: Engine, vendor: str, variants: Mapping[str, str], drifts: Iterable[str] = ()) -> Runtime:
    """The vendor's runtime with `variants` on top of those that the engine was started with, drifted by `drifts`.

    Raises greycard_schemas' ContractError when the vendor has no such variant, option or drift.
    """
    from greycard_schemas.loader import load_contracts

    base = engine.runtimes[vendor]
    wanted = {**base.vendor.variants, **variants}
    chosen = tuple(drifts)
    if wanted == base.vendor.variants and not chosen:
        return base
    key = (vendor, (*sorted(wanted.items()), *(("drift", one) for one in chosen)))
    found = engine.other_runtimes.get(key)
    if found is None:
        patches = [*engine.patches.get(vendor, ())]
        if chosen:
            from greycard_schemas.drifts.catalogue import patches_for

            patches += patches_for(base.vendor, chosen)
        contracts = load_contracts(
            [vendor], folders=engine.contracts, variants={vendor: wanted},
            patches={vendor: patches},
        )  # fmt: skip
        found = engine.other_runtimes.setdefault(key, Runtime(contracts[vendor]))
    return found


def change_reading(
    engine: Engine, world: World, variants: Mapping[str, str] | None = None, drifts: Iterable[str] | None = None
) -> None:
    """Let one world behave by these variants, and depart from its document by these drifts only; all or nothing.

    Variants that are not named stay as they are; no `drifts` (None) leaves those, an empty one ends them. Raises
    ContractError, which names what there is, for a variant, option or drift that the vendor does not have.
    """
    wanted = {**world.runtime.vendor.variants, **(variants or {})}
    chosen = world.drifts if drifts is None else tuple(drifts)
    world.use_runtime(runtime_in(engine, world.runtime.name, wanted, chosen))
    world.drifts = chosen
