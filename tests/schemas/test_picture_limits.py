"""Limits of pictures: one table says what is allowed, how it is said, and what a breach falls together with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, Operation, load_contracts
from greycard_schemas.picture_limits import (
    BREACHES,
    LIMITS,
    broken,
    consequence_of,
    falls_to,
    least_side,
    needed_consequences,
    told_apart,
)

CREATES = [create for vendor in load_contracts().values() for create in vendor.of_kind("create")]
UNITS = {"kilo": 1000, "megabyte": 1 << 20}


def vocabulary() -> dict[str, Any]:
    """What the meta-schema allows under `pictures`."""
    meta = json.loads((CONTRACTS.parent / "meta" / "operation.schema.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = meta["$defs"]["operation"]["properties"]["pictures"]["properties"]
    return found


def test_the_table_has_every_limit_and_breach_that_the_data_may_name() -> None:
    """A figure in the vocabulary is a limit, and a consequence names a breach; no more, no less."""
    allowed = vocabulary()
    assert {key for key, spec in allowed.items() if spec.get("type") in ("integer", "number")} == set(LIMITS)
    assert set(allowed["consequences"]["propertyNames"]["enum"]) == set(BREACHES)


def test_every_breach_has_a_consequence_in_the_end() -> None:
    """What a document does not tell apart falls together, and the last stand-in is that nothing could be fetched."""
    for name in BREACHES:
        chain = falls_to(name)
        assert (chain[0], chain[-1]) == (name, "unreachable")
        assert len(set(chain)) == len(chain)
    assert {limit.breach for limit in LIMITS.values()} <= set(BREACHES)
    pictures = {"consequences": {"sides": {"error": "a"}, "unreachable": {"error": "b"}, "link_bytes": {"error": "c"}}}
    assert told_apart(pictures, "sides_small") == "sides"
    assert consequence_of(pictures, "file_bytes") == {"error": "c"}
    assert told_apart(pictures, "damaged") == "unreachable"


SIDES = [
    ("side_min", 64, (64, 64), (63, 64)),
    ("side_max", 100, (100, 1), (101, 1)),
    ("side_over", 256, (257, 257), (256, 300)),
    ("side_under", 5000, (4999, 1), (5000, 1)),
    ("side_under_kilo", 1, (999, 1), (1000, 1)),
    ("long_side_min", 10, (10, 1), (9, 9)),
    ("long_side_max", 4096, (4096, 1), (4097, 1)),
    ("ratio_max", 4, (400, 100), (401, 100)),
]
"""Key, figure, a picture just within it, a picture just beyond it."""


@pytest.mark.parametrize(("key", "figure", "within", "beyond"), SIDES)
def test_a_limit_lies_exactly_at_its_figure(
    key: str, figure: int, within: tuple[int, int], beyond: tuple[int, int]
) -> None:
    """Either side may be the longer one; the figure itself is allowed as the words say."""
    for sides, names in ((within, []), (beyond, [key])):
        for width, height in (sides, sides[::-1]):
            assert [limit.key for limit, _ in broken(width, height, {key: figure}, UNITS)] == names


def test_every_limit_of_sides_is_tried() -> None:
    """A new limit of sides needs a row above."""
    assert [row[0] for row in SIDES] == [key for key, limit in LIMITS.items() if limit.side]


@pytest.mark.parametrize("operation", CREATES, ids=lambda operation: operation.name)
def test_the_smallest_side_is_within_every_limit(operation: Operation) -> None:
    """A pixel less is beyond a lower limit, where there is one; and what follows from each limit is said."""
    pictures = operation.contract["pictures"]
    least = least_side(pictures)
    assert not list(broken(max(1, least), max(1, least), pictures, UNITS))
    assert least == 0 or list(broken(least - 1, least - 1, pictures, UNITS))
    assert needed_consequences(pictures) <= set(pictures["consequences"])
