"""What recorded answers say of the assumptions: patches of those that were refuted, where one value follows from it.

Judges nothing anew: it is given what a run found. A patch is only made when the data stay sound with it.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.lint.layers import lint
from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.timelines import task_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record
    from greycard_suite.judge.verdicts import Look

SLACK = 0.5
"""Seconds by which a duration may differ for the way to the vendor."""

MEASURED = "/lifecycle/finish_seconds"


def patches_of(
    vendor: Vendor, findings: Mapping[str, Sequence[Look]], records: Sequence[Record]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Patches for the refuted assumptions of this vendor whose result is sound data, and why each is made or not."""
    patches: list[dict[str, Any]] = []
    because: list[str] = []
    for claim in claims_of(vendor).values():
        looks = findings.get(claim.id, ())
        refuted = [one for one in looks if not one.holds]
        if claim.origin != "assumed" or not refuted:
            continue
        value = _value(claim, refuted, len(looks))
        patch = {"op": "replace", "file": claim.file, "path": claim.pointer, "value": value}
        if value is not None and _sound(vendor, [*patches, patch]):
            patches.append(patch)
            because.append(
                f"{claim.id}: assumed {claim.value!r}, seen {value!r} in {len(refuted)} of {len(looks)} answers"
            )
        else:
            because.append(
                f"{claim.id}: assumed {claim.value!r}, refuted by {str(refuted[0].seen)[:120]!r}; "
                "no single value follows from it"
            )
    return _with_duration(vendor, records, patches, because)


def _value(claim: Claim, refuted: Sequence[Look], looks: int) -> Any:
    """The value that was seen instead, when most looks saw the same one of the same kind; otherwise None."""
    kind = type(claim.value)
    if kind not in (int, float, str) or len(refuted) * 2 <= looks:
        return None
    counts = Counter(one.seen for one in refuted if type(one.seen) is kind)
    seen, number = counts.most_common(1)[0] if counts else (None, 0)
    return seen if number * 2 > looks else None


def _with_duration(
    vendor: Vendor, records: Sequence[Record], patches: list[dict[str, Any]], because: list[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """How long a task took, where the document gives no duration."""
    claim = claims_of(vendor).get(f"{vendor.name}#lifecycle/finish_seconds")
    if claim is None or claim.origin != "assumed" or any(patch["path"] == MEASURED for patch in patches):
        return patches, because
    lines = [
        line
        for line in task_lines(records, {vendor.name: vendor})
        if line.is_close and line.sights[-1].phase == "succeeded"
    ]
    assumed = float(claim.value)
    otherwise = [line for line in lines if not line.running_until - SLACK <= assumed <= (line.duration or 0.0) + SLACK]
    if len(otherwise) * 2 <= len(lines):
        return patches, because
    seen = round(median(line.duration or 0.0 for line in lines), 1)
    patch = {"op": "replace", "file": "vendor", "path": MEASURED, "value": seen}
    if _sound(vendor, [*patches, patch]):
        patches.append(patch)
        because.append(f"{claim.id}: assumed {assumed:g} s, {len(lines)} tasks took {seen:g} s in the middle")
    return patches, because


def _sound(vendor: Vendor, patches: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the vendor's data with these patches pass the lint."""
    try:
        changed = load_contracts(
            [vendor.name], variants={vendor.name: vendor.variants}, patches={vendor.name: patches}
        )[vendor.name]
    except ContractError:
        return False
    return not lint(changed)
