"""Other readings of a document, for the hint at a refusal: each is made ready once, also where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_schemas.loader import load_contracts


@pytest.mark.parametrize("seed", range(4))
def test_a_reading_is_loaded_once_whether_it_is_possible_or_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second refusal of the same kind loads nothing; what does not go with a freedom in force is not tried again."""
    engine = Engine(load_contracts(["picwish"]))
    world = engine.worlds.world("picwish", "test-hint")
    engine.variants.change(world, freedoms=seed)
    loads: list[Any] = []
    load = engine.readings._loaded

    def counted(*arguments: Any) -> Any:
        loads.append(arguments)
        return load(*arguments)

    monkeypatch.setattr(engine.readings, "_loaded", counted)
    claim = "picwish/scale.create#encodings"
    first = [words for words, _ in engine.readings.others(world.runtime, "scale.create", claim)]
    count = len(loads)
    assert count >= len(first) > 0
    assert [words for words, _ in engine.readings.others(world.runtime, "scale.create", claim)] == first
    assert len(loads) == count
    assert engine.readings.are_at_hand(world.runtime, "scale.create", claim)
    engine.close()
