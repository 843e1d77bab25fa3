"""Tells a score: a screen that can be read, with the worst first. Makes words; prints nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from greycard_suite.score.told.findings import MOST, findings_of, is_generous
from greycard_suite.score.told.paste import pasted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pytest

    from greycard_suite.score.score import Score
    from greycard_suite.score.told.findings import Finding

NOTHING_SAID = 3
"""Exit status where no score can be made."""

NO_REAL_TIME = "a time-out of yours in real seconds does not show while the vendor's time is virtual"


def status_of(score: Score) -> int:
    """The exit status: 3 where nothing can be said, 1 where a test fails without a drift, otherwise 0."""
    if why_nothing(score):
        return NOTHING_SAID
    return 1 if any(why.startswith("fails") for why in score.left_out.values()) else 0


def why_nothing(score: Score) -> str:
    """Why no score can be made of these tests; empty when one was made."""
    if not score.usual and score.left_out:
        return "no test is left: each fails, is skipped, or differs from run to run"
    if not score.reached:
        return (
            "no test reached a mock: use the fixtures (picwish, wondershare, magictiger, enhancor), or "
            "'greycard score --command' where the mock runs in another process"
        )
    asking = [name for name, one in score.usual.items() if one.touch.vendors]
    if len(score.blind) == len(asking):
        return "every answer was broken, and all tests stayed green: they look at nothing that comes back"
    return ""


def lines_of(
    score: Score,
    seconds: float,
    items: Mapping[str, pytest.Item] | None = None,
    dismissed: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Iterator[str]:
    """The whole score, line by line."""
    why = why_nothing(score)
    if why:
        yield f"greycard score: {why}"
        yield from _left_out(score)
        return
    vendors = list(dict.fromkeys(one.drift.vendor for one in score.outcomes.values()))
    yield (
        f"greycard score: {len(score.tests)} tests, {len(score.outcomes)} drifts of {', '.join(vendors)}, "
        f"{seconds:.0f} s ({score.runs} were run)"
    )
    yield noticed(score)
    found = findings_of(score, dismissed)
    yield from _table(found)
    for number, finding in enumerate(found[:MOST], 1):
        yield ""
        yield from _detail(number, finding, items or {})
    yield ""
    yield from _others(score)
    yield from _left_out(score)
    yield from notes


def noticed(score: Score) -> str:
    """The one sentence: of the changes that reach the application, so many are noticed."""
    noticed_ones = len(score.of("caught", "crashes"))
    reach = noticed_ones + len(score.of("unguarded", "endless"))
    return f"Your tests notice {noticed_ones} of {reach} changes that reach your application."


def _table(found: list[Finding]) -> Iterator[str]:
    if not found:
        yield "Nothing that your application does otherwise goes unnoticed."
        return
    shown = f"the {MOST} worst of {len(found)}" if len(found) > MOST else f"{len(found)}"
    yield f"What nobody says ({shown}):"
    for number, finding in enumerate(found[:MOST], 1):
        more = finding.ids[1:3]
        rest = len(finding.ids) - 1 - len(more)
        others = f" (also {', '.join(one.partition('/')[2] for one in more)}{f' and {rest} more' if rest else ''})"
        yield (
            f"{number:2}. {finding.kind:9}  {finding.first.drift.sentence} -> {finding.instead}"
            f"  [{finding.ids[0]}{others if more else ''}]"
        )


def _detail(number: int, finding: Finding, items: Mapping[str, pytest.Item]) -> Iterator[str]:
    drift, result = finding.first.drift, finding.result
    yield f"{number}. {drift.sentence} The document: {', '.join(drift.lines)} ({', '.join(drift.claims[:2])})"
    yield f"   first exchange that differed: {result.exchange or 'none'}: {result.difference}"
    yield f"   your application, in {result.test}: {finding.instead}"
    if finding.kind == "endless":
        yield f"   ({NO_REAL_TIME})"
    source = pasted(finding, items)
    if source:
        yield "   a test that fails today:"
        yield ""
        yield from (f"       {line}".rstrip() for line in source.splitlines())


def _others(score: Score) -> Iterator[str]:
    generous = [one for one in score.outcomes.values() if is_generous(one)]
    counts = Counter(one.sort for one in score.outcomes.values() if not is_generous(one))
    handled = score.of("handled")
    if handled:
        yield f"handled: {len(handled)}, such as {handled[0].drift.id}: {handled[0].drift.sentence}"
    crashes = score.of("crashes")
    if crashes:
        words = crashes[0].result.words if crashes[0].result else ""
        yield f"of those that are noticed, {len(crashes)} by an error that nobody meant, such as {words}"
    idle = [one for one in score.of("not relied on") if not is_generous(one)]
    places = list(dict.fromkeys(one.drift.id.rpartition("-")[0].partition("/")[2] for one in idle))
    if idle:
        shown = ", ".join(places[:5])
        yield f"not relied on: {len(idle)} drifts of {len(places)} places, such as {shown}"
    yield (
        f"unseen: {counts['unseen']} that no test comes across; "
        f"generous: {len(generous)} that no client which keeps to the document can feel"
    )
    if counts["not tried"]:
        yield f"not tried: {counts['not tried']}, under which a test cannot be set up"


def _left_out(score: Score) -> Iterator[str]:
    for name, why in score.left_out.items():
        yield f"left out: {name} {why}"
    if score.blind:
        yield f"green even when every answer is broken: {', '.join(score.blind)}"
    if score.untimed:
        shown = ", ".join(score.untimed[:3])
        yield f"times differ from run to run, and are not compared: {shown}"
