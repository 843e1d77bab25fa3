"""Lets single worlds behave by other variants of their vendor's document, or depart from it (drifts).

They may also do otherwise what no document states (freedoms).
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.scenario import usual_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.core.world import World
    from greycard_schemas.freedoms.model import Freedom
    from greycard_schemas.loader import Vendor

    _Key = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]
    """Vendor, variants, drifts and freedoms."""


class Variants:
    """The runtimes of the vendors in every choice of variants, drifts and freedoms that a world has asked for.

    `contracts` and `patches` are what the vendors were loaded with, apart from the drifts and freedoms that `runtimes`
    have already: needed again for another choice.
    """

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        contracts: Sequence[Path],
        patches: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        self._runtimes, self._contracts, self._patches = runtimes, tuple(contracts), dict(patches)
        self._others: dict[_Key, Runtime] = {}
        self._asked: set[tuple[Runtime, str, bool]] = set()
        self._impossible: set[_Key] = set()
        self._plain = cache(self._loaded)
        self._freedoms_of = cache(self._catalogue)
        self._files = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """The data in folders of the user's own, which somebody may be writing when another choice is asked for."""
        if not self._contracts:
            return {}
        from greycard_schemas.loader import parsed_files

        return {name: parsed_files(name, self._contracts) for name in self._runtimes}

    def forget(self) -> None:
        """Forget all that was made after data that have changed since."""
        self._files = self._read()
        self._others.clear()
        self._asked.clear()
        self._impossible.clear()
        self._plain.cache_clear()
        self._freedoms_of.cache_clear()

    def vendor(self, name: str) -> Vendor:
        """The vendor as the mock was started, but for drifts and freedoms, whose catalogues go by it."""
        base = self._runtimes[name]
        return self._plain(name) if base.drifts or base.freedoms else base.vendor

    def runtime(
        self, vendor: str, variants: Mapping[str, str], drifts: Iterable[str] = (), freedoms: Iterable[str] = ()
    ) -> Runtime:
        """The vendor's runtime with `variants` on top of those that the mock was started with, and these departures.

        Raises greycard_schemas' ContractError when the vendor has no such variant, option, drift or freedom, and when
        two freedoms cannot go together.
        """
        base = self._runtimes[vendor]
        wanted = {**base.vendor.variants, **variants}
        drifted, free = tuple(drifts), tuple(freedoms)
        if (wanted, drifted, free) == (base.vendor.variants, base.drifts, base.freedoms):
            return base
        key = (vendor, tuple(sorted(wanted.items())), drifted, free)
        found = self._others.get(key)
        if found is None:
            patches: list[Mapping[str, Any]] = []
            if free:
                from greycard_schemas.freedoms.catalogue import freedom_patches

                patches += freedom_patches(self.vendor(vendor), free)
            if drifted:
                from greycard_schemas.drifts.catalogue import patches_for

                patches += patches_for(self.vendor(vendor), drifted)
            found = self._others.setdefault(key, Runtime(self._loaded(vendor, wanted, patches), drifted, free))
        return found

    def others(self, runtime: Runtime, operation: str, claim: str) -> Iterator[tuple[str, Runtime]]:
        """Each option of a variant under which `operation` differs from how it is in `runtime`, then each freedom.

        A freedom is one of what `claim` speaks of. Options come with the words for the command line.
        """
        self._asked.add((runtime, operation, claim.endswith("#encodings")))
        vendor = runtime.vendor
        for variant, spec in vendor.data.get("variants", {}).items():
            for option, rule in spec["options"].items():
                if option == vendor.variants[variant]:
                    continue
                touched = [*rule["patch"], *spec["options"][vendor.variants[variant]]["patch"]]
                if any(patch["file"] in (operation, "vendor") for patch in touched):
                    chosen = {**vendor.variants, variant: option}
                    other = self._possible(vendor.name, chosen, runtime.drifts, runtime.freedoms)
                    if other is not None:
                        yield f"--variant {vendor.name}.{variant}={option}", other
        if claim.endswith("#encodings"):
            for freedom in self._freedoms_of(vendor.name):
                if claim in freedom.of and freedom.id not in runtime.freedoms:
                    free = (*runtime.freedoms, freedom.id)
                    other = self._possible(vendor.name, vendor.variants, runtime.drifts, free)
                    if other is not None:
                        yield f"--freedom {freedom.id}", other

    def _possible(
        self, vendor: str, variants: Mapping[str, str], drifts: tuple[str, ...], freedoms: tuple[str, ...]
    ) -> Runtime | None:
        """As `runtime`; None, which is remembered, where these do not go together."""
        from greycard_schemas.errors import ContractError

        key = (vendor, tuple(sorted(variants.items())), drifts, freedoms)
        if key in self._impossible:
            return None
        try:
            return self.runtime(vendor, variants, drifts, freedoms)
        except ContractError:
            self._impossible.add(key)
            return None

    def are_at_hand(self, runtime: Runtime, operation: str, claim: str) -> bool:
        """Whether `others` has been asked for these before, so that it takes only a moment."""
        return (runtime, operation, claim.endswith("#encodings")) in self._asked

    def _catalogue(self, name: str) -> tuple[Freedom, ...]:
        from greycard_schemas.freedoms.catalogue import freedoms_of

        return tuple(freedoms_of(self.vendor(name)).values())

    def _loaded(
        self, vendor: str, variants: Mapping[str, str] | None = None, patches: Sequence[Mapping[str, Any]] = ()
    ) -> Vendor:
        from greycard_schemas.loader import load_contracts, vendor_of

        chosen = self._runtimes[vendor].vendor.variants if variants is None else variants
        changes = [*self._patches.get(vendor, ()), *patches]
        if vendor in self._files:
            return vendor_of(vendor, copy.deepcopy(self._files[vendor]), chosen, changes)
        return load_contracts([vendor], variants={vendor: chosen}, patches={vendor: changes})[vendor]

    def change(
        self,
        world: World,
        variants: Mapping[str, str] | None = None,
        drifts: Iterable[str] | None = None,
        freedoms: Iterable[str] | int | None = None,
    ) -> None:
        """Let one world behave by these variants, and depart by these drifts and freedoms only; all or nothing.

        Variants that are not named stay as they are; no `drifts` (None) leaves those, an empty one ends them, and so
        it is with `freedoms`. A number draws freedoms: a whole faithful vendor, the same for the same number. Raises
        ContractError, which names what there is, for a variant, option, drift or freedom that the vendor does not
        have.
        """
        name = world.runtime.name
        wanted = {**world.runtime.vendor.variants, **(variants or {})}
        drifted = world.drifts if drifts is None else tuple(drifts)
        if isinstance(freedoms, int):
            free = self.drawn(name, freedoms, drifted)
        else:
            named = world.freedoms if freedoms is None else freedoms
            free = tuple(dict.fromkeys(one if "/" in one else f"{name}/{one}" for one in named))
        world.use_runtime(self.runtime(name, wanted, drifted, free))

    def use_preset(self, world: World, name: str) -> None:
        """Let one world be as a preset has its vendor; variants of which the preset says nothing stay as they are.

        Raises ContractError, which names what there is, for a preset that there is not.
        """
        from greycard_schemas.presets import preset_named

        preset, vendor = preset_named(name), world.runtime.name
        self.change(world, preset.variants.get(vendor, {}))
        scenario = preset.scenarios.get(vendor)
        world.usual = None if scenario is None else usual_scenario(world.runtime, scenario)

    def drawn(self, vendor: str, seed: int, drifts: Iterable[str] = ()) -> tuple[str, ...]:
        """The ids of the freedoms that a seed draws, none of which meets one of these drifts."""
        from greycard_schemas.drifts.catalogue import patches_for
        from greycard_schemas.freedoms.catalogue import draw

        plain = self.vendor(vendor)
        return draw(plain, seed, patches_for(plain, drifts))
