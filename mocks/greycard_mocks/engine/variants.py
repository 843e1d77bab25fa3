"""How single worlds, or a whole vendor, behave: by which variants of the document, drifts and freedoms.

Every way to switch one on ends here: the fixtures, Python, the control plane, the page, `serve`. So each of them
acts alike, also on what is answered before any world is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.scenario import ScenarioError, usual_scenario
from greycard_mocks.engine.strangers import check_alone
from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.core.worlds import Worlds
    from greycard_mocks.engine.readings import Readings
    from greycard_mocks.pipeline.router import Router


class Variants:
    """Says by which of the `readings` each world, and each vendor, behaves; `router` goes by those of the vendors."""

    def __init__(self, readings: Readings, worlds: Worlds, router: Router) -> None:
        self._readings, self._worlds, self._router = readings, worlds, router
        self._runtimes = readings.runtimes

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
        with self._worlds.changing():
            world.kept.refresh()
            runtime = self._chosen(world.runtime, variants, drifts, freedoms)
            self.check(world, runtime, beside=beside)
            self._give(world, runtime, speaks=self._may_speak(world, beside))

    def check(self, world: World, runtime: Runtime, *, beside: Iterable[World] | None = None) -> None:
        """Raises ContractError when a world cannot have this runtime by itself; see `change`."""
        if not self._may_speak(world, beside):
            check_alone(self._readings.vendor(runtime.name, runtime.vendor.variants), world.runtime, runtime)

    def give(self, world: World, runtime: Runtime) -> None:
        """Let a world have a runtime of its vendor that was made here, and checked."""
        with self._worlds.changing():
            self._give(world, runtime, speaks=self._may_speak(world, None))

    def carry_over(self, world: World, runtime: Runtime) -> None:
        """Let a world go on as `runtime`; it speaks for its vendor if it did before."""
        with self._worlds.changing():
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
        with self._worlds.changing():
            runtime = self._chosen(self._runtimes[name], variants, drifts, freedoms)
            self.rebase({name: runtime})
        return runtime

    def start(self, name: str, drifts: Iterable[str], freedoms: Iterable[str] | int) -> None:
        """As `change_vendor`, before there is any world: what the mock is started with."""
        self.change_vendor(name, None, drifts, freedoms)
        self._readings.started[name] = self._runtimes[name]

    def as_it_is(self) -> dict[str, tuple[Runtime, Runtime]]:
        """How each vendor is now, and what it was started with, for `back_to`."""
        return {name: (runtime, self._readings.started[name]) for name, runtime in self._runtimes.items()}

    def back_to(self, before: Mapping[str, tuple[Runtime, Runtime]]) -> None:
        """Let whole vendors be as they were; one that has been started otherwise since is as it was started."""
        self.rebase(
            {
                name: runtime if started is self._readings.started[name] else self._readings.started[name]
                for name, (runtime, started) in before.items()
            }
        )

    def rebase(self, runtimes: Mapping[str, Runtime] | None = None) -> None:
        """Let whole vendors be as these runtimes, which were made here, or (None) as the mock was started."""
        with self._worlds.changing():
            self._rebase(self._readings.started if runtimes is None else runtimes)

    def _rebase(self, wanted: Mapping[str, Runtime]) -> None:
        changed = {name: one for name, one in wanted.items() if self._runtimes[name] is not one}
        if not changed:
            return
        with self._worlds.common:
            self._runtimes.update(changed)
            self._router.use(self._runtimes.values())
            self._worlds.vendors_changed()
        for name, runtime in changed.items():
            for world in self._worlds.of_vendor(name):
                if world.is_of_a_stranger:
                    self._worlds.forget(world)
                else:
                    self._give(world, runtime, speaks=False)

    def use_vendors(self, runtimes: Mapping[str, Runtime]) -> None:
        """Let worlds to come, and requests of none, go by these; another process has changed those that are there."""
        self._runtimes.update({**self._readings.started, **runtimes})
        self._router.use(self._runtimes.values())

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
            free = self._readings.drawn(name, freedoms, drifted, wanted)
        elif freedoms is not None:
            free = _whole(name, freedoms)
        elif before.freedoms and (wanted != before.vendor.variants or drifted != before.drifts or variants):
            free = self._kept(name, before.freedoms, variants or {}, drifted, wanted)
        else:
            free = before.freedoms
        return self._readings.runtime(name, wanted, drifted, free)

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
            plain = self._readings.vendor(name, wanted)
        except ContractError:
            plain = self._readings.vendor(name)  # what is wrong with the variants is said where they are asked for
        known, drifted = (
            self._readings.freedoms_of(name, plain.variants),
            self._readings.drifts_of(name, plain.variants),
        )
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

        Raises ContractError, which names what there is, for a preset that there is not, and for one whose scenario
        the world cannot have by its drifts and freedoms; nothing has changed then.
        """
        from greycard_schemas.presets import preset_named

        preset, vendor = preset_named(name), world.runtime.name
        variants, scenario = preset.variants.get(vendor, {}), preset.scenarios.get(vendor)
        with self._worlds.changing():
            world.kept.refresh()
            runtime = self._chosen(world.runtime, variants, None, None)
            try:
                usual = None if scenario is None else usual_scenario(runtime, scenario)
            except ScenarioError as error:
                msg = f"the preset {name!r} does not go with the drifts and freedoms of this world: {error}"
                raise ContractError(msg) from None
            self.change(world, variants, beside=beside)
            with world.lock:
                world.usual = usual


def _whole(vendor: str, ids: Iterable[str]) -> tuple[str, ...]:
    """These ids with the vendor's name before them, each once."""
    return tuple(dict.fromkeys(one if "/" in one else f"{vendor}/{one}" for one in ids))
