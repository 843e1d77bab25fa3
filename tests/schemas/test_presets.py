"""The presets as data: the lint holds them to what there is, and each choice says where it comes from."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from greycard_schemas.errors import ContractError
from greycard_schemas.lint.presets import preset_findings
from greycard_schemas.loader import load_contracts
from greycard_schemas.presets import load_presets, preset_named, presets_data

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_shipped_presets_are_clean_and_can_be_loaded() -> None:
    """No finding, and each is a choice of variants that the vendors take together."""
    assert preset_findings() == []
    assert list(load_presets()) == ["documents", "observed", "tutorial"]
    for preset in load_presets().values():
        vendors = load_contracts(variants=preset.variants)
        for name, options in preset.variants.items():
            assert options.items() <= vendors[name].variants.items()
            assert set(preset.sources[name]) == {*options, *(["scenario"] if name in preset.scenarios else [])}


def test_the_default_preset_changes_nothing() -> None:
    """`documents` is the data as they stand."""
    assert preset_named("documents").variants == preset_named("documents").scenarios == {}


def test_an_unknown_preset_is_told_with_the_known_ones() -> None:
    """The message says what to choose from."""
    with pytest.raises(ContractError, match="no preset 'real'; choose from documents, observed, tutorial"):
        preset_named("real")


def _other_option(data: Any) -> None:
    data["vendors"]["picwish"]["variants"]["edition"] = "next"


def _other_state(data: Any) -> None:
    data["vendors"]["picwish"]["scenario"]["skip"] = ["queued", "sleeping"]


def _no_source(data: Any) -> None:
    del data["vendors"]["picwish"]["x-source"]["edition"]


def _idle_source(data: Any) -> None:
    data["vendors"]["picwish"]["x-source"]["colour"] = "S2:21"


def _other_vendor(data: Any) -> None:
    data["vendors"]["acme"] = data["vendors"].pop("picwish")


def _no_sentence(data: Any) -> None:
    del data["says"]


def _outcome(data: Any) -> None:
    data["vendors"]["picwish"]["scenario"]["outcome"] = "failed"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_other_option, "no option 'next'; choose from document, current"),
        (_other_state, "no running state 'sleeping'"),
        (_no_source, "must be 'S2:63'"),
        (_idle_source, "speaks of what is not there"),
        (_other_vendor, "no vendor 'acme'"),
        (_no_sentence, "needs exactly says, vendors, x-source"),
        (_outcome, "a preset's scenario has durations, finish"),
    ],
)
def test_the_lint_finds_what_is_wrong(spoil: Callable[[Any], None], told: str) -> None:
    """Each fault of the data is one finding that names the place."""
    data = copy.deepcopy(presets_data())
    spoil(data["tutorial"])
    (finding,) = preset_findings(data)
    assert told in finding.message
    assert finding.pointer.startswith("/tutorial")
