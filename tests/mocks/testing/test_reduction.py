"""Which freedoms a failure rests on: found exactly, in few runs; and runs in children that end whatever they do."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable

import pytest

from greycard_mocks.testing import forked
from greycard_mocks.testing.reduction import reduced

SIZES = (1, 2, 3, 7, 10, 33, 80)


def most(n: int) -> int:
    """The runs that a reduction of n ids may take."""
    return 2 * math.ceil(math.log2(n)) + 3


def needing(*causes: str) -> Callable[[tuple[str, ...]], bool]:
    """A test that fails where all of these are there."""
    return lambda some: set(causes) <= set(some)


@pytest.mark.parametrize("n", SIZES)
def test_each_single_cause_is_found(n: int) -> None:
    """Wherever it stands in the list, and nothing else is named."""
    ids = [f"free.{number}" for number in range(n)]
    for cause in ids:
        found = reduced(ids, needing(cause))
        assert (found.ids, found.sure) == ((cause,), True)
        assert found.runs <= most(n)


@pytest.mark.parametrize("n", [2, 3, 7, 10, 33])
def test_two_that_are_needed_together_are_found(n: int) -> None:
    """Each pair, in the order of the list."""
    ids = [f"free.{number}" for number in range(n)]
    for pair in itertools.combinations(ids, 2):
        found = reduced(ids, needing(*pair))
        assert (found.ids, found.sure) == (pair, True)
        assert found.runs <= most(n)


@pytest.mark.parametrize("n", SIZES)
def test_one_of_several_causes_is_enough(n: int) -> None:
    """Where each of two is a cause by itself, one is named."""
    ids = [f"free.{number}" for number in range(n)]
    found = reduced(ids, lambda some: bool({ids[0], ids[-1]} & set(some)))
    assert found.sure
    assert found.ids in ((ids[0],), (ids[-1],))
    assert found.runs <= most(n)


@pytest.mark.parametrize("n", SIZES)
def test_what_fails_anyway_names_nothing(n: int) -> None:
    """A test that fails without any freedom relies on none."""
    found = reduced([f"free.{number}" for number in range(n)], lambda _: True)
    assert (found.ids, found.sure) == ((), True)
    assert found.runs <= most(n)


@pytest.mark.parametrize("fails", [lambda some: len(some) > 4, lambda _: False])
def test_what_cannot_be_reduced_is_not_claimed(fails: Callable[[tuple[str, ...]], bool]) -> None:
    """More than two at a time, or a failure that does not come again: not sure, in no more runs."""
    found = reduced([f"free.{number}" for number in range(40)], fails)
    assert not found.sure
    assert found.runs <= most(40)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork; a platform with it runs this")
def test_runs_in_children_end_whatever_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that passes, fails, breaks down or never ends is told apart, and the helper can be asked again."""
    monkeypatch.setattr(forked, "MOST_SECONDS", 0.3)

    def run(test: str, freedoms: tuple[str, ...]) -> str:
        if test == "endless":
            while True:
                os.getpid()
        if test == "broken":
            os._exit(3)
        return "call" if freedoms else ""

    helper = forked.Helper(run, lambda: None)
    try:
        asked = [("test", ()), ("test", ("free.a",)), ("broken", ()), ("endless", ()), ("test", ())]
        found = [helper.fails(*one) for one in asked]
    finally:
        helper.close()
    assert found == ["", "call", forked.BROKEN, forked.NEVER_ENDS, ""]
    with pytest.raises(ProcessLookupError):
        os.kill(helper.pid, 0)
