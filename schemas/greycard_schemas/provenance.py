"""Sources of statements: what ``x-source`` may say, and what it means.

``"S2:63"`` cites line 63 of the document whose file name starts with 002; ``"S2:20, S2:92-95"`` cites several
places; ``"S2:40 vs S2:21"`` cites places that contradict each other; ``"assumed: why"`` cites nothing. This
module parses citations; checking them against the documents' text is the lint's work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from greycard_schemas.errors import ContractError

_CITATION = re.compile(r"S(\d+):(\d+)(?:-(\d+))?")
_SOURCE = re.compile(r"S\d+:\d+(-\d+)?((, | vs )S\d+:\d+(-\d+)?)*")


@dataclass(frozen=True, slots=True)
class Citation:
    """Lines `first` to `last` (counted from 1, both included) of one document."""

    document: str
    first: int
    last: int

    def __str__(self) -> str:
        span = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.document}:{span}"


def origin_of(source: str) -> str:
    """documented, contradictory or assumed; raises ContractError when `source` has none of the three forms."""
    if source.startswith("assumed: ") and source[9:].strip():
        return "assumed"
    if _SOURCE.fullmatch(source):
        return "contradictory" if " vs " in source else "documented"
    msg = f"source {source!r} must be 'S2:63', 'S2:20, S2:92-95', 'S2:40 vs S2:21' or 'assumed: why'"
    raise ContractError(msg)


def citations(source: str) -> tuple[Citation, ...]:
    """Every place that `source` cites; none for an assumption."""
    if source.startswith("assumed:"):
        return ()
    return tuple(
        Citation(f"S{match[1]}", int(match[2]), int(match[3] or match[2])) for match in _CITATION.finditer(source)
    )
