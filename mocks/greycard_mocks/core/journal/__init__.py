"""What happened in one world: requests and their answers, reasons of refusals, delivery attempts. Safe to show.

`entries` holds the journal, `told` what is kept of a request, `answered` what of an answer, `shortened` cuts values.
"""

from greycard_mocks.core.journal.entries import Entry, Journal, holds_text, verdict_of
from greycard_mocks.core.journal.told import (
    MAX_METHOD,
    MAX_PATH,
    Told,
    kept,
    readable,
    request_facts,
    shown_headers,
)

__all__ = [
    "MAX_METHOD",
    "MAX_PATH",
    "Entry",
    "Journal",
    "Told",
    "holds_text",
    "kept",
    "readable",
    "request_facts",
    "shown_headers",
    "verdict_of",
]
