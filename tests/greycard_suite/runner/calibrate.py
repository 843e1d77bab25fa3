"""Judges a folder of evidence again and gives the profile that it shows. Evidence is never fetched anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.assumptions import patches_of
from greycard_suite.evidence.folder import recorded_variants
from greycard_suite.evidence.profile import FORMAT
from greycard_suite.runner.run import run_suite
from greycard_suite.targets.replay import ReplayTargets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def calibrated(directory: Path, *, folders: Sequence[Path] = ()) -> dict[str, Any]:
    """The profile that a folder of evidence shows; raises har.EvidenceError or ContractError."""
    variants = recorded_variants(directory)
    judged = load_contracts(list(variants), folders=folders, variants=variants)
    targets = ReplayTargets(directory, judged)
    report, run = run_suite(targets, judged, started=0.0)
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
        patches, because = patches_of(vendor, run.verdicts[name].findings, report.calls[name])
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
