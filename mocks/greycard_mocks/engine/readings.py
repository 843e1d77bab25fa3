"""The runtimes of the vendors in every reading that somebody asks for: variants, drifts and freedoms, made once each.

Knows no world and changes nothing; `variants` says who behaves by which reading.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.contract import Runtime
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.freedoms.model import Freedom
    from greycard_schemas.loader import Vendor

    _Key = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]
    """Vendor, variants, drifts and freedoms."""


class Readings:
    """Makes runtimes, and remembers them.

    `runtimes` is the table of the whole mock, in which a vendor that is changed as a whole gets another entry.
    `contracts` and `patches` are what the vendors were loaded with, apart from the drifts and freedoms that these have
    already: needed again for another reading.
    """

    def __init__(
        self,
        runtimes: dict[str, Runtime],
        contracts: Sequence[Path],
        patches: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        self.runtimes = runtimes
        self.started = dict(runtimes)
        """What the mock was started with."""

        self.are_tried = True
        """Whether the reading that would accept a refused request is looked for; off where nobody reads the reasons."""

        self._contracts, self._patches = tuple(contracts), dict(patches)
        self._others: dict[_Key, Runtime] = {}
        self._asked: set[tuple[Runtime, str, bool]] = set()
        self._impossible: set[_Key] = set()
        self._plain = cache(self._made_plain)
        self._drifts_of = cache(self._made_drifts)
        self._freedoms_of = cache(self._made_freedoms)
        self._files = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """The data in folders of the user's own, which somebody may be writing when another choice is asked for."""
        if not self._contracts:
            return {}
        from greycard_schemas.loader import parsed_files

        return {name: parsed_files(name, self._contracts) for name in self.runtimes}

    def forget(self) -> None:
        """Forget all that was made after data that have changed since: the vendors are as if just started."""
        self.started = dict(self.runtimes)
        self._files = self._read()
        self._others.clear()
        self._asked.clear()
        self._impossible.clear()
        for made in (self._plain, self._drifts_of, self._freedoms_of):
            made.cache_clear()

    def vendor(self, name: str, variants: Mapping[str, str] | None = None) -> Vendor:
        """The vendor in these variants (those of the mock by default), without drifts and freedoms.

        The catalogues of drifts and freedoms go by it.
        """
        return self._plain(name, _sorted({**self.runtimes[name].vendor.variants, **(variants or {})}))

    def drifts_of(self, name: str, variants: Mapping[str, str] | None = None) -> Mapping[str, Drift]:
        """The drifts of a vendor in these variants, by id."""
        return self._drifts_of(name, _sorted({**self.runtimes[name].vendor.variants, **(variants or {})}))

    def freedoms_of(self, name: str, variants: Mapping[str, str] | None = None) -> Mapping[str, Freedom]:
        """The freedoms of a vendor in these variants, by id."""
        return self._freedoms_of(name, _sorted({**self.runtimes[name].vendor.variants, **(variants or {})}))

    def _made_drifts(self, name: str, variants: tuple[tuple[str, str], ...]) -> Mapping[str, Drift]:
        from greycard_schemas.drifts.catalogue import drifts_of

        return drifts_of(self.vendor(name, dict(variants)))

    def _made_freedoms(self, name: str, variants: tuple[tuple[str, str], ...]) -> Mapping[str, Freedom]:
        from greycard_schemas.freedoms.catalogue import freedoms_of

        return freedoms_of(self.vendor(name, dict(variants)))

    def _made_plain(self, name: str, variants: tuple[tuple[str, str], ...]) -> Vendor:
        for one in (self.started[name], self.runtimes[name]):
            if _sorted(one.vendor.variants) == variants and not (one.drifts or one.freedoms):
                return one.vendor
        return self._loaded(name, dict(variants))

    def runtime(
        self, vendor: str, variants: Mapping[str, str], drifts: Iterable[str] = (), freedoms: Iterable[str] = ()
    ) -> Runtime:
        """The vendor's runtime with `variants` on top of those that the mock has, and exactly these departures.

        Raises greycard_schemas' ContractError when the vendor has no such variant, option, drift or freedom, and when
        two freedoms cannot go together.
        """
        base, started = self.runtimes[vendor], self.started[vendor]
        wanted = {**base.vendor.variants, **variants}
        drifted, free = tuple(drifts), tuple(freedoms)
        for one in (base, started):
            if (wanted, drifted, free) == (one.vendor.variants, one.drifts, one.freedoms):
                return one
        key = (vendor, _sorted(wanted), drifted, free)
        found = self._others.get(key)
        if found is None:
            patches: list[Mapping[str, Any]] = []
            if free:
                from greycard_schemas.freedoms.catalogue import freedom_patches

                patches += freedom_patches(self.vendor(vendor, wanted), free, self.freedoms_of(vendor, wanted))
            if drifted:
                from greycard_schemas.drifts.catalogue import patches_for

                patches += patches_for(self.vendor(vendor, wanted), drifted, self.drifts_of(vendor, wanted))
            found = self._others.setdefault(key, Runtime(self._loaded(vendor, wanted, patches), drifted, free))
        return found

    def others(self, runtime: Runtime, operation: str, claim: str) -> Iterator[tuple[str, Runtime]]:
        """Each option of a variant under which `operation` differs from how it is in `runtime`, then each freedom.

        A freedom is one of what `claim` speaks of. Options come with the words for the command line.
        """
        if not self.are_tried:
            return
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
            for freedom in self.freedoms_of(vendor.name).values():
                if claim in freedom.of and freedom.id not in runtime.freedoms:
                    free = (*runtime.freedoms, freedom.id)
                    other = self._possible(vendor.name, vendor.variants, runtime.drifts, free)
                    if other is not None:
                        yield f"--freedom {freedom.id}", other

    def _possible(
        self, vendor: str, variants: Mapping[str, str], drifts: tuple[str, ...], freedoms: tuple[str, ...]
    ) -> Runtime | None:
        """As `runtime`; None, which is remembered, where these do not go together."""
        key = (vendor, _sorted(variants), drifts, freedoms)
        if key in self._impossible:
            return None
        try:
            return self.runtime(vendor, variants, drifts, freedoms)
        except ContractError:
            self._impossible.add(key)
            return None

    def are_at_hand(self, runtime: Runtime, operation: str, claim: str) -> bool:
        """Whether `others` has been asked for these before, so that it takes only a moment."""
        return not self.are_tried or (runtime, operation, claim.endswith("#encodings")) in self._asked

    def _loaded(self, vendor: str, variants: Mapping[str, str], patches: Sequence[Mapping[str, Any]] = ()) -> Vendor:
        from greycard_schemas.loader import load_contracts, vendor_of

        changes = [*self._patches.get(vendor, ()), *patches]
        if vendor in self._files:
            return vendor_of(vendor, copy.deepcopy(self._files[vendor]), variants, changes)
        return load_contracts([vendor], variants={vendor: variants}, patches={vendor: changes})[vendor]

    def drawn(
        self, vendor: str, seed: int, drifts: Iterable[str] = (), variants: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """The ids of the freedoms that a seed draws, none of which meets one of these drifts."""
        from greycard_schemas.drifts.catalogue import patches_for
        from greycard_schemas.freedoms.catalogue import draw

        plain = self.vendor(vendor, variants)
        beside = patches_for(plain, drifts, self.drifts_of(vendor, variants)) if drifts else []
        return draw(plain, seed, beside, known=self.freedoms_of(vendor, variants))


def _sorted(variants: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(variants.items()))
