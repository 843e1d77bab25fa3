"""Picks, from the calls of a test, the fewest that show what one look saw: the call itself and what it rests on.

Nothing is sent for it: what a call rests on can be read from what was sent and answered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from greycard_suite.call import leaves
from greycard_suite.judge.read_answer import status_of, task_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.verdicts import Look


def traced(findings: Sequence[Look], vendor: Vendor, calls: Sequence[Call]) -> list[Look]:
    """The findings of a test that made these `calls`; of each statement the first that did not hold has its steps."""
    found: list[Look] = []
    shown: set[str] = set()
    for one in findings:
        if one.holds or one.call is None or one.claim in shown:
            found.append(one)
            continue
        shown.add(one.claim)
        found.append(replace(one, steps=steps_to(vendor, one.claim, one.call, calls)))
    return found


def steps_to(vendor: Vendor, claim: str, call: Call, calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls, in their order and ending with `call`, without which `claim` would not have been seen as it was.

    A call about a task rests on the one that created it, and on its deletion; a download on the answer that gave
    its link; a look at the order of states on each answer in which the state was another; a look at the rate on
    all calls shortly before.
    """
    end = next((index for index, one in enumerate(calls) if one is call), None)
    if end is None:
        return (call,)
    kept = {end}
    if window := _rate_window(vendor, claim):
        since = call.started - 2 * window - 1
        return tuple(one for one in calls[: end + 1] if one.started >= since)
    open_ends = [end]
    while open_ends:
        found = set(_needed(vendor, claim, open_ends.pop(), calls)) - kept
        kept |= found
        open_ends += found
    return tuple(calls[index] for index in sorted(kept))


def values_in(call: Call) -> set[str]:
    """What a call was given as a whole: its address, the parts of its path, the values of its fields."""
    parts = urlsplit(call.url)
    return {call.url, *(unquote(part) for part in parts.path.split("/") if part), *_texts(call.fields)}


def _needed(vendor: Vendor, claim: str, end: int, calls: Sequence[Call]) -> Iterator[int]:
    """The earlier calls that the one at `end` rests on directly."""
    call = calls[end]
    if call.operation == "result":
        yield from [index for index, one in enumerate(calls[:end]) if call.url in _texts(one.json)][:1]
        return
    given = values_in(call)
    tasks = {}
    for index, one in enumerate(calls[:end]):
        operation = vendor.operations.get(one.operation)
        if operation is not None and operation.kind == "create" and (task := task_id_of(operation, one)) in given:
            tasks[str(task)] = index
    yield from tasks.values()
    before: Any = None
    deleted: set[str] = set()
    for index, one in enumerate(calls[:end]):
        operation = vendor.operations.get(one.operation)
        kind = operation.kind if operation is not None and tasks else ""
        if kind != "delete" and not (kind == "read" and "#lifecycle/" in claim):
            continue
        about = tasks.keys() & values_in(one)
        if not about:
            continue
        if kind == "delete":
            if not about <= deleted:
                yield index
            deleted |= about
        else:
            if status_of(vendor, one) != before:
                yield index
            before = status_of(vendor, one)


def _rate_window(vendor: Vendor, claim: str) -> float:
    """Seconds of the window of the vendor's rate, for a statement about the rate; otherwise 0."""
    rate = vendor.data.get("rate")
    if not rate or not claim.startswith((f"{vendor.name}#rate/", f"{vendor.name}#errors/{rate['error']}/")):
        return 0.0
    return float(rate["window_seconds"])


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a JSON value."""
    return (str(leaf) for _, leaf in leaves(value) if isinstance(leaf, str | int) and not isinstance(leaf, bool))
