"""Sorts what a test did under a drift by what the application did, beside the same test without it. Pure.

The sorts, from the best: `caught` (a test failed), `crashes` (it failed by an error that nobody meant), `handled` (the
application took another way to the same end), `not relied on` (the vendor did otherwise, the application did the same),
`unseen` (nothing was different), `unguarded` (the application did something else and no test said so), `endless` (it
went on beyond every limit). `not tried`: the test could not be set up under the drift.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from greycard_suite.score.tapes.tape import Manner, first_difference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_suite.score.tapes.tape import Event, Tape

SORTS = ("caught", "crashes", "endless", "unguarded", "handled", "not relied on", "unseen", "not tried")
FINDINGS = ("endless", "unguarded")
_WORST_FIRST = ("endless", "unguarded", "handled", "not relied on", "not tried", "unseen")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test failed. `by` is assertion, error, crash, or mock (the test asked the mock, not the application)."""

    by: str
    words: str
    is_set_up: bool = False
    """Whether the test was arranging what the drift has taken away, such as a state."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """How one test under one drift is sorted, and what there is to see."""

    test: str
    sort: str
    words: str = ""
    """By what a test failed, or why the application did not come to an end."""

    exchange: str = ""
    """The first exchange that differed."""

    difference: str = ""
    """How it differed."""

    instead: str = ""
    """What the application did instead."""

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return asdict(self)


def manner_of(*tapes: Tape) -> Manner | None:
    """How a test can be compared whose runs without a drift were these; None when it cannot."""
    first = tapes[0]
    said, left = (all(getattr(first, name) == getattr(one, name) for one in tapes) for name in ("said", "left"))
    for manner in (Manner(said=said, left=left), Manner(times=False, said=said, left=left)):
        if all(first.ours(manner) == one.ours(manner) and first.theirs() == one.theirs() for one in tapes):
            return manner
    return None


def sorted_by(test: str, before: Tape, after: Tape, manner: Manner, failure: Failure | None) -> Sorted:
    """How a test under a drift is sorted."""
    exchange, difference = where_different(before, after)
    after = _with_unread(before, after)
    ours_differ = before.ours(manner) != after.ours(manner)
    if failure is not None:
        if failure.by == "mock" and (failure.is_set_up or not _differs_so_far(before, after)):
            sort = "not tried" if failure.is_set_up or not difference else "not relied on"
            return Sorted(test, sort, failure.words, exchange, difference)
        return Sorted(test, "crashes" if failure.by == "crash" else "caught", failure.words, exchange, difference)
    if not ours_differ:
        if before.theirs() == after.theirs():
            return Sorted(test, "unseen")
        if _took_what_is_not_signed(before, after):
            words = "it believed a delivery whose signature does not fit"
            return Sorted(test, "unguarded", "", exchange, difference, words)
        if refused := _result_refused(before, after):
            words = f"it went on without {refused}, which was refused"
            return Sorted(test, "unguarded", "", exchange, difference, words)
        return Sorted(test, "not relied on", "", exchange, difference)
    words = instead_of(before, after, manner)
    is_handled = came_to_the_same(before, after, manner) and not _took_what_is_not_signed(before, after)
    return Sorted(test, "handled" if is_handled else "unguarded", "", exchange, difference, words)


def worst(found: Iterable[Sorted]) -> Sorted | None:
    """What stands for all tests of a drift: the first that failed, otherwise the worst."""
    results = list(found)
    for one in results:
        if one.sort in ("caught", "crashes"):
            return one
    return min(results, key=lambda one: _WORST_FIRST.index(one.sort), default=None)


def _with_unread(before: Tape, after: Tape) -> Tape:
    """The tape with the bodies that nobody read, as far as the same was asked at that place without the drift."""
    usual = [one for one in before.events if one.kind == "request"]
    events: list[Event] = []
    for event in after.events:
        number = sum(one.kind == "request" for one in events)
        if event.kind == "request" and "values" not in event.asked and number < len(usual):
            whole = usual[number].asked
            if (whole.get("method"), whole["path"]) == (event.asked.get("method"), event.asked["path"]):
                events.append(replace(event, asked=whole))
                continue
        events.append(event)
    return replace(after, events=tuple(events))


def _differs_so_far(before: Tape, after: Tape) -> bool:
    """Whether the application did something else before the test stopped it."""
    requests = [one for one in after.events if one.kind == "request"]
    usual = [one for one in before.events if one.kind == "request"]
    return [one.said for one in requests] != [one.said for one in usual[: len(requests)]]


def _took_what_is_not_signed(before: Tape, after: Tape) -> bool:
    """Whether the application acknowledged a delivery that is not signed as the document says, where one is wanted."""
    usual = [one for one in before.events if one.kind == "delivery"]
    now = [one for one in after.events if one.kind == "delivery"]
    if not any(one.theirs.get("signature fits") for one in usual):
        return False
    wrong = [one for one in now if one.theirs.get("signature fits") is False]
    return bool(wrong) and any(one.is_good for one in wrong)


def _result_refused(before: Tape, after: Tape) -> str:
    """The name of a result that the application got, and now asks for in vain to the end; empty where there is none.

    What it then hands to its caller is seen by the tests only, and none of them said anything.
    """
    got, gets = ({one.said: one for one in tape.events if one.name.endswith("/result")} for tape in (before, after))
    return next((one.name for said, one in gets.items() if not one.is_good and said in got and got[said].is_good), "")


def where_different(before: Tape, after: Tape) -> tuple[str, str]:
    """The first exchange in which the vendor did otherwise, and how."""
    for index, event in enumerate(after.events):
        if index >= len(before.events):
            return _title(event), "one more than without the drift"
        usual = before.events[index]
        if (event.kind, event.name) != (usual.kind, usual.name):
            return _title(event), f"where {_title(usual)} would come"
        found = first_difference(usual.theirs, event.theirs)
        if found:
            return _title(event), found.removeprefix("body.")
    if len(after.events) < len(before.events):
        return _title(before.events[len(after.events)]), "did not come"
    return "", ""


def _title(event: Event) -> str:
    return event.name


def came_to_the_same(before: Tape, after: Tape, manner: Manner) -> bool:
    """Whether the application took another way to the same end: nothing but retries and waiting lies between."""
    if manner.left and before.left != after.left:
        return False
    if manner.said and before.said != after.said:
        return False
    asked = {one.asked["path"] for one in before.events if one.kind == "request"}
    # a refusal may come before a body is read; then nobody knows what it would have been
    events = [one for one in after.events if not _is_unread(one) or one.asked["path"] not in asked]
    if {one.said for one in before.events} != {one.said for one in events}:
        return False
    good = Counter(one.name for one in before.events if one.is_good and one.is_effect)
    if good != Counter(one.name for one in after.events if one.is_good and one.is_effect):
        return False  # what is created once more is paid once more
    last_before = {one.said: one.is_good for one in before.events}
    last_after = {one.said: one.is_good for one in events}
    return last_before == last_after


def _is_unread(event: Event) -> bool:
    return event.kind == "request" and not event.is_good and event.is_effect and "values" not in event.asked


def instead_of(before: Tape, after: Tape, manner: Manner) -> str:
    """What the application did instead, in words."""
    parts: list[str] = []
    usual, now = (Counter(_how(one) for one in tape.events) for tape in (before, after))
    gone, more = usual - now, now - usual
    if gone:
        parts.append("no longer " + ", ".join(_counted(name, count) for name, count in gone.items()))
    if more:
        parts.append(("but " if gone else "in addition ") + ", ".join(_counted(*one) for one in more.items()))
    if not gone and not more:
        parts += _other_values(before, after)
    if manner.left:
        left, kept = dict(after.left), dict(before.left)
        parts += [f"wrote no {name}" for name in kept if name not in left][:2]
        parts += [f"wrote {name} as well" for name in left if name not in kept][:2]
        parts += [f"wrote something else into {name}" for name in kept if name in left and kept[name] != left[name]][:2]
    if manner.said and before.said != after.said:
        parts.append("printed something else")
    if not parts and manner.times and after.ended != before.ended:
        parts.append(f"waited until {after.ended:g} s instead of {before.ended:g} s")
    return "; ".join(parts) or "did the same in another order"


def _how(event: Event) -> str:
    if event.kind == "delivery":
        return f"{event.name} acknowledged" if event.is_good else f"{event.name} refused"
    return event.name if event.is_good else f"{event.name} (answered {event.theirs.get('status')})"


def _counted(name: str, count: int) -> str:
    return name if count == 1 else f"{count} times {name}"


def _other_values(before: Tape, after: Tape) -> list[str]:
    for usual, event in zip(before.events, after.events, strict=False):
        found = first_difference(usual.ours, event.ours)
        if found and usual.name == event.name:
            return [f"{'answered' if event.kind == 'delivery' else 'sent'} {event.name} with {found}"]
    return []
