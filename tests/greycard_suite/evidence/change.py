"""One difference between two runs, or between two editions of a contract, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SEVERITIES = ("breaking", "undecided", "additive", "silent")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `what` is claim, assumption, variant, field or timing; `sentence` says it to a colleague.

    Where a document shows it, `direction` is request, answer or limit, and `witness` is that document. A request was
    legal before and is not now (additive: the reverse), an answer may come now and was not legal before.
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
    """Empty where no document shows the change."""
    witness: Any = None
