"""Judges contract data in three layers: shape, meaning, provenance.

``python -m greycard_schemas.lint [DIR] [--documents DIR]`` prints the findings; the exit status is 1
when there are any. It changes nothing. Folders from outside the package are held to the same rules.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from greycard_schemas.lint.finding import Finding
from greycard_schemas.lint.folders import folder_findings, one_vendors, replacements
from greycard_schemas.lint.of_vendor import in_variant, vendor_findings
from greycard_schemas.lint.presets import preset_findings
from greycard_schemas.loader import CONTRACTS, Vendor

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Finding", "in_variant", "lint", "main"]


def lint(vendor_or_folder: Vendor | Path, documents: Path | None = None) -> list[Finding]:
    """All findings, sorted; empty when the data are good.

    A path is a folder of one vendor, or a folder with one subfolder per vendor (as ``--contracts`` takes it).
    With `documents` the citations are also held against the documents' text. Data that cannot be loaded are
    one finding.
    """
    if isinstance(vendor_or_folder, Vendor):
        return sorted(set(vendor_findings(vendor_or_folder, documents)))
    folder = vendor_or_folder
    if not folder.is_dir():
        return [Finding(str(folder), "", "is no folder; name a folder with contract data")]
    if one_vendors(folder):
        return folder_findings([folder.parent], documents, only=folder.name)
    presets = preset_findings() if folder == CONTRACTS else ()
    return sorted({*folder_findings([folder], documents), *presets})


def main(arguments: Sequence[str] | None = None) -> int:
    """Lint a folder (the shipped one by default) and print what was found; the number is the exit status."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m greycard_schemas.lint", description="Judge contract data.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=CONTRACTS, help="a vendor's folder, or a folder of such"
    )
    parser.add_argument(
        "--documents",
        type=Path,
        default=os.environ.get("GREYCARD_DOCUMENTS"),
        help="the folder with the documents' text (default: GREYCARD_DOCUMENTS)",
    )
    chosen = parser.parse_args(arguments)
    findings = lint(chosen.folder, None if chosen.documents is None else Path(chosen.documents))
    for note in () if one_vendors(chosen.folder) else replacements([chosen.folder]):
        sys.stdout.write(f"note: {note}\n")
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{len(findings)} findings in {chosen.folder}\n")
    return 1 if findings else 0
