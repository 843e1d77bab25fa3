"""The pictures that the suite sends: each shows the limit that it is for, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greycard_schemas import Operation, Vendor, load_contracts
from greycard_schemas.picture_limits import LIMITS, broken
from greycard_suite.judge.picture_samples import Sample, good_size, samples

CREATES = [(vendor, create) for vendor in load_contracts().values() for create in vendor.of_kind("create")]


def good_and_bad() -> Iterator[Any]:
    """Every sample of every create operation that shows a limit of sides."""
    for vendor, operation in CREATES:
        units = vendor.data["units"]
        for sample in samples(operation, units, exact=True):
            limit = LIMITS.get(sample.key)
            if limit is not None and limit.side:
                yield pytest.param(operation, units, sample, id=f"{operation.name}-{sample.key}-{sample.good}")


@pytest.mark.parametrize(("operation", "units", "sample"), list(good_and_bad()))
def test_the_suites_samples_break_the_limit_that_they_are_for(
    operation: Operation, units: dict[str, Any], sample: Sample
) -> None:
    """A good sample is within every limit; a bad one is beyond its own, and is named after its breach."""
    pictures = operation.contract["pictures"]
    found = {limit.key: limit for limit, _ in broken(sample.width, sample.height, pictures, units)}
    assert (sample.key in found) is not sample.good
    assert not (sample.good and found)
    assert sample.good or found[sample.key].breach == sample.finding


@pytest.mark.parametrize(("vendor", "operation"), CREATES, ids=lambda one: one.name)
def test_a_good_picture_is_within_every_limit(vendor: Vendor, operation: Operation) -> None:
    """What the suite sends where the picture does not matter is refused by no limit."""
    assert not list(broken(*good_size(operation), operation.contract["pictures"], vendor.data["units"]))
