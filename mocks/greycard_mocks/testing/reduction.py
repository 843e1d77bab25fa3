"""Which one or two of many freedoms a failure rests on, found with few runs. Pure: what a run is, is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_NAMED = 2
"""A failure that needs more freedoms at the same time than these is not reduced to the last."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """What a failure rests on: `ids`, with which alone it is seen again where `sure`; none where it needs none."""

    ids: tuple[str, ...]
    sure: bool
    runs: int


def reduced(ids: Sequence[str], fails: Callable[[tuple[str, ...]], bool]) -> Reduced:
    """The smallest part of `ids` that fails, of one or two; `fails` runs the test with some of them.

    All of `ids` are known to fail. Takes at most 2 * log2(n) + 3 runs for n ids, the logarithm rounded up: the shortest
    beginning of the list that fails, whose last one is needed, that one alone, and the same again for a second one;
    and the test without any, where no run has passed.
    """
    runs = 0

    def run(some: tuple[str, ...]) -> bool:
        nonlocal runs
        runs += 1
        return fails(some)

    if not ids:
        return Reduced((), sure=True, runs=0)
    needed: tuple[str, ...] = ()
    rest = tuple(ids)
    for _ in range(MOST_NAMED):
        if not rest:
            break
        length = _shortest(rest, run, needed)
        if length == 1 and not needed and run(()):
            return Reduced((), sure=True, runs=runs)
        needed, rest = (rest[length - 1], *needed), rest[: length - 1]
        if run(needed):
            return Reduced(needed, sure=True, runs=runs)
    return Reduced(needed, sure=False, runs=runs)


def _shortest(ids: tuple[str, ...], fails: Callable[[tuple[str, ...]], bool], beside: tuple[str, ...]) -> int:
    """How many of the first ids it takes to fail, together with `beside`: all of them do, none of them does not."""
    passes, failing = 0, len(ids)
    while failing - passes > 1:
        middle = (passes + failing) // 2
        if fails((*ids[:middle], *beside)):
            failing = middle
        else:
            passes = middle
    return failing
