"""Lets single worlds behave by other variants of their vendor's document, or depart from it (drifts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.core.contract import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.core.world import World


class Variants:
    """The runtimes of the vendors in every choice of variants and drifts that a world has asked for.

    `contracts` and `patches` are what the vendors were loaded with: needed again for another choice.
    """

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        contracts: Sequence[Path],
        patches: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        self._runtimes, self._contracts, self._patches = runtimes, tuple(contracts), dict(patches)
        self._others: dict[tuple[str, tuple[tuple[str, str], ...]], Runtime] = {}

    def runtime(self, vendor: str, variants: Mapping[str, str], drifts: Iterable[str] = ()) -> Runtime:
        """The vendor's runtime with `variants` on top of those that the mock was started with, drifted by `drifts`.

        Raises greycard_schemas' ContractError when the vendor has no such variant, option or drift.
        """
        from greycard_schemas.loader import load_contracts

        base = self._runtimes[vendor]
        wanted = {**base.vendor.variants, **variants}
        chosen = tuple(drifts)
        if wanted == base.vendor.variants and not chosen:
            return base
        key = (vendor, (*sorted(wanted.items()), *(("drift", one) for one in chosen)))
        found = self._others.get(key)
        if found is None:
            patches = [*self._patches.get(vendor, ())]
            if chosen:
                from greycard_schemas.drifts.catalogue import patches_for

                patches += patches_for(base.vendor, chosen)
            contracts = load_contracts(
                [vendor], folders=self._contracts, variants={vendor: wanted},
                patches={vendor: patches},
            )  # fmt: skip
            found = self._others.setdefault(key, Runtime(contracts[vendor]))
        return found

    def change(
        self, world: World, variants: Mapping[str, str] | None = None, drifts: Iterable[str] | None = None
    ) -> None:
        """Let one world behave by these variants, and depart from its document by these drifts only; all or nothing.

        Variants that are not named stay as they are; no `drifts` (None) leaves those, an empty one ends them. Raises
        ContractError, which names what there is, for a variant, option or drift that the vendor does not have.
        """
        wanted = {**world.runtime.vendor.variants, **(variants or {})}
        chosen = world.drifts if drifts is None else tuple(drifts)
        world.use_runtime(self.runtime(world.runtime.name, wanted, chosen))
        world.drifts = chosen
