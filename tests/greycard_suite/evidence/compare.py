"""Compares two runs: what changed between them for somebody who uses the vendor. Judges nothing anew.

Breaking: a documented statement no longer holds, or something that answers always had is gone. Additive:
something new, or a statement that holds again. Silent: behaviour that no document promises has changed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.answer_changes import answer_changes
from greycard_suite.evidence.change import SEVERITIES, Change
from greycard_suite.evidence.directions import by_answer, by_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_suite.evidence.answer_fields import AnswerFields

UNSEEN = ("not exercised", "blocked")
"""Verdicts of statements that a run did not look at: nothing can be said of a change from or to them."""

SLOWER = 1.5
"""A median duration counts as changed from this factor on, either way, and from a second on."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed, worst first; `unchecked` are claims that only the earlier run could check."""

    before: str
    after: str
    changes: tuple[Change, ...]
    unchecked: tuple[str, ...]
    same: int
    empty: bool = False
    """The later run checked nothing, so that nothing can be said of a change."""
    of_runs: bool = True
    """Whether two runs are compared, not two editions of the contract data."""

    @property
    def status(self) -> int:
        """Exit status: 1 when something breaks, 3 when nothing was checked or something is undecided, otherwise 0."""
        if self.of("breaking"):
            return 1
        return 3 if self.empty or self.of("undecided") else 0

    def of(self, severity: str) -> list[Change]:
        """The changes of one severity."""
        return [one for one in self.changes if one.severity == severity]


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    fields_before: AnswerFields | None = None,
    fields_after: AnswerFields | None = None,
) -> Comparison:
    """What changed between two documents of verdicts, and in the fields and durations that the recordings show."""
    old, new = _claims(before), _claims(after)
    found: list[Change] = []
    unchecked: list[str] = []
    same = 0
    for name in dict.fromkeys([*old, *new]):
        change = _claim_change(old.get(name), new.get(name))
        if change is not None:
            found.append(change)
        elif name in old and name in new:
            same += old[name]["verdict"] == new[name]["verdict"]
            if old[name]["verdict"] == "holds" and new[name]["verdict"] in UNSEEN:
                unchecked.append(name)
    found += _variant_changes(before.get("variants", {}), after.get("variants", {}))
    if fields_before is not None and fields_after is not None:
        found = [_with_direction(one, fields_before, fields_after) for one in found]
        found += answer_changes(fields_before, fields_after)
        found += _timing_changes(fields_before, fields_after)
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), one.vendor))
    empty = all(one["verdict"] in UNSEEN for one in new.values())
    return Comparison(title_of(before), title_of(after), tuple(found), tuple(unchecked), same, empty)


def title_of(document: Mapping[str, Any]) -> str:
    """What a run calls itself: target, vendors and time."""
    started = str(document.get("started", "")).replace("T", " ").removesuffix("+00:00")
    return f"{document.get('target', '?')}, {started} UTC" if started else str(document.get("target", "?"))


def _claims(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(one["id"]): one for one in document.get("claims", ())}


_CLAIM_SEVERITY = {
    ("holds", "violated"): "breaking",
    ("violated", "holds"): "additive",
    ("confirmed", "refuted"): "silent",
    ("refuted", "confirmed"): "silent",
    ("confirmed", "violated"): "breaking",
    ("refuted", "violated"): "breaking",
}


def _claim_change(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change | None:
    if new is None:
        return None
    was, is_now = str(old["verdict"]) if old else "", str(new["verdict"])
    severity = _CLAIM_SEVERITY.get((was, is_now))
    if severity is None:
        return _still_violated(old, new) if was == is_now == "violated" else None
    evidence = new.get("evidence") or {}
    words = {
        "violated": f"No longer so: {new['statement']}",
        "holds": f"So again: {new['statement']}",
        "refuted": f"Assumed, and now otherwise: {new['statement']}",
        "confirmed": f"As assumed again: {new['statement']}",
    }
    what = "claim" if is_now in ("violated", "holds") else "assumption"
    before = (
        _shown(evidence.get("expected"))
        if is_now in ("violated", "refuted")
        else _shown((old or {}).get("evidence", {}).get("seen"))
    )
    return Change(
        severity,
        what,
        str(new["vendor"]),
        str(new["id"]),
        before,
        _shown(evidence.get("seen")),
        words[is_now],
        str(new.get("source", "")),
    )


def _with_direction(change: Change, old: AnswerFields, new: AnswerFields) -> Change:
    """A violated statement with the request or answer that shows it, and by a request in which direction it moved."""
    place, _, local = change.subject.partition("#")
    if change.severity != "breaking":
        return change
    if not local.startswith("request/"):
        return by_answer(change, old.wrong, new.wrong)
    vendor, _, operation = place.partition("/")
    return by_request(change, old.asked.get((vendor, operation), ()), new.asked.get((vendor, operation), ()))


def _still_violated(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Change | None:
    """A claim that was violated before, and now in another way."""
    seen_before, seen = (
        _shown(((old or {}).get("evidence") or {}).get("seen")),
        _shown((new.get("evidence") or {}).get("seen")),
    )
    if _stable(seen_before) == _stable(seen):
        return None
    return Change(
        "silent",
        "claim",
        str(new["vendor"]),
        str(new["id"]),
        seen_before,
        seen,
        f"Violated in another way: {new['statement']}",
        str(new.get("source", "")),
    )


def _variant_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for vendor in [name for name in old if name in new]:
        for variant in sorted({*old[vendor], *new[vendor]}):
            before, after = old[vendor].get(variant, []), new[vendor].get(variant, [])
            if before and after and sorted(before) != sorted(after):
                was, now = ", ".join(before), ", ".join(after)
                yield Change(
                    "silent",
                    "variant",
                    vendor,
                    f"{vendor}.{variant}",
                    was,
                    now,
                    f"Where the document can be read in two ways: {now} instead of {was}",
                )


def _timing_changes(old: AnswerFields, new: AnswerFields) -> Iterator[Change]:
    changed: dict[tuple[str, str, bool], list[tuple[str, float, float]]] = {}
    for place in sorted(set(old.durations) & set(new.durations)):
        was, now = old.durations[place], new.durations[place]
        if abs(now - was) >= 1.0 and not 1 / SLOWER < (now + 0.001) / (was + 0.001) < SLOWER:
            changed.setdefault((place[0], place[1], now > was), []).append((place[2], was, now))
    for (vendor, operation, longer), found in changed.items():
        ends = ", ".join(end for end, _, _ in found)
        words = f"A task takes {'longer' if longer else 'less time'} until {ends}"
        before, after = (_span([pair[index] for pair in found]) for index in (1, 2))
        yield Change("silent", "timing", vendor, f"{vendor}/{operation}", before, after, words)


def _span(seconds: list[Any]) -> str:
    low, high = f"{min(seconds):.1f}", f"{max(seconds):.1f}"
    return f"{low} s" if low == high else f"{low} to {high} s"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= 160 else text[:157] + "..."


def _stable(text: str) -> str:
    """A text without its digits and long ids, which differ between any two runs."""
    return re.sub(r"[0-9a-f-]{12,}|\d+", "#", text)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON."""
    return {
        **asdict(comparison),
        "changes": [asdict(one) for one in comparison.changes],
        "status": comparison.status,
    }
