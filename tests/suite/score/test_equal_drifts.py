"""Which drifts come to the same change: what the score merges is equal, and what it keeps apart is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from greycard_schemas.drifts.catalogue import Drift, drifts_of
from greycard_schemas.inclusion.editions import differences
from greycard_schemas.loader import Vendor, load_contracts
from greycard_suite.score.choose import grouped

VENDORS = sorted(load_contracts())


def drifted(drift: Drift) -> Vendor:
    """The vendor as the drift has it, with the operation alone that it changes."""
    whole = load_contracts([drift.vendor], patches={drift.vendor: list(drift.patches)})[drift.vendor]
    (name,) = {patch["file"] for patch in drift.patches}
    return replace(whole, operations={name: whole.operations[name]})


def of_requests(vendor: str) -> list[Drift]:
    """The drifts that do nothing but change what a request may be."""
    return [
        one
        for one in drifts_of(load_contracts([vendor])[vendor]).values()
        if all(patch["path"].startswith("/$defs/request/") for patch in one.patches) and "default" not in one.id
    ]


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_kept_apart_differs(vendor: str) -> None:
    """Any two drifts of the same request that the score runs both are told apart by a document."""
    found = [(one, drifted(one)) for one in of_requests(vendor)]
    pairs = [
        (one, other)
        for one, other in combinations(found, 2)
        if one[0].patches[0]["file"] == other[0].patches[0]["file"]
    ]
    assert pairs
    for (one, before), (other, after) in pairs:
        shown = [diff for diff in differences(before, after) if diff.has_witness and diff.direction == "request"]
        assert shown, f"{one.id} and {other.id}"
    assert not any(group.same for group in grouped([one for one, _ in found]))


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_merged_is_equal(vendor: str) -> None:
    """A drift under another name, with its patches in another order, is merged and proved equal."""
    for drift in of_requests(vendor):
        twin: Any = replace(drift, id=f"{drift.id}-again", patches=tuple(reversed(drift.patches)))
        (group,) = grouped([drift, twin])
        assert group.same == {drift.id: (twin.id,)}
        assert differences(drifted(drift), drifted(twin)) == []


def test_the_same_said_in_another_way_is_equal() -> None:
    """The words of an enumeration in another order, and a type as a list of one, are no change."""
    place = "/$defs/request/properties/type"
    other = load_contracts(
        ["picwish"],
        patches={
            "picwish": [
                {"op": "replace", "file": "scale.create", "path": f"{place}/enum", "value": ["face", "clean"]},
                {"op": "replace", "file": "scale.create", "path": f"{place}/type", "value": ["string"]},
            ]
        },
    )["picwish"]
    assert differences(load_contracts(["picwish"])["picwish"], other) == []
