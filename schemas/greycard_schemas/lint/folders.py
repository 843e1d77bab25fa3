"""Judges folders of contract data as ``--contracts`` takes them: how they lie, then each vendor in them.

A vendor is judged as it will be used, with the shipped files that the folders add to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.errors import ContractError
from greycard_schemas.lint.finding import Finding
from greycard_schemas.lint.of_vendor import unservable, vendor_findings
from greycard_schemas.loader import CONTRACTS, load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SHOWN = 20
"""So many findings are told at once."""


def one_vendors(folder: Path) -> bool:
    """Whether a folder is that of one vendor, not one with a subfolder for each."""
    return folder.is_dir() and any(folder.glob("*.json")) and not any(folder.glob("*/*.json"))


def folder_findings(folders: Sequence[Path], documents: Path | None = None, only: str = "") -> list[Finding]:
    """All findings in these folders together, sorted; with `only` in one vendor of theirs."""
    found = set() if only else {finding for folder in folders for finding in _layout(folder)}
    for name in (only,) if only else vendors_in(folders):
        try:
            vendor = load_contracts([name], folders=_beside_shipped(folders))[name]
        except ContractError as error:
            found.add(Finding(f"{name}/", "", str(error)))
        else:
            found.update(vendor_findings(vendor, documents))
    return sorted(found)


def refuse_faulty(folders: Sequence[Path], *, departing: bool = False) -> None:
    """Raise ContractError, which tells every finding, where a mock should not go by these folders.

    With `departing` the data may say what no document says, as long as a mock can serve them.
    """
    if departing:
        found = [finding for folder in folders for finding in _layout(folder)]
        for name in vendors_in(folders):
            found += unservable(load_contracts([name], folders=_beside_shipped(folders))[name])
    else:
        found = folder_findings(folders)
    if found:
        shown = [f"  {finding}" for finding in found[:SHOWN]]
        if len(found) > SHOWN:
            shown.append(f"  and {len(found) - SHOWN} more")
        where = ", ".join(map(str, folders))
        many = f"{len(found)} finding{'s' if len(found) > 1 else ''}"
        msg = "\n".join([f"the contract data in {where} cannot be used: {many}", *shown])
        raise ContractError(msg)


def replacements(folders: Sequence[Path], only: str = "") -> list[str]:
    """A sentence for each shipped file that a file in these folders takes the place of; with `only` of one vendor."""
    return [
        f"{path} replaces the shipped {path.parent.name}/{path.name}"
        for folder in folders
        if folder.is_dir() and folder.resolve() != CONTRACTS
        for path in sorted(folder.glob("*/*.json"))
        if only in ("", path.parent.name) and (CONTRACTS / path.parent.name / path.name).is_file()
    ]


def _layout(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(str(folder), "", "is no folder; name a folder with contract data")
        return
    beside = sorted(folder.glob("*.json"))
    if beside and one_vendors(folder):
        message = f"holds the files of one vendor; name the folder above it, {folder.resolve().parent}"
        yield Finding(str(folder), "", message)
        return
    for path in beside:
        yield Finding(
            str(path), "", "lies beside the vendors' folders, where nothing reads it; move it into one of them"
        )
    if not any(folder.glob("*/*.json")):
        yield Finding(str(folder), "", "holds no contract data; it needs one subfolder per vendor with vendor.json")


def vendors_in(folders: Sequence[Path]) -> list[str]:
    """The names of the vendors that these folders have files of."""
    named = {path.parent.name for folder in folders if folder.is_dir() for path in folder.glob("*/*.json")}
    return sorted(named)


def _beside_shipped(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in folders if folder.is_dir() and folder.resolve() != CONTRACTS]
