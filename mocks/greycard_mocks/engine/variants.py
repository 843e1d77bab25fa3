"""How single worlds, or a whole vendor, behave: by which variants of the document, drifts and freedoms.

Every way to switch one on ends here: the fixtures, Python, the control plane, the page, `serve`. So each of them
acts alike, also on what is answered before any world is known.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.contract import Runtime
from greycard_mocks.core.scenario import usual_scenario
from greycard_mocks.engine.strangers import check_alone
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.core.world import World
    from greycard_mocks.core.worlds import Worlds
    from greycard_mocks.pipeline.router import Router
    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.freedoms.model import Freedom
    from greycard_schemas.loader import Vendor

    _Key = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]
    """Vendor, variants, drifts and freedoms."""


class Variants:
    """The runtimes of the vendors in every choice of variants, drifts and freedoms that a world has asked for.

    `contracts` and `patches` are what the vendors were loaded with, apart from the drifts and freedoms that `runtimes`
    have already: needed again for another choice. A vendor that is changed as a whole gets another entry in `runtimes`,
    which is the table of the whole mock.
    """

    def __init__(
        self,
        runtimes: dict[str, Runtime],
        contracts: Sequence[Path],
        patches: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        self._runtimes, self._contracts, self._patches = runtimes, tuple(contracts), dict(patches)
        self._started = dict(runtimes)
        self._others: dict[_Key, Runtime] = {}
        self._asked: set[tuple[Runtime, str, bool]] = set()
        self._impossible: set[_Key] = set()
        self._plain = cache(self._made_plain)
        self._drifts_of = cache(self._made_drifts)
        self._freedoms_of = cache(self._made_freedoms)
        self._worlds: Worlds
        self._router: Router
        self._files = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """The data in folders of the user's own, which somebody may be writing when another choice is asked for."""
        if not self._contracts:
            return {}
        from greycard_schemas.loader import parsed_files

        return {name: parsed_files(name, self._contracts) for name in self._runtimes}

    def forget(self) -> None:
        """Forget all that was made after data that have changed since: the vendors are as if just started."""
        self._started = dict(self._runtimes)
        self._files = self._read()
        self._others.clear()
        self._asked.clear()
        self._impossible.clear()
        for made in (self._plain, self._drifts_of, self._freedoms_of):
            made.cache_clear()

    def connect(self, worlds: Worlds, router: Router) -> None:
        """Say which worlds there are, and who knows where requests are for."""
        self._worlds, self._router = worlds, router

    def vendor(self, name: str, variants: Mapping[str, str] | None = None) -> Vendor:
        """The vendor in these variants (those of the mock by default), without drifts and freedoms.

        The catalogues of drifts and freedoms go by it.
        """
        return self._plain(name, _sorted({**self._runtimes[name].vendor.variants, **(variants or {})}))

    def drifts_of(self, name: str, variants: Mapping[str, str] | None = None) -> Mapping[str, Drift]:
        """The drifts of a vendor in these variants, by id."""
        return self._drifts_of(name, _sorted({**self._runtimes[name].vendor.variants, **(variants or {})}))

    def freedoms_of(self, name: str, variants: Mapping[str, str] | None = None) -> Mapping[str, Freedom]:
        """The freedoms of a vendor in these variants, by id."""
        return self._freedoms_of(name, _sorted({**self._runtimes[name].vendor.variants, **(variants or {})}))

    def _made_drifts(self, name: str, variants: tuple[tuple[str, str], ...]) -> Mapping[str, Drift]:
        from greycard_schemas.drifts.catalogue import drifts_of

        return drifts_of(self.vendor(name, dict(variants)))

    def _made_freedoms(self, name: str, variants: tuple[tuple[str, str], ...]) -> Mapping[str, Freedom]:
        from greycard_schemas.freedoms.catalogue import freedoms_of

        return freedoms_of(self.vendor(name, dict(variants)))

    def _made_plain(self, name: str, variants: tuple[tuple[str, str], ...]) -> Vendor:
        for one in (self._started[name], self._runtimes[name]):
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
        base, started = self._runtimes[vendor], self._started[vendor]
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
        from greycard_schemas.errors import ContractError

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
        return (runtime, operation, claim.endswith("#encodings")) in self._asked

    def _loaded(self, vendor: str, variants: Mapping[str, str], patches: Sequence[Mapping[str, Any]] = ()) -> Vendor:
        from greycard_schemas.loader import load_contracts, vendor_of

        changes = [*self._patches.get(vendor, ()), *patches]
        if vendor in self._files:
            return vendor_of(vendor, copy.deepcopy(self._files[vendor]), variants, changes)
        return load_contracts([vendor], variants={vendor: variants}, patches={vendor: changes})[vendor]

    def change(
        self,
        world: World,
        variants: Mapping[str, str] | None = None,
        drifts: Iterable[str] | None = None,
        freedoms: Iterable[str] | int | None = None,
        *,
        beside: Iterable[World] | None = None,
    ) -> None:
        """Let one world behave by these variants, and depart by these drifts and freedoms only; all or nothing.

        Variants that are not named stay as they are; no `drifts` (None) leaves those, an empty one ends them, and so
        it is with `freedoms`. A number draws freedoms: a whole faithful vendor, the same for the same number. What is
        named wins: a freedom from before that says otherwise how the vendor does the same thing ends.

        A world that is the only one of its vendor speaks for it: requests that belong to no world, those with a wrong
        key for example, are answered as it would. `beside` are the worlds that count as others, all of the vendor by
        default. Raises ContractError, which names what there is, for a variant, option, drift or freedom that the
        vendor does not have, and for one that acts on nothing but requests without a world where the world does not
        speak for its vendor.
        """
        runtime = self._chosen(world.runtime, variants, drifts, freedoms)
        self.check(world, runtime, beside=beside)
        self._give(world, runtime, speaks=self._may_speak(world, beside))

    def check(self, world: World, runtime: Runtime, *, beside: Iterable[World] | None = None) -> None:
        """Raises ContractError when a world cannot have this runtime by itself; see `change`."""
        if not self._may_speak(world, beside):
            check_alone(self.vendor(runtime.name, runtime.vendor.variants), world.runtime, runtime)

    def give(self, world: World, runtime: Runtime) -> None:
        """Let a world have a runtime of its vendor that was made here, and checked."""
        self._give(world, runtime, speaks=self._may_speak(world, None))

    def carry_over(self, world: World, runtime: Runtime) -> None:
        """Let a world go on as `runtime`; it speaks for its vendor if it did before."""
        self._give(world, runtime, speaks=self._worlds.departed.speakers.get(runtime.name) is world)

    def _give(self, world: World, runtime: Runtime, *, speaks: bool) -> None:
        base = self._runtimes[runtime.name]
        world.use_runtime(runtime)
        self._worlds.departed.note(world, base, speaks=speaks and runtime is not base)

    def _may_speak(self, world: World, beside: Iterable[World] | None) -> bool:
        name = world.runtime.name
        speaker = self._worlds.departed.speakers.get(name)
        if speaker is not None:
            return speaker is world
        others = self._worlds.of_vendor(name) if beside is None else beside
        return all(one is world or one.is_of_a_stranger for one in others)

    def change_vendor(
        self,
        name: str,
        variants: Mapping[str, str] | None = None,
        drifts: Iterable[str] | None = None,
        freedoms: Iterable[str] | int | None = None,
    ) -> Runtime:
        """As `change`, for a vendor as a whole: all its worlds, those to come, and requests that belong to none.

        What single worlds had chosen for themselves ends. Returns how the vendor is now.
        """
        runtime = self._chosen(self._runtimes[name], variants, drifts, freedoms)
        self.rebase({name: runtime})
        return runtime

    def start(self, name: str, drifts: Iterable[str], freedoms: Iterable[str] | int) -> None:
        """As `change_vendor`, before there is any world: what the mock is started with."""
        self.change_vendor(name, None, drifts, freedoms)
        self._started[name] = self._runtimes[name]

    def as_it_is(self) -> dict[str, tuple[Runtime, Runtime]]:
        """How each vendor is now, and what it was started with, for `back_to`."""
        return {name: (runtime, self._started[name]) for name, runtime in self._runtimes.items()}

    def back_to(self, before: Mapping[str, tuple[Runtime, Runtime]]) -> None:
        """Let whole vendors be as they were; one that has been started otherwise since is as it was started."""
        self.rebase(
            {
                name: runtime if started is self._started[name] else self._started[name]
                for name, (runtime, started) in before.items()
            }
        )

    def rebase(self, runtimes: Mapping[str, Runtime] | None = None) -> None:
        """Let whole vendors be as these runtimes, which were made here, or (None) as the mock was started."""
        wanted = self._started if runtimes is None else runtimes
        changed = {name: one for name, one in wanted.items() if self._runtimes[name] is not one}
        if not changed:
            return
        self._runtimes.update(changed)
        self._router.use(self._runtimes.values())
        for name, runtime in changed.items():
            for world in self._worlds.of_vendor(name):
                if world.is_of_a_stranger:
                    self._worlds.forget(world)
                else:
                    self._give(world, runtime, speaks=False)

    def _chosen(
        self,
        before: Runtime,
        variants: Mapping[str, str] | None,
        drifts: Iterable[str] | None,
        freedoms: Iterable[str] | int | None,
    ) -> Runtime:
        """The runtime for what is named now, on top of what was there before."""
        name = before.name
        wanted = {**before.vendor.variants, **(variants or {})}
        drifted = before.drifts if drifts is None else _whole(name, drifts)
        if isinstance(freedoms, int):
            free = self.drawn(name, freedoms, drifted, wanted)
        elif freedoms is not None:
            free = _whole(name, freedoms)
        elif before.freedoms and (wanted != before.vendor.variants or drifted != before.drifts or variants):
            free = self._kept(name, before.freedoms, variants or {}, drifted, wanted)
        else:
            free = before.freedoms
        return self.runtime(name, wanted, drifted, free)

    def _kept(
        self,
        name: str,
        freedoms: Sequence[str],
        variants: Mapping[str, str],
        drifts: Sequence[str],
        wanted: Mapping[str, str],
    ) -> tuple[str, ...]:
        """Those of these freedoms that meet none of the variants and drifts that were named after them."""
        from greycard_schemas.freedoms.model import meet

        try:
            plain = self.vendor(name, wanted)
        except ContractError:
            plain = self.vendor(name)  # what is wrong with the variants is said where they are asked for
        known, drifted = self.freedoms_of(name, plain.variants), self.drifts_of(name, plain.variants)
        specs = [plain.data["variants"][one] for one in variants if one in plain.data.get("variants", {})]
        named = [patch for spec in specs for rule in spec["options"].values() for patch in rule["patch"]]
        named += [patch for one in drifts if one in drifted for patch in drifted[one].patches]
        places = [(str(one["file"]), str(one["path"])) for one in named]
        return tuple(
            one
            for one in freedoms
            if one in known and not meet(known[one].places, places) and not meet(known[one].keeps, places)
        )

    def use_preset(self, world: World, name: str, *, beside: Iterable[World] | None = None) -> None:
        """Let one world be as a preset has its vendor; variants of which the preset says nothing stay as they are.

        Raises ContractError, which names what there is, for a preset that there is not.
        """
        from greycard_schemas.presets import preset_named

        preset, vendor = preset_named(name), world.runtime.name
        self.change(world, preset.variants.get(vendor, {}), beside=beside)
        scenario = preset.scenarios.get(vendor)
        world.usual = None if scenario is None else usual_scenario(world.runtime, scenario)

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


def _whole(vendor: str, ids: Iterable[str]) -> tuple[str, ...]:
    """These ids with the vendor's name before them, each once."""
    return tuple(dict.fromkeys(one if "/" in one else f"{vendor}/{one}" for one in ids))
