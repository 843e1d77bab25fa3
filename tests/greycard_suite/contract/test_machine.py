"""Walks at random through create, poll, wait and rate limit, and holds the invariants after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import suite_test
from greycard_suite.contract.walks import walk

if TYPE_CHECKING:
    from greycard_suite.targets.target import Target


@suite_test("#lifecycle/states/*", standing="mock_only", requests=100_000)
def test_no_history_breaks_an_invariant(target: Target) -> None:
    """Whatever the order of calls: states go forward, ends stay, answers keep their form, 429s follow the times."""
    walk(target)
