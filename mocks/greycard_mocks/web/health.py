"""What the mock says of its health, the same bytes at both doors; no need of Flask, as it is what is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized


def health(vendors: Iterable[str], worlds: Sized) -> bytes:
    """The body of ``/_mock/health``, as JSON."""
    facts: dict[str, Any] = {"status": "ok", "vendors": sorted(vendors), "worlds": len(worlds)}
    return msgspec.json.encode(facts) + b"\n"
