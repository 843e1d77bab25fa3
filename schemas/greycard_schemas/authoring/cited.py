"""Holds a folder of contract data against the documents: the lint with their text, and lines that nothing cites."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.lint.folders import folder_findings, one_vendors, replacements, vendors_in
from greycard_schemas.lint.layers import Finding, lint
from greycard_schemas.lint.wording import holds_nothing, looks_normative
from greycard_schemas.loader import CONTRACTS, load_contracts
from greycard_schemas.provenance import citations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greycard_schemas.loader import Vendor

_CITED = re.compile(r"(S\d+):(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it. `uncited` and `loose` are (place such as ``S2:63``, text of the line or a sentence)."""

    findings: list[Finding]
    notes: list[str] = field(default_factory=list)
    uncited: list[tuple[str, str]] = field(default_factory=list)
    loose: list[tuple[str, str]] = field(default_factory=list)
    """Places that are cited for a statement beside others and hold nothing of what it says."""
    held: int = 0
    """How many documented statements were held against their lines."""


def checked(folder: Path | None = None, documents: Path | None = None) -> Checked:
    """Judge the contract data of a folder (as ``--contracts`` takes it, or of one vendor), or the shipped ones.

    With `documents`, a folder with the documents' text, also by the lines that they cite.
    """
    if folder is None or folder.resolve() == CONTRACTS:
        found = Checked(lint(CONTRACTS, documents))
        vendors = [] if found.findings else list(load_contracts().values())
    else:
        base, only = (folder.parent, folder.name) if one_vendors(folder) else (folder, "")
        found = Checked(folder_findings([base], documents, only=only), replacements([base], only=only))
        names = [only] if only else vendors_in([base])
        vendors = [] if found.findings else list(load_contracts(names, folders=[base]).values())
    if documents is None:
        return found
    for vendor in vendors:
        texts = dict(_texts(vendor, documents))
        found.uncited.extend(_uncited(vendor, texts))
        statements = [one for one in claims_of(vendor, references=True).values() if citations(one.source)]
        found.loose.extend(_loose(vendor, texts))
        found = Checked(found.findings, found.notes, found.uncited, found.loose, found.held + len(statements))
    return found


def _texts(vendor: Vendor, documents: Path) -> Iterator[tuple[str, list[str]]]:
    for name, source in vendor.sources.items():
        path = documents / source["file"]
        try:
            yield name, path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:  # the lint has read it a moment ago
            msg = f"{path}: cannot be read: {error}"
            raise ContractError(msg) from None


def _uncited(vendor: Vendor, texts: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Lines that look normative and that no source speaks of, be it in the words of an assumption."""
    cited: set[tuple[str, int]] = set()
    for document, first, last in _CITED.findall(json.dumps(vendor.files())):
        cited.update((document, number) for number in range(int(first), int(last or first) + 1))
    for name, lines in texts.items():
        language = vendor.sources[name]["language"]
        for number, line in enumerate(lines, start=1):
            if (name, number) not in cited and looks_normative(line, language):
                yield f"{name}:{number}", line.strip()


def _loose(vendor: Vendor, texts: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for claim in claims_of(vendor, references=True).values():
        cited = citations(claim.source)
        for one in cited if len(cited) > 1 else ():
            lines = texts.get(one.document, [])[one.first - 1 : one.last]
            if lines and holds_nothing(vendor, claim, lines):
                yield str(one), f"cited for {claim.id}, and holds nothing of what it says"
