"""Presets: named sets of variants and one scenario for each vendor, kept as data in ``presets.json``.

A preset chooses among what the contract data have; it changes nothing itself. Whether it names what there is and each
choice has a source is the lint's work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRESETS = Path(__file__).with_name("presets.json")


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset. `variants` is {vendor: {variant: option}}, `scenarios` what each task of a vendor does by default."""

    name: str
    says: str
    variants: Mapping[str, Mapping[str, str]]
    scenarios: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, str]] = field(repr=False)
    """The source of each choice, by vendor."""

    def variants_of(self, vendors: Iterable[str]) -> dict[str, dict[str, str]]:
        """{vendor: {variant: option}} for those of `vendors` of which the preset says something."""
        return {name: dict(self.variants[name]) for name in vendors if name in self.variants}


def load_presets() -> dict[str, Preset]:
    """All presets by name, in the order in which the data have them."""
    return {name: _preset(name, one) for name, one in presets_data().items()}


def preset_named(name: str) -> Preset:
    """One preset; raises ContractError, which names what there is, when there is none of this name."""
    found = load_presets()
    if name not in found:
        msg = f"no preset {name!r:.100}; choose from {', '.join(found)}{similar(name, found)}"
        raise ContractError(msg)
    return found[name]


@cache
def presets_data() -> dict[str, Any]:
    """The data as they stand in the file; not to be changed."""
    data: dict[str, Any] = json.loads(PRESETS.read_text(encoding="utf-8"))
    return data


def _preset(name: str, data: Mapping[str, Any]) -> Preset:
    vendors: Mapping[str, Any] = data["vendors"]
    return Preset(
        name,
        data["says"],
        {vendor: one["variants"] for vendor, one in vendors.items()},
        {vendor: one["scenario"] for vendor, one in vendors.items() if "scenario" in one},
        {vendor: one["x-source"] for vendor, one in vendors.items()},
    )
