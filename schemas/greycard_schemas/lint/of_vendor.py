"""Judges the data of one vendor in layers: shape, meaning, provenance, then each option of each variant.

A layer is only asked when the ones before it are clean, because it relies on them. It reads no folder.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.lint.finding import Finding
from greycard_schemas.lint.lifecycle import body_findings, lifecycle_findings
from greycard_schemas.lint.names import name_findings
from greycard_schemas.lint.provenance import provenance_findings
from greycard_schemas.lint.serving import serving_findings
from greycard_schemas.lint.shape import shape_findings
from greycard_schemas.loader import Operation
from greycard_schemas.patches import apply_patches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greycard_schemas.loader import Vendor


def vendor_findings(vendor: Vendor, documents: Path | None) -> Iterator[Finding]:
    """Everything that is wrong with a vendor's data, layer by layer; with `documents` held against their text."""
    for layer in (shape_findings(vendor), _meaning(vendor), provenance_findings(vendor, documents)):
        found = list(layer)
        yield from found
        if found:
            return
    if not vendor.patched:
        yield from _variant_findings(vendor)


def unservable(vendor: Vendor) -> list[Finding]:
    """What keeps a mock from serving a vendor's data: shape and names, whatever the answers say and whoever says so."""
    return list(shape_findings(vendor)) or list(name_findings(vendor)) or list(serving_findings(vendor))


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
                if not found:
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
