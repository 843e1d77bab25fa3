"""Judges the presets: each names vendors, variants, options and states that there are, and each choice has a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.lint.finding import Finding
from greycard_schemas.loader import load_contracts
from greycard_schemas.patches import join_pointer
from greycard_schemas.presets import presets_data
from greycard_schemas.provenance import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.loader import Vendor

_KEYS = {"says", "x-source", "vendors"}
_VENDOR_KEYS = {"variants", "scenario", "x-source"}
_SCENARIO_KEYS = {"skip", "repeat", "stuck", "durations", "finish"}


def preset_findings(data: Mapping[str, Any] | None = None) -> list[Finding]:
    """All findings in the shipped presets, or in `data` of the same form."""
    vendors = load_contracts()
    return sorted(
        Finding("presets.json", join_pointer(path), message)
        for name, preset in (presets_data() if data is None else data).items()
        for path, message in _preset(vendors, name, preset)
    )


def _preset(vendors: Mapping[str, Vendor], name: str, preset: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    if set(preset) != _KEYS:
        yield [name], f"needs exactly {', '.join(sorted(_KEYS))}"
        return
    yield from _sources([name], ["says"], preset["x-source"])
    for vendor, chosen in preset["vendors"].items():
        path = [name, "vendors", vendor]
        if vendor not in vendors:
            yield path, f"there is no vendor {vendor!r}; choose from {', '.join(vendors)}"
        elif not {"variants", "x-source"} <= set(chosen) <= _VENDOR_KEYS:
            yield path, f"needs variants and x-source, may have scenario, and has {', '.join(chosen)}"
        else:
            yield from _choices(vendors[vendor], path, chosen)


def _choices(vendor: Vendor, path: list[str], chosen: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    known = vendor.data.get("variants", {})
    for variant, option in chosen["variants"].items():
        options = known.get(variant, {}).get("options", {})
        if option not in options:
            there = ", ".join(options) or f"none, the vendor has {', '.join(known)}"
            yield [*path, "variants", variant], f"there is no option {option!r}; choose from {there}"
    scenario = chosen.get("scenario", {})
    for key, value in scenario.items():
        if key not in _SCENARIO_KEYS:
            yield [*path, "scenario", key], f"a preset's scenario has {', '.join(sorted(_SCENARIO_KEYS))}"
        states = [value] if key == "stuck" else value if isinstance(value, list | dict) else []
        for state in states:
            if state not in vendor.data["lifecycle"]["running"]:
                yield [*path, "scenario", key], f"there is no running state {state!r}"
    yield from _sources(path, [*chosen["variants"], *(["scenario"] if scenario else [])], chosen["x-source"])


def _sources(path: list[str], keys: list[str], sources: Mapping[str, str]) -> Iterator[tuple[list[str], str]]:
    for key in keys:
        try:
            origin_of(str(sources.get(key, "")))
        except ContractError as error:
            yield [*path, "x-source", key], str(error)
    for key in sorted(set(sources) - set(keys)):
        yield [*path, "x-source", key], "speaks of what is not there"
