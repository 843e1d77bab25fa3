"""Writes the table of drifts: for each claim of each document the drifts that break it, and what `verify` found.

    python -m greycard_suite.drift_table [FILE] [--jobs N]

tries every drift of every vendor twice (judged as a mock, and as a vendor) and writes Markdown. The module judges
nothing itself; see `drift_runs`.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from greycard_schemas.claims import claims_of
from greycard_schemas.drifts import drifts_of
from greycard_schemas.loader import load_contracts
from greycard_suite.drift_runs import JUDGED_AS, Outcome, tried

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_schemas.drifts import Drift
    from greycard_schemas.loader import Vendor

FOUND, NAMED_WITH_IT, MISSED, UNSEEN = "found", "with it", "MISSED", "-"

HEAD = """# Drifts, and what the suite finds

Made by `python -m greycard_suite.drift_table`; do not edit. Each drift was tried in this process on a mock, judged
twice: as a mock (states and errors can be forced, time is virtual, figures are exact) and as a vendor is judged
(documented statements only, nothing but calls).
**found**: the run ended with status 1 and named the claim. **with it**: it named another claim of the same drift.
**-**: it cannot be seen, for the reason below the table.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try everything and write the table; 1 when a drift was missed without a reason, or a claim named wrongly."""
    parser = argparse.ArgumentParser(description="Write the table of drifts.")
    parser.add_argument("file", nargs="?", default="tests/DRIFTS.md", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    vendors = load_contracts()
    wanted = [(name, drift, how) for name, vendor in vendors.items() for drift in drifts_of(vendor) for how in JUDGED_AS]
    with ProcessPoolExecutor(options.jobs) as pool:
        outcomes = {(one.drift, one.judged_as): one for one in pool.map(_tried, wanted, chunksize=4)}
    options.file.write_text(table(vendors, outcomes), encoding="utf-8")
    bad = [one for one in outcomes.values() if one.wrongly or _missed(vendors, one)]
    for one in bad:
        print(f"{one.drift} ({one.judged_as}): {'named wrongly: ' + ', '.join(one.wrongly) if one.wrongly else 'missed'}")  # noqa: T201 - a command
    return 1 if bad else 0


def _tried(wanted: tuple[str, str, str]) -> Outcome:
    vendor, drift, how = wanted
    return tried(drifts_of(load_contracts([vendor])[vendor])[drift], how)


def _missed(vendors: Mapping[str, Vendor], outcome: Outcome) -> bool:
    drift = drifts_of(vendors[outcome.drift.partition("/")[0]])[outcome.drift]
    return not outcome.found and not reason(drift, outcome.judged_as)


def reason(drift: Drift, judged_as: str) -> str:
    """Why this drift cannot be seen in such a run; empty when it can."""
    return drift.unseen or (drift.unseen_live if judged_as == "live" else "")


def table(vendors: Mapping[str, Vendor], outcomes: Mapping[tuple[str, str], Outcome]) -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for vendor in vendors.values():
        drifts = drifts_of(vendor)
        parts += [f"\n## {vendor.title}\n", *_summary(drifts, outcomes), *_rows(vendor, drifts, outcomes), *_reasons(drifts)]
    return "\n".join(parts) + "\n"


def _summary(drifts: Mapping[str, Drift], outcomes: Mapping[tuple[str, str], Outcome]) -> Iterable[str]:
    for how in JUDGED_AS:
        found = sum(outcomes[drift, how].found for drift in drifts)
        unseen = sum(bool(reason(one, how)) and not outcomes[name, how].found for name, one in drifts.items())
        wrong = sum(bool(outcomes[drift, how].wrongly) for drift in drifts)
        yield f"- judged as {how}: {len(drifts)} drifts, {found} found, {unseen} cannot be seen, {len(drifts) - found - unseen} missed, {wrong} false alarms"


def _rows(vendor: Vendor, drifts: Mapping[str, Drift], outcomes: Mapping[tuple[str, str], Outcome]) -> Iterable[str]:
    yield "\n| claim | lines | drift | severity | mock | live |\n|---|---|---|---|---|---|"
    for claim in claims_of(vendor).values():
        if not claim.is_claim:
            continue
        mine = [drift for drift in drifts.values() if claim.id in drift.claims]
        for drift in mine:
            cells = " | ".join(_cell(drift, outcomes[drift.id, how], claim.id) for how in JUDGED_AS)
            yield f"| `{claim.id}` | {claim.source} | `{drift.id}` | {drift.severity} | {cells} |"
        if not mine:
            yield f"| `{claim.id}` | {claim.source} | none | | {without(vendor, claim.id)} | |"


def _cell(drift: Drift, outcome: Outcome, claim: str) -> str:
    if claim in outcome.named:
        return FOUND
    if outcome.found:
        return NAMED_WITH_IT
    return UNSEEN if reason(drift, outcome.judged_as) else MISSED


def without(vendor: Vendor, claim: str) -> str:
    """Why no drift breaks this claim."""
    from fnmatch import fnmatchcase

    from greycard_schemas.examples import unbreakable
    from greycard_suite.excuses import EXCUSES

    for operation in vendor.operations.values():
        found = unbreakable(operation).get(claim)
        if found:
            return found
    local = claim[len(vendor.name) :]
    if "#acknowledgement/" in claim:
        return "what a receiver answers is no behaviour of the vendor"
    for pattern, why in EXCUSES.items():
        if fnmatchcase(local, pattern):
            return why
    if "/request/" in claim or claim.endswith("#request/type"):
        return "a request that breaks it cannot be carried out in any other way than by refusing it"
    return "a body of another kind breaks every other claim about it first"


def _reasons(drifts: Mapping[str, Drift]) -> Iterable[str]:
    yield "\n| drift | what it does | cannot be seen | because |\n|---|---|---|---|"
    for drift in drifts.values():
        if drift.unseen or drift.unseen_live:
            where = "at all" if drift.unseen else "at a vendor"
            yield f"| `{drift.id}` | {drift.sentence} | {where} | {drift.unseen or drift.unseen_live} |"


if __name__ == "__main__":
    raise SystemExit(main())
