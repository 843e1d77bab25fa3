"""A score for a pull request, with what has changed since the score before. Makes words; reads and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.score.told.findings import MOST, findings_of
from greycard_suite.score.told.tell import noticed, why_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from greycard_suite.score.score import Score

MOST_CHANGES = 20


def as_markdown(score: Score, before: Mapping[str, Any] | None = None, dismissed: Iterable[str] = ()) -> str:
    """The score in Markdown; `before` is the JSON of an earlier one."""
    why = why_nothing(score)
    if why:
        return f"**greycard score:** {why}\n"
    return "\n".join(_lines(score, before, dismissed)) + "\n"


def _lines(score: Score, before: Mapping[str, Any] | None, dismissed: Iterable[str]) -> Iterator[str]:
    found = findings_of(score, dismissed)
    yield f"**greycard score:** {noticed(score)}"
    if found:
        yield ""
        yield "| | what nobody says | what the application did | drift |"
        yield "| --- | --- | --- | --- |"
        for one in found[:MOST]:
            name, *others = one.ids
            more = f" and {len(others)} more" if others else ""
            yield f"| {one.kind} | {_cell(one.first.drift.sentence)} | {_cell(one.instead)} | `{name}`{more} |"
        if len(found) > MOST:
            yield f"\n{len(found) - MOST} more are not shown."
    if before is not None:
        yield ""
        yield from _changes(score, before)


def _changes(score: Score, before: Mapping[str, Any]) -> Iterator[str]:
    drifts = before.get("drifts", {})
    moved = [
        (name, str(drifts[name].get("sort")), one.sort)
        for name, one in score.outcomes.items()
        if name in drifts and drifts[name].get("sort") != one.sort
    ]
    if not moved:
        yield "Nothing has changed since the score before."
        return
    yield f"Since the score before {len(moved)} drift{'s are' if len(moved) > 1 else ' is'} sorted otherwise:"
    yield ""
    for name, was, is_now in moved[:MOST_CHANGES]:
        yield f"- `{name}`: {was} -> **{is_now}**"
    if len(moved) > MOST_CHANGES:
        yield f"- and {len(moved) - MOST_CHANGES} more"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
