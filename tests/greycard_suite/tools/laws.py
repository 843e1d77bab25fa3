"""The two laws that say whether the judge can be trusted, tried once: no false alarm, and no miss.

Law 1: over any set of freedoms, judged as a vendor is, nothing is violated, the run ends with 0, and whatever the
set leaves observable is exercised. Law 2: over any drift beside any set of freedoms in which it can be seen, the run
ends with 1 and names a claim of the drift, and no claim that holds. See `law_runs` for many tries at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.freedoms.catalogue import draw, freedom_patches, freedoms_of, hidden_by
from greycard_schemas.loader import load_contracts
from greycard_suite.tools.drift_runs import WITHOUT_HISTORIES, judged, named_wrongly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from greycard_schemas.drifts.catalogue import Drift
    from greycard_schemas.freedoms.catalogue import Freedom
    from greycard_schemas.loader import Vendor
    from greycard_suite.runner.run import Report


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a run broke a law: of which kind, over which claim, and what was expected and seen."""

    kind: str
    claim: str
    expected: str = ""
    seen: str = ""
    test: str = ""

    @property
    def sign(self) -> tuple[str, str]:
        """What makes two faults the same."""
        return self.kind, self.claim


@cache
def contract(vendor: str) -> Vendor:
    """The vendor's contract data as shipped."""
    return load_contracts([vendor])[vendor]


@cache
def freedoms(vendor: str) -> Mapping[str, Freedom]:
    """The vendor's freedoms by id."""
    return freedoms_of(contract(vendor))


@cache
def drifts(vendor: str) -> Mapping[str, Drift]:
    """The vendor's drifts by id."""
    return drifts_of(contract(vendor))


NOT_SHOWN = frozenset(
    {
        "no task failed in this run",
        "no answer was seen while a task was running",
        "the end of a link was not waited for in this run",
    }
)
"""Reasons that the judge derives from what the vendor has shown: what these say, such a vendor never shows."""


@cache
def baseline(vendor: str) -> frozenset[str]:
    """The claims that a run over a vendor without any freedom exercises."""
    return exercised(_report(vendor, (), ()))


def exercised(report: Report) -> frozenset[str]:
    """The claims that a run exercised."""
    return frozenset(
        one.claim.id for one in report.all_verdicts if one.claim.is_claim and one.verdict in ("holds", "violated")
    )


def first_law(vendor: str, ids: Iterable[str]) -> list[Fault]:
    """How a run over these freedoms breaks the first law; empty when it keeps it."""
    chosen = tuple(ids)
    try:
        report = _report(vendor, chosen, ())
    except Exception as error:  # noqa: BLE001 - whatever a run over a faithful vendor raises is a fault of ours
        return [Fault("broke down", type(error).__name__, seen=str(error)[-300:])]
    return first_law_faults(vendor, chosen, report)


def first_law_faults(vendor: str, chosen: Iterable[str], report: Report) -> list[Fault]:
    """How this report of a run over these freedoms breaks the first law."""
    found = [
        Fault(
            "violated",
            one.claim.id,
            _short(one.finding.expected if one.finding else ""),
            _short(one.finding.seen if one.finding else ""),
            one.finding.test if one.finding else "",
        )
        for one in report.all_verdicts
        if one.verdict == "violated"
    ]
    found += [Fault("test broke down", test, seen=_short(words[-300:])) for test, words in report.failures.items()]
    mine = [freedoms(vendor)[one] for one in chosen]
    reasons = {one.claim.id: one.reason for one in report.all_verdicts}
    found += [
        Fault("not exercised", claim, "exercised, as without these freedoms", _short(reasons.get(claim, "")))
        for claim in sorted(baseline(vendor) - exercised(report))
        if not hidden_by(mine, claim) and reasons.get(claim) not in NOT_SHOWN
    ]
    if report.status != 0 and not found:
        found.append(Fault("status", str(report.status), "0", "; ".join(report.problems)[:300]))
    return found


def second_law(drift: Drift, ids: Iterable[str]) -> list[Fault]:
    """How a run over this drift beside these freedoms breaks the second law; empty when it keeps it."""
    try:
        report = _report(drift.vendor, tuple(ids), drift.patches)
    except Exception as error:  # noqa: BLE001 - as above
        return [Fault("broke down", type(error).__name__, seen=str(error)[-300:])]
    violated = {one.claim.id: one for one in report.all_verdicts if one.verdict == "violated"}
    found = []
    if report.status != 1 or not violated.keys() & set(drift.claims):
        named = ", ".join(violated) or "nothing"
        found.append(Fault("missed", drift.id, f"status 1 and {drift.claims[0]}", f"status {report.status}, {named}"))
    for claim in named_wrongly(drift, report):
        look = violated[claim].finding
        expected, seen = (look.expected, look.seen) if look else ("", "")
        found.append(Fault("named wrongly", claim, _short(expected), _short(seen), look.test if look else ""))
    return found


def drawn(vendor: str, seed: int, *, plain: bool = False) -> tuple[str, ...]:
    """The freedoms of the vendor that this seed draws."""
    return draw(contract(vendor), seed, plain=plain)


def drawn_beside(drift: Drift, seed: int, *, plain: bool = False) -> tuple[str, ...]:
    """The freedoms that this seed draws, without those that meet the drift or hide what it breaks."""
    return draw(contract(drift.vendor), seed, drift.patches, seen=drift.claims, plain=plain)


def smallest(ids: Iterable[str], breaks: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The smallest part of `ids` that still `breaks` the law, found by leaving out ever smaller pieces."""
    left = tuple(ids)
    if breaks(()):
        return ()
    size = max(1, len(left) // 2)
    while True:
        start, shrunk = 0, False
        while start < len(left) and len(left) > 1:
            without = left[:start] + left[start + size :]
            if without and breaks(without):
                left, shrunk = without, True
            else:
                start += size
        if size == 1 and not shrunk:
            return left
        size = max(1, size // 2)


def _report(vendor: str, ids: tuple[str, ...], patches: Iterable[Mapping[str, Any]]) -> Report:
    both = [*freedom_patches(contract(vendor), ids), *patches]
    return judged({vendor: both}, vendor, "live", select=WITHOUT_HISTORIES)


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= 200 else f"{text[:200]} ..."
