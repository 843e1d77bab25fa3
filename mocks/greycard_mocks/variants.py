"""Other readings of a vendor's document for single worlds: a runtime for a choice of variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.contract import Runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.engine import Engine
    from greycard_mocks.world import World


def runtime_in(engine: Engine, vendor: str, variants: Mapping[str, str]) -> Runtime:
    """The vendor's runtime with `variants` on top of those that the engine was started with.

    Raises greycard_schemas' ContractError when the vendor has no such variant or option.
    """
    from greycard_schemas.loader import load_contracts

    base = engine.runtimes[vendor]
    wanted = {**base.vendor.variants, **variants}
    if wanted == base.vendor.variants:
        return base
    key = (vendor, tuple(sorted(wanted.items())))
    found = engine.other_runtimes.get(key)
    if found is None:
        contracts = load_contracts(
            [vendor], folders=engine.contracts, variants={vendor: wanted},
            patches={vendor: engine.patches.get(vendor, ())},
        )  # fmt: skip
        found = engine.other_runtimes.setdefault(key, Runtime(contracts[vendor]))
    return found


def set_variants(engine: Engine, world: World, variants: Mapping[str, str]) -> None:
    """Let one world behave by other variants; raises ContractError when the vendor lacks one of them."""
    world.use_runtime(runtime_in(engine, world.runtime.name, variants))
