"""Judges contract data in three layers: shape, meaning, provenance.

A layer is only asked when the ones before it are clean, because it relies on them.
``python -m greycard_schemas.lint [DIR] [--documents DIR]`` prints the findings; the exit status is 1
when there are any. It changes nothing. Folders from outside the package are held to the same rules.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.lint.finding import Finding
from greycard_schemas.lint.lifecycle import body_findings, lifecycle_findings
from greycard_schemas.lint.names import name_findings
from greycard_schemas.lint.presets import preset_findings
from greycard_schemas.lint.provenance import provenance_findings
from greycard_schemas.lint.serving import serving_findings
from greycard_schemas.lint.shape import shape_findings
from greycard_schemas.loader import CONTRACTS, Operation, Vendor, load_contracts
from greycard_schemas.patches import apply_patches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Finding", "lint", "main"]


def lint(vendor_or_folder: Vendor | Path, documents: Path | None = None) -> list[Finding]:
    """All findings, sorted; empty when the data are good.

    A path is a folder of one vendor, or a folder with one subfolder per vendor (as ``--contracts`` takes it).
    With `documents` the citations are also held against the documents' text. Data that cannot be loaded are
    one finding.
    """
    if isinstance(vendor_or_folder, Vendor):
        return sorted(set(_findings(vendor_or_folder, documents)))
    folder = vendor_or_folder
    if not folder.is_dir():
        return [Finding(str(folder), "", "is no folder; name a folder with contract data")]
    single = any(folder.glob("*.json"))
    base = folder.parent if single else folder
    names = [folder.name] if single else [child.name for child in sorted(folder.iterdir()) if any(child.glob("*.json"))]
    if not names:
        return [Finding(str(folder), "", "holds no contract data; it needs one subfolder per vendor with vendor.json")]
    found: set[Finding] = set(preset_findings() if folder == CONTRACTS else ())
    for name in names:
        try:
            vendor = load_contracts([name], folders=() if base.resolve() == CONTRACTS else (base,))[name]
        except ContractError as error:
            found.add(Finding(f"{name}/", "", str(error)))
        else:
            found.update(_findings(vendor, documents))
    return sorted(found)


def _findings(vendor: Vendor, documents: Path | None) -> Iterator[Finding]:
    for layer in (shape_findings(vendor), _meaning(vendor), provenance_findings(vendor, documents)):
        found = list(layer)
        yield from found
        if found:
            return
    if not vendor.patched:
        yield from _variant_findings(vendor)


def _meaning(vendor: Vendor) -> Iterator[Finding]:
    layers = (name_findings(vendor), serving_findings(vendor), lifecycle_findings(vendor), body_findings(vendor))
    for layer in layers:
        found = list(layer)
        yield from found
        if found:
            return


def _variant_findings(vendor: Vendor) -> Iterator[Finding]:
    """Each option of each variant: its patches apply, and the patched data still have shape and meaning."""
    for name, variant in vendor.data.get("variants", {}).items():
        where = f"/variants/{name}"
        file = f"{vendor.name}/vendor.json"
        if variant["default"] not in variant["options"]:
            yield Finding(file, f"{where}/default", f"must be one of {', '.join(variant['options'])}")
        elif variant["options"][variant["default"]]["patch"]:
            yield Finding(file, f"{where}/default", "the default is the data as they stand: its patch must be empty")
        for option in variant["options"]:
            try:
                patched = in_variant(vendor, name, option)
                found = list(shape_findings(patched)) or list(_meaning(patched))
                claims_of(patched)
            except ContractError as error:
                yield Finding(file, f"{where}/options/{option}", str(error))
                continue
            for one in found:
                yield dataclasses.replace(one, message=f"{one.message} [variant {name}={option}]")


def in_variant(vendor: Vendor, variant: str, option: str) -> Vendor:
    """`vendor`, loaded without variants, in one option of one variant; raises ContractError when a patch fails."""
    patches = vendor.data["variants"][variant]["options"][option]["patch"]
    files = copy.deepcopy(vendor.files())
    apply_patches(files, copy.deepcopy(patches), where=f"{vendor.name}.{variant}={option}")
    return dataclasses.replace(
        vendor,
        data=files["vendor"],
        operations={name: Operation(vendor.name, name, files[name]) for name in vendor.operations},
        variants={**vendor.variants, variant: option},
        patched=frozenset((str(patch["file"]), str(patch["path"])) for patch in patches),
    )


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
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{len(findings)} findings in {chosen.folder}\n")
    return 1 if findings else 0
