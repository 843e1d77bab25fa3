"""Writes the table of drifts: for each claim of each document the drifts that break it, and what `verify` found.

    python -m greycard_suite.tools.drift_table [FILE] [--jobs N]

tries every drift of every vendor, judged as a vendor is and, where that shows nothing, as a mock; writes Markdown.
With `--freedoms-only` nothing is tried: only the freedoms beside each claim are written anew.
The module judges nothing itself; see `drift_runs`.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.loader import load_contracts
from greycard_suite.judge.reasons import NEVER, OTHERWISE
from greycard_suite.tools.drift_runs import JUDGED_AS, Outcome, tried
from greycard_suite.tools.freedom_table import freedom_rows, with_freedoms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_schemas.drifts.catalogue import Drift
    from greycard_schemas.loader import Vendor

FOUND, NAMED_WITH_IT, MISSED, UNSEEN, UNTRIED = "found", "with it", "MISSED", "-", "not tried yet"

HEAD = """# Drifts, and what the suite finds

Made by `python -m greycard_suite.tools.drift_table`; do not edit. Each drift was tried in this process on a mock that
is judged as a vendor is: documented statements only, nothing but calls. Where that cannot show it, it was tried once
more judged as a mock, whose states and errors can be forced, whose time is virtual and whose figures are exact.
**found**: the run ended with status 1 and named the claim. **with it**: it named another claim of the same drift.
**-**: not seen there, for the reason in the second table. The third table has the freedoms beside each claim: what a
vendor may do otherwise at the same place, and what a judge of the claim must not mind.
"""


NO_OBJECT = "a body of another kind breaks every claim about its fields as well; see those"

WITHOUT = {
    "#auth/scheme": "a credential in another form is one in another header; see #auth/header",
    "*#acknowledgement/*": "what a receiver answers is no behaviour of the vendor",
    "*#request_headers/*": "its absence is tolerated, and a vendor that refused it would refuse every read; see #path",
    "*#task/parameter": "a parameter in the path has no name on the wire; see #path",
    "*#request/task_id/x-in": "a parameter that is not in the path is another path; see #path",
    "*#pictures/*": "the field of the request of this name; see #request",
    "*#request/*/type": "a value of another type can only be refused, as documented",
    "*#request/type": "a request that is no object can only be refused, as documented",
    "*#method": "this mock sends nothing but POST",
    "*/type": NO_OBJECT,
}
"""Why some claims have no drift, by pattern of the id without the vendor."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try everything and write the table; 1 when a drift was missed without a reason, or a claim named wrongly."""
    parser = argparse.ArgumentParser(description="Write the table of drifts.")
    parser.add_argument("file", nargs="?", default="tests/DRIFTS.md", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--freedoms-only", action="store_true", help="try nothing; only the freedoms beside each claim")
    options = parser.parse_args(arguments)
    vendors = load_contracts()
    if options.freedoms_only:
        page = with_freedoms(options.file.read_text(encoding="utf-8"), vendors)
        options.file.write_text(page, encoding="utf-8")
        return 0
    wanted = [(name, drift) for name, vendor in vendors.items() for drift in drifts_of(vendor)]
    with ProcessPoolExecutor(options.jobs) as pool:
        outcomes = {(one.drift, one.judged_as): one for both in pool.map(_tried, wanted, chunksize=4) for one in both}
    options.file.write_text(table(vendors, outcomes), encoding="utf-8")
    found = {drift for (drift, _), one in outcomes.items() if one.found}
    bad = [(one.drift, f"named wrongly: {', '.join(one.wrongly)}") for one in outcomes.values() if one.wrongly]
    bad += [
        (drift, "missed")
        for vendor, drift in wanted
        if drift not in found and not drifts_of(vendors[vendor])[drift].unseen
    ]
    for drift, what in bad:
        print(f"{drift}: {what}")  # noqa: T201 - a command
    return 1 if bad else 0


def _tried(wanted: tuple[str, str]) -> list[Outcome]:
    vendor, name = wanted
    drift = drifts_of(load_contracts([vendor])[vendor])[name]
    live = tried(drift, "live")
    return [live] if live.found else [live, tried(drift, "mock")]


def reason(drift: Drift, judged_as: str) -> str:
    """Why this drift cannot be seen in such a run; empty when it can."""
    return drift.unseen or (drift.unseen_live if judged_as == "live" else "")


def table(vendors: Mapping[str, Vendor], outcomes: Mapping[tuple[str, str], Outcome]) -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for vendor in vendors.values():
        drifts = drifts_of(vendor)
        parts += [
            f"\n## {vendor.title}\n",
            *_summary(drifts, outcomes),
            *_rows(vendor, drifts, outcomes),
            *_reasons(drifts),
            *freedom_rows(vendor),
        ]
    return "\n".join(parts) + "\n"


def _summary(drifts: Mapping[str, Drift], outcomes: Mapping[tuple[str, str], Outcome]) -> Iterable[str]:
    untried = sum((name, "live") not in outcomes for name in drifts)
    live = sum((name, "live") in outcomes and outcomes[name, "live"].found for name in drifts)
    mock = sum((name, "mock") in outcomes and outcomes[name, "mock"].found for name in drifts)
    unseen = sum(
        (name, "live") in outcomes and _best(outcomes, name) is None and bool(one.unseen)
        for name, one in drifts.items()
    )
    wrong = sum(bool(one.wrongly) for (name, _), one in outcomes.items() if name in drifts)
    yield f"{len(drifts)} drifts: {live} found at a vendor, {mock} on the mock only, {unseen} that nobody can see, "
    yield f"{len(drifts) - live - mock - unseen - untried} missed; {wrong} false alarms."
    if untried:
        yield f"\n{untried} are newer than the last whole run and were not tried yet."


def _best(outcomes: Mapping[tuple[str, str], Outcome], drift: str) -> Outcome | None:
    return next((one for how in JUDGED_AS if (one := outcomes.get((drift, how))) and one.found), None)


def _rows(vendor: Vendor, drifts: Mapping[str, Drift], outcomes: Mapping[tuple[str, str], Outcome]) -> Iterable[str]:
    yield "\n| claim | lines | drift | severity | at a vendor | on the mock |\n|---|---|---|---|---|---|"
    for claim in claims_of(vendor).values():
        if not claim.is_claim:
            continue
        mine = [drift for drift in drifts.values() if claim.id in drift.claims]
        for drift in mine:
            cells = " | ".join(_cell(drift, outcomes, how, claim.id) for how in JUDGED_AS)
            yield f"| `{claim.id}` | {claim.source} | `{drift.id}` | {drift.severity} | {cells} |"
        if not mine:
            yield f"| `{claim.id}` | {claim.source} | none | | {without(vendor, claim.id)} | |"


def _cell(drift: Drift, outcomes: Mapping[tuple[str, str], Outcome], how: str, claim: str) -> str:
    outcome = outcomes.get((drift.id, how))
    if outcome is None:
        return "" if (drift.id, "live") in outcomes else UNTRIED
    if claim in outcome.named:
        return FOUND
    if outcome.found:
        return NAMED_WITH_IT
    return UNSEEN if reason(drift, how) else MISSED


NOT_MET: Final[dict[str, str]] = {
    "*#pictures/file": "seen with every upload that is accepted",
    "*#pictures/link": "seen with every link that is accepted",
    "*#lifecycle/states/*": "the state was not met in this run; a vendor may skip it",
    "*#failed/*": "no task failed in this run, and a failure cannot be forced at a vendor",
    "*#responses/running/*": "no answer was seen while the task was running",
    "*#responses/failed/*": "no task failed in this run, and a failure cannot be forced at a vendor",
    "*#running/*": "no answer was seen while the task was running",
    "#errors/*": "this refusal was not met in this run",
}
"""Why nothing shows a statement however the vendor drifts, by pattern; see `judge.reasons` for the others."""


def without(vendor: Vendor, claim: str) -> str:
    """Why no drift breaks this claim."""
    from fnmatch import fnmatchcase

    from greycard_schemas.examples.requests import unbreakable

    for operation in vendor.operations.values():
        found = unbreakable(operation).get(claim)
        if found:
            return found
    local = claim[len(vendor.name) :]
    for pattern, why in (*WITHOUT.items(), *NEVER.items(), *NOT_MET.items(), *OTHERWISE.items()):
        if fnmatchcase(local, pattern):
            return why
    return ""


def _reasons(drifts: Mapping[str, Drift]) -> Iterable[str]:
    yield "\n| drift | what it does | cannot be seen | because |\n|---|---|---|---|"
    for drift in drifts.values():
        if drift.unseen or drift.unseen_live:
            where = "at all" if drift.unseen else "at a vendor"
            yield f"| `{drift.id}` | {drift.sentence} | {where} | {drift.unseen or drift.unseen_live} |"


if __name__ == "__main__":
    raise SystemExit(main())
