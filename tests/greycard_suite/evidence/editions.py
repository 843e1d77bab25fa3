"""Compares two folders of contract data, each an edition of what the vendors' documents say. Runs and sends nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.inclusion.editions import Difference, differences
from greycard_schemas.lint.folders import vendors_in
from greycard_schemas.loader import CONTRACTS, Vendor, parsed_files, vendor_of
from greycard_suite.evidence.change import SEVERITIES, Change
from greycard_suite.evidence.compare import Comparison
from greycard_suite.evidence.folder import VERDICTS

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 160
"""Characters of a value that are shown."""


def is_contract_data(folder: Path) -> bool:
    """Whether a folder holds contract data, one subfolder for each vendor, and not the evidence of a run."""
    return folder.is_dir() and not (folder / VERDICTS).exists() and any(folder.glob("*/*.json"))


def compare_editions(before: Path, after: Path) -> Comparison:
    """What changed from one folder of contract data to another, vendor by vendor.

    A folder without a `vendor.json` for a vendor adds to the shipped one, as with ``--contracts``; for a vendor that it
    does not name, the shipped one stands. Raises ContractError for data that cannot be loaded.
    """
    found: list[Change] = []
    same = 0
    for name in vendors_in([before, after]):
        old, new = _edition(name, before), _edition(name, after)
        if new is None or old is None:
            severity, words = ("breaking", "No longer there") if new is None else ("additive", "New")
            found.append(Change(severity, "claim", name, name, "", "", f"{words}: the vendor {name}"))
            continue
        changes = [_change(one) for one in differences(old, new)]
        same += len(claims_of(old).keys() & claims_of(new).keys() - {one.subject for one in changes})
        found += changes
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), one.vendor))
    return Comparison(str(before), str(after), tuple(found), (), same, of_runs=False)


def _edition(name: str, folder: Path) -> Vendor | None:
    """A vendor as a folder has it; None where neither the folder nor greycard has one of this name."""
    if not ((folder if name in vendors_in([folder]) else CONTRACTS) / name).is_dir():
        return None
    files = parsed_files(name, [folder])
    if (folder / name / "vendor.json").is_file():  # the whole vendor: what is not in the folder is gone
        files = {file: parsed for file, parsed in files.items() if (folder / name / f"{file}.json").is_file()}
    return vendor_of(name, files)


def _change(one: Difference) -> Change:
    source = "assumed" if one.source.startswith("assumed") else one.source
    direction = {"rule": "limit"}.get(one.direction, one.direction) if one.has_witness else ""
    return Change(
        one.severity, "claim", one.vendor, one.claim, _shown(one.before), _shown(one.after), one.sentence, source,
        direction, one.witness,
    )  # fmt: skip


def _shown(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST else text[: _MOST - 3] + "..."
