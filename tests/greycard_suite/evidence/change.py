"""One difference between two runs, or between two editions of a contract, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SEVERITIES = ("breaking", "undecided", "additive", "silent")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `what` is claim, assumption, variant, field, timing or edition; `sentence` says it to a colleague.

    `direction` is request or answer where a document shows the change, `witness` is that document as short JSON: of a
    request it was accepted before and is not now (additive: the reverse), of an answer it may come now and was not
    legal before.
    """

    severity: str
    what: str
    vendor: str
    subject: str
    before: str
    after: str
    sentence: str
    source: str = ""
    direction: str = ""
    witness: Any = None
    """Counts where `direction` is given."""
