"""Writes down how a vendor really behaved where its document is silent, so that the mock can behave so too.

A profile holds variants and patches of assumed statements. It never touches what a document states: such a
difference is a violation, which belongs into a baseline or a new version of the data. Evidence is judged
again, never fetched.
"""

from __future__ import annotations

import json
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.loader import load_contracts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record
    from greycard_suite.judge.verdicts import Finding

FORMAT = 1
SLACK = 0.5
"""Seconds by which a duration may differ for the way to the vendor."""

MEASURED = "/lifecycle/finish_seconds"


class ProfileError(ContractError):
    """A profile cannot be used; the message says what is wrong with it."""


def calibrate(directory: Path, *, folders: Sequence[Path] = ()) -> dict[str, Any]:
    """The profile that a folder of evidence shows; raises har.EvidenceError or ContractError."""
    from greycard_suite.runner.run import run_suite
    from greycard_suite.targets.replay import ReplayTargets, recorded_variants

    variants = recorded_variants(directory)
    judged = load_contracts(list(variants), folders=folders, variants=variants)
    targets = ReplayTargets(directory, judged)
    report, plugin = run_suite(targets, judged, started=0.0)
    vendors: dict[str, Any] = {}
    for name, vendor in judged.items():
        defaults = {variant: spec["default"] for variant, spec in vendor.data.get("variants", {}).items()}
        declared = {variant: option for variant, option in variants[name].items() if defaults.get(variant) != option}
        seen = {
            variant: options[0]
            for variant, options in report.variants[name].items()
            if len(options) == 1 and variant in defaults
        }
        notes = [
            f"{variant}: seen as {' and as '.join(options)}"
            for variant, options in report.variants[name].items()
            if len(options) > 1
        ]
        patches, because = _patches(vendor, plugin.verdicts[name].findings, report.calls[name])
        vendors[name] = {
            "variants": {**declared, **seen},
            "patches": patches,
            "because": [
                *(f"{variant}={option}: seen in the answers" for variant, option in seen.items()),
                *because,
                *notes,
            ],
        }
    return {"greycard_profile": FORMAT, "vendors": vendors}


def profile_text(profile: Mapping[str, Any]) -> str:
    """A profile as the text of its file."""
    return json.dumps(profile, indent=2, ensure_ascii=False) + "\n"


def load_profile(
    path: Path, *, folders: Sequence[Path] = ()
) -> tuple[dict[str, dict[str, str]], dict[str, list[dict[str, Any]]]]:
    """(variants by vendor, patches by vendor), as `loader.load_contracts` takes them.

    Raises ProfileError, also for a patch of a documented statement.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} is no profile: {error}"
        raise ProfileError(msg) from None
    if (
        not isinstance(found, dict)
        or found.get("greycard_profile") != FORMAT
        or not isinstance(found.get("vendors"), dict)
        or set(found) - {"greycard_profile", "vendors"}
    ):
        form = f'{{"greycard_profile": {FORMAT}, "vendors": {{...}}}}'
        msg = f"{path} is no profile; it must be {form}, as 'greycard calibrate' writes it"
        raise ProfileError(msg)
    variants: dict[str, dict[str, str]] = {}
    patches: dict[str, list[dict[str, Any]]] = {}
    for name, part in found["vendors"].items():
        where = f"{path}: {name}"
        if not isinstance(part, dict) or set(part) - {"variants", "patches", "because"}:
            msg = f"{where} may hold variants, patches and because, nothing else"
            raise ProfileError(msg)
        chosen, changes = part.get("variants", {}), part.get("patches", [])
        if not isinstance(chosen, dict) or not all(isinstance(option, str) for option in chosen.values()):
            msg = f"{where}: variants must map each variant to one of its options"
            raise ProfileError(msg)
        if not isinstance(changes, list) or not all(isinstance(patch, dict) for patch in changes):
            msg = f"{where}: patches must be a list of patches"
            raise ProfileError(msg)
        try:
            vendor = load_contracts([name], folders=folders, variants={name: chosen})[name]
            _refuse_documented(where, vendor, changes)
            load_contracts([name], folders=folders, variants={name: chosen}, patches={name: changes})
        except ProfileError:
            raise
        except ContractError as error:
            msg = f"{path}: {error}"
            raise ProfileError(msg) from None
        variants[name], patches[name] = dict(chosen), list(changes)
    return variants, patches


def _refuse_documented(where: str, vendor: Vendor, patches: Sequence[Mapping[str, Any]]) -> None:
    for patch in patches:
        hit = next(
            (claim for claim in claims_of(vendor).values() if claim.origin != "assumed" and _touches(patch, claim)),
            None,
        )
        if hit is not None:
            msg = (
                f"{where}: the patch of {patch.get('path')} changes {hit.id}, which {hit.source} states; "
                "a profile may only change assumptions"
            )
            raise ProfileError(msg)
        if not any(_touches(patch, claim) for claim in claims_of(vendor).values()):
            place = f"{patch.get('path')} in {patch.get('file')}"
            msg = f"{where}: the patch of {place} changes no assumption; remove it"
            raise ProfileError(msg)


def _touches(patch: Mapping[str, Any], claim: Claim) -> bool:
    place = str(patch.get("path", ""))
    return patch.get("file") == claim.file and (
        (claim.pointer + "/").startswith(place + "/") or (place + "/").startswith(claim.pointer + "/")
    )


def _patches(
    vendor: Vendor, findings: Mapping[str, Sequence[Finding]], records: Sequence[Record]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Patches for the assumptions of this vendor that were refuted, and why.

    Only those whose result is sound data.
    """
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


def _value(claim: Claim, refuted: Sequence[Finding], looks: int) -> Any:
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
    from greycard_suite.evidence.timelines import task_lines

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
    from greycard_schemas.lint.layers import lint

    try:
        changed = load_contracts(
            [vendor.name], variants={vendor.name: vendor.variants}, patches={vendor.name: patches}
        )[vendor.name]
    except ContractError:
        return False
    return not lint(changed)
