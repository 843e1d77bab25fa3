"""Why a request was refused, taken apart for showing: what was wrong, the statement behind it, the lines.

Reads the journal's facts and the contract data; pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_mocks.pipeline.refusals import REASON_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry

_LINES = re.compile(r"(?P<document>S[0-9]+):(?P<lines>[0-9]+(?:-[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one document, for example document S2, lines 102-105, and its title."""

    document: str
    lines: str
    title: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a request was refused. `assumption` is set where no document states the rule."""

    detail: str
    claim: str
    pointer: str
    statement: str
    lines: tuple[Lines, ...]
    assumption: str


def why_of(runtime: Runtime | None, facts: Mapping[str, Any] | Entry) -> Why | None:
    """The reason in the entry of one request, None when it was not refused."""
    reason = str(facts.get("reason") or "")
    if not reason:
        return None
    claim, pointer = str(facts.get("claim") or ""), str(facts.get("pointer") or "")
    if not claim and runtime is not None:
        claim = next((word for word in reason.split(" ", 1)[:1] if word in runtime.claims), "")
    known = runtime.claims.get(claim) if runtime else None
    source = known.source if known else ""
    detail = _without_prefix(reason, claim, source, pointer)
    is_assumed = source.startswith("assumed")
    cited = detail if is_assumed or not source else source
    return Why(
        detail, claim, pointer, known.statement if known else "",
        tuple(_lines(runtime, match["document"], match["lines"]) for match in _LINES.finditer(cited)),
        source.removeprefix("assumed:").strip() if is_assumed else "",
    )  # fmt: skip


def _without_prefix(reason: str, claim: str, source: str, pointer: str) -> str:
    """The words of the reason alone, without what is shown beside them."""
    parts = [claim, f"({source})" if source else "", pointer, "-"]
    prefix = "".join(c if " " <= c <= "~" else "?" for c in " ".join(part for part in parts if part))
    prefix = prefix[:REASON_CHARACTERS]
    return reason.removeprefix(prefix).strip() or reason


def _lines(runtime: Runtime | None, document: str, lines: str) -> Lines:
    known = runtime.vendor.sources.get(document) if runtime else None
    return Lines(document, lines, str(known.get("title", "")) if isinstance(known, dict) else "")
